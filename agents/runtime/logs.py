"""Reading logs as they are, outside the consumer group: ends, committed offsets, and records up to a position."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka import TopicPartition as Partition
from confluent_kafka import ConsumerGroupTopicPartitions, IsolationLevel, KafkaError, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from agents.runtime.agent import Guards
from agents.runtime.seats import Acted, Committed

Place = tuple[str, int]
REQUEST_S = 10.0
FETCH_BYTES = 8 * 1024 * 1024


async def ends(admin: AdminClient, places: Collection[Place], spec: OffsetSpec) -> dict[Place, int]:
    """First (`OffsetSpec.earliest()`) or next (`latest()`) offset of each partition, open transactions included."""
    asked = {TopicPartition(*place): spec for place in places}
    level = IsolationLevel.READ_UNCOMMITTED
    answers = admin.list_offsets(asked, isolation_level=level, request_timeout=REQUEST_S) if asked else {}
    return {(tp.topic, tp.partition): (await asyncio.wrap_future(answer)).offset for tp, answer in answers.items()}


async def stable_offsets(
    admin: AdminClient, group: str, places: Collection[Place], *, require_stable: bool
) -> dict[Place, Committed | None]:
    """Committed offsets with their metadata, once no transaction that could still change them is open."""
    found: dict[Place, Committed | None] = {}
    while missing := [place for place in places if place not in found]:
        for tp in await _committed(admin, group, missing, require_stable=require_stable):
            if tp.error is None:
                known = tp.offset >= 0
                found[tp.topic, tp.partition] = Committed(tp.offset, Acted.read(tp.metadata)) if known else None
            elif tp.error.code() != KafkaError.UNSTABLE_OFFSET_COMMIT:
                raise RuntimeError(f"offsets of {tp.topic}[{tp.partition}]: {tp.error}")
        if len(found) < len(places):
            await asyncio.sleep(0.05)  # the broker answers at once and has nothing to wait on
    return found


async def _committed(admin: AdminClient, group: str, places: Collection[Place], *, require_stable: bool) -> Any:
    request = ConsumerGroupTopicPartitions(group, [TopicPartition(*place) for place in places])
    futures = admin.list_consumer_group_offsets([request], require_stable=require_stable, request_timeout=REQUEST_S)
    return (await asyncio.wrap_future(futures[group])).topic_partitions


@asynccontextmanager
async def reader(broker: str, place: Place, guards: Guards, *, position: int = 0) -> AsyncIterator[Any]:
    """A consumer of one partition, without group, that starts at `position`."""
    partition = Partition(*place)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=broker,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_committed" if guards.read_committed else "read_uncommitted",
        max_partition_fetch_bytes=FETCH_BYTES,
        fetch_max_wait_ms=50,
    )
    await consumer.start()
    try:
        consumer.assign([partition])
        consumer.seek(partition, position)
        yield consumer
    finally:
        await consumer.stop()


async def records(consumer: Any, place: Place, end: int) -> AsyncIterator[list[Any]]:
    """All records before position `end`, in chunks; ends by position, for the last offsets may be markers."""
    partition = Partition(*place)
    while await consumer.position(partition) < end:
        for chunk in (await consumer.getmany(partition, timeout_ms=200)).values():
            yield [record for record in chunk if record.offset < end]
