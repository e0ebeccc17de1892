"""A publisher and a reader as anybody would write them."""

import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from confluent_kafka import Consumer, Message, Producer, TopicPartition


class Send(NamedTuple):
    """One record to publish; `topic` with its namespace. `at_ms` is the time the publisher claims; 0: the true one."""

    topic: str
    value: bytes | None
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    partition: int = -1
    at_ms: int = 0


def publish(broker: str, records: Iterable[Send], compression: str = "lz4", **options: Any) -> int:
    """Publish and wait until the broker has acknowledged every record; their number."""
    large = {"message.max.bytes": 64 * 1024 * 1024, "compression.type": compression}
    producer, failed, count = Producer({"bootstrap.servers": broker, **large, **options}), [], 0
    for record in records:
        _produce(producer, record, lambda error, _: failed.append(error) if error else None)
        count += 1
    assert producer.flush(60) == 0
    assert not failed, failed[0]
    return count


def _produce(producer: Producer, record: Send, delivered: Callable[[Any, Any], None]) -> None:
    while True:
        try:
            where = {} if record.partition < 0 else {"partition": record.partition}
            what: dict[str, Any] = {"headers": list(record.headers), "timestamp": record.at_ms, **where}
            producer.produce(record.topic, record.value, record.key, on_delivery=delivered, **what)
        except BufferError:
            producer.poll(0.1)
        else:
            producer.poll(0)
            return


def follow(broker: str, topic: str) -> Iterator[Message | None]:
    """Committed records of a topic from its beginning; None whenever there is nothing for a moment."""
    group = {"group.id": f"outside-{uuid.uuid4().hex}", "enable.auto.commit": False}
    consumer = Consumer({"bootstrap.servers": broker, "isolation.level": "read_committed", **group})
    try:
        partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
        while True:
            message = consumer.poll(0.2)
            assert message is None or message.error() is None, message.error()
            yield message
    finally:
        consumer.close()


def await_count(broker: str, topics: Iterable[str], count: int, timeout_s: float) -> int:
    """Read until `topics` together hold `count` records; how many there were when that, or the time, was reached."""
    deadline, seen = time.monotonic() + timeout_s, 0
    streams = [follow(broker, topic) for topic in topics]
    while seen < count and time.monotonic() < deadline:
        for stream in streams:
            while seen < count and next(stream) is not None:
                seen += 1
    for stream in streams:
        stream.close()
    return seen


def await_value(broker: str, topic: str, wanted: Callable[[Any], bool], timeout_s: float) -> Any:
    """The first JSON record of `topic` that is `wanted`."""
    deadline = time.monotonic() + timeout_s
    for message in follow(broker, topic):
        if message is not None and wanted(value := json.loads(message.value())):
            return value
        assert time.monotonic() < deadline, f"no such record in {topic} within {timeout_s} s"
    raise AssertionError(topic)


def await_quiet(broker: str, topics: Iterable[str], quiet_s: float = 3.0, timeout_s: float = 60.0) -> None:
    """Wait until none of `topics` has grown for `quiet_s`: what was to follow from the inputs has followed."""
    consumer = Consumer({"bootstrap.servers": broker, "group.id": f"outside-{uuid.uuid4().hex}"})
    deadline, since, before = time.monotonic() + timeout_s, time.monotonic(), None
    try:
        while time.monotonic() - since < quiet_s:
            assert time.monotonic() < deadline, f"still growing after {timeout_s} s: {before}"
            if (now := _ends(consumer, topics)) != before:
                since, before = time.monotonic(), now
            time.sleep(0.2)  # growth can only be looked for again
    finally:
        consumer.close()


def _ends(consumer: Consumer, topics: Iterable[str]) -> dict[tuple[str, int], int]:
    known = consumer.list_topics(timeout=10).topics
    places = [TopicPartition(topic, partition) for topic in topics for partition in known[topic].partitions]
    return {(p.topic, p.partition): consumer.get_watermark_offsets(p, timeout=10)[1] for p in places}
