"""IoT and reefer commercial events of DCSA (1.0.0-Beta-1): doors, measurements and set points of smart containers.

DCSA names no device: the container is its own. A retraction has no payload, so a `Dcsa` remembers what it saw last.
A reefer's air from outside and its gases are types of their own, since a set point holds for all readings of its type.

https://dcsa.org/standards/iot-container
"""

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from streams.intake.faults import Fault
from streams.records.codes import Reject
from streams.vocabularies.draft import Draft, Event, Found, Part, Setting, objects, strangers
from streams.vocabularies.units import is_number

TAKEN_METADATA = frozenset({"eventID", "eventCreatedDateTime", "eventType", "retractedEventID", "publisher"})
LEFT_METADATA = frozenset({"publisherRole", "eventTypeCode"})
OF_A_PAYLOAD = frozenset({
    "eventClassifierCode", "eventDateTime", "equipmentReference", "geoLocation", "iotEventTypeCode", "iotEventCode",
    "reeferEventTypeCode", "measurements", "setpoints", "relatedDocumentReferences",
})  # fmt: skip
DOORS = {"DRO": "DRO", "DRC": "X_DRC"}
KINDS = {"IOT": "iotEventTypeCode", "REEFER": "reeferEventTypeCode"}
OF_ONE_MESSAGE = frozenset({"eventID", "eventTime", "recordTime"})
OF_A_RETRACTION = {
    "eventID": "eventID", "eventCreatedDateTime": "eventTime", "retractedEventID": "retractedEventID",
}  # fmt: skip
OF_A_POSITION = frozenset({"latitude", "longitude", "locationName", "UNLocationCode"})


class Quantity(NamedTuple):
    """Our type of a field; its unit, or the field that tells it and the unit that goes without saying."""

    type: str
    uom: str
    told_by: str = ""


CLIMATE = {
    "temperature": Quantity("Temperature", "CEL", "temperatureUnit"),
    "ambientTemperature": Quantity("X_AmbientTemperature", "CEL", "temperatureUnit"),
    "humidity": Quantity("RelativeHumidity", "P1"),
    "o2": Quantity("X_O2", "P1"),
    "co2": Quantity("X_CO2", "P1"),
    "airExchange": Quantity("VolumeFlowRate", "MQH", "airExchangeUnit"),
}
OF_A_CLIMATE = frozenset({*CLIMATE, *(quantity.told_by for quantity in CLIMATE.values())})


class Dcsa:
    """Maps events one by one; up to `most` are remembered, the oldest forgotten first, so that one may be withdrawn."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._seen: OrderedDict[str, Event] = OrderedDict()

    def events(self, document: Any, setting: Setting) -> Iterator[Found]:
        """SensorEvents of a parsed event or list of events, and the faults of what is none.

        >>> metadata = {"eventID": "E-1", "eventType": "IOT", "eventCreatedDateTime": "2026-08-21T02:41:12Z"}
        >>> payload = {"eventClassifierCode": "ACT", "eventDateTime": "2026-08-21T02:41:07Z"}
        >>> payload |= {"equipmentReference": "MSKU9070323", "iotEventTypeCode": "DETC", "iotEventCode": "DRO"}
        >>> [event] = Dcsa().events({"metadata": metadata, "payload": payload}, Setting())
        >>> event["iotEventCode"], event["deviceID"], event["eventTime"]
        ('DRO', 'MSKU9070323', '2026-08-21T02:41:07Z')
        """
        for place, message in objects("", document):
            if not isinstance(message, dict) or not isinstance(message.get("metadata"), dict):
                yield Fault(Reject.FIELD_TYPE if not isinstance(message, dict) else Reject.FIELD_MISSING, place)
                continue
            for found in self._message(place, message, message["metadata"], setting):
                if not isinstance(found, Fault):
                    self._remember(found)
                yield found

    def _message(self, place: str, message: Event, metadata: Event, setting: Setting) -> Iterator[Found]:
        yield from strangers(place, message, frozenset({"metadata", "payload"}))
        yield from strangers(f"{place}/metadata", metadata, TAKEN_METADATA | LEFT_METADATA)
        if "retractedEventID" in metadata and not message.get("payload"):
            yield from self._retraction(place, metadata)
        elif isinstance(message.get("payload"), dict):
            yield from _event(place, metadata, message["payload"], setting)
        else:
            yield Fault(Reject.FIELD_TYPE if "payload" in message else Reject.FIELD_MISSING, f"{place}/payload")

    def _retraction(self, place: str, metadata: Event) -> Iterator[Found]:
        """The withdrawn event again, under the name and time of its withdrawal."""
        withdrawn = self._seen.get(str(metadata["retractedEventID"]))
        if withdrawn is None:
            yield Fault(Reject.SUBJECT_MISSING, f"{place}/metadata/retractedEventID")
            return
        fields = {name: told for name, told in withdrawn.items() if name not in OF_ONE_MESSAGE}
        fields |= {ours: metadata[name] for name, ours in OF_A_RETRACTION.items() if name in metadata}
        sources = {ours: f"{place}/metadata/{name}" for name, ours in OF_A_RETRACTION.items()}
        yield from Draft(f"{place}/metadata", fields, sources).finished()

    def _remember(self, event: Event) -> None:
        self._seen[event["eventID"]] = event
        self._seen.move_to_end(event["eventID"])
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)


def _event(place: str, metadata: Event, payload: Event, setting: Setting) -> Iterator[Found]:
    at = f"{place}/payload"
    yield from strangers(at, payload, OF_A_PAYLOAD)
    if payload.get("eventClassifierCode", "ACT") != "ACT":  # planned or estimated: nothing has happened
        yield Fault(Reject.CODE_NOT_IN_LIST, f"{at}/eventClassifierCode")
        return
    draft = Draft(place, setting.head(_publisher(metadata)))
    told = {
        "eventID": ("/metadata/eventID", metadata.get("eventID")),
        "eventTime": ("/payload/eventDateTime", payload.get("eventDateTime")),
        "recordTime": ("/metadata/eventCreatedDateTime", metadata.get("eventCreatedDateTime")),
        "retractedEventID": ("/metadata/retractedEventID", metadata.get("retractedEventID")),
        **_subject(payload, setting),
    }
    draft.fields |= {name: value for name, (_, value) in told.items() if value is not None}
    draft.sources |= {name: place + source for name, (source, _) in told.items()}
    draft.fields["deviceType"] = "SMART_CONTAINER" if setting.device_type == "GATEWAY" else setting.device_type
    yield from _kind(draft, at, metadata, payload)
    yield from _climate(draft, at, payload, "measurements", "sensorReport")
    yield from _climate(draft, at, payload, "setpoints", "setpoints")
    yield from _position(draft, f"{at}/geoLocation", payload.get("geoLocation"))
    yield from draft.finished()


def _subject(payload: Event, setting: Setting) -> dict[str, tuple[str, Any]]:
    source = "/payload/equipmentReference"
    container = payload.get("equipmentReference", setting.container())
    return {"equipmentReference": (source, container), "deviceID": (source, setting.device or container)}


def _publisher(metadata: Event) -> Any:
    publisher = metadata.get("publisher")
    return publisher.get("carrierCode", publisher.get("partyName")) if isinstance(publisher, dict) else publisher


def _kind(draft: Draft, at: str, metadata: Event, payload: Event) -> Iterator[Fault]:
    """What kind of event it is into `draft`."""
    name = KINDS.get(str(metadata.get("eventType")), "")
    if not name:
        yield Fault(Reject.CODE_NOT_IN_LIST, f"{draft.place}/metadata/eventType")
    code = payload.get(name)
    draft.fields["eventTypeCode"], draft.sources["eventTypeCode"] = code, f"{at}/{name}"
    if "iotEventCode" in payload:
        event = payload["iotEventCode"]
        draft.fields["iotEventCode"] = DOORS.get(event, event) if isinstance(event, str) else event
    draft.sources["iotEventCode"] = f"{at}/iotEventCode"


def _climate(draft: Draft, at: str, payload: Event, told_as: str, ours: str) -> Iterator[Fault]:
    """Measurements or set points into `draft`."""
    climate = payload.get(told_as)
    if climate is None:
        return
    if not isinstance(climate, dict):
        yield Fault(Reject.FIELD_TYPE, f"{at}/{told_as}")
        return
    yield from strangers(f"{at}/{told_as}", climate, OF_A_CLIMATE)
    told = (name for name in CLIMATE if climate.get(name) is not None)
    draft.lists[ours] = [
        Part(f"{at}/{told_as}/{name}", _reading(CLIMATE[name], climate[name], climate)) for name in told
    ]


def _reading(quantity: Quantity, value: Any, climate: Mapping[str, Any]) -> Event:
    """A value with its unit; of our own types nobody converts the unit later, so it is done here."""
    unit = climate.get(quantity.told_by, quantity.uom)
    if quantity.type.startswith("X_") and unit == "FAH" and is_number(value):
        value, unit = (value - 32) * 5 / 9, "CEL"
    return {"type": quantity.type, "value": value, "uom": unit}


def _position(draft: Draft, at: str, told: Any) -> Iterator[Fault]:
    """The position into `draft`; degrees come as numbers or, from some implementations, as text."""
    if told is None:
        return
    if not isinstance(told, dict):
        yield Fault(Reject.FIELD_TYPE, at)
        return
    yield from strangers(at, told, OF_A_POSITION)
    known = {name: told[name] for name in OF_A_POSITION if told.get(name) is not None}
    for name in ("latitude", "longitude"):
        if isinstance(known.get(name), str):
            known[name] = _degrees(known[name])
    draft.fields["geoLocation"], draft.sources["geoLocation"] = known, at


def _degrees(text: str) -> Any:
    try:
        return float(text)
    except ValueError:
        return text
