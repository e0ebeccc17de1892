"""The worker's own agents in one process without Kafka: what is published is folded at once, in engine time."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from kafka.partitioner import murmur2

from agents.runtime.seats import TICK
from agents.secret import Secret
from agents.worker import fresh
from config.settings import Settings
from streams.log import Effects, LogRecord, Output
from streams.topics import CASES, CONTROL, MANIFESTS, OUTCOMES

POSITIVE = 0x7FFFFFFF  # as Java clients make a partition of a hash


class Passed(NamedTuple):
    """What intake made of one public record: `cases` go on to risk, the rest is for others. `at_ms` is its time."""

    at_ms: int
    cases: Sequence[Output]
    others: Sequence[Output]


class Engine:
    """Intake, the risk shards and the fold of the control log that they share, as a worker runs them.

    Every record goes all the way before the next one comes: a worker decides the same, bit for bit, when it is given
    the same records in the same order and has folded as much of the control log by then. Left out are sensors and
    patterns, whose incidents have parcels decided again later, and the counting of refusals, which decides nothing.

    `partitions` is the number of partitions of `cases`: reference prices and budgets are kept by shard.
    Cost: about 60 µs for a record at intake, 90 for a decision, 120 for a lesson.
    """

    def __init__(self, settings: Settings, secret: Secret, *, partitions: int = 1) -> None:
        self.partitions = partitions
        self.control, agents = fresh(settings, secret, partitions=partitions)
        of = {agent.source: agent for agent in agents}
        self._intake = {topic: of[topic].shard(0) for topic in (MANIFESTS, OUTCOMES)}
        self._risk = [of[CASES].shard(partition) for partition in range(partitions)]
        self._ends: Counter[tuple[str, int]] = Counter()

    def publish(self, topic: str, value: bytes, at_ms: int) -> list[Output]:
        """One record of a public topic, all the way; what was written for it, in order, without the cases."""
        passed = self.take_in(topic, value, at_ms)
        return [*passed.others, *self.settle(passed)]

    def take_in(self, topic: str, value: bytes, at_ms: int) -> Passed:
        """The first half of `publish`. It remembers nothing, so what it gives may be settled by many engines."""
        effects = Effects()
        self._intake[topic].process([self._logged(topic, 0, at_ms, None, value)], effects)
        cases = [output for output in effects.outputs if output.topic == CASES]
        return Passed(at_ms, cases, [output for output in effects.outputs if output.topic != CASES])

    def settle(self, passed: Passed) -> list[Output]:
        """The second half: decide, explain, learn; what was written."""
        effects = Effects()
        for case in passed.cases:
            partition = partition_of(case.key, self.partitions)
            record = self._logged(CASES, partition, passed.at_ms, case.key, case.value)
            self._risk[partition].process([record], effects)
        return self._heard(effects, passed.at_ms)

    def tick(self, at_ms: int) -> list[Output]:
        """Let engine time pass, as the worker of partition 0 does each second; what was written."""
        self._fold(TICK, at_ms)
        effects = Effects()
        for shard in self._risk:
            shard.tick(self.control.now_ms, effects)
        return self._heard(effects, at_ms)

    def _heard(self, effects: Effects, at_ms: int) -> list[Output]:
        """What shards told each other through the control log is known to all from now on."""
        for output in effects.outputs:
            if output.topic == CONTROL:
                self._fold(output, at_ms)
        return effects.outputs

    def _fold(self, told: Output, at_ms: int) -> None:
        self.control.fold(LogRecord(0, self.control.offset, at_ms, told.key, told.value))

    def _logged(self, topic: str, partition: int, at_ms: int, key: bytes | None, value: bytes | None) -> LogRecord:
        offset = self._ends[topic, partition]
        self._ends[topic, partition] += 1
        return LogRecord(partition, offset, at_ms, key, value)


def partition_of(key: bytes | None, partitions: int) -> int:
    """The partition that Java clients, and the worker's producer, give to a key.

    >>> [partition_of(key, 4) for key in (b"LZ551209644CN", b"EE471108151FR")]
    [0, 1]
    """
    return (murmur2(key) & POSITIVE) % partitions if partitions > 1 and key else 0
