"""A parcel as delivery points and sellers hear of it, and as delivery points remember it."""

from typing import NamedTuple
from zlib import crc32

from streams.patterns.windows import Row
from streams.records.decision import Source

NAME, SELLER, HS, CENTS = range(2, 6)  # of a row, after its time and its item


class Parcel(NamedTuple):
    """A decided parcel, touching `entity`. Stands in pages as the list of these, for there are two of each parcel.

    Times are milliseconds since 1970: when it was submitted, and Kafka's of the manifest. `place` is the parcel's in
    its manifest, `item` type and id, `name` the consignee's pseudonym. Values are EUR cents, 0 where the currency has
    no rate; `goods` and the value of one piece are of the line of highest value.
    """

    entity: str
    time_ms: int
    at_ms: int
    topic: str
    partition: int
    offset: int
    place: int
    item: str
    version: int
    name: str
    seller: str
    destination: str
    hs: str
    cents: int
    goods: str
    piece_cents: int

    @property
    def entity_id(self) -> str:
        return self.entity.partition("/")[2]

    @property
    def source(self) -> Source:
        return {"topic": self.topic, "partition": self.partition, "offset": self.offset, "index": self.place}

    def row(self) -> Row:
        """As a delivery point remembers it. Name and seller are digests: that tells them apart within one point."""
        return [self.time_ms, self.item, digest(self.name), digest(self.seller), self.hs, self.cents]


def digest(text: str) -> int:
    """
    >>> digest("p1")
    1060662067
    """
    return crc32(text.encode())
