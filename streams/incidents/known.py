"""One incident as it stands in the control log."""

from collections.abc import Iterator
from typing import NamedTuple, get_args

import orjson

from streams.records.incident import IncidentItem, IncidentLinks, IncidentRaised
from streams.records.parcel import ItemIdType
from streams.state.members import Place

ID_TYPES: tuple[str, ...] = get_args(ItemIdType)
AGENTS = frozenset({"patterns", "sensors"})
OFFICERS = "officers"
ANYBODY = "ANYBODY"
VESSELS = ("equipment/", "receptacle/")


def equipment(container: str) -> str:
    """What links refer to a container by.

    >>> equipment("MSKU9070323")
    'equipment/MSKU9070323'
    """
    return f"equipment/{container}"


def receptacle(receptacle_id: str) -> str:
    """What links refer to a postal receptacle by."""
    return f"receptacle/{receptacle_id}"


def untyped(item_id: str) -> str:
    """What links refer to a parcel by where nobody said of which type its id is."""
    return f"item/{item_id}"


def references(links: IncidentLinks) -> tuple[str, ...]:
    """Whatever an incident happened to, each in one text; parcels as their identity, or as whatever bears an id.

    >>> references({"equipmentReference": "MSKU9070323", "itemIds": [{"itemIdType": "S10", "itemId": "LZ551209644CN"}]})
    ('equipment/MSKU9070323', 'S10/LZ551209644CN')
    >>> references({"itemIds": [{"itemId": "LZ551209644CN"}]})
    ('item/LZ551209644CN',)
    """
    return tuple(dict.fromkeys(_references(links)))


def identities(item: IncidentItem) -> Iterator[str]:
    """The parcels that an item may mean: where its type is not said, one of each type."""
    for id_type in (item["itemIdType"],) if "itemIdType" in item else ID_TYPES:
        yield f"{id_type}/{item['itemId']}"


def _references(links: IncidentLinks) -> Iterator[str]:
    if "equipmentReference" in links:
        yield equipment(links["equipmentReference"])
    if "receptacleId" in links:
        yield receptacle(links["receptacleId"])
    for item in links.get("itemIds", ()):
        yield f"{item['itemIdType']}/{item['itemId']}" if "itemIdType" in item else untyped(item["itemId"])


def source(said: IncidentRaised) -> str:
    """Who tells of it, as far as room is shared: officers, or patterns, or all registered devices of one caretaker.

    Anybody may say anything in the name of a device that nobody registered: it shares no room with those that are.

    >>> told = {"by": "patterns", "reason": {"source": "SENSOR"}, "origin": "SEALNET"}
    >>> source({"by": "risk-unit"}), source(told), source(told | {"registered": True})
    ('officers', 'ANYBODY/SEALNET', 'SENSOR/SEALNET')
    """
    if said["by"] not in AGENTS:
        return OFFICERS
    kind = said["reason"]["source"]
    return f"{kind if kind == 'PATTERN' or said.get('registered') else ANYBODY}/{said.get('origin', '')}"


class Incident(NamedTuple):
    """An incident raised at `place`, and the offset at which it was cleared, None while it is open.

    `voyage_ms` is the time (ms since 1970) that says which voyage it belongs to: when the engine heard of it, but of
    what is historical the event's own. A device's clock may be wrong, and the filings know Kafka's time only.
    The record itself stays packed: 0.6 kB, looked at only where it concerns a parcel.
    """

    place: Place
    incident_id: str
    lane: str
    voyage_ms: int
    references: tuple[str, ...]
    source: str
    packed: bytes
    cleared: int | None = None

    @classmethod
    def of(cls, said: IncidentRaised, place: Place) -> "Incident":
        voyage_ms = said["eventTimeMs"] if said.get("historical") else place.at_ms
        packed = orjson.dumps(said)
        return cls(place, said["incidentId"], said["lane"], voyage_ms, references(said["links"]), source(said), packed)

    @property
    def vessels(self) -> tuple[str, ...]:
        """The container and the receptacle among its references."""
        return tuple(reference for reference in self.references[:2] if reference.startswith(VESSELS))

    @property
    def said(self) -> IncidentRaised:
        """The record. Unpacking it costs 2 µs, more where it names many parcels."""
        said: IncidentRaised = orjson.loads(self.packed)
        return said

    def open_at(self, offset: int) -> bool:
        """Whether it was raised before position `offset` of the control log, and not cleared before it."""
        return self.place.offset < offset and (self.cleared is None or self.cleared >= offset)
