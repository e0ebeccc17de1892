"""SenML packs (RFC 8428) in JSON: records are resolved, and those of one device at one time become one event.

The base name is the device, the name its part; without a base name the whole name is the device. The container is
found in the names, in the setting's origin, or named by the setting. What is measured follows from the unit.

https://www.rfc-editor.org/rfc/rfc8428
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from streams.intake.faults import Fault
from streams.records.codes import Reject
from streams.records.events import event_id
from streams.vocabularies import detections
from streams.vocabularies.draft import Draft, Event, Found, Moment, Part, Setting, objects, strangers
from streams.vocabularies.units import SENML, Measure, is_number

VERSION = 10
ABSOLUTE_S = 2**28  # smaller times are relative to when the pack was received
LATEST_S = 253_402_300_799
BASES = frozenset({"bn", "bt", "bu", "bv", "bver"})
VALUES = {"v": "value", "vs": "stringValue", "vb": "booleanValue"}
OF_A_RECORD = frozenset({*BASES, *VALUES, "n", "u", "t", "ut"})  # `ut`, when to expect the next, is not kept
NAMES = {ours: theirs for theirs, ours in VALUES.items()} | {"uom": "u", "type": "u", "component": "n"}
OTHER_VALUES = frozenset({"vd", "s", "bs"})  # bytes and integrals: we have no place for them
SEPARATORS = "/:._"
DEGREES = {"lat": "latitude", "lon": "longitude"}
CHARGE = "%EL"


class Resolved(NamedTuple):
    """A record by itself; `value` is what it says under `label`, one of `VALUES`."""

    at: str
    device: str
    part: str
    time: str
    unit: str
    label: str
    value: Any


def events(document: Any, setting: Setting) -> Iterator[Found]:
    """SensorEvents of a parsed pack, and the faults of what is none.

    >>> pack = [{"bn": "urn:dev:mac:MSKU9070323:", "bt": 1.276020076e9, "n": "supply", "u": "Cel", "v": 4.5}]
    >>> [event] = events(pack, Setting())
    >>> event["deviceID"], event["equipmentReference"], event["eventTime"]
    ('urn:dev:mac:MSKU9070323', 'MSKU9070323', '2010-06-08T18:01:16Z')
    >>> event["sensorReport"]
    [{'type': 'Temperature', 'value': 4.5, 'uom': 'CEL', 'component': 'supply'}]
    """
    moments: dict[tuple[str, str], Moment] = {}
    for found in _resolved(document, setting):
        if isinstance(found, Fault):
            yield found
            continue
        if (found.device, found.time) not in moments:
            moments[found.device, found.time] = _moment(found, setting)
        yield from _take(found, moments[found.device, found.time])
    for moment in moments.values():
        for draft in moment.drafts():
            draft.fields["eventID"] = _content_id(draft)
            yield from draft.finished()


def _content_id(draft: Draft) -> str:
    """The same content at the same time is the same event, whatever pack brings it."""
    lists = {name: [part.content for part in parts] for name, parts in draft.lists.items()}
    return f"senml-{event_id(orjson.dumps([draft.fields, lists], option=orjson.OPT_SORT_KEYS).decode())}"


def _resolved(document: Any, setting: Setting) -> Iterator[Resolved | Fault]:
    """The records with what the base fields before them say (RFC 8428, section 4.6)."""
    if not isinstance(document, list):
        yield Fault(Reject.FIELD_TYPE)
        return
    if refused := _not_understood(document):
        yield refused
        return
    bases: Event = {}
    for at, record in objects("", document):
        if not isinstance(record, dict):
            yield Fault(Reject.FIELD_TYPE, at)
            continue
        bases |= {name: record[name] for name in BASES if name in record}
        yield from strangers(at, record, OF_A_RECORD)
        if not record or not record.keys() <= BASES:
            yield from _record(at, record, bases, setting)


def _not_understood(pack: list[Any]) -> Fault | None:
    """A pack of a later version, or one that says we must understand what we do not, is not for us as a whole."""
    for at, record in objects("", pack):
        if isinstance(record, dict):
            version = record.get("bver", VERSION)
            if not is_number(version) or version > VERSION:
                return Fault(Reject.CODE_NOT_IN_LIST, f"{at}/bver")
            if must := [fault for fault in strangers(at, record, OF_A_RECORD) if fault.field.endswith("_")]:
                return must[0]
    return None


def _record(at: str, record: Event, bases: Event, setting: Setting) -> Iterator[Resolved | Fault]:
    labels = [label for label in VALUES if label in record]
    if len(labels) != 1:
        if labels or OTHER_VALUES.isdisjoint(record):  # of those the faults are told already
            yield Fault(Reject.FIELD_UNKNOWN if labels else Reject.READING_EMPTY, at)
        return
    base, name, unit = bases.get("bn", ""), record.get("n", ""), record.get("u", bases.get("bu", ""))
    if not (isinstance(base, str) and isinstance(name, str) and isinstance(unit, str)):
        yield Fault(Reject.FIELD_TYPE, at)
        return
    device, part = (base, name.lstrip(SEPARATORS)) if base else (name, "")
    time = _time(record.get("t", 0), bases.get("bt", 0), setting.received_ms)
    if time is None:
        yield Fault(Reject.TIME_FORMAT, f"{at}/t")
        return
    value = _sum(record.get("v", 0), bases.get("bv", 0)) if labels == ["v"] else record[labels[0]]
    yield Resolved(at, device.rstrip(SEPARATORS), part, time, unit, labels[0], value)


def _sum(value: Any, base: Any) -> Any:
    """Anything but numbers is left to the checks."""
    if not is_number(base):
        return base
    return value + base if base and is_number(value) else value


def _time(time_s: Any, base_s: Any, received_ms: int | None) -> str | None:
    """RFC 3339 of a time and its base; None where it is none, or relative to a moment that is not known."""
    if not is_number(time_s) or not is_number(base_s):
        return None
    at_s = time_s + base_s
    if at_s < ABSOLUTE_S:
        if received_ms is None:
            return None
        at_s += received_ms / 1000
    return _rfc3339(at_s) if ABSOLUTE_S <= at_s <= LATEST_S else None


def _rfc3339(at_s: float) -> str:
    text = datetime.fromtimestamp(round(at_s, 3), UTC).isoformat(timespec="milliseconds")
    return text.removesuffix("+00:00").removesuffix(".000") + "Z"


def _moment(first: Resolved, setting: Setting) -> Moment:
    container = setting.container(first.device)
    about = {"equipmentReference": container} if container else {}
    fields = {**setting.head(), "deviceID": first.device, "eventTime": first.time, **about}
    sources = {"deviceID": f"{first.at}/n", "eventTime": f"{first.at}/t"}
    return Moment(Draft(first.at, fields, sources, names=NAMES))


def _take(record: Resolved, moment: Moment) -> Iterator[Fault]:
    """Add a record to what its device says at its time: half a position, a charge, a detection, or a reading."""
    if record.label == "v" and record.unit in DEGREES:
        moment.located(record.at, DEGREES[record.unit], record.value)
    elif record.label == "v" and record.unit == CHARGE:
        moment.draft.fields["batteryPercent"] = record.value
        moment.draft.sources["batteryPercent"] = f"{record.at}/v"
    elif found := _detection(record):
        moment.detections.append(Part(record.at, found))
    elif record.label == "v" and record.unit not in SENML:
        yield Fault(Reject.CODE_NOT_IN_LIST, f"{record.at}/u")
    else:
        moment.measured(record.at, _reading(record))


def _detection(record: Resolved) -> Event | None:
    name = record.part or record.device
    if record.label == "vb" and isinstance(record.value, bool):
        return detections.detected(name, record.value)
    *kind, number = name.replace(":", "/").split("/")
    if record.label == "vs" and isinstance(record.value, str) and kind and detections.is_seal(kind[-1]):
        return detections.seal(number, record.value)
    return None


def _reading(record: Resolved) -> Event:
    part = {"component": record.part} if record.part else {}
    if record.label != "v":
        return {"type": detections.own_type(record.part), VALUES[record.label]: record.value, **part}
    measure = _measure(record)
    scaled = measure.scale != 1 and is_number(record.value)
    value = record.value * measure.scale if scaled else record.value
    return {"type": measure.type, "value": value, "uom": measure.uom, **part}


def _measure(record: Resolved) -> Measure:
    """Metres above the sea are no length, though SenML has one unit for both."""
    measure = SENML[record.unit]
    height = measure.type == "Length" and detections.last_word(record.part).lower().startswith("alt")
    return measure._replace(type="Altitude") if height else measure
