"""What one turn of a shard found about entities of other partitions: collected in pages, so that records stay few."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal
from zlib import crc32

import orjson
from typing_extensions import TypedDict

from streams.log import Output
from streams.records.decision import Source
from streams.topics import TOUCHES

PAGE = 256  # touches of one record
PAGE_BYTES = 400_000  # of one record, or little more: touches of long lists of items, and still what any broker takes

Kind = Literal["deliveryPoint", "seller", "equipment", "caretaker"]


class Touch(TypedDict):
    """What every touch but those of parcels says; the rest depends on `kind`.

    `entity` is its kind and its id, such as `deliveryPoint/p14a97…`. `at` is the Kafka timestamp of the public input at
    `source`, `time_ms` the event's own time; milliseconds since 1970.
    """

    entity: str
    kind: str
    at: int
    time_ms: int
    source: Source


def partition_of(entity: str, partitions: int) -> int:
    """Where all that is known of an entity comes together.

    >>> [partition_of(entity, 4) for entity in ("seller/p1", "seller/p2", "equipment/MSKU9070323")]
    [2, 0, 1]
    """
    return crc32(entity.encode()) % partitions


class Touches:
    """The touches of one turn, in the order in which they were found, as they will stand in their pages.

    A page is a JSON object: to each kind of entity the list of its touches. Cost: about 1 µs a touch; one of several
    entities is put into words once.

    >>> touches = Touches(partitions=4)
    >>> touches.add("equipment/MSKU9070323", {"kind": "report", "deviceID": "D1"})
    >>> touches.add_parcel(["deliveryPoint/p1", "seller/p1"], [7, "S10/A"])
    >>> [(output.partition, output.value) for output in touches.outputs()]  # doctest: +NORMALIZE_WHITESPACE
    [(1, b'{"equipment":[{"entity":"equipment/MSKU9070323","kind":"report","deviceID":"D1"}]}'),
     (0, b'{"deliveryPoint":[["deliveryPoint/p1",7,"S10/A"]]}'),
     (2, b'{"seller":[["seller/p1",7,"S10/A"]]}')]
    """

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._found: dict[int, list[tuple[str, bytes]]] = {}

    def add(self, entity: str, touch: Mapping[str, Any]) -> None:
        """Note one more touch of `entity` (`kind/id`)."""
        self._add(entity, b'{"entity":%b,%b' % (orjson.dumps(entity), orjson.dumps(touch)[1:]))

    def add_parcel(self, entities: Iterable[str], parcel: Sequence[Any]) -> None:
        """Note that a parcel touched `entities`: what follows the entity in `streams.patterns.parcels.Parcel`."""
        rest = orjson.dumps(parcel)[1:]
        for entity in entities:
            self._add(entity, b"[%b,%b" % (orjson.dumps(entity), rest))

    def outputs(self) -> Iterator[Output]:
        """The pages to write at the end of the turn."""
        for partition, found in self._found.items():
            for page in _pages(found):
                yield Output(TOUCHES, None, page, partition=partition)

    def _add(self, entity: str, touch: bytes) -> None:
        found = self._found.setdefault(partition_of(entity, self._partitions), [])
        found.append((entity.partition("/")[0], touch))


def _pages(found: list[tuple[str, bytes]]) -> Iterator[bytes]:
    page = defaultdict[str, list[bytes]](list)
    number = size = 0
    for kind, touch in found:
        page[kind].append(touch)
        number, size = number + 1, size + len(touch)
        if number == PAGE or size >= PAGE_BYTES:
            yield _packed(page)
            page.clear()
            number = size = 0
    if page:
        yield _packed(page)


def _packed(page: Mapping[str, list[bytes]]) -> bytes:
    return b"{%b}" % b",".join(b'"%b":[%b]' % (kind.encode(), b",".join(page[kind])) for kind in page)
