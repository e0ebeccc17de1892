"""What a back-test says the engine would have decided, a worker on a real broker decides."""

import re
import time
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson
import pytest

from agents.secret import read_secret
from config.settings import load
from streams.topics import CONTROL, DECISIONS, MANIFESTS
from tests.chaos.evidence import Entry
from tests.declared_history import Sent, examples, lived
from tests.outside.engine import Engine, running
from tests.outside.kafka import Send, publish

pytestmark = pytest.mark.kafka

LEARNT_S = 30.0


def told(value: bytes | None) -> dict[str, Any]:
    """A decision, except for places in the control log: a live one holds a tick for every second that went by."""
    decision: dict[str, Any] = orjson.loads(value or b"")
    return decision | {"controlOffset": None, "model": decision["model"]["name"]}


def examples_in(engine: Engine) -> list[Entry]:
    return [entry for entry in engine.read(CONTROL) if orjson.loads(entry.value or b"{}").get("kind") == "example"]


def await_lessons(engine: Engine, count: int) -> None:
    """Wait until the worker has learnt from so many outcomes."""
    deadline = time.monotonic() + LEARNT_S
    while len(known := examples_in(engine)) < count or folded(engine) <= known[-1].offset:
        assert time.monotonic() < deadline, f"{len(known)} examples, folded up to {folded(engine)}; {count} were due"
        time.sleep(0.1)


def folded(engine: Engine) -> float:
    """How far the worker has folded the control log."""
    (offset,) = re.findall(r"^greenlane_control_offset (\S+)$", engine.worker.fetch("/metrics"), re.MULTILINE)
    return float(offset)


def publish_as_sent(engine: Engine, sent: list[Sent]) -> None:
    """Each topic's turn, at the times the back-test gave it; the next begins when the engine is through with it."""
    lessons = 0
    for topic, turn in groupby((record for record in sent if record.topic), key=lambda record: record.topic):
        records = [Send(engine.topic(topic), record.value, partition=0, at_ms=record.at_ms) for record in turn]
        if topic == MANIFESTS:
            engine.publish(records, answers=len(records))
        else:
            publish(engine.broker, records)
            lessons += len(records)
            await_lessons(engine, lessons)


def test_a_worker_decides_what_the_back_test_says(broker: str, tmp_path: Path) -> None:
    with running(broker, tmp_path, partitions=1) as engine:
        backtest, decided = lived(examples(weeks=4), read_secret(tmp_path / "secret"), load(namespace=engine.namespace))
        publish_as_sent(engine, backtest.sent)

        live = [told(entry.value) for entry in engine.read(DECISIONS)]

    assert live == [told(output.value) for output in backtest.written if output.topic == DECISIONS]
    assert len(live) == len(decided) == 240
    assert len({decision["riskScore"] for decision in live}) > 150
    assert {decision["selectedBy"] for decision in live} >= {"RISK", "NONE"}
