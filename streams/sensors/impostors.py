"""Events in the name of a registered device that its publisher did not send."""

from collections import OrderedDict
from collections.abc import Iterator
from itertools import takewhile

import orjson

from streams.records.case import Reading
from streams.records.events import event_id, rfc3339
from streams.sensors.alerts import Alert, title
from streams.sensors.registry import Registered
from streams.state.parts import Part, same_version

CODE = "DEVICE_NOT_OF_PUBLISHER"
MAX_IMPOSTORS = 10_000
PART = "impostors"
VERSION = 1  # of what is saved
TEXT = (
    "An event in the name of this device came from another publisher than the one that keeps it, and was not believed."
)
OVER = "No further event in the name of this device came from another publisher."


class Impostors:
    """Who reports in the name of a device that is registered to another: one alert until it is quiet again.

    What they say is not taken: neither the device's history nor its trust is theirs to change. Whether a publisher is
    who it says is proved at intake, where it is a registered provider. Bounded to 10,000 pairs of device and publisher:
    the one quiet for longest is taken to be over.

    Asked of every event: 0.2 µs where it is the publisher's own.
    """

    def __init__(self) -> None:
        # By device and publisher, the one heard last at the end:
        self._open: OrderedDict[str, tuple[int, Alert]] = OrderedDict()  # engine time of the last event, the alert

    def __len__(self) -> int:
        return len(self._open)

    def take(self, reading: Reading, now_ms: int) -> Iterator[Alert]:
        """Alerts that follow from an event that another than the publisher sent, at engine time `now_ms`."""
        claimed = reading["event"].get("publisher", "")
        pair = f"{reading['event']['deviceID']}\x1f{claimed}"
        _, alert = self._open.pop(pair, (0, None))
        if alert is None:
            yield (alert := _raised(reading, claimed))
        self._open[pair] = now_ms, alert
        while len(self._open) > MAX_IMPOSTORS:
            yield self._over(next(iter(self._open)), now_ms)

    def expire(self, now_ms: int, quiet_ms: int) -> Iterator[Alert]:
        """Clear what has been quiet for so long, in engine time."""
        over = takewhile(lambda told: now_ms - told[1][0] > quiet_ms, self._open.items())
        for pair, _ in list(over):
            yield self._over(pair, now_ms)

    def part(self) -> Part:
        """What is to be saved."""
        return Part.json([VERSION, [[pair, *told] for pair, told in self._open.items()]])

    def load(self, part: bytes) -> None:
        """Become what was saved. Raises `ValueError`."""
        version, told = orjson.loads(part)
        same_version(version, VERSION)
        self._open = OrderedDict((pair, (last_ms, alert)) for pair, last_ms, alert in told)

    def _over(self, pair: str, now_ms: int) -> Alert:
        last_ms, alert = self._open.pop(pair)
        quiet_s = (now_ms - last_ms) / 1000
        reason = {"code": CODE, "source": "SENSOR", "text": OVER, "value": f"quiet for {quiet_s / 3600:.1f} hours"}
        return alert | {"state": "CLEARED", "title": title(alert["subject"], OVER), "reasons": [reason]}


def is_impostor(registered: Registered | None, reading: Reading) -> bool:
    """Whether the device is registered to another than who sent this."""
    return registered is not None and registered.said["publisher"] != reading["event"].get("publisher")


def _raised(reading: Reading, claimed: str) -> Alert:
    event, log = reading["event"], reading["source"]
    where = (log["topic"], log["partition"], log["offset"], log["index"])
    subject = {"deviceID": event["deviceID"]} | ({"providerId": claimed} if claimed else {})
    return {
        "schemaVersion": "1.0",
        "alertId": event_id("alert", event["deviceID"], CODE, claimed, *where),
        "raisedAt": rfc3339(reading["at"]),
        "kind": "SENSOR",
        "severity": "HIGH",
        "state": "RAISED",
        "subject": subject,
        "title": title(subject, TEXT),
        "reasons": [{"code": CODE, "source": "SENSOR", "text": TEXT}],
        "eventTime": event["eventTime"],
        "source": log,
    }
