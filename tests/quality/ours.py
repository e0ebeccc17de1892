"""greenlane itself: every declaration decided when it comes, by its own budget, labels three days late."""

import gc
import hashlib
import time
from collections.abc import Sequence

from agents.backtest.engine import Engine
from agents.backtest.selective import ClosedLoop, Filed, Plan, taken_in, with_budget
from agents.secret import Secret
from config.settings import Settings, load
from tests.quality.histories import Row
from tests.quality.measure import Result, measure, median_s

KEY = b"a key that only tests ever use.."


def secret(seed: int) -> Secret:
    """Seeds differ in the lots they draw; names and digests are the same."""
    return Secret(KEY, b"", hashlib.sha256(f"lots {seed}".encode()).digest())


def filed(history: Sequence[Row]) -> list[Filed]:
    """Intake remembers nothing: once for all runs."""
    settings = load()
    engine = Engine(settings, secret(0))
    return list(taken_in(((row.manifest, row.outcome) for row in history), engine, settings.euro_rates))


def one_budget(rate: float) -> Settings:
    """All offices under one budget, as those we are compared with have it."""
    settings = with_budget(load(), rate)
    return settings.model_copy(update={"lanes": settings.lanes.model_copy(update={"shared": True})})


def run(history: Sequence[Filed], budget: float, seed: int) -> Result:
    """One closed loop over `history`; the time is that of deciding and learning."""
    plan = Plan()
    engine = Engine(one_budget(budget), secret(seed))
    loop = ClosedLoop(engine, plan)
    gc.collect()
    gc.disable()
    started = time.process_time()
    decided = list(loop.run(history))
    cpu_s = time.process_time() - started
    gc.enable()
    judged = ((d.inspected, bool(d.found), d.revenue_eur) for d in decided if not d.warm_up)
    model, last = engine.control.model, next(reversed(loop.examples.values()))
    x, y = last["x"], last["y"]
    return measure(judged, cpu_s, median_s(lambda: (model.learn_one(x, y), model.score_one(x))))
