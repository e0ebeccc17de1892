"""Watching those who label: an office or officer whose findings drift away from what others find in like parcels.

Like parcels are those with a like score, chosen in the same way. Who always reports "nothing found" where others find
something in nine of ten, or the reverse, teaches the model to look elsewhere; so does a device or form that is broken.

The statistic is an e-detector: for each new label, how much likelier it is if its source departs far from its peers
than if it departs as far as offices do; multiplied up, never below one. Under peers' odds times or by `TOLERANCE` it
reaches `RUN` no more often than once in so many labels on average, however long one looks.

References
----------
Shin, J., Ramdas, A., Rinaldo, A. (2024). E-detectors: a nonparametric framework for sequential change detection. New
England Journal of Statistics in Data Science 2(2). Clopper, C., Pearson, E. (1934). The use of confidence or fiducial
limits illustrated in the case of the binomial. Biometrika 26(4).
"""

from bisect import bisect
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import exp, log
from typing import Any

from scipy.special import betaincinv

from streams.learning.example import Example

BANDS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 0.95)  # scores; within a band parcels are alike
DOUBT = 0.005  # of either end of the peers' rate
LEAST = 20  # labels of peers, or nobody is judged by them
RECENT = 120  # labels of a kind of parcel; when so many are counted, all counts are halved
TOLERANCE = log(2)  # of odds: offices differ
EFFECT = log(4)  # of odds beyond that: what is looked for
RUN = 100_000  # labels of one source between two false alarms, at least, on average
MAX_SOURCES = 5_000  # offices and officers, the one not heard of for longest forgotten first
ENDS = 1e-4  # rates are kept this far from 0 and 1

Counts = list[float]  # labels, and those that found something


@dataclass(slots=True)
class Source:
    """An office or officer: counts by kind of parcel, and the evidence that it finds too little, or too much."""

    counts: dict[str, Counts] = field(default_factory=dict)
    too_little: float = 0.0
    too_much: float = 0.0

    def hear(self, found: bool, least: float, most: float) -> bool:  # noqa: FBT001 - a label
        """One more label, where peers find something with odds between `least` and `most` (log). True: an alarm."""
        self.too_little = max(self.too_little, 0.0) + _likelier(found, least - TOLERANCE, -EFFECT)
        self.too_much = max(self.too_much, 0.0) + _likelier(found, most + TOLERANCE, EFFECT)
        return max(self.too_little, self.too_much) >= log(RUN)


class Guard:
    """All sources of labels, and which of them are not believed for now.

    `suspects` maps a source to how it departs, "too little" or "too much". An officer is named after the office, and
    compared with all other officers. Where nearly all labels come from one source there are no peers, and no guard.
    Subtle poison goes unseen: a source within twice or half the odds of others is as offices are.

    Cost: some 10 µs a label.
    """

    def __init__(self) -> None:
        self.suspects: dict[str, str] = {}
        self._all: dict[str, Counts] = {}
        self._sources: OrderedDict[str, Source] = OrderedDict()

    def suspected(self, example: Example) -> str:
        """The source of `example` that is not believed, or nothing."""
        return next((source for source in sources(example) if source in self.suspects), "")

    def hear(self, example: Example, score: float) -> str:
        """Count in a label of a parcel with that score; the source that is not believed any more, or nothing."""
        kind, found = f"{example.selected_by} {bisect(BANDS, score)}", bool(example.y)
        for name in sources(example):
            if self._departs(name, kind, found):
                return name
        for name in sources(example):
            _count(self._sources[name].counts, kind, found)
        self._count(kind, found)
        return ""

    def forget(self) -> None:
        """The world has changed: what was found before says nothing about who departs now. Suspects stay."""
        self._all.clear()
        self._sources.clear()

    def believe(self, name: str) -> None:
        """A human has looked: start anew with this source."""
        self.suspects.pop(name, None)
        self._sources.pop(name, None)

    def packed(self) -> list[Any]:
        told = [[name, s.counts, s.too_little, s.too_much] for name, s in self._sources.items()]
        return [self.suspects, self._all, told]

    def unpack(self, packed: Iterable[Any]) -> None:
        """Become what was packed."""
        self.suspects, self._all, told = packed
        self._sources = OrderedDict((name, Source(*state)) for name, *state in told)

    def sizes(self) -> Mapping[str, int]:
        return {"label sources": len(self._sources)}

    def _departs(self, name: str, kind: str, found: bool) -> bool:  # noqa: FBT001 - a label
        source = self._sources.setdefault(name, Source())
        self._sources.move_to_end(name)
        if len(self._sources) > MAX_SOURCES:
            self._sources.popitem(last=False)
        (all_n, all_s), (own_n, own_s) = self._all.get(kind, [0.0, 0.0]), source.counts.get(kind, [0.0, 0.0])
        n, s = all_n - own_n, all_s - own_s
        if n < LEAST or not source.hear(found, *peers(n, s)):
            return False
        self.suspects[name] = "too little" if source.too_little >= source.too_much else "too much"
        return True

    def _count(self, kind: str, found: bool) -> None:  # noqa: FBT001 - a label
        if _count(self._all, kind, found) < RECENT:
            return
        for counts in (self._all, *(source.counts for source in self._sources.values())):
            if kind in counts:
                counts[kind] = [number / 2 for number in counts[kind]]


def sources(example: Example) -> tuple[str, ...]:
    """
    >>> sources(Example("dec-1", {}, True, office="DE004851", officer="p1f00d"))
    ('DE004851', 'DE004851/p1f00d')
    """
    if not example.office:
        return ()
    return (example.office, f"{example.office}/{example.officer}") if example.officer else (example.office,)


def peers(n: float, s: float) -> tuple[float, float]:
    """Least and most log odds of a finding, given `s` in `n`: Clopper and Pearson's limits.

    >>> [round(odds, 2) for odds in peers(100, 50)]
    [-0.54, 0.54]
    """
    least = betaincinv(s, n - s + 1, DOUBT) if s > 0 else 0.0
    most = betaincinv(s + 1, n - s, 1 - DOUBT) if n > s else 1.0
    return _log_odds(float(least)), _log_odds(float(most))


def _log_odds(rate: float) -> float:
    rate = min(max(rate, ENDS), 1 - ENDS)
    return log(rate / (1 - rate))


def _likelier(found: bool, odds: float, effect: float) -> float:  # noqa: FBT001 - a label
    """How much likelier (log) a label is where log odds are beyond `odds` by `effect`."""
    rate, other = 1 / (1 + exp(-odds)), 1 / (1 + exp(-odds - effect))
    return log(other / rate) if found else log((1 - other) / (1 - rate))


def _count(counts: dict[str, Counts], kind: str, found: bool) -> float:  # noqa: FBT001 - a label
    counted = counts.setdefault(kind, [0.0, 0.0])
    counted[0] += 1
    counted[1] += found
    return counted[0]
