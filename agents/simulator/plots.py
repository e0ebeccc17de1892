"""Schemes that no single parcel shows, planned: one purchase in several parcels, one address under many names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, NamedTuple

from agents.simulator import places
from agents.simulator.goods import BY_HS
from agents.simulator.neighbours import Neighbourhood
from agents.simulator.providers import FAVOURITES, Provider, Seller
from agents.simulator.schemes import MULE_ADDRESS, SPLIT_CONSIGNMENT, Scheme

HOUR_S = 3600.0
BY = {SPLIT_CONSIGNMENT: ("MARKTWELT", "SWIFTLINE", "BAZAARO"), MULE_ADDRESS: ("POSTCN", "POSTTR", "MARKTWELT")}
PARCELS = {SPLIT_CONSIGNMENT: (3, 8), MULE_ADDRESS: (8, 24)}
WITHIN_S = {SPLIT_CONSIGNMENT: (1 * HOUR_S, 20 * HOUR_S), MULE_ADDRESS: (3 * 24 * HOUR_S, 6 * 24 * HOUR_S)}
FAMILY = 0.4  # share of split purchases that go to several names at one door
KINDS = 2  # of goods in one mule's parcels at most


class Planned(NamedTuple):
    """One parcel of the plot called `plot`, filed at `at_s`."""

    at_s: float
    plot: str
    provider: Provider
    seller: Seller
    consignee: dict[str, Any]
    office: str


def plan(  # noqa: PLR0913, PLR0917 - who, where, when
    scheme: Scheme,
    number: int,
    providers: Sequence[Provider],
    crowd: Mapping[str, Neighbourhood],
    length_s: float,
    rng: Random,
) -> list[Planned]:
    """So many plots by this scheme within `length_s` seconds, each at a door of its own."""
    able = [provider for provider in providers if provider.provider_id in BY[scheme]]
    return [one for n in range(number) for one in _plot(f"{scheme.name} {n}", scheme, able, crowd, length_s, rng)]


def _plot(  # noqa: PLR0913, PLR0917 - the same
    name: str,
    scheme: Scheme,
    able: Sequence[Provider],
    crowd: Mapping[str, Neighbourhood],
    length_s: float,
    rng: Random,
) -> Iterator[Planned]:
    provider, office = rng.choice(able), rng.choice(list(crowd))
    door = crowd[office].address(rng.randrange(crowd[office].houses))
    goods = tuple(BY_HS[code] for code in rng.sample(FAVOURITES[scheme], 1 if scheme is SPLIT_CONSIGNMENT else KINDS))
    seller = replace(rng.choice(provider.sellers), scheme=scheme, goods=goods, cheats=1.0)
    within_s = min(rng.uniform(*WITHIN_S[scheme]), length_s)
    start_s = rng.uniform(0, length_s - within_s)
    family = [places.person(rng, door) for _ in range(3 if rng.random() < FAMILY else 1)]
    for _ in range(rng.randint(*PARCELS[scheme])):
        consignee = rng.choice(family) if scheme is SPLIT_CONSIGNMENT else places.person(rng, door)
        yield Planned(start_s + rng.uniform(0, within_s), name, provider, seller, consignee, office)
