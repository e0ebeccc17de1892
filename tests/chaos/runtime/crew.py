"""Workers as processes, input with numbers, and an auditor who reads what was committed."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient

from agents.runtime import group_name
from tests.chaos.runtime.subject import Orders

SUBJECT = Path(__file__).with_name("subject.py")
ROOT = Path(__file__).parents[3]
SESSION_S = 2.0
# A transaction and its commit outlive every pause of a test, so that what ends them is always a guard.
LEISURE = {"session_timeout_s": 60.0}
PATIENT = {"session_timeout_s": SESSION_S, "transaction_timeout_s": 60.0, "commit_timeout_s": 120.0, "tick_s": 0.3}
STEP_S = 0.05
AUDIT_S = 0.3
IDLE_TIMES = 10


def eventually(what: Callable[[], bool], within_s: float, step_s: float = STEP_S) -> bool:
    """Whether it becomes true in time; asks again and again, and at least once."""
    until = time.monotonic() + within_s
    while not (true := what()) and time.monotonic() < until:
        time.sleep(step_s)
    return true


@dataclass
class Worker:
    """One worker process; its stderr is kept."""

    orders: Orders
    lines: list[str] = field(default_factory=list)
    replaced: bool = False

    def start(self) -> Self:
        self.process = subprocess.Popen(
            [sys.executable, str(SUBJECT), self.orders.argument()],
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line)

    def said(self, word: str) -> int:
        return sum(word in line for line in list(self.lines))

    def await_said(self, word: str, within_s: float = 60.0, times: int = 1) -> Self:
        eventually(lambda: self.said(word) >= times or self.code is not None, within_s)
        assert self.said(word) >= times, f"never said {word}:\n{self.text}"
        return self

    @property
    def code(self) -> int | None:
        return self.process.poll()

    @property
    def text(self) -> str:
        return "".join(self.lines)

    def signal(self, number: signal.Signals) -> None:
        if self.code is None:
            self.process.send_signal(number)

    def open_gate(self) -> None:
        """Let a worker that froze or holds go on."""
        self.signal(signal.SIGCONT)
        Path(self.orders.gate).touch()

    def ends(self, within_s: float = 30.0) -> int | None:
        """Its exit code; None when it goes on living."""
        eventually(lambda: self.code is not None, within_s)
        if self.code is not None:
            self._reader.join(5)
        return self.code

    def stop(self) -> int | None:
        self.signal(signal.SIGTERM)
        return self.ends()


@dataclass(frozen=True)
class Audit:
    """Numbers that went in and did not come out, came out twice, or came from nowhere."""

    missing: int
    twice: int
    strangers: int

    @property
    def clean(self) -> bool:
        return not (self.missing or self.twice or self.strangers)


class Crew:
    """All workers of one namespace; none outlives the block."""

    def __init__(self, broker: str, namespace: str) -> None:
        self.broker, self.namespace = broker, namespace
        self.workers: list[Worker] = []
        self.published: set[bytes] = set()
        self.admin = AdminClient({"bootstrap.servers": broker, "log_level": 2})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for worker in self.workers:
            worker.signal(signal.SIGKILL)
        for worker in self.workers:
            worker.process.wait()

    def hire(self, orders: Orders | None = None, /, **changes: object) -> Worker:
        known = orders or Orders(self.broker, self.namespace, runtime=dict(PATIENT))
        worker = Worker(replace(known, **changes)).start()
        self.workers.append(worker)
        return worker

    def publish(
        self, numbers: range, topic: str = "manifests.v1", *, aborted: bool = False, compression: str = "lz4"
    ) -> None:
        """Write records whose value is their number; aborted ones are not expected to come out."""
        config = {"bootstrap.servers": self.broker, "queue.buffering.max.messages": 0, "compression.type": compression}
        producer = Producer(
            {"log_level": 2} | config | ({"transactional.id": f"{self.namespace}-load"} if aborted else {})
        )
        if aborted:
            producer.init_transactions(10)
            producer.begin_transaction()
        for number in numbers:
            producer.produce(f"{self.namespace}.{topic}", str(number), str(number % 97))
        assert producer.flush(30) == 0
        if aborted:
            producer.abort_transaction(10)
        else:
            self.published |= {str(number).encode() for number in numbers}

    def await_written(self, count: int, topic: str = "decisions.v1", within_s: float = 60.0) -> None:
        """Until so many different committed records came out, or nobody is left to write them."""
        assert eventually(lambda: len(self._written(topic)) >= count, within_s, AUDIT_S), self.report()

    def await_records(self, count: int, topic: str = "decisions.v1", within_s: float = 60.0) -> None:
        """Until so many committed records stand in `topic`, equal ones counted each."""
        assert eventually(lambda: self._written(topic).total() >= count, within_s, AUDIT_S), self.report()

    def processed(self, topic: str = "manifests.v1") -> int:
        """The sum of committed offsets: transactions still open do not hide it, as they hide records."""
        group = group_name(self.namespace)
        found = self.admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])[group].result()
        name = f"{self.namespace}.{topic}"
        return sum(max(tp.offset, 0) for tp in found.topic_partitions if tp.topic == name)

    def supervise(self) -> None:
        """Start whoever ended again, in its slot and without the attack, as a supervisor would."""
        for worker in self.workers:
            if worker.code is not None and not worker.replaced:
                worker.replaced = True
                self.hire(worker.orders, at="", drop=0)

    def settle(self, within_s: float) -> Audit:
        """Under supervision, until nothing is missing, or for long nobody has anything to do; what the auditor says."""
        idle = 0

        def settled() -> bool:
            nonlocal idle
            self.supervise()
            # A worker still starting may have to end what its predecessor left open, and what hides records till then.
            awake = all(worker.said("ready") for worker in self.workers if worker.code is None)
            idle = idle + 1 if awake and self.processed() >= len(self.published) else 0
            return self.audit().missing == 0 or idle > IDLE_TIMES

        eventually(settled, within_s, AUDIT_S)
        return self.audit()

    def _written(self, topic: str) -> Counter[bytes]:
        return Counter(message.value() or b"" for message in committed(self.broker, f"{self.namespace}.{topic}"))

    def audit(self, topic: str = "decisions.v1") -> Audit:
        written = self._written(topic)
        return Audit(
            missing=len(self.published - written.keys()),
            twice=sum(count > 1 for count in written.values()),
            strangers=len(written.keys() - self.published),
        )

    def report(self) -> str:
        return "\n".join(f"--- slot {w.orders.slot}, exit {w.code}\n{w.text}" for w in self.workers)


def committed(broker: str, topic: str) -> list[Message]:
    """Every committed record of a topic up to its last stable offset now."""
    # An end is only seen between two records: where a writer is at work, the fetch must not wait for its next.
    quick = {"fetch.wait.max.ms": 20, "fetch.error.backoff.ms": 20}
    config = {"bootstrap.servers": broker, "group.id": "audit", "enable.auto.commit": False, **quick}
    consumer = Consumer(config | {"isolation.level": "read_committed", "enable.partition.eof": True})
    try:
        places = [TopicPartition(topic, p, 0) for p in consumer.list_topics(topic, timeout=10).topics[topic].partitions]
        consumer.assign(places)
        records, ended = [], set()
        while len(ended) < len(places):
            for message in consumer.consume(10_000, timeout=0.1):
                if message.error() is None:
                    records.append(message)
                elif message.error().code() == KafkaError._PARTITION_EOF:
                    ended.add(message.partition())
                else:
                    raise KafkaException(message.error())
        return records
    finally:
        consumer.close()
