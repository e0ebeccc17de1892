"""What happens to records: F8, F12, F13."""

import signal
import time
from collections.abc import Iterator
from functools import cache
from random import Random

from tests.chaos.builds import Orders
from tests.chaos.load import filing, happenings, kind
from tests.chaos.matrix.row import row
from tests.chaos.matrix.stage import Stage
from tests.chaos.matrix.traffic import Moment
from tests.outside.kafka import Send
from tests.outside.records import BAD_MANIFESTS, a_sensor_event, an_outcome, as_bytes

BACK_S = 12.0
LARGEST = "a 10 MB record"


@cache
def poisons() -> list[tuple[str, str, bytes | None]]:
    """(topic, code, value) of everything that must be refused."""
    manifests = [("manifests.v1", code, make()) for code, make in BAD_MANIFESTS.values()]
    events = [
        ("sensors.v1", "SENSOR_REPORT_EMPTY", as_bytes(a_sensor_event("poison", 1, sensorReport=[]))),
        ("sensors.v1", "JSON_INVALID", b"\xff\xfe"),
    ]
    outcomes = [
        ("outcomes.v1", "FINDINGS_MISSING", as_bytes(an_outcome("POISON", result="NON_CONFORM"))),
        ("outcomes.v1", "JSON_INVALID", None),
    ]
    return manifests + events + outcomes


def with_poison(namespace: str, number: int) -> Iterator[Send]:
    """Every tenth filing comes with something bad, whose key is no UTF-8."""
    yield from happenings(namespace, number)
    if number % 10 == 0:
        topic, code, value = poisons()[number // 10 % len(poisons())]
        yield Send(f"{namespace}.{topic}", value, b"\xc3\x28", (("expect", f"reject:{code}".encode()),))


@row(
    "F8",
    "poison pills of every kind amid the rest, and a kill",
    "each is refused once with the bytes it had; its neighbours are decided",
)
def poisoned(stage: Stage) -> None:
    stage.happenings = with_poison
    with stage.on_duty():
        stage.until(lambda: stage.load.count > 10 * len(poisons()), 60, "every kind of poison is published")
        stage.chance.choice(stage.workers).signal(signal.SIGKILL)
        stage.recovers(Moment.now(), BACK_S)
    stage.notes.append(f"{len(poisons())} kinds of poison")


BLOCK = 20


class Disorder:
    """Filings in blocks: shuffled, some of them twice or thrice, with some of long ago again."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)

    def __call__(self, namespace: str, number: int) -> Iterator[Send]:
        if number % BLOCK:
            return
        block = [n for n in range(number, number + BLOCK) if kind(n) == "plain"]
        again = self._chance.choices(block, k=BLOCK) + [self._chance.randrange(number + 1) for _ in range(BLOCK // 4)]
        everything = [*block, *(n for n in again if kind(n) == "plain")]
        self._chance.shuffle(everything)
        for n in everything:
            yield filing(namespace, n)._replace(headers=())
            yield from (event for event in happenings(namespace, n) if event.topic.endswith(".sensors.v1"))


def plain_ones(count: int) -> int:
    """How many items there are in as many blocks as `count` filings have begun."""
    return sum(kind(number) == "plain" for number in range(-(-count // BLOCK) * BLOCK))


@row(
    "F12",
    "records twice and thrice, shuffled, again after long, and a kill in between",
    "one decision an item, one alert an episode",
)
def repeated(stage: Stage) -> None:
    stage.happenings, stage.due = Disorder(stage.seed), plain_ones
    with stage.on_duty():
        for _ in range(2):
            stage.play(1.5, 2.5)
            stage.chance.choice(stage.workers).signal(signal.SIGKILL)
            stage.recovers(Moment.now(), BACK_S)
    later = sum(decision["version"] > 1 for decision in stage.decisions())
    stage.require(later == 0, f"{later} repeats became versions")


HOUR_S = 3600.0
SKEWS_S = (-HOUR_S, 0.0, 0.9 * HOUR_S)  # Kafka itself refuses what is over an hour ahead


def at_odd_times(namespace: str, number: int) -> Iterator[Send]:
    """Publishers whose clocks are wrong."""
    at_ms = int((time.time() + SKEWS_S[number % 3]) * 1000)
    for record in happenings(namespace, number):
        yield record._replace(at_ms=at_ms)


@row(
    "F13",
    "clocks of publishers and of one worker an hour ahead, of the other an hour behind; a kill",
    "nothing expires, nothing is decided twice",
)
def skewed(stage: Stage) -> None:
    stage.happenings = at_odd_times
    ahead, behind = (Orders(ahead_s=ahead_s).command for ahead_s in (HOUR_S, -HOUR_S))
    with stage.on_duty(stage.worker(0, *ahead), stage.worker(1, *behind)):
        for worker in stage.workers:
            stage.play(1.0, 2.0)
            worker.signal(signal.SIGKILL)
            killed = Moment.now()
            stage.until(lambda: stage.supervisor.endings.total() > 0, 10, "the supervisor has seen it")
            stage.until(worker.is_ready, 30, "it is back")
            stage.recovers(killed, 2 * BACK_S)
    stage.notes.append("publishers' stamps and the workers' own clocks are shifted; librdkafka's own clock is not")
