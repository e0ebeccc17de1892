"""What was fetched and waits for its turn; says when more would be welcome."""

import asyncio
from collections import deque

from agents.runtime.batches import Batch


class Queue:
    """Batches cut into slices, bounded by asking for no more (`hungry`) in time.

    Partitions take turns, slice by slice: what floods one of them does not hold up the others.

    >>> queue = Queue(max_records=10, max_bytes=1000)
    >>> queue.wanted = True
    >>> queue.hungry.is_set(), bool(queue)
    (True, False)
    """

    def __init__(self, max_records: int, max_bytes: int) -> None:
        self._max_records, self._max_bytes = max_records, max_bytes
        self._slices: dict[tuple[str, int], deque[Batch]] = {}
        self._records = self._size_bytes = 0
        self._wanted = False
        self.hungry = asyncio.Event()

    def __bool__(self) -> bool:
        return bool(self._slices)

    @property
    def wanted(self) -> bool:
        """Somebody is there to work on what comes."""
        return self._wanted

    @wanted.setter
    def wanted(self, wanted: bool) -> None:
        self._wanted = wanted
        self._ask()

    def put(self, batch: Batch) -> None:
        for part in batch.slices():
            self._slices.setdefault(batch.place, deque()).append(part)
            self._count(part, 1)

    def take(self) -> Batch:
        """The next slice; raises `StopIteration` when there is none."""
        place = next(iter(self._slices))
        waiting = self._slices.pop(place)
        part = waiting.popleft()
        if waiting:
            self._slices[place] = waiting  # behind all others
        self._count(part, -1)
        return part

    def clear(self) -> None:
        """Forget everything, and ask for nothing until wanted again."""
        self._slices.clear()
        self._records = self._size_bytes = 0
        self.wanted = False

    def _count(self, part: Batch, sign: int) -> None:
        self._records += sign * len(part.records)
        self._size_bytes += sign * part.size_bytes
        self._ask()

    def _ask(self) -> None:
        room = self._records < self._max_records and self._size_bytes < self._max_bytes
        (self.hungry.set if self._wanted and room else self.hungry.clear)()
