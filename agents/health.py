"""Is this worker getting on with its work? Asked by `/healthz`, `/readyz` and a gauge, at the moment of the question.

The runtime reports where every partition stands; the judgement is made when somebody asks, in the thread that asks.
So a runtime that hangs, and no longer reports at all, looks stalled too.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

Owned = tuple[str, int]
"""A partition: topic without namespace, number."""


class Standing(NamedTuple):
    """How far a partition is: the next offset to process, how many records wait, and since when both hold still."""

    position: int
    lag_records: int
    since_s: float


class Progress:
    """What each owned partition waits for, and since when.

    `limit_s` is how long work may wait without progress, or the runtime stay silent, before the worker is unwell.

    >>> now = [0.0]
    >>> progress = Progress(limit_s=30, clock=lambda: now[0])
    >>> progress.report({("cases", 0): (100, 7)})
    >>> now[0] = 12.0
    >>> progress.stalled_s()
    12.0
    >>> progress.report({("cases", 0): (107, 0)})
    >>> progress.stalled_s(), progress.healthy, progress.waiting
    (0.0, True, 0)
    """

    def __init__(self, limit_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit_s = limit_s
        self._clock = clock
        self._lock = threading.Lock()
        self._standings: dict[Owned, Standing] = {}
        self._heard_s = clock()
        self._held_since_s: float | None = None
        self._ready = False

    def report(self, standings: Mapping[Owned, tuple[int, int]], held_s: float = 0.0) -> None:
        """Say where every partition at work stands: (position, lag in records). One left out is not ours, or not yet.

        `held_s` is how long a join, a restore or a commit has been going on without getting on, or the group has not
        been heard of: until then, what waits behind it cannot be counted.
        """
        now_s = self._clock()
        with self._lock:
            self._heard_s = now_s
            self._held_since_s = now_s - held_s if held_s else None
            self._standings = {owned: self._next(owned, *seen, now_s) for owned, seen in standings.items()}

    def _next(self, owned: Owned, position: int, lag_records: int, now_s: float) -> Standing:
        before = self._standings.get(owned)
        waited = before is not None and before.lag_records > 0 and before.position == position
        return Standing(position, lag_records, before.since_s if before and waited else now_s)

    def stalled_s(self) -> float:
        """Longest time that records have waited, or work was held up, without anything moving; 0 when nothing waits."""
        now_s = self._clock()
        with self._lock:
            since_s = [standing.since_s for standing in self._standings.values() if standing.lag_records]
            held = [] if self._held_since_s is None else [self._held_since_s]
        return max((now_s - at_s for at_s in since_s + held), default=0.0)

    def lags(self) -> Mapping[Owned, int]:
        """Records waiting, by owned partition."""
        with self._lock:
            return {owned: standing.lag_records for owned, standing in self._standings.items()}

    @property
    def waiting(self) -> int:
        """Records waiting in all: many, with all else well, is busy."""
        return sum(self.lags().values())

    @property
    def silent_s(self) -> float:
        """Seconds since the runtime last reported."""
        return self._clock() - self._heard_s

    @property
    def ready(self) -> bool:
        """The worker has joined and restored all it owns, and was there lately to say that this is still so."""
        return self._ready and self.silent_s <= self._limit_s

    @ready.setter
    def ready(self, ready: bool) -> None:
        self._ready = ready

    @property
    def healthy(self) -> bool:
        """Every owned partition moves or has nothing to do, and somebody was there to say so."""
        return max(self.stalled_s(), self.silent_s) <= self._limit_s
