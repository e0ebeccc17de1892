"""Sensor events of EPCIS 2.0 (GS1, ISO/IEC 19987) in JSON or JSON-LD: a document, a query's answer, or events alone.

Each sensor element becomes an event of its own, by device: it has its own time. What says where goods are in their
trade (`LEFT`) is not ours to keep; any other field we have no place for is told.

https://ref.gs1.org/standards/epcis/
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from streams.intake.faults import Fault
from streams.intake.units import is_known
from streams.records.codes import Reject
from streams.records.events import event_id
from streams.vocabularies import detections, identifiers
from streams.vocabularies.draft import Draft, Event, Found, Moment, Part, Setting, nth, numbered, objects, strangers
from streams.vocabularies.units import rec20

LISTS = (("epcisBody", "eventList"), ("epcisBody", "queryResults", "resultsBody", "eventList"))
SUBJECTS = ("epcList", "parentID", "childEPCs", "inputEPCList", "outputEPCList")
PLACES = ("readPoint", "bizLocation")
TAKEN = frozenset({"eventID", "eventTime", "recordTime", "sensorElementList", "errorDeclaration", *SUBJECTS, *PLACES})
LEFT = frozenset({
    "@context", "type", "isA", "id", "eventTimeZoneOffset", "action", "bizStep", "disposition", "persistentDisposition",
    "bizTransactionList", "sourceList", "destinationList", "quantityList", "childQuantityList", "inputQuantityList",
    "outputQuantityList", "transformationID", "ilmd", "certificationInfo",
})  # fmt: skip
METADATA = ("sensorMetadata", "sensorMetaData")  # the second in documents older than the standard
OF_AN_ELEMENT = frozenset({"type", "isA", "sensorReport", *METADATA})
ELSEWHERE = {"deviceMetadata", "deviceMetaData", "rawData", "dataProcessingMethod", "bizRules"}  # links, no content
OF_METADATA = frozenset({"time", "deviceID", "startTime", "endTime", *ELSEWHERE})
SAME = (
    "value", "minValue", "maxValue", "meanValue", "booleanValue", "stringValue", "uom", "time", "component",
    "exception",
)  # fmt: skip
NAMES = {name: name for name in ("type", *SAME)}
CRS = "coordinateReferenceSystem"
SUBSTANCES = ("chemicalSubstance", "microorganism")  # what a reading is a measure of
OF_A_REPORT = frozenset({*NAMES, "isA", "deviceID", "uriValue", *ELSEWHERE, *SUBSTANCES})
GS1 = re.compile(r"(?:gs1:|https?://(?:www\.|ref\.)?gs1\.org/voc/)?(?:MT-)?([A-Za-z]+)")
HUMIDITY = {"A93": "AbsoluteHumidity", "P1": "RelativeHumidity"}  # one type in documents older than the standard
DEGREES = ("latitude", "longitude")
WGS_84 = re.compile(r"WGS ?84|.*(CRS84|EPSG:(.*:)?4326)", re.IGNORECASE)


def events(document: Any, setting: Setting) -> Iterator[Found]:
    """SensorEvents of a parsed document, and the faults of what is none.

    >>> report = {"type": "Temperature", "value": 26.0, "uom": "CEL"}
    >>> element = {"sensorMetadata": {"deviceID": "urn:epc:id:giai:4000001.111"}, "sensorReport": [report]}
    >>> box = ["urn:epc:id:bic:MSKU9070323"]
    >>> told = {"eventTime": "2019-04-02T14:05:00.000+01:00", "epcList": box, "sensorElementList": [element]}
    >>> [event] = events(told, Setting())
    >>> event["equipmentReference"], event["eventTime"], event["sensorReport"]  # doctest: +NORMALIZE_WHITESPACE
    ('MSKU9070323', '2019-04-02T14:05:00.000+01:00',
     [{'type': 'Temperature', 'value': 26.0, 'uom': 'CEL'}])
    """
    for place, event in _listed(document):
        if isinstance(event, dict):
            yield from _event(place, event, setting)
        else:
            yield Fault(Reject.FIELD_TYPE, place)


def _listed(document: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(document, dict) or "epcisBody" not in document:
        return objects("", document)
    for way in LISTS:
        found: Any = document
        for step in way:
            found = found.get(step) if isinstance(found, dict) else None
        if found is not None:
            return objects("/" + "/".join(way), found)
    return iter([("/epcisBody", None)])


def _event(place: str, event: Event, setting: Setting) -> Iterator[Found]:
    yield from strangers(place, event, TAKEN | LEFT)
    shared = Draft(place, setting.head(), names=NAMES)
    yield from _about(shared, event, setting)
    shared.fields |= {name: event[name] for name in ("eventTime", "recordTime") if name in event}
    shared.sources |= {name: f"{place}/{name}" for name in ("eventID", "eventTime", "recordTime")}
    moments: list[Moment] = []
    for at, element in objects(f"{place}/sensorElementList", event.get("sensorElementList", [])):
        yield from _element(at, element, shared, setting, moments)
    drafts = [draft for moment in moments for draft in moment.drafts()]
    if not drafts:
        yield Fault(Reject.SENSOR_REPORT_EMPTY, f"{place}/sensorElementList")
    own_id = event["eventID"] if "eventID" in event else _content_id(event)
    if "errorDeclaration" in event:
        own_id = _withdraw(drafts, own_id, event["errorDeclaration"])
    yield from numbered(own_id, drafts)


def _content_id(event: Event) -> str:
    """What an event says is its id, whoever recorded it and whether or not it was taken back since."""
    said = {name: told for name, told in event.items() if name not in ("recordTime", "errorDeclaration")}
    return f"epcis-{event_id(orjson.dumps(said, option=orjson.OPT_SORT_KEYS).decode())}"


def _withdraw(drafts: list[Draft], own_id: Any, declaration: Any) -> str:
    """The same event again, declared an error: a withdrawal of what it became, at the time of the declaration."""
    for number, draft in enumerate(drafts, start=1):
        draft.fields["retractedEventID"] = nth(own_id, number, len(drafts))
        if isinstance(declaration, dict) and "declarationTime" in declaration:
            draft.fields["eventTime"] = declaration["declarationTime"]
    return f"epcis-{event_id('errorDeclaration', str(own_id))}"


def _about(shared: Draft, event: Event, setting: Setting) -> Iterator[Fault]:
    """Container, parcels and position into `shared`; a fault for each identifier that is none of ours."""
    for name in SUBJECTS:
        for at, epc in objects(f"{shared.place}/{name}", event.get(name, [])):
            match identifiers.subject(epc) if isinstance(epc, str) else Reject.FIELD_TYPE:
                case "itemIds", parcel:
                    shared.lists.setdefault("itemIds", []).append(Part(at, parcel))
                case "equipmentReference", number if shared.fields.get("equipmentReference", number) == number:
                    shared.fields["equipmentReference"] = number
                    shared.sources["equipmentReference"] = at
                case Reject() as code:
                    yield Fault(code, at)
                case _:  # a second container: our events have one
                    yield Fault(Reject.LIST_TOO_LONG, at)
    if not shared.lists and "equipmentReference" not in shared.fields and (container := setting.container()):
        shared.fields["equipmentReference"] = container
    for name in PLACES:
        named = event.get(name)
        if isinstance(named, dict) and (found := identifiers.position(str(named.get("id")))):
            shared.fields.setdefault("geoLocation", found)
            shared.sources.setdefault("geoLocation", f"{shared.place}/{name}")


def _element(at: str, element: Any, shared: Draft, setting: Setting, moments: list[Moment]) -> Iterator[Fault]:
    """Add what each device says in `element` to `moments`."""
    if not isinstance(element, dict):
        yield Fault(Reject.FIELD_TYPE, at)
        return
    yield from strangers(at, element, OF_AN_ELEMENT)
    told_as = next((name for name in METADATA if name in element), METADATA[0])
    metadata = element.get(told_as, {})
    if not isinstance(metadata, dict):
        yield Fault(Reject.FIELD_TYPE, f"{at}/{told_as}")
        metadata = {}
    yield from strangers(f"{at}/{told_as}", metadata, OF_METADATA)
    by_device: dict[str, Moment] = {}
    for where, report in objects(f"{at}/sensorReport", element.get("sensorReport", [])):
        if not isinstance(report, dict):
            yield Fault(Reject.FIELD_TYPE, where)
            continue
        device = report.get("deviceID", metadata.get("deviceID", setting.device))
        if repr(device) not in by_device:
            by_device[repr(device)] = _moment(at, told_as, device, metadata, shared)
        yield from _report(where, report, by_device[repr(device)])
    if not by_device:
        yield Fault(Reject.SENSOR_REPORT_EMPTY, f"{at}/sensorReport")
    moments += by_device.values()


def _moment(at: str, told_as: str, device: Any, metadata: Mapping[str, Any], shared: Draft) -> Moment:
    fields = {**shared.fields, **({} if device is None else {"deviceID": device})}
    sources = {**shared.sources, "deviceID": f"{at}/{told_as}/deviceID"}
    for name in ("endTime", "time"):  # the latter wins
        if name in metadata:
            fields["eventTime"], sources["eventTime"] = metadata[name], f"{at}/{told_as}/{name}"
    lists = {name: list(parts) for name, parts in shared.lists.items()}
    return Moment(Draft(at, fields, sources, lists, NAMES))


def _report(at: str, report: Event, moment: Moment) -> Iterator[Fault]:
    """Take one report into `moment`: half a position, a detection, or a reading."""
    kind, component = report.get("type"), report.get("component")
    if component in DEGREES and "value" in report:
        yield from strangers(at, report, OF_A_REPORT | {CRS})
        yield from _degrees(at, component, report, moment)
        return
    yield from strangers(at, report, OF_A_REPORT)
    if found := _detection(kind, report):
        moment.detections.append(Part(at, found))
        if "exception" not in report:
            return
    moment.measured(at, _reading(report))


def _degrees(at: str, component: str, report: Event, moment: Moment) -> Iterator[Fault]:
    if CRS in report and not WGS_84.fullmatch(str(report[CRS])):
        yield Fault(Reject.CODE_NOT_IN_LIST, f"{at}/{CRS}")
    elif rec20(str(report.get("uom", "DD"))) != "DD":
        yield Fault(Reject.UNIT_NOT_FOR_TYPE, f"{at}/uom")
    else:
        moment.located(at, component, report["value"])


def _detection(kind: Any, report: Event) -> Event | None:
    if not isinstance(kind, str):
        return None
    if isinstance(status := report.get("stringValue"), str) and detections.is_seal(kind):
        return detections.seal(report.get("component"), status)
    state = report.get("booleanValue")
    return detections.detected(kind, state) if isinstance(state, bool) else None


def _reading(report: Event) -> Event:
    reading = {name: report[name] for name in NAMES if name in report}
    if isinstance(unit := reading.get("uom"), str):
        reading["uom"] = rec20(unit)
    if isinstance(kind := reading.get("type"), str):
        reading["type"] = _type(kind, reading.get("uom"))
    if "uriValue" in report:
        reading.setdefault("stringValue", report["uriValue"])
    for name in SUBSTANCES:
        if isinstance(what := report.get(name), str):
            reading.setdefault("component", detections.last_word(what))
    return reading


def _type(kind: str, unit: Any) -> str:
    """A type of GS1's list without its prefix; one of anybody else's vocabulary is marked as such."""
    if found := GS1.fullmatch(kind):
        return HUMIDITY.get(str(unit), "Humidity") if found[1] == "Humidity" else found[1]
    return kind if is_known(kind) else detections.own_type(kind)
