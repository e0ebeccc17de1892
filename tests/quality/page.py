"""The tables of a run, as Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.quality.contenders import TITLES
from tests.quality.histories import VARIANTS
from tests.quality.measure import Result, Spread
from tests.quality.targets import Cell, Target

INTRODUCTION = """# How well parcels are chosen

Written by `make quality`; do not edit. A year and a quarter of the public
[Customs-Declaration-Datasets](https://github.com/Seondong/Customs-Declaration-Datasets) (45,519 synthetic Korean
import declarations, 21.6 % fraudulent), one after the other. The labels of the first four weeks are all known; after
that only what is inspected gets one, and about a tenth of the inspections is drawn by lot. Figures are of all weeks
after the fourth, the drawn inspections included: mean ± standard deviation over {seeds} seeds of the lots (one or two
for LightGBM).

**What this measures.** Two thirds of the declarations repeat the goods code, mass and price of an earlier one, and
repeated goods nearly always have one label: most of any score is memory. So the same is shown without repetitions
(dedup), with rare fraud (thin), and beside a plain blocklist. Revenue is so heavy-tailed that chance decides it. The
data are synthetic; nothing here was measured at a real border.

**Who is measured.** greenlane decides each declaration when it comes, by its own budget and thresholds, and learns
each label three days later; its time is that of the whole decision, from the case to the alert in words. The others
see a whole week before they choose from it, and learn its labels at once; their time is that of the model alone.
Milliseconds a label are from one more label to a score that knows of it, at the end of the run: a model trained anew
for every label would spend that each time."""
ENDING = "## What was promised\n\n"
COLUMNS = ("precision", "recall", "revenue", "inspected", "CPU s", "ms a label")
HEADER = f"| | {' | '.join(COLUMNS)} |\n| --- |{' ---: |' * len(COLUMNS)}"


def table(results: Mapping[Cell, Sequence[Result]], variant: str, budget: float) -> str:
    """One version of the data at one budget: a line per contender."""
    lines = [line(who, found) for (of, who, at), found in results.items() if (of, at) == (variant, budget)]
    return "\n".join([HEADER, *lines])


def line(who: str, results: Sequence[Result]) -> str:
    """Means and standard deviations over the seeds."""
    precision, recall, revenue, rate, cpu_s, lesson_s = (Spread.of(results, figure) for figure in Result._fields)
    means = f"{rate.mean:.2%} | {cpu_s.mean:.1f} | {1000 * lesson_s.mean:.3g}"
    return f"| {TITLES[who]} | {precision} | {recall} | {revenue} | {means} |"


def judged(targets: Iterable[Target]) -> str:
    return "\n".join(f"- {target}" for target in targets)


def write(path: Path, results: Mapping[Cell, Sequence[Result]], promised: Iterable[Target], seeds: int) -> None:
    """The whole page."""
    sections = [
        f"## {variant}, {budget:.0%} inspected\n\n{VARIANTS[variant].__doc__}\n\n{table(results, variant, budget)}"
        for variant, budget in dict.fromkeys((variant, budget) for variant, _, budget in results)
    ]
    path.write_text("\n\n".join([INTRODUCTION.format(seeds=seeds), *sections, ENDING + judged(promised), ""]), "utf-8")
