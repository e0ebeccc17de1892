"""Sending many records quickly, and knowing what became of each."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from agents.access import Access
from agents.clients import forbidden, require_topic, unreachable
from agents.errors import BadDataError, GreenlaneError
from streams.log import Headers

Pair = tuple[bytes | None, bytes]
# The broker decides what is too large: its limit is on the compressed batch, which a client cannot know.
LARGEST_BYTES = 100_000_000
GIVE_UP_MS = 60_000
REPORT_EVERY = 1000


@dataclass
class Report:
    """What became of the records sent; `losses` counts Kafka's error names."""

    access: Access
    acknowledged: int = 0
    losses: Counter[str] = field(default_factory=Counter)

    def delivered(self, error: Any, _message: Any) -> None:
        if error is None:
            self.acknowledged += 1
        else:
            self.losses[error.name()] += 1

    def raise_for_losses(self) -> None:
        """Raise what a person should hear about records that were not acknowledged, if there are any."""
        if not self.losses:
            return
        if self.losses.keys() <= {"MSG_SIZE_TOO_LARGE"}:
            raise BadDataError(f"{self.losses.total()} records are larger than the topic takes")
        if self.losses.keys() & {"_MSG_TIMED_OUT", "_TRANSPORT", "_ALL_BROKERS_DOWN"}:
            raise unreachable(self.access)
        if "TOPIC_AUTHORIZATION_FAILED" in self.losses:
            raise forbidden(self.access, "to write there")
        raise GreenlaneError(f"{self.losses.total()} records were not acknowledged: {', '.join(sorted(self.losses))}")


def unsigned(_value: bytes) -> Headers:
    return ()


def send(
    access: Access,
    topic: str,
    pairs: Iterable[Pair],
    advance: Callable[[int], None],
    sign: Callable[[bytes], Headers] = unsigned,
) -> Report:
    """Send (key, value) pairs in order and wait for every answer; `advance` hears of the bytes taken.

    `sign` makes a record's headers from its value.

    Raises `UnreachableError` when no broker answers and `UsageError` when the topic does not exist.
    """
    from confluent_kafka import Producer

    require_topic(access, topic)
    report = Report(access)
    producer = Producer(
        {
            **access.librdkafka,
            "enable.idempotence": True,
            "compression.type": "lz4",
            "linger.ms": 20,
            "message.max.bytes": LARGEST_BYTES,
            "message.timeout.ms": GIVE_UP_MS,
            "log_level": 0,  # a broker that goes away is reported once, by us
        },
        on_delivery=report.delivered,
    )
    taken = 0
    for number, (key, value) in enumerate(pairs):
        produce(producer, topic, key, value, sign(value))
        taken += len(value) + 1
        if number % REPORT_EVERY == 0:
            advance(taken)
            taken = 0
    producer.flush()
    advance(taken)
    return report


def produce(producer: Any, topic: str, key: bytes | None, value: bytes, headers: Headers = ()) -> None:
    """Queue one record; a full queue is waited for."""
    while True:
        try:
            producer.produce(topic, value, key, headers=list(headers))
        except BufferError:
            producer.poll(0.1)
        else:
            producer.poll(0)
            return
