"""Containers under way, how often their devices report, and what happens to them."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, takewhile
from random import Random
from typing import NamedTuple

from agents.simulator import identifiers
from agents.simulator.journeys import Journey

HOUR_S = 3600.0
OWNERS = ("GLNU", "MRAU", "TSTU")
FIRST = ("seal", "cold", "battery", "frozen", "silent")


class Pace(NamedTuple):
    """How often devices report, in seconds, and how many of their samples one report carries."""

    seal_s: float
    smart_s: float
    logger_s: float
    samples: int

    def period_s(self, kind: str) -> float:
        """How often a device of this kind reports."""
        return {"E_SEAL": self.seal_s, "SMART_CONTAINER": self.smart_s}.get(kind, self.logger_s)


LIVE = Pace(10.0, 2.0, 1.0, 10)
"""For people who look on: what takes days at sea comes within a minute."""
AT_SEA = Pace(1800.0, 600.0, 600.0, 10)
"""As caretakers set their devices up."""


class Trouble(NamedTuple):
    """What happens to a container, or to one of its devices, from `at_s` to `until_s`, seconds into the day.

    "seal": seal and door are opened on the way. "cold": the cold chain fails out of reach, and is told of afterwards.
    "warm": it fails. "battery": it is low. "frozen": the device says one value only. "silent": it says nothing.
    Honest are "door" (opened at a terminal), "inspected" (by customs there, and sealed anew) and "defrost".
    """

    kind: str
    at_s: float
    until_s: float = float("inf")


@dataclass(frozen=True, slots=True)
class Container:
    """`fallen` is the kind of device that freezes or falls silent."""

    number: str
    seal_number: str
    reefer: bool
    journey: Journey
    troubles: tuple[Trouble, ...]
    fallen: str

    @property
    def kinds(self) -> tuple[str, str]:
        """Its devices: a seal and a logger for cold goods, a seal and a smart container for the rest."""
        return "E_SEAL", "COLD_CHAIN_LOGGER" if self.reefer else "SMART_CONTAINER"

    @property
    def tampered(self) -> bool:
        """Whether somebody opens it on the way."""
        return any(trouble.kind == "seal" for trouble in self.troubles)


def make_containers(number: int, rng: Random) -> tuple[Container, ...]:
    """So many containers, the first of them in trouble of every kind within the first half minute."""
    return tuple(_live(index, rng) for index in range(number))


def _live(index: int, rng: Random) -> Container:
    kind = FIRST[index] if index < len(FIRST) else rng.choice((*FIRST, *[""] * 10))
    at_s = rng.uniform(8, 30) if index < len(FIRST) else rng.uniform(30, HOUR_S)
    journey = Journey(rng, 2 * HOUR_S, on_its_way=True)
    return _container(journey, (Trouble(kind, at_s),) if kind else (), rng)


def _container(journey: Journey, troubles: tuple[Trouble, ...], rng: Random) -> Container:
    number = identifiers.container(rng.choice(OWNERS), rng.randrange(10**6))
    kinds = {trouble.kind for trouble in troubles}
    reefer = bool(kinds & {"cold", "warm"}) or (not kinds & {"seal", "door"} and rng.random() < 0.5)
    fallen = rng.choice(("E_SEAL", "")) if "silent" in kinds else ""
    return Container(number, f"GL{rng.randrange(10**7):07d}", reefer, journey, troubles, fallen)


def make_voyages(number: int, days: float, rng: Random) -> tuple[Container, ...]:
    """So many containers under way for days, with what happens to such, honest or not."""
    return tuple(_voyage(days * 24 * HOUR_S, rng) for _ in range(number))


EVERY_S = 40 * HOUR_S  # a container has at most one trouble in so long
STARTS_S = 20 * HOUR_S  # what is usual for a device must be known first
LASTS_S = (14 * HOUR_S, 28 * HOUR_S)
OPENED_S = (600.0, 2400.0)
DOOR_AT_TERMINAL, INSPECTED = 0.5, 0.08  # shares of stops
DEFROST_EVERY_S, DEFROST_S = 8 * HOUR_S, (900.0, 1500.0)


def _voyage(length_s: float, rng: Random) -> Container:
    journey = Journey(rng, length_s)
    reefer = rng.random() < 0.4
    troubles = [*_troubles(length_s, journey, rng, reefer=reefer), *_at_terminals(journey, rng, reefer=reefer)]
    if reefer:
        troubles += _defrosting(length_s, rng)
    number = identifiers.container(rng.choice(OWNERS), rng.randrange(10**6))
    fallen = rng.choice(("E_SEAL", ""))
    seal = f"GL{rng.randrange(10**7):07d}"
    return Container(number, seal, reefer, journey, tuple(sorted(troubles, key=lambda one: one.at_s)), fallen)


def _troubles(length_s: float, journey: Journey, rng: Random, *, reefer: bool) -> Iterator[Trouble]:
    """Each kind once at most: a device that failed is looked at."""
    kinds = ["seal", "frozen", "silent", "warm" if reefer else "battery", "", ""]
    first_s = rng.uniform(STARTS_S, STARTS_S + EVERY_S / 2)
    for start_s in takewhile(lambda at_s: at_s + LASTS_S[1] <= length_s, count(first_s, EVERY_S)):
        kind = rng.choice(kinds)
        if kind:
            kinds.remove(kind)
        if kind == "seal":
            yield from _opened(start_s, journey, rng)
        elif kind:
            yield Trouble(kind, start_s, start_s + rng.uniform(*LASTS_S))


def _opened(start_s: float, journey: Journey, rng: Random) -> Iterator[Trouble]:
    """Halfway between two terminals."""
    legs = [leg for leg in journey.legs() if start_s < sum(leg) / 2 < start_s + LASTS_S[1]]
    for middle_s in (sum(leg) / 2 for leg in legs[:1]):
        yield Trouble("seal", middle_s, middle_s + rng.uniform(*OPENED_S))


def _at_terminals(journey: Journey, rng: Random, *, reefer: bool) -> Iterator[Trouble]:
    for stop in journey.stops[1:-1]:
        at_s = stop.arrive_s + rng.uniform(0.3, 0.5) * (stop.leave_s - stop.arrive_s)
        draw = rng.random()
        if draw < INSPECTED:
            yield Trouble("inspected", at_s, at_s + rng.uniform(*OPENED_S))
        elif draw < INSPECTED + DOOR_AT_TERMINAL and not reefer:
            yield Trouble("door", at_s, at_s + rng.uniform(1200, 2 * HOUR_S))


def _defrosting(length_s: float, rng: Random) -> Iterator[Trouble]:
    at_s = rng.uniform(0, DEFROST_EVERY_S)
    while at_s < length_s:
        yield Trouble("defrost", at_s, at_s + rng.uniform(*DEFROST_S))
        at_s += DEFROST_EVERY_S
