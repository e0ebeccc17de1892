"""Which events of a device are new, late, repeated or missing."""

from enum import Enum, auto
from math import isfinite
from typing import Any


class Place(Enum):
    """Where an event stands in the history of its device."""

    NEXT = auto()
    LATE = auto()
    DUPLICATE = auto()
    REPLAY = auto()
    RESTART = auto()


RESTART_BELOW = 16  # a counter that starts again (new battery) starts here
LEAP = 10_000  # numbers: whoever is further ahead may be garbled or forged,
FASTEST_PER_S = 1_000  # unless it counts milliseconds
CONVINCING = 3  # events by which a counter that goes on elsewhere is believed
NOWHERE = (0, float("-inf"), 0)


class Order:
    """Remembers the last event ids, the highest sequence number and the ranges still missing below it.

    A number never seen may come late and fills its gap. A number used before is a duplicate in a backfill, and a
    replay in live traffic: somebody sends again what was said once. Without sequence numbers, time alone decides.

    A number out of all proportion is no reason to call all that follow late, and what is called late must not stay so
    for ever: a counter that goes on elsewhere is believed at its third number in a row, each higher than the one
    before, and newer than all that was heard. One event of it, garbled or forged, changes nothing.

    Memory is bounded: `recent` ids, `max_gaps` ranges; what fills a forgotten gap counts as repeated.

    >>> order = Order(recent=8, max_gaps=4)
    >>> [order.place(f"e{n}", n, 0.0, historical=False).name for n in (5, 8, 6, 6, 9)]
    ['NEXT', 'NEXT', 'LATE', 'DUPLICATE', 'NEXT']
    >>> order.overdue(grace=1)
    (7, 7)
    """

    def __init__(self, recent: int, max_gaps: int) -> None:
        self._recent, self._max_gaps = recent, max_gaps
        self._ids: dict[str, None] = {}
        self._gaps: list[tuple[int, int]] = []
        self._told = -1  # gaps up to here are old news
        self._newest = -1
        self._newest_s = float("-inf")
        self._elsewhere = NOWHERE  # the last number out of line, its time, how many followed each other

    def state(self) -> list[Any]:
        """For a snapshot, as JSON: before the first event there is no time yet."""
        newest_s = self._newest_s if isfinite(self._newest_s) else None
        elsewhere = self._elsewhere if self._elsewhere[2] else None
        return [list(self._ids), self._gaps, self._told, self._newest, newest_s, elsewhere]

    def restore(self, state: list[Any]) -> None:
        """Become what `state` told of."""
        ids, gaps, self._told, self._newest, newest_s, elsewhere = state
        self._ids, self._gaps = dict.fromkeys(ids), [(first, last) for first, last in gaps]
        self._newest_s = float("-inf") if newest_s is None else newest_s
        self._elsewhere = tuple(elsewhere) if elsewhere else NOWHERE

    def place(self, event_id: str, sequence: int | None, time_s: float, *, historical: bool) -> Place:
        """Place an event and remember it; `time_s` is its time in seconds since 1970."""
        if event_id in self._ids:
            return Place.DUPLICATE
        place = self._by_time(time_s) if sequence is None else self._by_sequence(sequence, time_s, historical)
        self._remember(event_id)
        if place in (Place.NEXT, Place.RESTART):
            self._newest_s = max(self._newest_s, time_s) if place is Place.NEXT else time_s
        return place

    def overdue(self, grace: int) -> tuple[int, int] | None:
        """The first range still missing `grace` numbers later; each is told once."""
        for first, last in self._gaps:
            if first > self._told and self._newest - last > grace:
                self._told = last
                return first, last
        return None

    def _by_time(self, time_s: float) -> Place:
        return Place.LATE if time_s < self._newest_s else Place.NEXT

    def _by_sequence(self, sequence: int, time_s: float, historical: bool) -> Place:  # noqa: FBT001 - internal
        leaps = self._leaps(sequence, time_s)
        if sequence > self._newest and not leaps:
            self._advance(sequence)
            return Place.NEXT
        if (not historical and self._restarts(sequence, time_s)) or (
            (leaps or not historical) and self._goes_on(sequence, time_s)
        ):
            self._newest, self._told, self._gaps, self._elsewhere = sequence, sequence, [], NOWHERE
            return Place.RESTART
        if leaps or self._fill(sequence):
            return Place.LATE
        return Place.DUPLICATE if historical else Place.REPLAY

    def _leaps(self, sequence: int, time_s: float) -> bool:
        if self._newest < 0 or sequence <= self._newest + LEAP:
            return False
        return sequence > self._newest + LEAP + FASTEST_PER_S * max(time_s - self._newest_s, 0.0)

    def _goes_on(self, sequence: int, time_s: float) -> bool:
        """Whether by now so many newer events have followed each other that the counter must be where they are."""
        if time_s <= self._newest_s:
            return False
        last, last_s, count = self._elsewhere
        follows = sequence > last and time_s >= last_s
        self._elsewhere = (sequence, time_s, count + 1 if follows else 1)
        return self._elsewhere[2] >= CONVINCING

    def _restarts(self, sequence: int, time_s: float) -> bool:
        return sequence < RESTART_BELOW and self._newest > 2 * RESTART_BELOW and time_s > self._newest_s

    def _advance(self, sequence: int) -> None:
        if sequence > self._newest + 1:
            self._gaps = [*self._gaps, (self._newest + 1, sequence - 1)][-self._max_gaps :]
        if self._newest < 0:
            self._told = sequence - 1  # what came before we listened is no gap
        self._newest, self._elsewhere = sequence, NOWHERE

    def _fill(self, sequence: int) -> bool:
        for index, (first, last) in enumerate(self._gaps):
            if first <= sequence <= last:
                rest = [(first, sequence - 1), (sequence + 1, last)]
                self._gaps[index : index + 1] = [gap for gap in rest if gap[0] <= gap[1]]
                del self._gaps[: -self._max_gaps]
                return True
        return False

    def _remember(self, event_id: str) -> None:
        self._ids[event_id] = None
        if len(self._ids) > self._recent:
            del self._ids[next(iter(self._ids))]
