"""What an auditor has to go by: committed records as any consumer reads them, places, and a list of faults."""

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from confluent_kafka import Consumer, KafkaError, TopicPartition

INPUTS = ("manifests.v1", "sensors.v1", "outcomes.v1")
OUTPUTS = ("decisions.v1", "alerts.v1", "rejected.v1", "feedback.v1")


class Entry(NamedTuple):
    """One committed record; `topic` without the namespace."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: dict[str, bytes]


class Place(NamedTuple):
    """Where an input stands, as decisions and rejects name it; `index` is None for a whole record."""

    topic: str
    partition: int
    offset: int
    index: int | None = None


@dataclass
class Audit:
    """What was counted, and every fault as a sentence; `faults` is empty when all is well.

    `kinds` counts the faults that are a `missing` answer, or one that is `duplicated`.
    """

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    def require(self, holds: object, sentence: str, kind: str = "wrong") -> None:
        if not holds:
            self.faults.append(sentence)
            self.kinds[kind] += 1

    def __str__(self) -> str:
        counted = ", ".join(f"{count} {name}" for name, count in sorted(self.counts.items()))
        shown = "".join(f"\n  {fault}" for fault in self.faults[:20])
        return f"{counted}: {len(self.faults)} faults{shown}"


def read(broker: str, namespace: str, topics: Iterable[str] = INPUTS + OUTPUTS) -> dict[str, list[Entry]]:
    """Everything committed in `topics`, up to the last stable offset of each partition."""
    return {topic: list(_read_topic(broker, namespace, topic)) for topic in topics}


def _read_topic(broker: str, namespace: str, topic: str) -> Iterator[Entry]:
    group = {"group.id": f"auditor-{uuid.uuid4().hex}", "enable.auto.commit": False, "enable.partition.eof": True}
    quick = {"fetch.wait.max.ms": 20}  # the end of a partition is told only when a fetch returns
    large = {"fetch.message.max.bytes": 32 * 1024 * 1024, "receive.message.max.bytes": 200 * 1024 * 1024}
    consumer = Consumer({"bootstrap.servers": broker, "isolation.level": "read_committed", **group, **quick, **large})
    name = f"{namespace}.{topic}"
    partitions = set(consumer.list_topics(name, timeout=10).topics[name].partitions)
    consumer.assign([TopicPartition(name, partition, 0) for partition in partitions])
    try:
        while partitions:
            message = consumer.poll(30)
            if message is None:
                raise TimeoutError(f"nothing from {name} for 30 s")
            if (error := message.error()) is None:
                yield _entry(topic, message)
            elif error.code() == KafkaError._PARTITION_EOF:
                partitions.discard(message.partition())
            else:
                raise OSError(str(error))
    finally:
        consumer.close()


def _entry(topic: str, message: Any) -> Entry:
    headers, stamp = dict(message.headers() or ()), message.timestamp()[1]
    return Entry(topic, message.partition(), message.offset(), stamp, message.key(), message.value(), headers)
