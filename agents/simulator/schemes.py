"""How smugglers cheat: each scheme turns what is in a parcel into what is declared about it.

Cheating leaves traces a model can learn: it sits with certain sellers and goods, and cheats are lazy, so the same
round prices come again and again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from agents.simulator.goods import CIGARETTES, Good


@dataclass(slots=True)
class Line:
    """One line of goods as declared."""

    good: Good
    hs_code: str
    description: str
    quantity: int
    price_eur: float
    net_mass_kg: float

    @property
    def value_eur(self) -> float:
        return round(self.price_eur * self.quantity, 2)


class Scheme(NamedTuple):
    """`category` is what an inspection that finds it reports; `declare` changes the line in place."""

    name: str
    category: str
    declare: Callable[[Line, Random], None]


def honest_line(good: Good, rng: Random) -> Line:
    quantity = rng.choice((1, 1, 1, 2, 3))
    price_eur, mass_kg = good.draw_price_eur(rng), good.draw_mass_kg(rng)
    return Line(good, good.hs_code, good.description, quantity, price_eur, round(mass_kg * quantity, 3))


def _undervalue(line: Line, rng: Random) -> None:
    line.price_eur = rng.choice((4.9, 7.9, 9.9))


def _split(line: Line, rng: Random) -> None:
    line.quantity, line.price_eur = 1, rng.choice((148.0, 149.0, 149.5))


def _counterfeit(line: Line, rng: Random) -> None:
    line.price_eur = rng.choice((12.0, 15.0, 18.0))
    line.net_mass_kg = round(line.net_mass_kg * 0.5, 3)


def _swap_hs(line: Line, rng: Random) -> None:
    """Cigarettes by the carton, declared as books: too heavy and too cheap for what they claim to be."""
    cartons = rng.choice((4, 6, 10))
    line.good, line.hs_code, line.description = CIGARETTES, "490199", "Printed books"
    line.quantity, line.price_eur, line.net_mass_kg = 1, 20.0, round(cartons * CIGARETTES.mass_kg, 3)


def _hide_in_container(line: Line, rng: Random) -> None:
    line.net_mass_kg = round(line.net_mass_kg + rng.choice((1.5, 2.0)), 3)


UNDERVALUATION = Scheme("undervaluation", "UNDERVALUATION", _undervalue)
SPLIT_CONSIGNMENT = Scheme("split consignment", "SPLIT_CONSIGNMENT", _split)
MULE_ADDRESS = Scheme("mule address", "COUNTERFEIT_IPR", _counterfeit)
SWAPPED_HS = Scheme("swapped HS code", "TOBACCO_ALCOHOL", _swap_hs)
OPENED_SEAL = Scheme("opened seal", "NARCOTICS", _hide_in_container)
SCHEMES = (UNDERVALUATION, SPLIT_CONSIGNMENT, MULE_ADDRESS, SWAPPED_HS, OPENED_SEAL)
