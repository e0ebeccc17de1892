"""Where the time of a manifest goes: the pure shards in this process, every stage timed as it is called."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from agents import worker
from agents.secret import Secret
from config.settings import load
from streams.control import Control
from streams.decisions.budgets.pool import Pool
from streams.features import HsMoments
from streams.intake import manifests, parcel_flags
from streams.intake.privacy import Pseudonyms
from streams.intake.replies import Replies
from streams.log import Effects, LogRecord, Output, Shard
from streams.models import build
from streams.patterns.points import DeliveryPoints
from streams.patterns.sellers import Sellers
from streams.patterns.touches import Touches
from streams.risk import deciding, history
from streams.risk.turn import Turn
from streams.topics import CASES, MANIFESTS, TOUCHES
from streams.values import Values
from tests.benchmarks.loads import Load

Places = Sequence[tuple[Any, str]]
STAGES: Mapping[str, Mapping[str, Places]] = {
    MANIFESTS: {
        "decode and check": [(manifests, "decode_manifest")],
        "flags": [(parcel_flags, "flags")],
        "pseudonyms, digest of the content": [(Pseudonyms, "content"), (Pseudonyms, "parcel")],
        "encode case and feedback": [(Replies, "pass_on"), (Replies, "give_feedback")],
    },
    CASES: {
        "features": [(deciding, "risk_features"), (HsMoments, "transform_one"), (HsMoments, "learn_one")],
        "values": [(Values, "prequential_one")],
        "score and contributions": [(type(build()), "explain_one")],
        "lane": [(deciding, "draws"), (Pool, "choose"), (Pool, "count")],
        "reasons in words": [(deciding, "reasons"), (deciding, "telling")],
        "encode decision and alert": [(deciding, "risk_decision"), (Turn, "_write")],
        "touches": [(history, "touch"), (Touches, "outputs")],
    },
    TOUCHES: {"delivery points": [(DeliveryPoints, "take")], "sellers": [(Sellers, "take")]},
}
WHOLE = ("intake", "risk", "patterns")


def measure(load_: Sequence[Load], rounds: int = 3) -> dict[str, float]:
    """Microseconds a manifest takes in each stage, best of some rounds; those in `WHOLE` are whole shards."""
    results = [_round(load_) for _ in range(rounds)]
    best = {stage: min(result[stage] for result in results) for stage in results[0]}
    for whole in WHOLE:
        parts = sum(cost for stage, cost in best.items() if stage.startswith(f"{whole}: "))
        best[f"{whole}: all else"] = max(best[whole] - parts, 0.0)
    return best


def _round(load_: Sequence[Load]) -> dict[str, float]:
    now_ms = int(time.time() * 1000)
    records = [LogRecord(0, offset, now_ms, record.key, record.value) for offset, record in enumerate(load_)]
    costs: dict[str, float] = {}
    for name, topic in zip(WHOLE, STAGES, strict=True):
        costs |= _costs(name, topic, records, effects := Effects(), len(load_))
        following = [output for output in effects.outputs if output.topic in STAGES]
        records = [_as_record(offset, now_ms, output) for offset, output in enumerate(following)]
    return costs


def _as_record(offset: int, now_ms: int, output: Output) -> LogRecord:
    return LogRecord(0, offset, now_ms, output.key, output.value, output.headers)


def _costs(name: str, topic: str, records: Sequence[LogRecord], effects: Effects, parcels: int) -> dict[str, float]:
    """Twice on fresh shards: once undisturbed for the whole, once with every stage timed."""
    began = time.thread_time()
    _process(topic, records, effects)
    whole = (time.thread_time() - began) / parcels * 1e6
    with clocks(STAGES[topic]) as spent:
        _process(topic, records, Effects())
    return {name: whole} | {f"{name}: {stage}": spent[stage] / parcels * 1e6 for stage in STAGES[topic]}


def _process(topic: str, records: Sequence[LogRecord], effects: Effects) -> None:
    agents = worker.all_agents(load(), Control(build()), Secret.of(bytes(range(32))), partitions=1)
    shard: Shard = next(agent for agent in agents if agent.source == topic).shard(0)
    for start in range(0, len(records), 250):
        shard.process(records[start : start + 250], effects)


@contextmanager
def clocks(stages: Mapping[str, Places]) -> Iterator[Counter[str]]:
    """Seconds spent in the functions of each stage while the block runs."""
    spent: Counter[str] = Counter()
    with ExitStack() as patches:
        for stage, places in stages.items():
            for owner, name in places:
                patches.enter_context(patch.object(owner, name, _clocked(getattr(owner, name), stage, spent)))
        yield spent


def _clocked(function: Callable[..., Any], stage: str, spent: Counter[str]) -> Callable[..., Any]:
    def clocked(*args: Any, **kwargs: Any) -> Any:
        began = time.thread_time()
        try:
            return function(*args, **kwargs)
        finally:
            spent[stage] += time.thread_time() - began

    return clocked
