"""Weeks at the border, as fast as a machine can count: to see how many planted schemes come to light.

`World` compresses troubles into minutes for those who look on; here devices report as seldom as they do at sea, parcels
come as seldom as they do to one address, and all that is planted is listed.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import takewhile
from random import Random
from typing import NamedTuple

from agents.simulator import places
from agents.simulator.containers import AT_SEA, HOUR_S, Container, make_voyages
from agents.simulator.devices import PUBLISHERS, Device, Outage, devices
from agents.simulator.happenings import Happening
from agents.simulator.neighbours import Neighbourhood
from agents.simulator.plots import Planned, plan
from agents.simulator.providers import Provider, populate
from agents.simulator.schemes import MULE_ADDRESS, SPLIT_CONSIGNMENT
from agents.simulator.traffic import Traffic
from agents.simulator.world import DAY

DAY_S = 24 * HOUR_S
PER_MANIFEST = 1.77  # parcels, on average
SHARE_OF_ADDRESSES = 0.6  # parcels a week for each address: what comes from outside the Union
HONEST_SELLERS = 150  # at each provider
PLOTS = 0.0015  # split purchases for each parcel; half as many mules
OUTAGE_S = (2 * HOUR_S, 4 * HOUR_S)
LOST, TWICE, LATE = 0.003, 0.003, 0.01  # shares of events on their way
LATE_S = (60.0, 900.0)


class Planted(NamedTuple):
    """One thing that should come to light: what, about whom, from when to when (seconds into the first day).

    `about` is a container, a device, a publisher, or a plot whose parcels bear its name in their truths.
    """

    scheme: str
    about: str
    at_s: float
    until_s: float


@dataclass(frozen=True)
class Weeks:
    """`parcels` and the devices of `boxes` containers over `days`; two with equal arguments yield equal records."""

    seed: int
    parcels: int
    boxes: int
    days: float = 7.0
    start: datetime = field(default=DAY)

    def __iter__(self) -> Iterator[Happening]:
        sent = [takewhile(lambda sent: sent.at_s < self.length_s, device.events()) for device in self.devices]
        ways = (self._on_its_way(heapq.merge(*sent, key=_time)), self._filed())
        return heapq.merge(*ways, key=_time)

    @property
    def length_s(self) -> float:
        return self.days * DAY_S

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        return make_voyages(self.boxes, self.days, Random(f"{self.seed}/containers"))

    @cached_property
    def outages(self) -> tuple[Outage, ...]:
        """Each caretaker's gateway is down once, one after the other."""
        rng, each_s = Random(f"{self.seed}/outages"), self.length_s / len(PUBLISHERS)
        starts = [(name, each_s * (number + rng.uniform(0.4, 0.6))) for number, name in enumerate(PUBLISHERS)]
        return tuple(Outage(name, at_s, at_s + rng.uniform(*OUTAGE_S)) for name, at_s in starts if self.boxes)

    @cached_property
    def devices(self) -> list[Device]:
        seed = str(self.seed)
        return [one for box in self.containers for one in devices(box, seed, self.start, AT_SEA, self.outages)]

    @cached_property
    def crowd(self) -> dict[str, Neighbourhood]:
        addresses = max(200, round(self.parcels * 7 / self.days / SHARE_OF_ADDRESSES / len(places.DESTINATIONS)))
        return {
            office: Neighbourhood(f"{self.seed}/{office}", towns, addresses)
            for office, towns in places.DESTINATIONS.items()
        }

    @cached_property
    def providers(self) -> tuple[Provider, ...]:
        return populate(Random(f"{self.seed}/providers"), HONEST_SELLERS)

    @cached_property
    def planned(self) -> list[Planned]:
        rng, number = Random(f"{self.seed}/plots"), round(self.parcels * PLOTS)
        numbers = {SPLIT_CONSIGNMENT: number, MULE_ADDRESS: number // 2}
        return [
            one
            for scheme, times in numbers.items()
            for one in plan(scheme, times, self.providers, self.crowd, self.length_s, rng)
        ]

    def planted(self) -> Iterator[Planted]:
        """All that should come to light."""
        for outage in self.outages:
            yield Planted("silent caretaker", *outage)
        for box in self.containers:
            for trouble in box.troubles:
                if trouble.kind == "seal":
                    yield Planted("opened seal", box.number, trouble.at_s, trouble.until_s)
        for device in self.devices:
            for trouble in device.own_troubles():
                yield Planted(f"{trouble.kind} device", device.device_id, trouble.at_s, trouble.until_s)
        for plot in dict.fromkeys(one.plot for one in self.planned):
            times = [one.at_s for one in self.planned if one.plot == plot]
            yield Planted(plot.rsplit(" ", 1)[0], plot, min(times), max(times))

    def _filed(self) -> Iterator[Happening]:
        rest = max(self.parcels - len(self.planned), 0)
        if rest:
            rate_per_s = rest / PER_MANIFEST / self.length_s
            honest = tuple(_without_plotters(provider) for provider in self.providers)
            traffic = Traffic(str(self.seed), rate_per_s, self.start, self.containers, honest, self.crowd, self.planned)
            yield from takewhile(lambda filed: filed.at_s < self.length_s, traffic)

    def _on_its_way(self, sent: Iterator[Happening]) -> Iterator[Happening]:
        """What networks do: events come twice, or late and out of order, and measurements are lost."""
        rng, late = Random(f"{self.seed}/network"), list[tuple[float, int, Happening]]()
        for number, happening in enumerate(sent):
            while late and late[0][0] <= happening.at_s:
                yield heapq.heappop(late)[2]
            draw = rng.random()
            if draw < LOST and b'"MEAS"' in happening.value:
                continue
            if draw < LOST + LATE:
                at_s = happening.at_s + rng.uniform(*LATE_S)
                heapq.heappush(late, (at_s, number, happening._replace(at_s=at_s)))
                continue
            yield happening
            if draw > 1 - TWICE:
                yield happening


def _without_plotters(provider: Provider) -> Provider:
    """What they do is planned, so that it can be counted."""
    return replace(
        provider, sellers=tuple(s for s in provider.sellers if s.scheme not in (SPLIT_CONSIGNMENT, MULE_ADDRESS))
    )


def _time(happening: Happening) -> float:
    return happening.at_s
