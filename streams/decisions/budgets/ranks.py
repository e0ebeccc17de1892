"""The newest scores of an office in order: what share of what comes will reach a threshold?"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable
from math import inf

WINDOW = 2_000  # scores a quantile is taken of


class Ranks:
    """The newest `WINDOW` ranks, sorted. (`river.utils.SortedWindow` is the same at six times the cost.)

    >>> ranks = Ranks([0.1, 0.4, 0.2, 0.3])
    >>> ranks.threshold(0.4), ranks.threshold(0.9), ranks.threshold(0.0)
    (0.3, -inf, inf)
    """

    __slots__ = ("newest", "ordered")

    def __init__(self, newest: Iterable[float] = ()) -> None:
        self.newest = deque(newest)
        self.ordered = sorted(self.newest)

    def __len__(self) -> int:
        return len(self.ordered)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ranks) and self.newest == other.newest

    __hash__ = None  # type: ignore[assignment]  # it changes

    def add(self, rank: float) -> None:
        if len(self.newest) == WINDOW:
            del self.ordered[bisect_left(self.ordered, self.newest.popleft())]
        self.newest.append(rank)
        insort(self.ordered, rank)

    def keep(self, newest: int) -> None:
        """Forget all but the `newest`."""
        if len(self.newest) > newest:
            self.__init__(list(self.newest)[-newest:])  # type: ignore[misc]

    def threshold(self, share: float) -> float:
        """The rank that `share` of what comes next will reach, if it is like what came; between two of them if need be.

        Above the highest there is no telling: it is the highest itself from half of its share on, else out of reach.
        """
        place = share * (len(self.ordered) + 1)
        above = int(place)
        if above >= len(self.ordered):
            return -inf
        lower = self.ordered[-above - 1]
        if not above:
            return lower if place > 0.5 else inf
        upper = self.ordered[-above]
        return upper + (lower - upper) * (place - above)
