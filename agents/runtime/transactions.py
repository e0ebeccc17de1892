"""One transactional producer per worker: all outputs of a cycle and the offsets behind them, or nothing.

This is KIP-447 (exactly-once v2): the offsets carry the generation and member under which the partitions were
assigned to Faust's consumer, so the broker refuses them once the partitions are somebody else's.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import structlog
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from agents.runtime.batches import NOBODY, Identity
from agents.runtime.exits import LayoutError
from agents.runtime.positions import Committed
from agents.runtime.station import Station
from streams.log import Output
from streams.topics import CONTROL, OF_ONE_PROVIDER, SNAPSHOTS, carries_events

log = structlog.get_logger(__name__)
MESSAGE_BYTES = 4 * 1024 * 1024
ANY_PARTITION = -1
FRESH_S = 0.5  # so long after a commit the broker is taken to be there
ASK_S, REST_S = 1.0, 0.05


def group_metadata(group: str, identity: Identity, instance: str | None) -> bytes:
    """The bytes librdkafka makes of a group membership, made for the member that Faust's consumer is.

    >>> group_metadata("g", Identity(7, "m"), None)
    b'CGMDv2:\\x07\\x00\\x00\\x00g\\x00m\\x00\\x01'
    """
    tail = b"\x01" if instance is None else b"\x00" + instance.encode() + b"\x00"
    generation = identity.generation.to_bytes(4, "little", signed=True)
    return b"CGMDv2:" + generation + group.encode() + b"\x00" + identity.member.encode() + b"\x00" + tail


def check_layout() -> None:
    """Compare with what the installed library makes; raises `LayoutError` when it differs."""
    for instance in (None, "i-0"):
        extra = {"group.instance.id": instance} if instance else {}
        consumer = Consumer({"group.id": "g", **extra})
        try:
            if consumer.consumer_group_metadata() != group_metadata("g", NOBODY, instance):
                raise LayoutError("confluent-kafka writes group metadata in another layout: refusing to run")
        finally:
            consumer.close()


class Transactions:
    """Commits cycles, one after the other. All methods block; only one thread may call them."""

    present: Callable[[], Identity]  # who we are at this moment; asked by no build that guards batch identity

    def __init__(self, station: Station) -> None:
        self._station = station
        settings = station.settings
        self._timeout_s, self._heard_at = settings.runtime.commit_timeout_s, 0.0
        self._producer: Any = Producer(
            {
                **station.client,
                "transactional.id": station.instance,
                "transaction.timeout.ms": int(settings.runtime.transaction_timeout_s * 1000),
                "compression.type": "lz4",
                "partitioner": "murmur2_random",  # as Java clients partition
                "message.max.bytes": MESSAGE_BYTES,
                "queue.buffering.max.messages": 0,  # a cycle is bounded by the pump, not here
                "queue.buffering.max.kbytes": 2**21 - 1,
                "linger.ms": 20,  # a commit sends at once; until then the sender is not to fight over the queue
                "retry.backoff.ms": 2,
            }
        )

    def open(self) -> None:
        """Fence the slot's predecessor and end what it left open. Raises `KafkaException`."""
        self._patiently(self._producer.init_transactions, time.monotonic() + self._timeout_s)

    def reach(self) -> None:
        """Return once a broker answers, however long that takes: as long as no transaction is open, none can run out.

        Whoever has just committed knows without asking.
        """
        while time.monotonic() > self._heard_at + FRESH_S:
            try:
                self._producer.list_topics(self._station.topic(CONTROL), timeout=ASK_S)
                self._heard_at = time.monotonic()
            except KafkaException:
                time.sleep(REST_S)

    def commit(
        self, outputs: Sequence[Output], commits: Mapping[tuple[str, int], Committed], identity: Identity
    ) -> None:
        """Write one transaction. Any exception leaves the outcome in doubt: end the process."""
        try:
            self._write(outputs, commits, identity)
        except KafkaException:
            self._name_missing({output.topic for output in outputs})
            raise

    def _write(
        self, outputs: Sequence[Output], commits: Mapping[tuple[str, int], Committed], identity: Identity
    ) -> None:
        until = time.monotonic() + self._timeout_s
        self._producer.begin_transaction()
        if SNAPSHOTS in self._produce(outputs):
            self._station.hooks("snapshot")
        self._station.hooks("offsets")
        offsets = [
            TopicPartition(topic, partition, committed.position, committed.acted.write())
            for (topic, partition), committed in commits.items()
        ]
        metadata = self._membership(identity)
        self._patiently(lambda left_s: self._producer.send_offsets_to_transaction(offsets, metadata, left_s), until)
        self._station.hooks("commit")
        self._patiently(self._producer.commit_transaction, until)
        self._heard_at = time.monotonic()

    def _name_missing(self, written: Iterable[str]) -> None:
        """Say which providers' topics are not there, for Kafka does not: somebody has to make them again."""
        own = {self._station.topic(topic) for topic in written if topic.startswith(OF_ONE_PROVIDER)}
        with suppress(KafkaException):
            if own and (missing := own - self._producer.list_topics(timeout=ASK_S).topics.keys()):
                log.error("topics are missing: register the providers again", topics=sorted(missing))

    def _membership(self, identity: Identity) -> bytes:
        if not self._station.guards.generation:
            return group_metadata(self._station.group, NOBODY, None)
        member = identity if self._station.guards.batch_identity else self.present()
        return group_metadata(self._station.group, member, self._station.instance)

    def _produce(self, outputs: Sequence[Output]) -> set[str]:
        """Hand everything to the library; returns the topics written to."""
        produce = self._producer.produce
        now = ("ce_time", datetime.now(UTC).isoformat(timespec="milliseconds").encode())
        topics = {output.topic for output in outputs}
        names = {topic: (self._station.topic(topic), carries_events(topic)) for topic in topics}
        for topic, key, value, headers, partition in outputs:
            name, event = names[topic]
            where = ANY_PARTITION if partition is None else partition
            if event or headers:
                produce(name, value, key, where, headers=[*headers, now] if event else list(headers))
            else:
                produce(name, value, key, where)
        return topics

    def _patiently(self, call: Callable[[float], object], until: float) -> None:
        """Repeat a call that the library says may be repeated, until then (monotonic seconds)."""
        while True:
            try:
                call(max(until - time.monotonic(), 0.1))
            except KafkaException as error:
                if not error.args[0].retriable() or time.monotonic() > until:
                    raise
            else:
                return
