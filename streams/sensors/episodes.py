"""From signs to alerts: one alert when something begins, one when it is over, however often it is said in between."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from streams.records.decision import Source
from streams.records.events import event_id, rfc3339
from streams.sensors.signs import OVER, Sign
from streams.state.fields import taken

Alert = dict[str, Any]


class Moment(NamedTuple):
    """The event in hand: whom it concerns, when it was (RFC 3339, seconds since 1970), where it stands in the log."""

    subject: dict[str, Any]
    time: str
    time_s: float
    at_ms: int
    source: Source
    flags: list[str]


@dataclass(slots=True)
class Episode:
    SAVED: ClassVar = ("alert_id", "raised_at", "severity", "last_s", "lasting_s")

    alert_id: str
    raised_at: str
    severity: str
    last_s: float
    lasting_s: float


class Episodes:
    """What is the matter with one device just now. At most one episode for each (code, about) at a time."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], Episode] = {}

    def __len__(self) -> int:
        return len(self._open)

    def state(self) -> list[Any]:
        """For a snapshot, as JSON."""
        return [[code, about, *taken(episode)] for (code, about), episode in self._open.items()]

    def restore(self, state: list[Any]) -> None:
        """Become what `state` told of."""
        self._open = {(code, about): Episode(*fields) for code, about, *fields in state}

    def fold(self, sign: Sign, moment: Moment) -> Alert | None:
        """Take one sign; the alert that follows from it, if any."""
        if sign.severity == OVER:
            episode = self._open.pop((sign.code, sign.about), None)
            return alert(episode, sign, moment, "CLEARED") if episode else None
        if episode := self._open.get((sign.code, sign.about)):
            episode.last_s = max(episode.last_s, moment.time_s)
            return None
        episode = _begin(sign, moment)
        self._open[sign.code, sign.about] = episode
        return alert(episode, sign, moment, "RAISED")

    def expire(self, moment: Moment) -> Iterator[Alert]:
        """End what has been quiet for long enough by the device's own time."""
        for key in [key for key, episode in self._open.items() if _expired(episode, moment.time_s)]:
            episode = self._open.pop(key)
            hours = round(episode.lasting_s / 3600, 1)
            text = f"No further sign of it for {hours:g} hours."
            yield alert(episode, Sign(key[0], OVER, text, key[1]), moment, "CLEARED")


def _begin(sign: Sign, moment: Moment) -> Episode:
    log = moment.source
    where = (log["topic"], log["partition"], log["offset"], log["index"])
    alert_id = event_id("alert", moment.subject["deviceID"], sign.code, sign.about, *where)
    return Episode(alert_id, rfc3339(moment.at_ms), sign.severity, moment.time_s, sign.lasting_s)


def _expired(episode: Episode, now_s: float) -> bool:
    return 0 < episode.lasting_s < now_s - episode.last_s


def alert(episode: Episode, sign: Sign, moment: Moment, state: str) -> Alert:
    """The public record of the beginning (`RAISED`) or end (`CLEARED`) of an episode."""
    return {
        "schemaVersion": "1.0",
        "alertId": episode.alert_id,
        "raisedAt": episode.raised_at,
        "kind": "SENSOR",
        "severity": episode.severity,
        "state": state,
        "subject": moment.subject,
        "title": f"{_whose(moment.subject)}: {sign.text}"[:256],
        "reasons": [_reason(sign)],
        "eventTime": moment.time,
        "source": moment.source,
    }


def _whose(subject: dict[str, Any]) -> str:
    container, device = subject.get("equipmentReference"), subject["deviceID"]
    return f"Container {container}" if container else f"Device {device if len(device) <= 40 else '…' + device[-39:]}"


def _reason(sign: Sign) -> dict[str, Any]:
    reason: dict[str, Any] = {"code": sign.code, "source": "SENSOR", "text": sign.text}
    value = round(sign.value, 6) if isinstance(sign.value, float) else sign.value
    extras = {"value": value, "normal": sign.normal, "contribution": sign.contribution}
    return reason | {name: value for name, value in extras.items() if value is not None}
