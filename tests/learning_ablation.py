"""`python -m tests.learning_ablation`: what the guard, propensities and beginning anew are worth, for docs/learning.md.

Takes some ten minutes; every figure is the mean of `SEEDS` runs, with the extremes where they matter.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from config.settings import load
from streams.control import Control
from streams.learning.settings import LearningSettings
from streams.models import build
from tests.learning_loop import WEEK_MS, Border, Lie, Parcel, borders, by_week, honest, precision, public_declarations

SEEDS = (0, 1, 2)
OFFICE, OFFICER = "40", "p107"  # the largest office; one of its twenty officers has 5 % of its labels
CHANGE_WEEK, WEEKS = 10, 16


def turned(parcel: Parcel, officer: str) -> bool:
    """The officer reports the contrary."""
    return (not parcel.found) if (parcel.office, officer) == (OFFICE, OFFICER) else parcel.found


def hidden(parcel: Parcel, officer: str) -> bool:
    """The officer never finds anything."""
    return parcel.found and (parcel.office, officer) != (OFFICE, OFFICER)


def guarded(declarations: Sequence[Parcel], report: Lie, *, guard: bool, seed: int, budget: float) -> Border:
    border = Border(Control(build(), learning=LearningSettings(guard=guard)), budget, report=report, seed=seed)
    border.inspected = border.run(declarations, declarations[0].at_ms + 4 * WEEK_MS)
    return border


class Weighted:
    """A model that learns an example drawn by lot `times` over: what inverse propensity would have it do, clipped."""

    def __init__(self, model: Any, times: int) -> None:
        self.model, self.times, self.drawn = model, times, False
        self.score_one = model.score_one

    def prequential_one(self, x: dict[str, Any], y: bool) -> float:
        score: float = self.model.prequential_one(x, y)
        for _ in range(self.times - 1 if self.drawn else 0):
            self.model.learn_one(x, y)
        return score


class Propensity(Border):
    """A border whose model is told which examples the lot chose."""

    def say(self, said: dict[str, Any], at_ms: int) -> None:
        self.control.model.drawn = said.get("selectedBy") == "RANDOM"  # type: ignore[attr-defined]
        super().say(said, at_ms)


def weighted(declarations: Sequence[Parcel], *, times: int, seed: int, budget: float) -> float:
    control = Control(Weighted(build(), times), learning=LearningSettings(renew_after_drift=False))  # type: ignore[arg-type]
    border = Propensity(control, budget, seed=seed)
    return precision(border.run(declarations, declarations[0].at_ms + 4 * WEEK_MS))


def changed(*, renew: bool, exploring: float, seed: int) -> dict[int, float]:
    settings = LearningSettings(renew_after_drift=renew, drift_exploring=exploring)
    border = Border(Control(build(), learning=settings), 0.1, seed=seed)
    return by_week(border.run(borders(WEEKS, 300, CHANGE_WEEK, seed), 2 * WEEK_MS))


def over_seeds(run: Callable[[int], float]) -> str:
    figures = [run(seed) for seed in SEEDS]
    return f"{mean(figures):.3f} ({min(figures):.3f} to {max(figures):.3f})"


def say(*cells: str) -> None:
    sys.stdout.write(f"| {' | '.join(cells)} |\n")
    sys.stdout.flush()


def guard_table(declarations: Sequence[Parcel], budgets: Iterable[float] = (0.05, 0.1)) -> None:
    say("one officer of office 40", "budget", "guard", "precision", "suspects", "lies learnt")
    for name, report in {"honest": honest, "reports the contrary": turned, "finds nothing": hidden}.items():
        for budget in budgets:
            for guard in (False, True):
                runs = [guarded(declarations, report, guard=guard, seed=seed, budget=budget) for seed in SEEDS]
                figures = [precision(border.inspected) for border in runs]
                suspects = sorted({name for border in runs for name in border.control.lessons.guard.suspects})
                lies = mean(sum(border.reports) - len(border.control.lessons.held) for border in runs)
                spread = f"{mean(figures):.3f} ({min(figures):.3f} to {max(figures):.3f})"
                say(
                    name,
                    f"{budget:.0%}",
                    "on" if guard else "off",
                    spread,
                    ", ".join(suspects) or "none",
                    f"{lies:.0f}",
                )


def propensity_table(declarations: Sequence[Parcel]) -> None:
    say("weight of a drawn example", "precision at 5 %", "precision at 10 %")
    for times in (1, 3, 10):
        figures = [
            over_seeds(lambda seed, at=at, times=times: weighted(declarations, times=times, seed=seed, budget=at))
            for at in (0.05, 0.1)
        ]
        say(str(times), *figures)


def change_table() -> None:
    weeks = range(CHANGE_WEEK - 2, WEEKS)
    say("habits change in week 10", *(f"week {week}" for week in weeks))
    for renew, exploring in ((False, 1.0), (False, 2.0), (True, 1.0), (True, 2.0)):
        runs = [changed(renew=renew, exploring=exploring, seed=seed) for seed in SEEDS]
        title = f"{'a newcomer may take over' if renew else 'no newcomer'}, exploration times {exploring:g}"
        say(title, *(f"{mean(run[week] for run in runs):.2f}" for week in weeks))


if __name__ == "__main__":
    change_table()
    history = public_declarations(Path(load().data) / "customs")
    guard_table(history)
    propensity_table(history)
