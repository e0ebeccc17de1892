"""What a selection was worth: the same figures for every contender."""

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from statistics import fmean, median, stdev
from typing import NamedTuple

LESSONS = 5


class Result(NamedTuple):
    """Of one run, after the warm-up: shares of 0 to 1, and the CPU seconds it took.

    `lesson_s` are the CPU seconds from one more label to a score that knows of it, at the end of the run.
    """

    precision: float
    recall: float
    revenue: float
    rate: float
    cpu_s: float
    lesson_s: float = 0.0


def median_s(lesson: Callable[[], object]) -> float:
    """The CPU seconds that a `lesson` takes: the median of some."""
    return median(map(_timed, repeat(lesson, LESSONS)))


def _timed(lesson: Callable[[], object]) -> float:
    started = time.process_time()
    lesson()
    return time.process_time() - started


def measure(selected: Iterable[tuple[bool, bool, float]], cpu_s: float, lesson_s: float = 0.0) -> Result:
    """Figures of declarations given as (inspected, fraudulent, revenue at stake).

    >>> measure([(True, True, 3.0), (True, False, 1.0), (False, True, 9.0), (False, False, 1.0)], 0.5)
    Result(precision=0.5, recall=0.5, revenue=0.25, rate=0.5, cpu_s=0.5, lesson_s=0.0)
    """
    seen = list(selected)
    inspected = sum(chosen for chosen, _, _ in seen)
    frauds = sum(found for _, found, _ in seen)
    caught = sum(chosen and found for chosen, found, _ in seen)
    at_stake = sum(revenue for _, found, revenue in seen if found)
    saved = sum(revenue for chosen, found, revenue in seen if chosen and found)
    return Result(
        caught / max(inspected, 1),
        caught / max(frauds, 1),
        saved / max(at_stake, 1e-9),
        inspected / len(seen),
        cpu_s,
        lesson_s,
    )


class Spread(NamedTuple):
    """A figure over several seeds: mean and standard deviation (0 for one seed)."""

    mean: float
    sd: float

    @classmethod
    def of(cls, results: Sequence[Result], figure: str) -> "Spread":
        values = [getattr(result, figure) for result in results]
        return cls(fmean(values), stdev(values) if len(values) > 1 else 0.0)

    def __str__(self) -> str:
        return f"{self.mean:.3f} ± {self.sd:.3f}"
