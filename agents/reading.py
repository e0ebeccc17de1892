"""Committed records of a topic, from its beginning to where it ended when asked, or on and on."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from agents.access import Access
from agents.clients import require_topic, unreachable
from agents.errors import GreenlaneError

BATCH = 1000
ASK_S = 10.0
SILENCE_S = 10.0
POLL_S = 1.0
REMARKS = {"_PARTITION_EOF", "GROUP_AUTHORIZATION_FAILED"}  # the end of a partition; and we use no group


def committed(access: Access, topic: str, *, follow: bool = False) -> Iterator[Any]:
    """Yield confluent-kafka messages up to the last stable offsets at the start; with `follow`, without end.

    Order holds within a partition. Raises `UnreachableError` and `UsageError` like `require_topic`.
    """
    partitions = range(require_topic(access, topic))
    with consumer(access) as reader:
        ends = {p: stable_end(reader, topic, p) for p in partitions}
        assign(reader, topic, ends)
        yield from messages(reader) if follow else until(reader, ends, access)


@contextmanager
def consumer(access: Access) -> Iterator[Any]:
    """A `read_committed` consumer that joins no group and commits nothing."""
    from confluent_kafka import Consumer

    reader = Consumer(
        {
            **access.librdkafka,
            "group.id": f"greenlane-reader-{uuid.uuid4().hex}",  # demanded by the client, never used
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 50,
            "log_level": 0,
        }
    )
    try:
        yield reader
    finally:
        reader.close()


def stable_end(reader: Any, topic: str, partition: int) -> int:
    """The last stable offset: what lies before it is committed or aborted for good."""
    from confluent_kafka import KafkaException, TopicPartition

    try:
        _, end = reader.get_watermark_offsets(TopicPartition(topic, partition), timeout=ASK_S)
    except KafkaException as error:
        raise GreenlaneError(f"{topic} cannot be read: {error.args[0].name()}") from error
    return int(end)


def assign(reader: Any, topic: str, partitions: Any) -> None:
    from confluent_kafka import OFFSET_BEGINNING, TopicPartition

    reader.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in partitions])


def batch(reader: Any, wait_s: float) -> list[Any]:
    """What is there, waiting only for the first (`consume` alone waits until it has all it may take)."""
    first = reader.poll(wait_s)
    return [] if first is None else [first, *reader.consume(BATCH, 0)]


def messages(reader: Any) -> Iterator[Any]:
    while True:
        for message in batch(reader, POLL_S):
            if not trouble(message):
                yield message


def until(reader: Any, ends: dict[int, int], access: Access) -> Iterator[Any]:
    """Messages before `ends`. The offsets just before an end may be transaction markers, which are never shown:
    a partition is done at a later message or when the client reports its end, whichever comes first.
    """
    left = {partition for partition, end in ends.items() if end > 0}
    while left:
        found = batch(reader, SILENCE_S)
        if not found:
            raise unreachable(access)
        for message in found:
            partition = message.partition()
            is_end = trouble(message)
            if is_end or message.offset() + 1 >= ends[partition]:
                left.discard(partition)
            if not is_end and message.offset() < ends[partition]:
                yield message


def trouble(message: Any) -> bool:
    """Whether this is a remark of the client rather than a record. Raises on errors."""
    error = message.error()
    if error is None:
        return False
    if error.name() in REMARKS:
        return True
    raise GreenlaneError(f"reading failed: {error.name()}")
