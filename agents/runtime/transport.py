"""Faust's Kafka consumer, changed in four places: batches, committed records only, captured identity, no commits.

Faust spends 60 to 150 microseconds on a message; here a message is a whole batch. What aiokafka has fetched is taken
from its fetcher directly, so that the position before and after are read in the same step as the records.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any

from aiokafka.consumer.fetcher import READ_COMMITTED, READ_UNCOMMITTED, FetchError
from aiokafka.errors import ConsumerStoppedError, KafkaError
from faust.serializers.schemas import Schema
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage
from mode.threads import WorkerThread

from agents.runtime.batches import NOBODY, SLICE_RECORDS, Batch, Identity
from agents.runtime.exits import LayoutError, die
from streams.log import LogRecord

if TYPE_CHECKING:
    from agents.runtime.pump import Pump

ASK_MS = 1000


def lean(tp: Any, record: Any) -> LogRecord:
    """What shards see of a record; making aiokafka's own, with twice the fields, costs twice as much.

    >>> from types import SimpleNamespace
    >>> lean(TP("t", 3), SimpleNamespace(offset=7, timestamp=1, key=b"k", value=b"v", headers=[]))
    LogRecord(partition=3, offset=7, timestamp=1, key=b'k', value=b'v', headers=[])
    """
    return LogRecord(tp.partition, record.offset, record.timestamp, record.key, record.value, record.headers)


class BatchSchema(Schema):  # type: ignore[misc]
    """Lets batches through undecoded: shards decide what a record means, and bad ones never stop the stream."""

    def compile(self, app: Any, **_: Any) -> Any:
        async def decode(message: Any, *, propagate: bool = False) -> Any:  # noqa: ARG001
            return app.create_event(None, message.value, None, message)

        return decode


class Listener(driver.ConsumerRebalanceListener):  # type: ignore[misc]
    """Captures our identity at the moment the partitions are ours, and forgets it when they are not."""

    def on_partitions_revoked(self, revoked: Iterable[Any]) -> Any:
        self._thread.identity = NOBODY
        return super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: Iterable[Any]) -> None:
        self._thread.identity = self._thread.current_identity()
        self._thread.heard_of_us(time.monotonic())
        await super().on_partitions_assigned(assigned)


class DaemonThread(WorkerThread):  # type: ignore[misc]
    """A thread that does not keep a process alive that is done."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.daemon = True


class BatchThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """The thread that talks to the broker: heartbeats go on while the main thread computes."""

    Worker = DaemonThread
    identity: Identity = NOBODY
    heard_at = member_until = 0.0

    def current_identity(self) -> Identity:
        """Our identity now. It may already belong to another assignment than the batch at hand: only for capture."""
        coordinator = self._ensure_consumer()._coordinator
        return Identity(coordinator.generation, coordinator.member_id)

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._isolation_level = self.consumer.pump.station.isolation
        consumer._fetch_max_wait_ms = self.consumer.pump.limits.fetch_max_wait_ms
        return consumer

    async def on_start(self) -> None:
        await super().on_start()
        fetcher = self._ensure_consumer()._fetcher
        self._note_heartbeats(self._ensure_consumer()._coordinator)
        level = READ_COMMITTED if self.consumer.pump.station.isolation == "read_committed" else READ_UNCOMMITTED
        wait_ms = self.consumer.pump.limits.fetch_max_wait_ms
        if (fetcher._isolation_level, fetcher._fetch_max_wait_ms) != (level, wait_ms):
            raise LayoutError("aiokafka did not take the isolation level: another version than this was made for")

    def _note_heartbeats(self, coordinator: Any) -> None:
        beat = coordinator._do_heartbeat

        async def noted() -> bool:
            asked_at, good = time.monotonic(), await beat()
            if good:
                self.heard_of_us(asked_at)
            return bool(good)

        coordinator._do_heartbeat = noted

    def heard_of_us(self, at: float) -> None:
        """The group heard of us then (monotonic seconds), and keeps our place for a session from there."""
        self.heard_at, self.member_until = at, at + self.consumer.pump.station.session_s

    async def on_thread_stop(self) -> None:
        # A stop for good: leave the group, although static members normally keep their place.
        if self._consumer is not None:
            self._consumer._coordinator._group_instance_id = None
        await super().on_thread_stop()

    async def seek_as(self, identity: Identity, partition: TP, position: int) -> bool:
        """Seek, unless the assignment changed in the meantime."""
        if identity != self.identity or partition not in self.assignment():
            return False
        self._ensure_consumer().seek(partition, position)
        return True

    async def ends(self) -> Mapping[TP, int]:
        """The last stable offset of every assigned partition. Raises `KafkaError` when the broker does not answer."""
        ends: Mapping[TP, int] = await self._ensure_consumer()._fetcher.end_offsets(self.assignment(), ASK_MS)
        return ends

    async def _fetch_records(
        self,
        consumer: Any,
        active_partitions: Any,
        timeout: float | None = None,  # noqa: ASYNC109 (the signature is Faust's)
        max_records: int | None = None,  # noqa: ARG002
    ) -> dict[TP, Batch]:
        fetcher = consumer._fetcher
        with fetcher._subscriptions.fetch_context():
            batches = self._drain(consumer, active_partitions)
            if not batches:
                await self._fetched(fetcher, timeout)
                batches = self._drain(consumer, active_partitions)
            return batches

    async def _fetched(self, fetcher: Any, limit_s: float | None) -> None:
        waiter = fetcher._create_fetch_waiter()
        await asyncio.wait([waiter], timeout=limit_s)
        if waiter.done():
            waiter.result()  # authorisation errors come this way
        else:
            waiter.cancel()

    def _drain(self, consumer: Any, wanted: Any) -> dict[TP, Batch]:
        """Everything fetched of the wanted partitions. Runs without pause: nothing can change in between."""
        fetcher = consumer._fetcher
        if consumer._closed or fetcher._closed:
            raise ConsumerStoppedError
        if not self.consumer.flow_active or self.identity == NOBODY or time.monotonic() > self.member_until:
            return {}  # who slept through a session may fetch what is somebody else's by now
        fetched = [tp for tp in fetcher._records if tp in wanted]
        taken = {tp: self._take(fetcher, tp, len(fetched)) for tp in fetched}
        return {TP(*tp): batch for tp, batch in taken.items() if batch is not None}

    def _take(self, fetcher: Any, tp: Any, sharers: int) -> Batch | None:
        result = fetcher._records[tp]
        if isinstance(result, FetchError):
            self._let_go(fetcher, tp)
            result.check_raise()
        batch = self._batch(tp, result, sharers)
        if not result.has_more():
            self._let_go(fetcher, tp)
        return batch

    def _let_go(self, fetcher: Any, tp: Any) -> None:
        del fetcher._records[tp]
        fetcher._notify(fetcher._wait_consume_future)

    def _batch(self, tp: Any, result: Any, sharers: int) -> Batch | None:
        """What was fetched of a partition, but no more than its even share of a cycle."""
        if not result.check_assignment(tp) or not result.has_more():
            return None
        state = result._assignment.state_value(tp)
        result._consumer_record = lean
        start, records, size_bytes = state.position, [], 0
        limits = self.consumer.pump.limits
        limit = limits.cycle_max_bytes // (4 * sharers)
        most = max(limits.cycle_max_records // sharers, SLICE_RECORDS)
        for record in result._partition_records:
            records.append(record)
            size_bytes += len(record.value or b"")
            if size_bytes >= limit or len(records) >= most:
                result._update_position()
                break
        else:
            result._update_position()
            result._partition_records = None
        if state.position == start:
            return None
        return Batch(tp.topic, tp.partition, records, start, state.position, self.identity, size_bytes)


class BatchConsumer(driver.Consumer):  # type: ignore[misc]
    """Faust's consumer: hands batches to the streams, tells the pump about assignments, commits nothing itself."""

    RebalanceListener = Listener
    pump: "Pump"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.numbers = count(1)
        self._ends: Mapping[TP, int] = {}
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> BatchThread:
        return BatchThread(self, loop=self.loop, beacon=self.beacon)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Any]]:  # noqa: ASYNC109
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
        await self.wait_first(self.pump.queue.hungry.wait(), timeout=timeout)
        if self.should_stop or not self.pump.queue.hungry.is_set():
            return
        batches = await self._thread.getmany(self.pump.open, timeout)
        for tp, batch in batches.items():
            yield tp, self._message(tp, batch)

    def _message(self, tp: TP, batch: Batch) -> Any:
        # The offset is a number of our own that only rises: Faust silently drops messages whose offset it has "seen".
        return ConsumerMessage(
            batch.topic, batch.partition, next(self.numbers), 0.0, 0, None, None, batch, None,
            tp=tp, generation_id=batch.identity.generation,
        )  # fmt: skip

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        await self.pump.revoke()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        self.pump.assign(self._thread.identity, assigned)
        await super().on_partitions_assigned(assigned, generation_id)

    async def seek_as(self, identity: Identity, partition: TP, position: int) -> bool:
        return bool(await self._thread.call_thread(self._thread.seek_as, identity, partition, position))

    def present(self) -> Identity:
        """Who we are now, which may no longer be who fetched."""
        return Identity(*self._thread.current_identity())

    @property
    def unheard_s(self) -> float:
        """How long the group has not heard of us, once it need not keep our place any longer; 0 before."""
        now = time.monotonic()
        return now - self._thread.heard_at if now > self._thread.member_until else 0.0

    async def stable_ends(self) -> Mapping[TP, int]:
        """The last stable offset of every assigned partition, as the broker says, or last said.

        Not as the latest fetch saw it: nothing is fetched while the queue is full, or when the fetcher died.
        """
        with suppress(KafkaError):
            self._ends = await self._thread.call_thread(self._thread.ends)
        return self._ends

    # Offsets live in transactions only; what follows switches Faust's own bookkeeping off.
    async def perform_seek(self) -> None: ...
    async def commit(self, *_: Any, **__: Any) -> bool:
        return False

    async def wait_empty(self) -> None: ...
    async def commit_and_end_transactions(self) -> None: ...
    async def verify_all_partitions_active(self) -> None: ...
    async def _add_gap(self, *_: Any) -> None: ...
    async def _commit(self, offsets: Any) -> bool:
        die(f"Faust tried to commit {len(offsets)} offsets")


class BatchTransport(driver.Transport):  # type: ignore[misc]
    """Faust's transport with the consumer above."""

    Consumer = BatchConsumer
