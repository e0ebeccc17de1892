"""The newest scores of an office in order: what share of what comes will reach a threshold?"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable
from functools import cache
from itertools import islice
from math import inf

from scipy import stats

WINDOW = 2_000  # scores a quantile is taken of
FEWEST, TELLING = 100, 10  # of the newest scores, or as many as make this number of inspections: enough to see a jump
IMPLAUSIBLE = 1e-4  # so seldom chance alone makes as many of them, or as few, reach the threshold


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

    def forget_what_misleads(self, rate: float) -> None:
        """Go on with the newest alone if more of them, or fewer, reach the threshold for `rate` than chance explains.

        Then scores have jumped, and a quantile of all would mislead. Cost: 10 µs.
        """
        newest = max(FEWEST, round(TELLING / rate)) if rate else FEWEST
        if len(self.newest) > newest:
            threshold, (fewest, most) = self.threshold(rate), _plausible(newest, rate)
            reached = sum(rank >= threshold for rank in islice(reversed(self.newest), newest))
            if not fewest <= reached <= most:
                self.__init__(list(self.newest)[-newest // 2 :])  # type: ignore[misc]

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


@cache  # as many as there are rates
def _plausible(parcels: int, rate: float) -> tuple[float, float]:
    """The fewest and the most of `parcels` that reach the threshold for `rate`, but for one case in 5,000.

    >>> _plausible(200, 0.05)
    (1.0, 23.0)
    """
    fewest, most = stats.binom.ppf([IMPLAUSIBLE, 1 - IMPLAUSIBLE], parcels, rate)
    return float(fewest), float(most)
