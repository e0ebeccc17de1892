"""`make quality`: how well parcels are chosen, beside what others would choose, on three versions of public data.

python -m tests.quality --variant dedup --seeds 1 --only ours     a quick look; only a whole run writes the page
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from agents.backtest.scoring import backtest
from config.settings import load
from tests.quality import page
from tests.quality.contenders import CONTENDERS, EXPENSIVE, OURS
from tests.quality.histories import VARIANTS, Row, rows, version
from tests.quality.measure import Result, Spread
from tests.quality.ours import filed
from tests.quality.targets import Cell, full_labels, targets

ROOT = Path(__file__).parents[2]
DATA = Path(os.environ.get("GREENLANE_DATA", ROOT / "../shared/data")) / "customs"
BUDGETS = (0.05, 0.10)
Results = dict[Cell, list[Result]]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.quality", description=__doc__.splitlines()[0])
    parser.add_argument("--variant", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--only", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--budget", nargs="+", type=float, choices=BUDGETS, default=list(BUDGETS))
    parser.add_argument("--seeds", type=int, default=5, help="of the lots; LightGBM gets two at most")
    return parser.parse_args()


def run(declarations: Sequence[Row], asked: argparse.Namespace) -> Results:
    """All runs asked for, each told when it is done."""
    results: Results = {}
    for variant in asked.variant:
        history = version(variant, declarations)
        ours = filed(history) if OURS in asked.only else []
        for budget in asked.budget:
            for who in asked.only:
                seeds = range(min(asked.seeds, EXPENSIVE.get(who, asked.seeds)))
                found = [CONTENDERS[who](history, ours, budget, seed) for seed in seeds]
                results[variant, who, budget] = found
                say(
                    f"{variant:6} {budget:4.0%}  {who:17} precision {Spread.of(found, 'precision')}  "
                    f"recall {Spread.of(found, 'recall')}  {Spread.of(found, 'cpu_s').mean:6.1f} CPU s a run"
                )
    return results


def main() -> int:
    asked = options()
    if not DATA.is_dir():
        sys.exit(f"no public declarations at {DATA} (set GREENLANE_DATA)")
    rates = load().euro_rates
    results = run(rows(DATA, rates), asked)
    figures = ("precision", "cpu_s", "lesson_s", "rate")
    spreads = ({cell: Spread.of(found, figure) for cell, found in results.items()} for figure in figures)
    promised = list(targets(*spreads))
    whole = set(asked.variant) == set(VARIANTS) and set(asked.only) == set(CONTENDERS) and len(asked.budget) == 2
    if OURS in asked.only and "full" in asked.variant:
        report = backtest([DATA / "declarations_train.csv"], [DATA / "declarations_valid.csv"], rates)
        promised.append(full_labels(report["precision"]["5"]))
    say("", *promised)
    if whole:
        page.write(ROOT / "docs/selection.md", results, promised, asked.seeds)
    return int(any(not target.met and not target.goal for target in promised))


def say(*lines: object) -> None:
    sys.stdout.write("\n".join([*map(str, lines), ""]))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
