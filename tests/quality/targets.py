"""What was promised of the selection, and whether a run kept it."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tests.quality.contenders import OURS
from tests.quality.measure import Spread

Cell = tuple[str, str, float]  # version of the data, contender, budget
LEAST = {
    ("full", 0.05): 0.87,
    ("full", 0.10): 0.69,
    ("dedup", 0.05): 0.31,
    ("dedup", 0.10): 0.30,
    ("thin", 0.05): 0.29,
    ("thin", 0.10): 0.24,
}
GOAL = {("dedup", 0.05): 0.35, ("thin", 0.05): 0.35}
RIVALS = ("lightgbm-raw", "lightgbm-encoded")
CHEAPER = 100  # times, than both of them: until one more label counts; of a whole run that is a goal
FULL_LABELS = 0.99  # precision at 5 %, train to valid, when every label is known
SIMILAR = 0.10  # a budget is met within so much, relative


class Target(NamedTuple):
    """One promise: what was measured, and what it had to be. A goal is hoped for, not promised."""

    what: str
    measured: float
    wanted: float
    at_most: bool = False
    goal: bool = False

    @property
    def met(self) -> bool:
        return self.measured <= self.wanted if self.at_most else self.measured >= self.wanted

    def __str__(self) -> str:
        sign, met = "≤" if self.at_most else "≥", "met" if self.met else "not met"
        return f"{self.what}: {self.measured:.4g} ({'goal ' if self.goal else ''}{sign} {self.wanted:.4g}): {met}"


def targets(
    precision: Mapping[Cell, Spread],
    cpu_s: Mapping[Cell, Spread],
    lesson_s: Mapping[Cell, Spread],
    rate: Mapping[Cell, Spread],
) -> Iterator[Target]:
    """All that can be judged by what was measured."""
    for (variant, who, budget), spread in precision.items():
        if who != OURS:
            continue
        at = f"{variant}, budget {budget:.0%}"
        yield Target(f"{at}, precision", spread.mean, LEAST[variant, budget])
        if (variant, budget) in GOAL:
            yield Target(f"{at}, precision", spread.mean, GOAL[variant, budget], goal=True)
        yield Target(f"{at}, inspected", rate[variant, who, budget].mean, budget * (1 + SIMILAR), at_most=True)
        for rival in RIVALS:
            if (found := precision.get((variant, rival, budget))) and variant != "full":
                yield Target(f"{at}, precision against {rival}", spread.mean, found.mean)
            if spent := cpu_s.get((variant, rival, budget)):
                most, taken = spent.mean / CHEAPER, cpu_s[variant, who, budget].mean
                yield Target(f"{at}, CPU s of a run against {rival}", taken, most, at_most=True, goal=True)
            if late := lesson_s.get((variant, rival, budget)):
                most, taken = late.mean / CHEAPER, lesson_s[variant, who, budget].mean
                yield Target(f"{at}, CPU s until a label counts against {rival}", taken, most, at_most=True)


def full_labels(precision: float) -> Target:
    return Target("full labels, train to valid, precision at 5 %", precision, FULL_LABELS)
