"""Platforms, posts and couriers, their sellers, and the habits that show in the quality of their data."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any, NamedTuple

from agents.simulator import places
from agents.simulator.goods import BY_HS, GOODS, Good
from agents.simulator.schemes import (
    MULE_ADDRESS,
    OPENED_SEAL,
    SPLIT_CONSIGNMENT,
    SWAPPED_HS,
    UNDERVALUATION,
    Scheme,
)


class Habits(NamedTuple):
    """Shares of parcels (0..1) with a defect; `invalid` counts those that must be refused."""

    vague: float = 0.02
    no_hs: float = 0.02
    no_origin: float = 0.02
    wrong_sum: float = 0.01
    invalid: float = 0.01
    numbers_as_text: bool = True


@dataclass(frozen=True, slots=True)
class Seller:
    """`cheats` is the share of this seller's parcels that follow the scheme."""

    seller_id: str
    country: str
    party: dict[str, Any]
    goods: tuple[Good, ...]
    mules: tuple[dict[str, Any], ...] = ()
    scheme: Scheme | None = None
    cheats: float = 0.0


@dataclass(frozen=True, slots=True)
class Provider:
    """Who files manifests; `weight` is the share of traffic, `parcels` the most that one manifest carries."""

    provider_id: str
    role: str
    item_id_type: str
    mode: str
    origins: tuple[str, ...]
    weight: float
    habits: Habits
    parcels: int = 1
    sellers: tuple[Seller, ...] = ()


SLOPPY = Habits(vague=0.15, no_hs=0.12, no_origin=0.1, wrong_sum=0.05, invalid=0.03, numbers_as_text=False)
PROVIDERS = (
    Provider("MARKTWELT", "PLATFORM", "CARRIER_TRACKING", "4", ("CN", "HK"), 0.30, Habits()),
    Provider("BAZAARO", "PLATFORM", "SSCC", "1", ("CN", "TR", "IN"), 0.20, Habits(no_hs=0.05, invalid=0.02)),
    Provider("POSTCN", "POST", "S10", "5", ("CN",), 0.20, SLOPPY, parcels=6),
    Provider("POSTTR", "POST", "S10", "5", ("TR",), 0.08, SLOPPY, parcels=4),
    Provider("POSTGB", "POST", "S10", "5", ("GB",), 0.08, Habits(), parcels=3),
    Provider("SWIFTLINE", "CARRIER", "HAWB", "4", ("US", "GB", "IN"), 0.14, Habits(), parcels=2),
)
HONEST_SELLERS = 9  # beside each provider's smugglers
CROOKED = {  # provider -> the schemes of its smugglers
    "MARKTWELT": (UNDERVALUATION, UNDERVALUATION, SPLIT_CONSIGNMENT),
    "BAZAARO": (OPENED_SEAL, UNDERVALUATION),
    "POSTCN": (MULE_ADDRESS, SWAPPED_HS),
    "POSTTR": (MULE_ADDRESS,),
    "SWIFTLINE": (SPLIT_CONSIGNMENT,),
}
FAVOURITES = {  # what a scheme is run with: goods that pay
    UNDERVALUATION: ("851713", "880622", "910211"),
    SPLIT_CONSIGNMENT: ("851713", "847130"),
    MULE_ADDRESS: ("420222", "640411"),
    SWAPPED_HS: ("490199",),
    OPENED_SEAL: ("940542", "732393"),
}
MULES = 3  # addresses of one smuggler, each used under many names


def _seller(number: int, provider: Provider, scheme: Scheme | None, rng: Random) -> Seller:
    country = rng.choice(provider.origins)
    party = places.firm(rng, places.ORIGINS[country])
    if scheme is None:
        goods = tuple(rng.sample(GOODS, rng.randrange(2, 5)))
        return Seller(f"S-{number:05d}", country, party, goods)
    goods = tuple(BY_HS[code] for code in FAVOURITES[scheme])
    towns = [town for office in places.DESTINATIONS.values() for town in office]
    mules = tuple(places.address(places.street(rng), rng.choice(towns)) for _ in range(MULES))
    return Seller(f"S-{number:05d}", country, party, goods, mules, scheme, cheats=rng.uniform(0.75, 0.95))


def populate(rng: Random, honest: int = HONEST_SELLERS) -> tuple[Provider, ...]:
    """The providers with their sellers: so many `honest` ones at each, and smugglers among them.

    >>> sorted({seller.scheme.name for p in populate(Random(1)) for seller in p.sellers if seller.scheme})
    ['mule address', 'opened seal', 'split consignment', 'swapped HS code', 'undervaluation']
    """
    numbers = iter(rng.sample(range(10**5), 1000 + len(PROVIDERS) * (honest - HONEST_SELLERS)))
    return tuple(replace(p, sellers=_sellers(p, numbers, honest, rng)) for p in PROVIDERS)


def _sellers(provider: Provider, numbers: Iterator[int], honest: int, rng: Random) -> tuple[Seller, ...]:
    schemes = (*[None] * honest, *CROOKED.get(provider.provider_id, ()))
    return tuple(_seller(next(numbers), provider, scheme, rng) for scheme in schemes)
