"""The border day: traffic and sensors merged in the order of time."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from agents.simulator.containers import make_containers
from agents.simulator.devices import devices
from agents.simulator.happenings import Happening
from agents.simulator.traffic import Traffic

CONTAINERS_PER_RATE = 0.4  # containers under way for each manifest per second
FEWEST_CONTAINERS = 5
DAY = datetime(2026, 11, 22, 6, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class World:
    """An endless border day: `rate_per_s` manifests a second, and sensors in proportion, from `start` on.

    Pure: two worlds with equal arguments yield equal records. Iterating again starts the same day anew.

    >>> from itertools import islice
    >>> [happening.topic for happening in islice(World(seed=7), 4)] == [h.topic for h in islice(World(seed=7), 4)]
    True
    """

    seed: int
    rate_per_s: float = 50.0
    start: datetime = DAY

    def __iter__(self) -> Iterator[Happening]:
        count = max(FEWEST_CONTAINERS, round(self.rate_per_s * CONTAINERS_PER_RATE))
        containers = make_containers(count, Random(f"{self.seed}/containers"))
        fitted = [device for box in containers for device in devices(box, str(self.seed), self.start)]
        sources: list[Iterable[Happening]] = [
            Traffic(str(self.seed), self.rate_per_s, self.start, containers),
            *(d.events() for d in fitted),
        ]
        return heapq.merge(*sources, key=_time)


def _time(happening: Happening) -> float:
    return happening.at_s
