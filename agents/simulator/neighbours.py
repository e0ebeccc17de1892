"""Who lives where: houses of one family, apartment houses of many, and parcel shops where hundreds fetch theirs."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Any

from agents.simulator import places

KINDS = ("strasse", "weg", "allee", "gasse", "ufer", "ring", "damm", "platz", "pfad", "steig", "hof", "grund")
STREETS = tuple(f"{name}{kind}" for name in places.LAST for kind in KINDS)
HIGHEST_NUMBER = 160
SHARED, SHOPS = 0.15, 0.0005  # shares of addresses that are apartment houses, and parcel shops
FAMILY, FLATS, CUSTOMERS = (1, 3), (6, 40), (200, 900)  # names at each


class Neighbourhood:
    """The people whom one customs office serves, at so many `addresses`; each follows from a number, so none is kept.

    >>> people = Neighbourhood("seed", places.DESTINATIONS["DE004851"], addresses=100)
    >>> people.person(5) == people.person(5), people.size > 150
    (True, True)
    """

    def __init__(self, seed: str, towns: Sequence[places.Town], addresses: int) -> None:
        rng, self._seed = Random(f"{seed}/neighbourhood"), seed
        doors = [(town, street, number) for town in towns for street in STREETS for number in range(1, HIGHEST_NUMBER)]
        self._doors = rng.sample(doors, min(addresses, len(doors)))
        self._last = list(accumulate(_names(rng) for _ in self._doors))
        self.size, self.houses = self._last[-1], len(self._doors)

    def draw(self, rng: Random) -> dict[str, Any]:
        """Anybody."""
        return self.person(rng.randrange(self.size))

    def person(self, number: int) -> dict[str, Any]:
        """One of them, always the same."""
        return places.person(Random(f"{self._seed}/{number}"), self.address(bisect_right(self._last, number)))

    def address(self, house: int) -> dict[str, Any]:
        """The address of a house, counted from 0."""
        town, street, number = self._doors[house]
        return places.address(f"{street} {number}", town)


def _names(rng: Random) -> int:
    draw = rng.random()
    return rng.randint(*(CUSTOMERS if draw < SHOPS else FLATS if draw < SHOPS + SHARED else FAMILY))
