"""What a sensor event of the right shape must still get right; all rules are in `RULES`."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from streams.intake.faults import Fault
from streams.intake.units import QUANTITIES, is_known
from streams.records.codes import Reject

NUMBERS = ("value", "minValue", "maxValue", "meanValue")
SAYS_SOMETHING = frozenset({*NUMBERS, "booleanValue", "stringValue", "exception"})
SUBJECTS = ("equipmentReference", "receptacleId")

Event = Mapping[str, Any]
Rule = Callable[[Event], Iterator[Fault]]


def subject(event: Event) -> Iterator[Fault]:
    """The event is about a container, a receptacle or an item."""
    if not event.get("itemIds") and not any(name in event for name in SUBJECTS):
        yield Fault(Reject.SUBJECT_MISSING)


def measurement(event: Event) -> Iterator[Fault]:
    """MEAS brings readings."""
    if event["eventTypeCode"] == "MEAS" and not event.get("sensorReport"):
        yield Fault(Reject.SENSOR_REPORT_EMPTY, "/sensorReport")


def detection(event: Event) -> Iterator[Fault]:
    """DETC says what was detected, and X_SEAL on which seal."""
    if event["eventTypeCode"] == "DETC" and "iotEventCode" not in event:
        yield Fault(Reject.IOT_EVENT_CODE_MISSING, "/iotEventCode")
    if event.get("iotEventCode") == "X_SEAL" and "seal" not in event:
        yield Fault(Reject.SEAL_MISSING, "/seal")


def position(event: Event) -> Iterator[Fault]:
    """Degrees of WGS 84."""
    place = event.get("geoLocation", {})
    for name, limit in (("latitude", 90), ("longitude", 180)):
        if abs(place.get(name, 0)) > limit:
            yield Fault(Reject.POSITION_OUT_OF_RANGE, f"/geoLocation/{name}")


def readings(event: Event) -> Iterator[Fault]:
    """Each reading says something, in a unit of its type."""
    for place, report in enumerate(event.get("sensorReport", ())):
        yield from (fault.under(f"/sensorReport/{place}") for fault in _reading(report))


def _reading(report: Mapping[str, Any]) -> Iterator[Fault]:
    if SAYS_SOMETHING.isdisjoint(report):
        yield Fault(Reject.READING_EMPTY)
    if report.keys() >= {"minValue", "maxValue"} and report["minValue"] > report["maxValue"]:
        yield Fault(Reject.READING_MIN_GT_MAX, "/minValue")
    yield from _unit(report, needed=any(name in report for name in NUMBERS))


def setpoints(event: Event) -> Iterator[Fault]:
    """The targets of a reefer have types and units as readings have."""
    for place, setpoint in enumerate(event.get("setpoints", ())):
        yield from (fault.under(f"/setpoints/{place}") for fault in _unit(setpoint, needed=True))


def _unit(report: Mapping[str, Any], *, needed: bool) -> Iterator[Fault]:
    if not is_known(report["type"]):
        yield Fault(Reject.CODE_NOT_IN_LIST, "/type")
    elif "uom" not in report:
        if needed:
            yield Fault(Reject.UNIT_MISSING, "/uom")
    elif (quantity := QUANTITIES.get(report["type"])) and report["uom"] not in quantity.units:
        yield Fault(Reject.UNIT_NOT_FOR_TYPE, "/uom")


RULES: tuple[Rule, ...] = (subject, measurement, detection, position, readings, setpoints)


def faults(event: Event) -> list[Fault]:
    """All faults of `event`, in the order of the rules."""
    return [fault for rule in RULES for fault in rule(event)]
