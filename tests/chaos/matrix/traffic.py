"""A load that goes on until told to stop, and a witness who writes down when decisions became visible."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaException, TopicPartition

from tests.chaos.runner import paced
from tests.outside.kafka import Send, publish

Happenings = Callable[[str, int], Iterator[Send]]
# A record that the broker may have taken is never published a second time: that would be another filing.
ONCE = {"enable.idempotence": True, "linger.ms": 5, "log_level": 0}


class Load(threading.Thread):
    """Publishes what `happenings` of 0, 1, 2, … yield, at an even rate. `count` is how far it has come."""

    def __init__(self, broker: str, namespace: str, happenings: Happenings, per_s: float) -> None:
        super().__init__(name="load", daemon=True)
        self._broker, self._namespace, self._happenings, self._per_s = broker, namespace, happenings, per_s
        self._stopped, self.count, self.error = threading.Event(), 0, ""

    def run(self) -> None:
        try:
            publish(self._broker, paced(self._records(), self._per_s), **ONCE)
        except (AssertionError, KafkaException) as error:
            self.error = f"publishing failed: {error}"

    def _records(self) -> Iterator[Send]:
        while not self._stopped.is_set():
            yield from self._happenings(self._namespace, self.count)
            self.count += 1

    def finish(self) -> int:
        """Publish no more; how many filings there were, all acknowledged."""
        self._stopped.set()
        self.join()
        return self.count


class Sight(NamedTuple):
    """A decision became visible in `partition` at `at_s` (monotonic); its cause was published at `caused_ms`."""

    partition: int
    at_s: float
    caused_ms: int


class Moment(NamedTuple):
    """A moment on both clocks."""

    at_s: float
    wall_ms: int

    @classmethod
    def now(cls) -> "Moment":
        return cls(time.monotonic(), int(time.time() * 1000))


class Witness(threading.Thread):
    """Follows `decisions.v1` as any customs office would, through every outage."""

    def __init__(self, broker: str, namespace: str, partitions: int) -> None:
        super().__init__(name="witness", daemon=True)
        quick = {"reconnect.backoff.max.ms": 200, "fetch.wait.max.ms": 50, "metadata.recovery.strategy": "none"}
        group = {"group.id": f"witness-{uuid.uuid4().hex}", "enable.auto.commit": False, "log_level": 0}
        self._consumer = Consumer({"bootstrap.servers": broker, "isolation.level": "read_committed", **group, **quick})
        self._places = [TopicPartition(f"{namespace}.decisions.v1", p, 0) for p in range(partitions)]
        self._stopped = threading.Event()
        self.sights: list[Sight] = []

    def run(self) -> None:
        self._consumer.assign(self._places)
        while not self._stopped.is_set():
            for message in self._consumer.consume(1000, timeout=0.1):
                if message.error() is None:
                    caused = datetime.fromisoformat(json.loads(message.value())["decidedAt"])
                    sight = Sight(message.partition(), time.monotonic(), int(caused.timestamp() * 1000))
                    self.sights.append(sight)
        self._consumer.close()

    def stop(self) -> None:
        self._stopped.set()
        self.join()

    def await_count(self, count: int, within_s: float) -> int:
        """Until so many decisions are visible; how many there are."""
        until = time.monotonic() + within_s
        while len(self.sights) < count and time.monotonic() < until:
            time.sleep(0.1)  # what others write can only be looked for again
        return len(self.sights)

    def recovered_s(self, since: Moment) -> float | None:
        """From `since` until every partition showed a decision about something published later; None: not yet."""
        first: dict[int, float] = {}
        for partition, at_s, caused_ms in list(self.sights):
            if at_s >= since.at_s and caused_ms >= since.wall_ms:
                first[partition] = min(at_s, first.get(partition, at_s))
        return max(first.values()) - since.at_s if len(first) == len(self._places) else None
