"""What is to happen when."""

import heapq
from collections.abc import Iterable, Iterator

from agents.simulator.happenings import Happening


class Agenda:
    """An endless day, in order of time, and what is added to it while it passes.

    >>> def day(): yield from (Happening(at_s, "t", b"", b"") for at_s in (1.0, 2.0, 9.0))
    >>> agenda = Agenda(day())
    >>> agenda.add(Happening(1.5, "outcome", b"", b""))
    >>> sorted(happening.at_s for happening in agenda.due(5.0))
    [1.0, 1.5, 2.0]
    """

    def __init__(self, day: Iterable[Happening]) -> None:
        self._day = iter(day)
        self._next = next(self._day)
        self._added: list[Happening] = []

    def add(self, happening: Happening) -> None:
        heapq.heappush(self._added, happening)

    def due(self, now_s: float) -> Iterator[Happening]:
        """Take out what should have happened by `now_s`."""
        while self._next.at_s <= now_s:
            yield self._next
            self._next = next(self._day)
        while self._added and self._added[0].at_s <= now_s:
            yield heapq.heappop(self._added)
