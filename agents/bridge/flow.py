"""The bridge itself: one loop that maps what arrives, sends it to Kafka, and acknowledges what Kafka has.

Nothing is dropped. What has no place in a SensorEvent is sent on to `sensors.v1` as it came; intake refuses it by code
and keeps it in `rejected.v1`. That topic is the engine's to write, and so each refusal has its source record.
"""

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
import structlog

from agents.access import Access
from agents.bridge.mqtt import Message, Subscription
from agents.clients import require_topic
from agents.publishing import LARGEST_BYTES, Report, unsigned
from streams.log import Headers
from streams.vocabularies.draft import Setting
from streams.vocabularies.translate import Mapper, translated

IDLE_S = 0.01
DRAIN_S = 10.0
MOST_PENDING = 2_000  # messages; beyond it Kafka is waited for

log = structlog.get_logger(__name__)


class KafkaRecord(NamedTuple):
    key: bytes | None
    value: bytes


@dataclass
class Payloads:
    """How payloads become records: by a mapper, or as they stand where there is none.

    What is larger than intake takes is cut to just that: it is refused for its size, and need not travel whole.
    """

    mapper: Mapper | None
    setting: Setting
    max_bytes: int
    counts: Counter[str] = field(default_factory=Counter)
    rejects: Counter[str] = field(default_factory=Counter)

    def records(self, message: Message) -> list[KafkaRecord]:
        """At least one record for each message."""
        payload = message.payload
        if len(payload) > self.max_bytes or self.mapper is None:
            self.counts["as_they_came"] += 1
            return [KafkaRecord(None, payload[: self.max_bytes + 1])]
        setting = self.setting._replace(received_ms=message.received_ms, origin=message.topic)
        done = translated(payload, self.mapper, setting)
        mapped = [KafkaRecord(event["deviceID"].encode(), orjson.dumps(event)) for event in done.events]
        self.counts["events"] += len(mapped)
        self.rejects.update(fault.code.value for fault in done.rejects)
        if mapped and not done.rejects:
            return mapped
        self.counts["as_they_came"] += 1
        return [*mapped, KafkaRecord(None, payload)]


@dataclass
class Pending:
    """A message and how many of its records Kafka has yet to acknowledge."""

    message: Message
    missing: int

    def delivered(self) -> None:
        self.missing -= 1


@dataclass
class Kafka:
    """Where records go: what sends them, what came of it so far, and how they are signed."""

    producer: Any
    topic: str
    report: Report
    sign: Callable[[bytes], Headers] = unsigned


class Bridge:
    """Carries messages of `subscription` to a Kafka topic until told to stop."""

    def __init__(self, subscription: Subscription, payloads: Payloads, kafka: Kafka) -> None:
        self._subscription, self._payloads, self._kafka = subscription, payloads, kafka
        self._pending: deque[Pending] = deque()
        self._counts: Counter[str] = Counter()

    def run(self, stopped: Callable[[], bool], report_every_s: float) -> None:
        """Carry until `stopped`, then send what was taken and leave. Raises when Kafka refuses a record for good."""
        report_at = time.monotonic() + report_every_s
        while not stopped():
            message = self._subscription.next() if len(self._pending) < MOST_PENDING else None
            if message:
                self._take(message, stopped)
            self._settle(0 if message else IDLE_S)
            if time.monotonic() >= report_at:
                report_at += report_every_s
                log.info("bridged", **self.figures())
        self._kafka.producer.flush(DRAIN_S)
        self._settle(0)

    def figures(self) -> dict[str, Any]:
        """Since the start: what came, what became of it, and what is under way."""
        return {
            "received": self._counts["received"],
            "redelivered": self._counts["redelivered"],
            "events": self._payloads.counts["events"],
            "as_they_came": self._payloads.counts["as_they_came"],
            "rejects": dict(self._payloads.rejects),
            "in_kafka": self._kafka.report.acknowledged,
            "acknowledged": self._counts["acknowledged"],
            "pending": len(self._pending),
            "lost_qos_0": self._subscription.lost,
            "reconnections": self._subscription.connected - 1,
        }

    def _take(self, message: Message, stopped: Callable[[], bool]) -> None:
        self._counts.update({"received": 1, "redelivered": int(message.again)})
        records = self._payloads.records(message)
        pending = Pending(message, len(records))
        self._pending.append(pending)
        for record in records:
            self._send(record, pending, stopped)

    def _send(self, record: KafkaRecord, pending: Pending, stopped: Callable[[], bool]) -> None:
        """Queue a record; while the queue is full it is waited for, and a message not sent whole comes again."""

        def answered(error: Any, message: Any) -> None:
            self._kafka.report.delivered(error, message)
            pending.delivered()

        headers = list(self._kafka.sign(record.value))
        while not stopped():
            try:
                self._kafka.producer.produce(
                    self._kafka.topic, record.value, record.key, headers=headers, on_delivery=answered
                )
            except BufferError:
                self._kafka.producer.poll(0.1)
            else:
                return

    def _settle(self, wait_s: float) -> None:
        """Hear of deliveries and acknowledge in the order of arrival, as MQTT wants it."""
        self._kafka.producer.poll(wait_s)
        self._kafka.report.raise_for_losses()
        while self._pending and self._pending[0].missing == 0:
            self._subscription.acknowledge(self._pending.popleft().message)
            self._counts["acknowledged"] += 1


def kafka(access: Access, topic: str, sign: Callable[[bytes], Headers] = unsigned) -> Kafka:
    """A producer that tries until it is told to stop: MQTT waits meanwhile. Raises as `require_topic` does."""
    from confluent_kafka import Producer

    require_topic(access, topic)
    options = {
        **access.librdkafka,
        "enable.idempotence": True,
        "compression.type": "lz4",
        "linger.ms": 5,
        "message.max.bytes": LARGEST_BYTES,
        "message.timeout.ms": 0,
        "log_level": 0,  # a broker that goes away shows as `pending` in our figures
    }
    return Kafka(Producer(options), topic, Report(access), sign)
