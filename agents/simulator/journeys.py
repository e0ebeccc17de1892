"""Where containers go: from terminal to terminal by road and rail, with a rest at each."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import takewhile
from math import cos, hypot, radians
from random import Random
from typing import NamedTuple

KM_PER_DEGREE = 111.2
SPEED_KM_PER_H = (45.0, 65.0)
REST_S = (5 * 3600.0, 16 * 3600.0)
SHORTEST_KM = 250.0
RESTING = 0.3  # share of containers that begin the day at a terminal


class Terminal(NamedTuple):
    locode: str
    latitude: float
    longitude: float


TERMINALS = (
    Terminal("NLRTM", 51.95, 4.14),
    Terminal("BEANR", 51.28, 4.30),
    Terminal("DEHAM", 53.53, 9.93),
    Terminal("FRLEH", 49.48, 0.12),
    Terminal("ESVLC", 39.44, -0.31),
    Terminal("ITGOA", 44.40, 8.90),
    Terminal("PLGDN", 54.38, 18.67),
    Terminal("ATVIE", 48.17, 16.50),
    Terminal("FRMRS", 43.33, 5.34),
    Terminal("DEDUI", 51.45, 6.73),
)


class Stop(NamedTuple):
    """A rest at a terminal, from `arrive_s` to `leave_s`, seconds into the day."""

    terminal: Terminal
    arrive_s: float
    leave_s: float


class Whereabouts(NamedTuple):
    """Degrees, WGS 84; `locode` only at a terminal."""

    latitude: float
    longitude: float
    locode: str | None


class Journey:
    """All stops of one container up to `until_s`, and one further."""

    def __init__(self, rng: Random, until_s: float, *, on_its_way: bool = False) -> None:
        first = rng.choice(TERMINALS)
        since_s = rng.uniform(0, 3600) if on_its_way or rng.random() > RESTING else -rng.uniform(0, REST_S[0])
        begin = Stop(first, -REST_S[1] - since_s, -since_s)
        self.stops = [begin, *takewhile(lambda stop: stop.arrive_s < until_s, _stops(begin, rng))]
        self.stops.append(next(_stops(self.stops[-1], rng)))
        self._arrivals = [stop.arrive_s for stop in self.stops]

    def at(self, at_s: float) -> Whereabouts:
        """Where the container is, the straight way."""
        number = max(bisect_right(self._arrivals, at_s) - 1, 0)
        here = self.stops[number]
        if at_s <= here.leave_s or number + 1 == len(self.stops):
            return Whereabouts(here.terminal.latitude, here.terminal.longitude, here.terminal.locode)
        there = self.stops[number + 1]
        share = (at_s - here.leave_s) / (there.arrive_s - here.leave_s)
        return Whereabouts(
            here.terminal.latitude + share * (there.terminal.latitude - here.terminal.latitude),
            here.terminal.longitude + share * (there.terminal.longitude - here.terminal.longitude),
            None,
        )

    def legs(self) -> Iterator[tuple[float, float]]:
        """From when to when it is on its way."""
        return ((here.leave_s, there.arrive_s) for here, there in zip(self.stops, self.stops[1:], strict=False))


def _stops(last: Stop, rng: Random) -> Iterator[Stop]:
    while True:
        terminal = rng.choice([one for one in TERMINALS if distance_km(last.terminal, one) > SHORTEST_KM])
        hours = distance_km(last.terminal, terminal) / rng.uniform(*SPEED_KM_PER_H)
        arrive_s = last.leave_s + 3600 * hours
        last = Stop(terminal, arrive_s, arrive_s + rng.uniform(*REST_S))
        yield last


def distance_km(here: Terminal, there: Terminal) -> float:
    """Near enough within Europe.

    >>> round(distance_km(TERMINALS[0], TERMINALS[2]))  # Rotterdam to Hamburg
    428
    """
    narrow = cos(radians((here.latitude + there.latitude) / 2))
    return KM_PER_DEGREE * hypot(here.latitude - there.latitude, narrow * (here.longitude - there.longitude))
