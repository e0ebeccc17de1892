"""Who is measured, and how a run of each begins."""

from collections.abc import Callable, Sequence

from agents.backtest.selective import Filed
from tests.quality import ours, weekly
from tests.quality.histories import Row
from tests.quality.measure import Result

Run = Callable[[Sequence[Row], Sequence[Filed], float, int], Result]


def _weekly(make: Callable[[], weekly.Ranker]) -> Run:
    return lambda history, _filed, budget, seed: weekly.run(history, make, budget, seed)


OURS = "ours"
CONTENDERS: dict[str, Run] = {
    OURS: lambda _history, filed, budget, seed: ours.run(filed, budget, seed),
    "ours-weekly": _weekly(weekly.OurModel),
    "blocklist": _weekly(weekly.Known),
    "lightgbm-raw": _weekly(weekly.BoostedRaw),
    "lightgbm-encoded": _weekly(weekly.BoostedEncoded),
}
TITLES = {
    OURS: "**greenlane**: each declaration when it comes, labels 3 days late",
    "ours-weekly": "its model alone, ranking whole weeks, labels at once",
    "blocklist": "blocklist: goods found before",
    "lightgbm-raw": "LightGBM, trained anew each week, raw columns",
    "lightgbm-encoded": "LightGBM, trained anew each week, our inputs",
}
EXPENSIVE = {"lightgbm-raw": 2, "lightgbm-encoded": 1}  # at most so many seeds: up to half a minute a run
