"""All figures of the page, as JSON: weeks, budgets side by side, burden."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any

from agents.backtest.files import Lived
from agents.backtest.report.costs import Assumptions, break_even, costs
from agents.backtest.selective import Decided
from agents.backtest.weeks import WINDOW, Examples, monday
from streams.learning.burden import Burden
from streams.learning.leakage import Interval
from streams.learning.weeks import Estimates, Inspected, Week, week_of

GROUPS = 12  # of origins, of providers: the largest


def figures(main: Lived, others: Iterable[Lived], assumed: Assumptions) -> dict[str, Any]:
    """What the page shows: the `main` run week by week, and beside it runs with `others` budgets by what they cost.

    Begins with what `greenlane backtest --selective --json` tells of `main`. The warm-up is left out everywhere. Of
    `others` nothing is kept but their costs, so they may come one after the other.
    """
    judged = after_warm_up(main)
    budgets = [{"budget": run.budget, **costs(after_warm_up(run), assumed)} for run in chain([main], others)]
    budgets.sort(key=itemgetter("budget"))
    return {
        **main.as_json(),
        "hit_rates": hit_rates(judged, main.examples),
        "budgets": budgets,
        "break_even": break_even(budgets),
        "burden": burden(judged),
        "assumptions": assumed.as_json(),
    }


def after_warm_up(run: Lived) -> list[Decided]:
    return [decided for decided in run.decided if not decided.warm_up]


def hit_rates(decided: Sequence[Decided], examples: Examples) -> list[dict[str, Any]]:
    """Findings per inspection of those chosen and of those drawn, over the `WINDOW` weeks up to each week."""
    weeks: dict[int, Week] = {}
    for declaration in decided:
        example = examples.get(declaration.decision_id)
        if declaration.inspected and example is not None:
            week = weeks.setdefault(week_of(declaration.at_ms), Week())
            week.inspect(Inspected.of(example, example["y"]))
    return [_hit_rates(week, weeks) for week in sorted(weeks) if week - min(weeks) >= WINDOW - 1]


def _hit_rates(newest: int, weeks: Mapping[int, Week]) -> dict[str, Any]:
    near = (weeks[week] for week in range(newest - WINDOW + 1, newest + 1) if week in weeks)
    found = Estimates.of(sum(near, Week())).hit_rate
    return {"from": monday(newest), "chosen": _rounded(found["RISK"]), "drawn": _rounded(found["RANDOM"])}


def burden(decided: Iterable[Decided]) -> list[dict[str, Any]]:
    """Who is inspected, and how often in vain (`streams.learning.burden`): the `GROUPS` largest groups of each kind."""
    counted = Burden()
    for declaration in decided:
        counted.add(*declaration.trade, selected=declaration.inspected, found=declaration.found)
    kinds = groupby(counted.rows(), lambda row: row.kind)
    return [row.as_json() for _, rows in kinds for row in islice(rows, GROUPS)]


def _rounded(rate: Interval | None) -> dict[str, float] | None:
    return rate and {bound: round(value, 4) for bound, value in rate._asdict().items()}
