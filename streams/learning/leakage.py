"""What slips through: estimates of what nobody inspected, from the parcels that the lot had inspected.

Labels of chosen parcels say nothing of the others. The lot does: a parcel drawn with probability π stands for 1/π - 1
like it that passed (Hájek). How sure that is, is the question; there are few of them. So the interval is that of
Clopper and Pearson for as many parcels as the drawn ones are worth, the fewer of two counts: Kish's, which knows how
unequal the weights are, and Korn and Graubard's, which knows on whom the weights fall. Intervals around a normal curve
(Wald) are dishonest here: over 13 weeks of the public customs data they cover the truth in 88 to 94 % of cases, over a
week in 32 to 76 %, where these cover it in 97 to 99 %.

Hájek, J. (1971), comment on Basu. Kish, L. (1965), Survey Sampling. Korn, E. and Graubard, B. (1998), Confidence
intervals for proportions with small expected number of positive counts estimated from survey data. Survey Methodology.
"""

from dataclasses import dataclass
from typing import NamedTuple, Self

from scipy import stats

CONFIDENCE = 0.95


class Interval(NamedTuple):
    """An estimate, and the bounds between which the truth lies in 95 % of cases."""

    estimate: float
    lower: float
    upper: float

    @property
    def width(self) -> float:
        """Relative to the estimate: 1.0 is about half more or half less. Infinite around nothing."""
        return (self.upper - self.lower) / self.estimate if self.estimate else float("inf")

    def times(self, number: float) -> "Interval":
        """Of a share, how many that is of `number`."""
        return Interval(*(bound * number for bound in self))


def clopper_pearson(found: float, of: float, confidence: float = CONFIDENCE) -> Interval:
    """The share that `found` of `of` is, exact for whole numbers; both may be broken, as effective sizes are.

    (`scipy.stats.binomtest` does the same for whole numbers only.)

    >>> [round(bound, 3) for bound in clopper_pearson(0, 10)], [round(bound, 3) for bound in clopper_pearson(3, 12)]
    ([0.0, 0.0, 0.308], [0.25, 0.055, 0.572])
    """
    tail = (1 - confidence) / 2
    lower = float(stats.beta.ppf(tail, found, of - found + 1)) if found > 0 else 0.0
    upper = float(stats.beta.ppf(1 - tail, found + 1, of - found)) if found < of else 1.0
    return Interval(found / of, lower, upper)


@dataclass(slots=True)
class Sample:
    """Weighted sums over inspected parcels: enough to estimate, and one sample added to another is a sample.

    >>> sample = Sample()
    >>> for found in [True] + 9 * [False]:
    ...     sample.add(99.0, found)
    >>> [round(bound, 3) for bound in sample.share() or ()]
    [0.1, 0.002, 0.47]
    """

    parcels: float = 0
    weight: float = 0.0
    squares: float = 0.0
    found: float = 0.0
    found_squares: float = 0.0

    def add(self, weight: float, found: bool, times: int = 1) -> None:  # noqa: FBT001 - a label
        """Take in a parcel that stands for `weight` others; with `times` -1 take it out again."""
        self.parcels += times
        self.weight += times * weight
        self.squares += times * weight * weight
        self.found += times * weight * found
        self.found_squares += times * weight * weight * found

    def __add__(self, other: Self) -> "Sample":
        return Sample(*(a + b for a, b in zip(self.sums(), other.sums(), strict=True)))

    def sums(self) -> tuple[float, ...]:
        return self.parcels, self.weight, self.squares, self.found, self.found_squares

    def share(self) -> Interval | None:
        """The share of those it stands for that an inspection would find; None of nothing.

        All alike, or nearly so, says little about how much they could differ: then Kish's count decides.
        """
        if self.weight <= 0 or self.parcels < 1:
            return None
        share = min(self.found / self.weight, 1.0)
        worth = min(self.weight**2 / self.squares, self.parcels)
        if (spread := self._spread(share)) > 0:
            worth = min(worth, share * (1 - share) / spread)
        return clopper_pearson(share * worth, worth)

    def _spread(self, share: float) -> float:
        """The variance of `share`, linearised."""
        if self.parcels < 2 or not 0 < share < 1:
            return 0.0
        squares = (1 - 2 * share) * self.found_squares + share**2 * self.squares
        return squares / self.weight**2 * self.parcels / (self.parcels - 1)
