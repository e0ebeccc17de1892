"""The unit that travels through Faust: not a record but everything one fetch brought of one partition."""

from collections.abc import Iterator
from typing import Any, NamedTuple

SLICE_RECORDS = 250
SLICE_BYTES = 1024 * 1024


class Identity(NamedTuple):
    """Under which name of ours the broker gave us partitions. Captured with the assignment, never read later."""

    generation: int
    member: str

    @property
    def valid(self) -> bool:
        return self.generation >= 0 and bool(self.member)


NOBODY = Identity(-1, "")


class Batch(NamedTuple):
    """Records of one partition, fetched from position `start` and leaving the position at `end`.

    Positions, not offsets: transaction markers and aborted records leave holes, and a batch may be nothing else.
    """

    topic: str
    partition: int
    records: list[Any]
    start: int
    end: int
    identity: Identity
    size_bytes: int = 0

    @property
    def place(self) -> tuple[str, int]:
        return self.topic, self.partition

    def slices(self) -> Iterator["Batch"]:
        """The same in pieces that chain, so that a cycle can stop in between.

        >>> from streams.log import LogRecord
        >>> records = [LogRecord(0, offset, 0, None, b"x") for offset in range(300)]
        >>> [(part.start, part.end) for part in Batch("t", 0, records, 0, 305, NOBODY).slices()]
        [(0, 250), (250, 305)]
        """
        start, size_bytes, records = self.start, 0, list[Any]()
        for record in self.records:
            if len(records) == SLICE_RECORDS or size_bytes >= SLICE_BYTES:
                yield self._replace(records=records, start=start, end=record.offset, size_bytes=size_bytes)
                start, size_bytes, records = record.offset, 0, []
            records.append(record)
            size_bytes += len(record.value or b"")
        yield self._replace(records=records, start=start, size_bytes=size_bytes)
