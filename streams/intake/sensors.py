"""The way of a sensor event: checked, units made one, flagged, free text dropped, re-keyed by device."""

from collections.abc import Mapping
from typing import Any

from streams import topics
from streams.intake import sensor_flags
from streams.intake.decode import Judged, decode_sensor_event
from streams.intake.faults import Fault
from streams.intake.limits import Limits
from streams.intake.privacy import Pseudonyms, is_plain, pick
from streams.intake.replies import Replies, Tally, item
from streams.intake.senders import Sender, Senders
from streams.intake.times import epoch_ms
from streams.intake.units import QUANTITIES
from streams.records.codes import Reject

ONE, NONE = Tally(1, 0), Tally(0, 1)
UNVERIFIED = Fault(Reject.PROVIDER_UNVERIFIED, "/publisher")
EVENT_IN_CLEAR = (
    "eventTime", "recordTime", "eventTypeCode", "iotEventCode", "deviceType", "sequence", "isHistorical",
    "equipmentReference", "receptacleId", "itemIds", "batteryPercent",
)  # fmt: skip
REPORT_IN_CLEAR = ("type", "booleanValue", "time", "exception")
SEAL_IN_CLEAR = ("status", "conditionCode", "source", "type", "batteryLow", "sealedAt", "openedAt")
POSITION_IN_CLEAR = ("latitude", "longitude", "UNLocationCode")
REFERENCES = ("eventID", "retractedEventID", "publisher", "deviceID")
MEASURED = ("value", "minValue", "maxValue", "meanValue")


class SensorIntake:
    """Turns records of `sensors.v1` into readings, rejects and feedback."""

    def __init__(self, limits: Limits, pseudonyms: Pseudonyms, senders: Senders) -> None:
        self._limits = limits
        self._pseudonyms = pseudonyms
        self._senders = senders

    def __call__(self, replies: Replies) -> None:
        """Take one record."""
        judged = decode_sensor_event(replies.record.value)
        sender = self._senders.of(_publisher(judged.declared), replies.record)
        if sender is None:
            replies.refuse(UNVERIFIED)
            replies.tally(NONE)
        elif judged.record is None:
            self._refuse(judged, sender, replies)
        else:
            self._take(judged.record, sender, replies)

    def _refuse(self, judged: Judged, sender: Sender, replies: Replies) -> None:
        sender = self._plain(sender)
        replies.refuse(judged.faults[0])
        replies.tally(NONE, sender.provider)
        if sender.provider:
            replies.give_feedback(sender, judged.declared.get("eventID"), NONE, faults=judged.faults)

    def _take(self, event: dict[str, Any], sender: Sender, replies: Replies) -> None:
        hidden, at_ms = self._event(event), replies.record.timestamp
        around = sensor_flags.Around(epoch_ms(event["eventTime"]), at_ms, self._limits)
        flags = sensor_flags.flags(hidden, around)
        reading = {"source": replies.source(), "at": at_ms, "time_ms": around.event_ms, "flags": flags, "event": hidden}
        replies.pass_on(topics.READINGS, hidden["deviceID"], reading)
        replies.tally(ONE, hidden.get("publisher", ""))
        if flags and sender.provider:
            replies.give_feedback(self._plain(sender), event["eventID"], ONE, [item(0, None, flags)])

    def _plain(self, sender: Sender) -> Sender:
        """A name that is no reference becomes a pseudonym."""
        return sender._replace(provider=self._pseudonyms.text(sender.provider)) if sender.provider else sender

    def _event(self, event: Mapping[str, Any]) -> dict[str, Any]:
        hidden = pick(EVENT_IN_CLEAR, event)
        for name in REFERENCES:
            if name in event:
                hidden[name] = self._pseudonyms.text(event[name])
        if "geoLocation" in event:
            hidden["geoLocation"] = pick(POSITION_IN_CLEAR, event["geoLocation"])
        if "seal" in event:
            seal = event["seal"]
            hidden["seal"] = {
                "sealNumber": self._pseudonyms.seal_number(seal["sealNumber"]),
                **pick(SEAL_IN_CLEAR, seal),
            }
        for name in ("sensorReport", "setpoints"):
            if name in event:
                hidden[name] = [normalised(report) for report in event[name]]
        return hidden


def _publisher(event: Any) -> str:
    """The caretaker's id, "" where none is named."""
    claimed = event.get("publisher") if isinstance(event, dict) else None
    return claimed if isinstance(claimed, str) else ""


def normalised(report: Mapping[str, Any]) -> dict[str, Any]:
    """A reading or setpoint in the one unit of its type, without free text.

    >>> normalised({"type": "Temperature", "value": 212.0, "uom": "FAH"})
    {'type': 'Temperature', 'uom': 'CEL', 'value': 100.0}
    """
    plain = pick(REPORT_IN_CLEAR, report)
    plain |= {name: report[name] for name in ("component", "deviceID") if is_plain(report.get(name, ""))}
    if "uom" not in report:
        return plain
    quantity = QUANTITIES.get(report["type"])
    if quantity is None:
        return {**plain, "uom": report["uom"], **pick((*MEASURED, "tolerance"), report)}
    scale, offset = quantity.units[report["uom"]]
    plain["uom"] = quantity.unit
    for name in MEASURED:
        if name in report:
            plain[name] = report[name] * scale + offset
    if "tolerance" in report:  # a difference: it scales, and does not shift
        plain["tolerance"] = report["tolerance"] * scale
    return plain
