"""Reading logs as they are, outside the consumer group: ends, committed offsets, and records up to a position."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as Partition
from aiokafka.errors import KafkaError as ReaderError
from confluent_kafka import ConsumerGroupTopicPartitions, IsolationLevel, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from agents.runtime.asking import REQUEST_S, RETRY_S, Admin
from agents.runtime.positions import Acted, Committed
from agents.runtime.station import Station

Place = tuple[str, int]
# What reading a log may raise that has nothing to do with what it holds.
UNREAD = (KafkaException, ReaderError, OSError)
FETCH_BYTES = 8 * 1024 * 1024


async def ends(admin: Admin, places: Collection[Place], spec: OffsetSpec) -> dict[Place, int]:
    """First (`OffsetSpec.earliest()`) or next (`latest()`) offset of each partition, open transactions included."""
    asked = {TopicPartition(*place): spec for place in places}
    level = IsolationLevel.READ_UNCOMMITTED

    async def ask(client: AdminClient) -> dict[Place, int]:
        answers = client.list_offsets(asked, isolation_level=level, request_timeout=REQUEST_S)
        return {(tp.topic, tp.partition): (await asyncio.wrap_future(end)).offset for tp, end in answers.items()}

    return await admin.answer(ask) if asked else {}


async def stable_offsets(
    admin: Admin, group: str, places: Collection[Place], *, require_stable: bool
) -> dict[Place, Committed | None]:
    """Committed offsets with their metadata, once no transaction that could still change them is open."""
    found: dict[Place, Committed | None] = {}
    while missing := [TopicPartition(*place) for place in places if place not in found]:
        request = ConsumerGroupTopicPartitions(group, missing)

        async def ask(client: AdminClient, request: Any = request) -> Any:
            answers = client.list_consumer_group_offsets(
                [request], require_stable=require_stable, request_timeout=REQUEST_S
            )
            return (await asyncio.wrap_future(answers[group])).topic_partitions

        found |= stable(await admin.answer(ask))
        if len(found) < len(places):
            await asyncio.sleep(RETRY_S)  # the broker answers at once: there is nothing to wait on
    return found


def stable(answers: Iterable[TopicPartition]) -> dict[Place, Committed | None]:
    """Those partitions whose offsets nobody can change any more. The error counts, whatever the offset says."""
    found: dict[Place, Committed | None] = {}
    for tp in answers:
        if tp.error is None:
            known = tp.offset >= 0
            found[tp.topic, tp.partition] = Committed(tp.offset, Acted.read(tp.metadata)) if known else None
        elif tp.error.code() != KafkaError.UNSTABLE_OFFSET_COMMIT:
            raise KafkaException(tp.error)
    return found


@asynccontextmanager
async def reader(station: Station, place: Place, start: int = 0) -> AsyncIterator[Any]:
    """A consumer of one partition from `start`, without group."""
    partition = Partition(*place)
    consumer = AIOKafkaConsumer(
        **station.access.python,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level=station.isolation,
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_wait_ms=50,
    )
    await consumer.start()
    await asyncio.sleep(0)  # lets aiokafka's own task begin: stopped before that, it would cancel ours with it
    try:
        consumer.assign([partition])
        consumer.seek(partition, start)
        yield consumer
    finally:
        await consumer.stop()


async def records(consumer: Any, place: Place, end: int) -> AsyncIterator[list[Any]]:
    """All records before position `end`, in chunks; ends by position, for the last offsets may be markers."""
    partition = Partition(*place)
    while await consumer.position(partition) < end:
        for chunk in (await consumer.getmany(partition, timeout_ms=200)).values():
            yield [record for record in chunk if record.offset < end]
