"""Alerts about devices that are not heard and caretakers that are not believed, in words for officers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from streams.patterns.caretaker import DISTRUSTED, GROUP, Alarm, Caretaker, Fleet, Listened
from streams.records.alert import alert_id
from streams.records.events import rfc3339
from streams.sensors.alerts import title
from streams.sensors.signs import span

Touch = Mapping[str, Any]
Reason = dict[str, Any]

DEVICE_SILENT, SILENT, UNTRUSTED = "DEVICE_SILENT", "CARETAKER_SILENT", "CARETAKER_DISTRUSTED"
GONE = "The device is watched no longer, for others took its room."
GOES_ON = "It is one silence with that of others: alert {} goes on."
SEVERE = frozenset({SILENT})  # the rest is a matter for the day


def alarm(code: str, publisher: str, touch: Touch, now_ms: int, device_id: str = "") -> Alarm:
    """A new alert, with an id that follows from what it is about and from engine time.

    A touch alone does not do: who falls silent twice after the same event has two alerts.
    """
    about = (code, publisher, device_id, now_ms, *touch["source"].values())
    return Alarm(alert_id(*about), rfc3339(touch["at"]))


def alert(publisher: str, alarm: Alarm, state: str, reasons: Sequence[Reason], touch: Touch) -> dict[str, Any]:
    """The beginning (RAISED) or end (CLEARED) of `alarm`; `touch` is the one that it came to."""
    return {
        "schemaVersion": "1.0",
        "alertId": alarm.alert_id,
        "raisedAt": alarm.raised_at,
        "kind": "SENSOR",
        "severity": "HIGH" if reasons[0]["code"] in SEVERE else "WARNING",
        "state": state,
        "subject": {"providerId": publisher},
        "title": f"Caretaker {publisher}: {reasons[0]['text']}"[:256],
        "reasons": reasons,
        "eventTime": rfc3339(touch["time_ms"]),
        "source": touch["source"],
    }


def silent(publisher: str, touch: Touch, alarm: Alarm) -> dict[str, Any]:
    """One device fell silent."""
    since = f" since {rfc3339(touch['last_heard_ms'])}" if "last_heard_ms" in touch else ""
    usual = f"every {span(touch['expected_s'])}" if "expected_s" in touch else ""
    text = f"Nothing was heard of the device{since}{'; it reports ' + usual if usual else ''}."
    why = reason(DEVICE_SILENT, text) | ({"normal": usual} if usual else {})
    return alert(publisher, alarm, "RAISED", [why], touch) | _of_device(publisher, touch, text)


def heard(publisher: str, touch: Touch, alarm: Alarm, text: str = "The device is heard again.") -> dict[str, Any]:
    """It is heard again, or for another reason no longer missed."""
    return alert(publisher, alarm, "CLEARED", [reason(DEVICE_SILENT, text)], touch) | _of_device(publisher, touch, text)


def dismissed(publisher: str, forgotten: Listened | Caretaker, touch: Touch) -> Iterator[dict[str, Any]]:
    """All that is told of a device or a caretaker that is forgotten, cleared; `touch` is the one it gave way to."""
    if isinstance(forgotten, Listened):
        if forgotten.told not in {"", GROUP}:
            said = {**forgotten.touch, "time_ms": touch["time_ms"]}  # who took the room may be another's
            yield heard(publisher, said, Alarm(forgotten.told, forgotten.raised_at), GONE)
        return
    for code, alarm in ((SILENT, forgotten.silence), (UNTRUSTED, forgotten.distrust)):
        if alarm.alert_id:
            text = "The caretaker is watched no longer, for others took its room."
            yield alert(publisher, alarm, "CLEARED", [reason(code, text)], touch)


def together(fleet: Fleet, silent: int, missed: int, normal: str) -> list[Reason]:
    """Many fell silent: `silent` of the `missed`, which would be missed by now if they were silent.

    >>> together(Fleet(), 480, 500, "")[0]["text"]
    '480 of its 500 devices that should have been heard by now are silent.'
    """
    text = f"{silent:,} of its {missed:,} devices that should have been heard by now are silent."
    share = {"value": round(silent / missed, 3), "normal": normal}
    return [reason(SILENT, text) | share, trust("CARETAKER_TRUST", fleet)]


def over(left: int, most: int) -> list[Reason]:
    """Most of them are heard again.

    >>> over(20, 480)[0]["text"]
    'Most of its devices are heard again; 20 of 480 are not.'
    """
    text = f"Most of its devices are heard again; {left:,} of {most:,} are not."
    return [reason(SILENT, text) | {"value": left}]


def reason(code: str, text: str) -> Reason:
    """What devices have shown, by not being heard or by what they are worth."""
    return {"code": code, "source": "SENSOR", "text": text}


def trust(code: str, fleet: Fleet) -> Reason:
    """How far a caretaker is believed, and why."""
    text = f"Trust in the caretaker is {fleet.trust:.2f} of 1: {why(fleet)}."
    return reason(code, text) | {"value": fleet.trust, "normal": 1.0}


def why(fleet: Fleet) -> str:
    """
    >>> why(Fleet())
    '0 of its 0 devices are believed less than 0.5'
    """
    return f"{fleet.distrusted:,} of its {len(fleet):,} devices are believed less than {DISTRUSTED:g}"


def _of_device(publisher: str, touch: Touch, text: str) -> dict[str, Any]:
    subject = {name: touch[name] for name in ("equipmentReference", "deviceID") if name in touch}
    return {"subject": {**subject, "providerId": publisher}, "title": title(subject, text)}
