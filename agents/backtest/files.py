"""A closed loop over somebody's files: what an office would have lived through with this engine."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from agents.backtest.engine import Engine
from agents.backtest.history import Advance, merged, unheard
from agents.backtest.scoring import no_search_for_cycles
from agents.backtest.selective import ClosedLoop, Decided, Plan, taken_in, with_budget
from agents.backtest.weeks import report
from agents.convert.declarations import Declarations
from agents.convert.kcs import declarations as kcs
from agents.secret import Secret, read_secret
from config.settings import Settings

KNOWN_KEY = b"a key everybody knows: for back-tests alone"


class Lived(NamedTuple):
    """A back-test that was run: every decision in order, and the examples that outcomes became, by decision.

    `undecided` are declarations that intake refused, or that had been filed before.
    """

    budget: float
    plan: Plan
    partitions: int
    decided: Sequence[Decided]
    examples: Mapping[str, Mapping[str, Any]]
    undecided: int
    took_s: float

    def as_json(self) -> dict[str, Any]:
        """Figures by week and in `total` (`agents.backtest.weeks`), and how they came about."""
        filed = len(self.decided) + self.undecided
        return {
            "budget": self.budget,
            **asdict(self.plan),
            "partitions": self.partitions,
            **report(self.decided, self.examples),
            "history": filed,
            "undecided": self.undecided,
            "declarations_per_s": round(filed / self.took_s),
        }


def live(  # noqa: PLR0913 - one argument per thing that can be asked
    paths: Sequence[Path],
    settings: Settings,
    budget: float,
    plan: Plan = Plan(),  # noqa: B008 - frozen
    *,
    declarations: Declarations | None = None,
    partitions: int = 1,
    advance: Advance = unheard,
) -> Lived:
    """Run a closed loop over files that `declarations` reads, as those of the public data set unless told otherwise.

    Lots are drawn with the engine's own key where `settings` name a secret file, else with one that everybody knows.
    Raises `BadDataError`.
    """
    started = time.perf_counter()
    secret = read_secret(settings.secret_file) if settings.secret_file else Secret.of(KNOWN_KEY)
    engine = Engine(with_budget(settings, budget), secret, partitions=partitions)
    loop = ClosedLoop(engine, plan)
    with no_search_for_cycles():
        history = taken_in(merged(paths, declarations or kcs(), advance), engine, settings.euro_rates)
        decided = list(loop.run(history))
    took_s = time.perf_counter() - started
    return Lived(budget, plan, partitions, decided, loop.examples, loop.undecided, took_s)
