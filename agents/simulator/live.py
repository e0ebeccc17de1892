"""A `World` on real Kafka, in real time, with officers who read the engine's decisions."""

import logging
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, BinaryIO, NamedTuple

import orjson
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from agents.access import Access
from agents.clients import admin, unreachable
from agents.errors import UnreachableError, UsageError
from agents.simulator.agenda import Agenda
from agents.simulator.happenings import Happening, Truth
from agents.simulator.officers import Officers
from agents.simulator.world import World
from streams.topics import ALERTS, DECISIONS, MANIFESTS, OUTCOMES, SENSORS

POLL_S = 0.02
PATIENCE_S = 10.0
REMEMBERED = 500_000  # parcels whose truth is kept for the officers; the oldest are forgotten


class Summary(NamedTuple):
    """What a run of the simulator came to; rates are None where nothing was inspected."""

    seed: int
    published: dict[str, int]
    failed: int
    decisions: int
    alerts: int
    inspections: dict[str, tuple[int, int]]

    def as_json(self) -> dict[str, Any]:
        made = sum(made for made, _ in self.inspections.values())
        hits = sum(hits for _, hits in self.inspections.values())
        rates = {name: _rate(hits, made) for name, (made, hits) in sorted(self.inspections.items())}
        totals = {"inspections": made, "hits": hits, "hitRate": _rate(hits, made)}
        return {**self._asdict(), **totals, "hitRateBySelection": rates}

    def raise_for_losses(self) -> None:
        """Raises `UnreachableError` when the broker did not acknowledge everything."""
        if self.failed:
            raise UnreachableError(f"the broker did not acknowledge {self.failed} records")

    def line(self) -> str:
        """One line for people."""
        sent = ", ".join(f"{count} {topic.split('.')[0]}" for topic, count in sorted(self.published.items()))
        rates = ", ".join(f"{name} {hits}/{made}" for name, (made, hits) in sorted(self.inspections.items()))
        seen = f"{self.decisions} decisions and {self.alerts} alerts seen"
        return f"published {sent}; {seen}; inspections that hit: {rates or 'none made'}"


def _rate(hits: int, made: int) -> float | None:
    return round(hits / made, 4) if made else None


@dataclass
class Simulator:
    """Publishes what happens when its time comes and lets officers answer. `truth_file` gets a line per parcel."""

    world: World
    access: Access
    namespace: str
    truth_file: BinaryIO | None = None
    _published: Counter[str] = field(default_factory=Counter)
    _seen: Counter[str] = field(default_factory=Counter)
    _failed: int = 0
    _truths: dict[str, Truth] = field(default_factory=dict)

    def run(self, seconds: float | None, stopped: Callable[[], bool]) -> Summary:
        """Run for `seconds`, or until `stopped()`. Raises `UnreachableError`, `UsageError`."""
        officers = Officers(self.world.seed, self.world.start)
        consumer = self._consumer()
        producer = Producer(self._client(**{"compression.type": "lz4", "linger.ms": 5}))
        until_s = math.inf if seconds is None else seconds
        agenda, began_s = Agenda(self.world), monotonic()
        while not stopped() and (now_s := monotonic() - began_s) < until_s:
            for happening in agenda.due(now_s):
                self._publish(producer, happening)
            producer.poll(0)
            for message in consumer.consume(500, POLL_S):
                for outcome in self._read(message, officers, now_s):
                    agenda.add(outcome)
        consumer.close()
        self._failed += producer.flush(PATIENCE_S)
        return self._summary(officers)

    def _client(self, **extra: Any) -> dict[str, Any]:
        return {**self.access.librdkafka, "logger": _mute(), **extra}

    def _consumer(self) -> Consumer:
        """Reads decisions and alerts from now on; without a group, so nothing of it stays behind."""
        self._require_topics()
        group = {"group.id": f"{self.namespace}.officers", "enable.auto.commit": False}
        consumer = Consumer(self._client(**group, **{"isolation.level": "read_committed"}))
        try:
            known = consumer.list_topics(timeout=PATIENCE_S).topics
            read = [f"{self.namespace}.{name}" for name in (DECISIONS, ALERTS)]
            places = [TopicPartition(topic, number) for topic in read for number in known[topic].partitions]
            for place in places:
                place.offset = consumer.get_watermark_offsets(place, timeout=PATIENCE_S)[1]
        except KafkaException as error:
            raise unreachable(self.access) from error
        consumer.assign(places)
        return consumer

    def _require_topics(self) -> None:
        with admin(self.access) as client:
            known = set(client.list_topics())
        for name in (MANIFESTS, SENSORS, OUTCOMES, DECISIONS, ALERTS):
            if (topic := f"{self.namespace}.{name}") not in known:
                raise UsageError(f"there is no topic {topic} (make it with: greenlane topics create)")

    def _publish(self, producer: Producer, happening: Happening) -> None:
        self._remember(happening.truths)
        topic = f"{self.namespace}.{happening.topic}"
        try:
            producer.produce(topic, happening.value, happening.key, on_delivery=self._delivered)
        except BufferError:  # the broker is slower than the world: lose the record, but say so at the end
            self._failed += 1

    def _delivered(self, error: Any, message: Any) -> None:
        if error is not None:
            self._failed += 1
        else:
            self._published[message.topic().removeprefix(f"{self.namespace}.")] += 1

    def _remember(self, truths: tuple[Truth, ...]) -> None:
        for truth in truths:
            self._truths[truth.item_id] = truth
            if self.truth_file is not None:
                self.truth_file.write(truth.line())
        while len(self._truths) > REMEMBERED:
            del self._truths[next(iter(self._truths))]

    def _read(self, message: Any, officers: Officers, now_s: float) -> list[Happening]:
        if message.error():
            return []
        topic = message.topic().removeprefix(f"{self.namespace}.")
        self._seen[topic] += 1
        if topic != DECISIONS:
            return []
        decision = orjson.loads(message.value())
        truth = self._truths.get(decision["itemId"])
        return officers.inspect(decision, truth, now_s) if truth else []

    def _summary(self, officers: Officers) -> Summary:
        published = {topic: self._published[topic] for topic in (MANIFESTS, SENSORS, OUTCOMES)}
        seen = self._seen
        return Summary(self.world.seed, published, self._failed, seen[DECISIONS], seen[ALERTS], officers.tally)


def _mute() -> Any:
    """librdkafka writes to stderr by itself; what matters comes back as errors."""
    logger = logging.getLogger("greenlane.simulator.rdkafka")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger
