"""A SensorEvent in the making: it knows where in the source each part stands, so that faults are told of that place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from streams.intake import sensor_rules
from streams.intake.decode import SENSOR_EVENT
from streams.intake.faults import Fault, check, pointer
from streams.records.codes import Reject
from streams.vocabularies import identifiers

Event = dict[str, Any]
Found = Event | Fault

DISPENSABLE = frozenset({"equipmentReference", "geoLocation", "batteryPercent", "recordTime"})
"""What an event can do without: where it is faulty, it is told of and left out."""


class Setting(NamedTuple):
    """What a document does not tell of itself.

    `received_ms` is when it came (milliseconds since 1970), `origin` where from, such as an MQTT topic: a container
    number in it counts as subject. `equipment`, `device` and `publisher` stand in where the document names none;
    `publisher` wins over the document's.
    """

    received_ms: int | None = None
    origin: str = ""
    equipment: str | None = None
    device: str | None = None
    publisher: str | None = None
    device_type: str = "GATEWAY"
    historical: bool = False

    def head(self, publisher: Any = None) -> Event:
        """What all events of a document have in common."""
        head = {"schemaVersion": "1.0", "deviceType": self.device_type, "publisher": self.publisher or publisher}
        return {name: told for name, told in head.items() if told is not None} | self._age()

    def container(self, named: str = "") -> str | None:
        """The container of an event whose document has no field for it; `named` are names that may contain it."""
        return identifiers.container_in(f"{named} {self.origin}") or self.equipment

    def _age(self) -> Event:
        return {"isHistorical": True} if self.historical else {}


class Part(NamedTuple):
    """An entry of one of our lists, and the pointer to where the source has it."""

    source: str
    content: Any


@dataclass
class Draft:
    """Fields and lists of an event. `place` is the pointer to what it is made from, `sources` those of single fields;
    `names` are the source's names of the fields of our readings, where it has any.
    """

    place: str
    fields: Event
    sources: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[Part]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def finished(self) -> Iterator[Found]:
        """The event as intake would take it, without its faulty parts, and a fault for each of these.

        Where a fault concerns the event as such there is no event.
        """
        while True:
            event = self._event()
            record, faults = check(SENSOR_EVENT, event)
            faults = faults or sensor_rules.faults(record)
            yield from map(self._traced, faults)
            if not faults:
                yield record
            if not faults or not self._go_on_without(faults):
                return

    def _event(self) -> Event:
        lists = {name: [part.content for part in parts] for name, parts in self.lists.items() if parts}
        event = {**self.fields, **lists}
        if "eventTypeCode" not in event:
            silent = "sensorReport" not in event and event.keys() & {"geoLocation", "batteryPercent"}
            event |= {"eventTypeCode": "DETC", "iotEventCode": "X_HEARTBEAT"} if silent else {"eventTypeCode": "MEAS"}
        return event

    def _traced(self, fault: Fault) -> Fault:
        name, *inner = fault.field.split("/")[1:] or [""]
        if not inner or name not in self.lists:
            return fault._replace(field=self.sources.get(name, self.place))
        source = self.lists[name][int(inner[0])].source
        called = self.names.get(inner[1]) if len(inner) > 1 else None
        return fault._replace(field=f"{source}/{called}" if called else source)

    def _go_on_without(self, faults: Sequence[Fault]) -> bool:
        """Leave out the parts that `faults` point into; False where one of them points at something needed."""
        ways = [fault.field.split("/")[1:] for fault in faults]
        if not all(way and (way[0] in DISPENSABLE or (way[0] in self.lists and len(way) > 1)) for way in ways):
            return False
        for name, parts in self.lists.items():
            faulty = {int(way[1]) for way in ways if way[0] == name}
            self.lists[name] = [part for number, part in enumerate(parts) if number not in faulty]
        for way in ways:
            self.fields.pop(way[0], None)
        return True


@dataclass
class Moment:
    """What one device said at one time: an event with its readings, and one for each thing it detected."""

    draft: Draft
    detections: list[Part] = field(default_factory=list)
    position: Event = field(default_factory=dict)

    def measured(self, source: str, reading: Any) -> None:
        """Take a reading."""
        self.draft.lists.setdefault("sensorReport", []).append(Part(source, reading))

    def located(self, source: str, half: str, degrees: Any) -> None:
        """Take latitude or longitude; both together count instead of a position told for all moments."""
        self.position[half] = degrees
        self.draft.fields["geoLocation"], self.draft.sources["geoLocation"] = self.position, source

    def drafts(self) -> Iterator[Draft]:
        """All events of this moment; a detection stands alone, so that no faulty reading can take it along."""
        if "sensorReport" in self.draft.lists or not self.detections:
            yield self.draft
        for source, detection in self.detections:
            about = {**self.draft.fields, "eventTypeCode": "DETC", **detection}
            lists = {name: parts for name, parts in self.draft.lists.items() if name == "itemIds"}
            sources = {**self.draft.sources, **dict.fromkeys(detection, source)}
            yield Draft(self.draft.place, about, sources, lists, self.draft.names)


def numbered(event_id: Any, drafts: list[Draft]) -> Iterator[Found]:
    """The finished `drafts` of one message, under its id; where there are several each has its number behind it."""
    for number, draft in enumerate(drafts, start=1):
        draft.fields["eventID"] = nth(event_id, number, len(drafts))
        yield from draft.finished()


def nth(event_id: Any, number: int, of: int) -> Any:
    """The id of one of the events that a message becomes; what is no text is left to the checks.

    >>> nth("E", 2, of=3), nth("E", 1, of=1)
    ('E#2', 'E')
    """
    return f"{event_id}#{number}" if of > 1 and isinstance(event_id, str) else event_id


def strangers(place: str, told: Mapping[str, Any], known: frozenset[str]) -> Iterator[Fault]:
    """A fault for each field that has no place in our record and is not known to say nothing of the goods.

    >>> list(strangers("/0", {"v": 1, "wind": 3}, frozenset("v")))
    [Fault(code=<Reject.FIELD_UNKNOWN: 'FIELD_UNKNOWN'>, field='/0/wind')]
    """
    return (Fault(Reject.FIELD_UNKNOWN, place + pointer([name])) for name in told if name not in known)


def objects(place: str, listed: Any) -> Iterator[tuple[str, Any]]:
    """The entries of a list, or the only one, with the pointer to each.

    >>> list(objects("/a", ["x", "y"])), list(objects("/a", "x"))
    ([('/a/0', 'x'), ('/a/1', 'y')], [('/a', 'x')])
    """
    if not isinstance(listed, list):
        return iter([(place, listed)])
    return ((f"{place}/{number}", entry) for number, entry in enumerate(listed))
