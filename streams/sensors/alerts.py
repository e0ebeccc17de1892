"""The public record of the beginning or end of an episode, in words for people."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from streams.records.decision import Source
from streams.sensors.signs import Sign

Alert = dict[str, Any]


class Moment(NamedTuple):
    """The event in hand: whom it concerns, when it was (RFC 3339, seconds since 1970), where it stands in the log.

    Where time alone has passed it is the last event of the device, at a later time. `items` are the ids of all parcels
    that the event names, a line each, in texts of as many as one incident can name; of the last event, the first text.
    """

    subject: dict[str, Any]
    time: str
    time_s: float
    at_ms: int
    source: Source
    flags: list[str]
    items: list[str]
    receptacle: str


def alert(opened: tuple[str, str, str], sign: Sign, moment: Moment, state: str) -> Alert:
    """The alert `opened` (its id, when it was raised, severity) as it begins (`RAISED`) or ends (`CLEARED`)."""
    alert_id, raised_at, severity = opened
    return {
        "schemaVersion": "1.0",
        "alertId": alert_id,
        "raisedAt": raised_at,
        "kind": "SENSOR",
        "severity": severity,
        "state": state,
        "subject": moment.subject,
        "title": title(moment.subject, sign.text),
        "reasons": [reason(sign)],
        "eventTime": moment.time,
        "source": moment.source,
    }


def reason(sign: Sign) -> dict[str, Any]:
    """What a sign says, as a reason of an alert."""
    said: dict[str, Any] = {"code": sign.code, "source": "SENSOR", "text": sign.text}
    value = round(sign.value, 6) if isinstance(sign.value, float) else sign.value
    extras = {"value": value, "normal": sign.normal, "contribution": sign.contribution}
    return said | {name: value for name, value in extras.items() if value is not None}


def title(subject: Mapping[str, Any], text: str) -> str:
    """What an alert is called: after the container, if there is one, else after the device.

    >>> title({"deviceID": "D1", "equipmentReference": "MSKU9070323"}, "The door was opened.")
    'Container MSKU9070323: The door was opened.'
    """
    container = subject.get("equipmentReference")
    whose = f"Container {container}" if container else f"Device {short(subject['deviceID'])}"
    return f"{whose}: {text}"[:256]


def short(device: str) -> str:
    """The end of a long name tells devices apart.

    >>> short("urn:epc:id:giai:4000001.111"), short("urn:epc:id:sgtin:4000001.111222.container-tracker-0001")
    ('urn:epc:id:giai:4000001.111', '…n:4000001.111222.container-tracker-0001')
    """
    return device if len(device) <= 40 else "…" + device[-39:]
