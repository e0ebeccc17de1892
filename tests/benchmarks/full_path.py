"""The whole engine, one worker process: how many manifests and readings a second, and how long a decision takes.

Throughput is timed from the first look at which the worker has committed something to the last commit, and what was
done by that first look is left out: as with the other runtimes, joining and publishing count for nobody. Latency is
timed from the moment a manifest was *due* to be published (so a stall counts for all that waited) to the moment an
independent `read_committed` consumer has its decision.
"""

import threading
import time
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from confluent_kafka import Producer, TopicPartition

from streams.topics import CASES, DECISIONS, MANIFESTS, READINGS, SENSORS
from tests.benchmarks import measure
from tests.benchmarks.engine import Engine, engine
from tests.benchmarks.loads import READINGS as READINGS_PER_EVENT
from tests.benchmarks.loads import Load

SLOT_S = 0.01  # the publisher wakes so often


class Throughput(NamedTuple):
    """What one worker process does, and the CPU (µs) of it that one unit takes."""

    per_s: float
    cpu_us: float


class Latency(NamedTuple):
    """From manifest to decision at `rate_per_s`, in milliseconds."""

    rate_per_s: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    decisions: int


def manifests_per_s(broker: str, load: Sequence[Load]) -> Throughput:
    """Single-parcel manifests a second, through intake and risk to committed decisions."""
    with engine(broker, waiting={MANIFESTS: load}) as worker:
        done = _throughput(worker, CASES, len(load), units=len(load))
        decided = measure.count(broker, worker.topic(DECISIONS)).keys
    assert decided == len(load), f"{decided} parcels decided of {len(load)} manifests"
    return done


def readings_per_s(broker: str, load: Sequence[Load]) -> Throughput:
    """Sensor readings a second, in events of ten, through intake and the detectors."""
    with engine(broker, waiting={SENSORS: load}) as worker:
        return _throughput(worker, READINGS, len(load), units=len(load) * READINGS_PER_EVENT)


def _throughput(worker: Engine, internal: str, records: int, units: int) -> Throughput:
    """Each record is processed twice: by intake, and as a case or a reading."""
    before = worker.await_processed(1)
    assert before < 2 * records, "all was done at the first look: this load is too small to be timed"
    began, used_s = time.monotonic(), worker.cpu_s()
    worker.await_processed(2 * records)
    took_s, used_s = time.monotonic() - began, worker.cpu_s() - used_s
    passed = measure.count(worker.settings.broker, worker.topic(internal)).records
    assert passed == records, f"intake passed {passed} of {records} records on"
    timed = units * (1 - before / (2 * records))
    return Throughput(timed / took_s, used_s * 1e6 / timed)


def latency(broker: str, load: Sequence[Load], rate_per_s: float, warm_s: float = 5.0) -> Latency:
    """Publish `load` evenly at `rate_per_s` and see when each decision is there; the first `warm_s` do not count."""
    with engine(broker) as worker:
        return _latency(worker, load, rate_per_s, warm_s)


def _latency(worker: Engine, load: Sequence[Load], rate_per_s: float, warm_s: float) -> Latency:
    due_s = {record.key: number / rate_per_s for number, record in enumerate(load)}
    seen_s: dict[bytes, float] = {}
    reader = threading.Thread(target=_read, args=(worker, due_s.keys(), seen_s))
    reader.start()
    began = _publish(worker, load, rate_per_s)
    reader.join()
    assert len(seen_s) == len(load), f"{len(seen_s)} decisions for {len(load)} manifests"
    late_s = [seen_s[key] - began - due for key, due in due_s.items() if due >= warm_s]
    p50, p99 = np.percentile(late_s, [50, 99]) * 1000
    return Latency(rate_per_s, float(p50), float(p99), max(late_s) * 1000, len(late_s))


def _publish(worker: Engine, load: Sequence[Load], rate_per_s: float) -> float:
    """Give the time (s) at which publishing began."""
    producer = Producer({"bootstrap.servers": worker.settings.broker, "compression.type": "lz4", "linger.ms": 2})
    topic, sent, began = worker.topic(MANIFESTS), 0, time.time()
    while sent < len(load):
        until = min(int((time.time() - began) * rate_per_s) + 1, len(load))
        for key, value in load[sent:until]:
            producer.produce(topic, value, key)
        sent = until
        producer.poll(0)
        time.sleep(SLOT_S)
    assert producer.flush(60) == 0, "the broker did not take the load"
    return began


def _read(worker: Engine, wanted: Collection[bytes], seen_s: dict[bytes, float], patience_s: float = 30.0) -> None:
    """Note when each decision can be read."""
    consumer = measure.reader(worker.settings.broker, **{"fetch.wait.max.ms": 10})
    partitions = consumer.list_topics(worker.topic(DECISIONS), timeout=10).topics[worker.topic(DECISIONS)].partitions
    consumer.assign([TopicPartition(worker.topic(DECISIONS), p, 0) for p in partitions])
    heard = time.monotonic()
    while len(seen_s) < len(wanted) and time.monotonic() - heard < patience_s:
        for message in consumer.consume(1_000, timeout=0.005):
            if not message.error() and message.key() in wanted:
                seen_s.setdefault(message.key(), time.time())
                heard = time.monotonic()
    consumer.close()
