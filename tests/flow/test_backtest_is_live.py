"""One input order, two ways: through the worker's agents in batches, and through the back-test record by record."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pytest

from agents.backtest.engine import partition_of
from agents.backtest.selective import with_budget
from agents.runtime import Agent
from agents.runtime.seats import TICK
from agents.secret import Secret
from agents.worker import fresh
from config.settings import load
from streams.control import Control
from streams.log import Effects, LogRecord, Output
from streams.topics import CASES, CONTROL, DECISIONS, MANIFESTS, OUTCOMES
from tests.declared_history import Sent, examples, lived

SECRET = Secret.of(b"a key that only tests use, 32 bytes..")


class Worker:
    """All agents of a worker; what they write is logged, and read again by whoever reads that topic."""

    def __init__(self, control: Control, agents: list[Agent], partitions: int) -> None:
        self.control = control
        self.partitions = partitions
        self.shards = {(agent.source, p): agent.shard(p) for agent in agents for p in range(partitions)}
        self.stateful = {agent.source for agent in agents if agent.stateful}
        self.ends: Counter[tuple[str, int]] = Counter()
        self.written: list[Output] = []

    def take(self, batch: list[Sent]) -> None:
        """What was sent to one topic at one time, as one batch; then the cases that came of it, as one more a shard."""
        if not batch[0].topic:
            self.tick(batch[0].at_ms)
            return
        topic, _, at_ms = batch[0]
        written = self.process((topic, 0), at_ms, [Output(topic, None, sent.value) for sent in batch])
        of: defaultdict[int, list[Output]] = defaultdict(list)
        for output in written:
            if output.topic == CASES:
                of[partition_of(output.key, self.partitions)].append(output)
        for partition, cases in of.items():
            self.process((CASES, partition), at_ms, cases)

    def process(self, place: tuple[str, int], at_ms: int, outputs: list[Output]) -> list[Output]:
        effects = Effects()
        records = [
            LogRecord(place[1], self.ends[place] + n, at_ms, output.key, output.value)
            for n, output in enumerate(outputs)
        ]
        self.ends[place] += len(records)
        self.shards[place].process(records, effects)
        return self.commit(effects, at_ms)

    def tick(self, at_ms: int) -> None:
        self.fold(TICK, at_ms)
        effects = Effects()
        for (source, _), shard in self.shards.items():
            if source in self.stateful:
                shard.tick(self.control.now_ms, effects)
        self.commit(effects, at_ms)

    def commit(self, effects: Effects, at_ms: int) -> list[Output]:
        for output in effects.outputs:
            if output.topic == CONTROL:
                self.fold(output, at_ms)
        self.written += effects.outputs
        return effects.outputs

    def fold(self, output: Output, at_ms: int) -> None:
        self.control.fold(LogRecord(0, self.control.offset, at_ms, output.key, output.value))


def batches(sent: list[Sent], partitions: int) -> Iterator[list[Sent]]:
    """What one fetch could have brought. Of several shards the examples would come in the order of the shards, so
    there outcomes come one by one.
    """
    for (topic, _), batch in groupby(sent, key=lambda sent: (sent.topic, sent.at_ms)):
        if topic == OUTCOMES and partitions > 1:
            yield from ([outcome] for outcome in batch)
        else:
            yield list(batch)


def of_topic(written: list[Output], topic: str) -> list[Output]:
    return sorted((output for output in written if output.topic == topic), key=lambda output: output.value or b"")


@pytest.mark.parametrize("partitions", [1, 3])
def test_the_same_input_order_leads_to_the_same_decisions_live_and_in_a_back_test(partitions: int) -> None:
    """Decisions, and the examples that outcomes became, byte for byte: headers, places in the logs and all."""
    engine, decided = lived(examples(), SECRET, partitions=partitions)
    control, agents = fresh(with_budget(load(), 0.2), SECRET, partitions=partitions)
    worker = Worker(control, agents, partitions)

    for batch in batches(engine.sent, partitions):
        worker.take(batch)

    assert len(of_topic(worker.written, DECISIONS)) == len(decided) == 360
    assert of_topic(engine.written, DECISIONS) == of_topic(worker.written, DECISIONS)
    assert of_topic(engine.written, CONTROL) == of_topic(worker.written, CONTROL)
    assert (control.offset, control.examples) == (engine.control.offset, engine.control.examples)
    assert control.examples > 120
    assert {decision.selected_by for decision in decided} >= {"RISK", "RANDOM", "NONE"}


def test_decisions_follow_from_the_outcomes_before_them() -> None:
    """That the two ways agree would mean little, if neither learnt."""
    _, decided = lived(examples(), SECRET)
    others = [example._replace(outcome=_clean(example.outcome)) for example in examples()]
    _, unlearnt = lived(others, SECRET)

    assert [d.score for d in decided[:60]] == [d.score for d in unlearnt[:60]]
    assert [d.score for d in decided[60:120]] != [d.score for d in unlearnt[60:120]]


def _clean(outcome: dict[str, Any] | None) -> dict[str, Any] | None:
    assert outcome
    return {name: value for name, value in outcome.items() if name != "findings"} | {"result": "CONFORM"}


def test_what_was_sent_holds_manifests_and_outcomes_in_turn() -> None:
    engine, _ = lived(examples(), SECRET)
    topics = [topic for topic, _ in groupby(sent.topic for sent in engine.sent if sent.topic)]
    assert topics == [MANIFESTS, OUTCOMES] * 6
