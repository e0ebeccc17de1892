"""What one turn of a shard found about entities of other partitions: collected in pages, so that records stay few."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal
from zlib import crc32

import orjson
from typing_extensions import TypedDict

from streams.log import Output
from streams.records.decision import Source
from streams.topics import TOUCHES

PAGE = 256  # touches of one record: 120 kB of parcels
PAGE_BYTES = 400_000  # of one record, or little more: touches of long lists of items, and still what any broker takes

Kind = Literal["deliveryPoint", "seller", "equipment", "caretaker"]


class Touch(TypedDict):
    """What every touch says; the rest depends on `kind`.

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

    Cost: about 1 µs a touch; one of several entities is put into words once.

    >>> touches = Touches(partitions=4)
    >>> touches.add("seller/p1", {"kind": "parcel", "itemId": "A"})
    >>> touches.add("seller/p1", {"kind": "parcel", "itemId": "B"})
    >>> [output] = touches.outputs()
    >>> output.topic, output.partition, output.value[:60]
    ('touches', 2, b'{"touches":[{"entity":"seller/p1","kind":"parcel","itemId":"')
    """

    def __init__(self, partitions: int) -> None:
        self._partitions = partitions
        self._found: dict[int, list[bytes]] = {}

    def add(self, entity: str, touch: Mapping[str, Any]) -> None:
        """Note one more touch of `entity` (`kind/id`)."""
        self.add_to((entity,), touch)

    def add_to(self, entities: Iterable[str], touch: Mapping[str, Any]) -> None:
        """Note a touch of several entities."""
        rest = orjson.dumps(touch)[1:]
        for entity in entities:
            found = self._found.setdefault(partition_of(entity, self._partitions), [])
            found.append(b'{"entity":%b,%b' % (orjson.dumps(entity), rest))

    def outputs(self) -> Iterator[Output]:
        """The pages to write at the end of the turn."""
        for partition, found in self._found.items():
            for page in _pages(found):
                yield Output(TOUCHES, None, b'{"touches":[%b]}' % b",".join(page), partition=partition)


def _pages(found: list[bytes]) -> Iterator[list[bytes]]:
    page: list[bytes] = []
    size = 0
    for touch in found:
        page.append(touch)
        size += len(touch)
        if len(page) == PAGE or size >= PAGE_BYTES:
            yield page
            page, size = [], 0
    if page:
        yield page
