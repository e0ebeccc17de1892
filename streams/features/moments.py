"""How unusual a mass and a price are for the goods declared: running moments per six-digit goods code."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from math import copysign
from typing import Any

import numpy as np

from streams.features.scale import Logarithms, logarithms
from streams.state.arrays import pack, unpack

Z_SCORES = ("z_mass", "z_price", "z_unit_price")
FEWEST = 3  # a mean of fewer says nothing
WIDEST = 5.0  # z-scores end here: beyond it unusual is unusual
STEPS = 4_096  # to a deviation: finer nobody can tell, and so a z-score is kept in two bytes for as long as its parcel
LEAST_SD = 0.05  # keeps a code whose goods all cost the same from dividing by nothing


@dataclass(slots=True)
class Moments:
    """Running mean and deviation (Welford's). (`river.stats.Var` is the same, to the bit, at three times the cost.)"""

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def learn_one(self, value: float) -> None:
        self.n += 1
        off = value - self.mean
        self.mean += 1 / self.n * off
        self.squares += off * (value - self.mean)

    def z_score(self, value: float) -> float:
        """Defined from the second value on; to the nearest of `STEPS`."""
        z: float = (value - self.mean) / ((self.squares / (self.n - 1)) ** 0.5 + LEAST_SD)
        return round(z * STEPS) / STEPS if -WIDEST < z < WIDEST else copysign(WIDEST, z)


class HsMoments:
    """Mean and deviation of log mass, price and unit price per goods code, in one shard.

    It learns from every filing, fraudulent or not, so what is common counts as normal. A code seen fewer than three
    times gives zeros. Cost: about 2 µs a filing. Memory: `max_codes` codes of about 0.5 kB, the one unseen longest
    forgotten first (the Harmonized System has 5,613 codes; more than that is noise or mischief).

    >>> moments = HsMoments()
    >>> for price_eur in (10.0, 12.0, 11.0):
    ...     moments.learn_one({"hs": "851830", "mass_kg": 0.2, "price_eur": price_eur})
    >>> cheap = moments.transform_one({"hs": "851830", "mass_kg": 0.2, "price_eur": 1.0})
    >>> {name: round(z, 2) for name, z in cheap.items()}
    {'z_mass': 0.0, 'z_price': -5.0, 'z_unit_price': -5.0}
    """

    def __init__(self, max_codes: int = 10_000) -> None:
        self.max_codes = max_codes
        self._codes: OrderedDict[str, tuple[Moments, Moments, Moments]] = OrderedDict()

    def transform_one(self, x: Mapping[str, Any]) -> dict[str, float]:
        """The three z-scores of `x`, -5 to 5: (value - mean) / (deviation + 0.05) on the log1p scale."""
        return self._z_scores(x.get("hs", ""), logarithms(x))

    def learn_one(self, x: Mapping[str, Any]) -> None:
        """Take `x` into account. Call it after `transform_one`: a parcel is not its own normal."""
        self._learn(x.get("hs", ""), logarithms(x))

    def prequential_one(self, x: Mapping[str, Any]) -> dict[str, float]:
        """`transform_one`, then `learn_one`: both for less than the price of two."""
        code, values = x.get("hs", ""), logarithms(x)
        scores = self._z_scores(code, values)
        self._learn(code, values)
        return scores

    def save(self) -> bytes:
        """All codes as bytes, the one unseen longest first."""
        moments = [[(moment.n, moment.mean, moment.squares) for moment in code] for code in self._codes.values()]
        return pack({"moments": np.array(moments, dtype=np.float64)}, list(self._codes))

    def load(self, saved: bytes) -> None:
        """Become what `save` told of. Raises `ValueError`."""
        arrays, codes = unpack(saved)
        self._codes = OrderedDict(
            (code, _three(three)) for code, three in zip(codes, arrays["moments"].tolist(), strict=True)
        )

    def __len__(self) -> int:
        return len(self._codes)

    def _z_scores(self, code: str, values: Logarithms) -> dict[str, float]:
        moments = self._codes.get(code)
        if moments is None or moments[0].n < FEWEST:
            return dict.fromkeys(Z_SCORES, 0.0)
        mass, price, unit_price = moments
        return {
            "z_mass": mass.z_score(values[0]),
            "z_price": price.z_score(values[1]),
            "z_unit_price": unit_price.z_score(values[2]),
        }

    def _learn(self, code: str, values: Logarithms) -> None:
        moments = self._codes.get(code) or self._codes.setdefault(code, (Moments(), Moments(), Moments()))
        mass, price, unit_price = moments
        mass.learn_one(values[0])
        price.learn_one(values[1])
        unit_price.learn_one(values[2])
        self._codes.move_to_end(code)
        if len(self._codes) > self.max_codes:
            self._codes.popitem(last=False)


def _three(saved: list[list[float]]) -> tuple[Moments, Moments, Moments]:
    mass, price, unit_price = (Moments(int(n), mean, squares) for n, mean, squares in saved)
    return mass, price, unit_price
