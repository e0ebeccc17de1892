"""Ten times as much as a worker can do: it says that it is busy, and neither grows, nor loses its place, nor dies.

`GREENLANE_CHAOS_OVERLOAD_S` says for how long (120 in `make chaos`). So that the rest need not take nine times as
long to be worked off, work becomes cheap afterwards.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from confluent_kafka import Producer

from tests.chaos.overloaded import RECORD_S
from tests.chaos.runtime.crew import eventually
from tests.outside.processes import Worker, free_ports

OVERLOAD_S = float(os.environ.get("GREENLANE_CHAOS_OVERLOAD_S", "10"))
PER_S = 10 / RECORD_S
PROGRAM = Path(__file__).with_name("overloaded.py")
ROOT = Path(__file__).parents[2]
SAMPLE_S = 0.25
FLAT = 1.05  # of resident memory, from the first half to the second
# What the interpreter and librdkafka touch for the first time; a queue without bound would take ten times as much.
ROOM_MIB = 8.0


class Sample(NamedTuple):
    """A worker at one moment: what its pages said, and its resident memory."""

    code: int
    page: str
    lag: float
    memory_mib: float


def sample(worker: Worker) -> Sample:
    port = int(worker.env["GREENLANE_METRICS_PORT"])
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            code, page = answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        code, page = error.code, error.read().decode()
    return Sample(code, page, worker.lag_records, worker.memory_mib)


def overload(worker: Worker, broker: str, topic: str) -> list[Sample]:
    """Publish ten times the sustainable rate for as long as is asked, and look at the worker meanwhile."""
    producer = Producer({"bootstrap.servers": broker, "compression.type": "lz4", "queue.buffering.max.messages": 0})
    began, sent, samples = time.monotonic(), 0, list[Sample]()
    while (passed_s := time.monotonic() - began) < OVERLOAD_S:
        for number in range(sent, sent := int(passed_s * PER_S)):
            producer.produce(topic, b"%d" % number * 100, b"%d" % number)
        producer.poll(0)
        if passed_s >= len(samples) * SAMPLE_S:
            samples.append(sample(worker))
        time.sleep(0.02)  # the pace of the load
    assert producer.flush(30) == 0
    return samples


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.timeout(120 + 3 * OVERLOAD_S)
def test_a_worker_with_ten_times_its_load_is_busy_not_dead(
    broker: str,
    namespace: str,
    topics: Callable[..., list[str]],
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    topics(4)
    gate, port = tmp_path / "gate", free_ports(1)
    told = json.dumps({"broker": broker, "namespace": namespace, "port": port, "gate": str(gate)})
    env = {"GREENLANE_METRICS_PORT": str(port), "PYTHONPATH": str(ROOT)}
    worker = Worker(env, tmp_path / "worker.log", command=(sys.executable, str(PROGRAM), told)).start()
    try:
        worker.await_ready()
        samples = overload(worker, broker, f"{namespace}.manifests.v1")
        peak = sample(worker).lag
        gate.touch()
        drained = eventually(lambda: sample(worker).lag == 0, 60 + OVERLOAD_S)
        said, code = worker.said(), worker.stop()
    finally:
        worker.kill()

    half = len(samples) // 2
    before, after = (max(s.memory_mib for s in part) for part in (samples[:half], samples[half:]))
    record_property(
        "proof", f"ten times the load for {OVERLOAD_S:.0f} s: {before:.0f} to {after:.0f} MiB, lag {peak:.0f}"
    )
    assert peak > 5 * OVERLOAD_S / RECORD_S, "no overload, no proof"
    assert {s.code for s in samples} == {200}, said
    assert "busy" in samples[-1].page
    assert after <= FLAT * before + ROOM_MIB, " ".join(f"{s.memory_mib:.0f}" for s in samples)
    assert said.count('"event": "assigned"') == 1, said
    assert drained
    assert code == 0
