"""How unusual a mass and a price are for the goods declared: running moments per six-digit goods code."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from river import stats

from streams.features.scale import logarithms

Z_SCORES = ("z_mass", "z_price", "z_unit_price")
FEWEST = 3  # a mean of fewer says nothing
WIDEST = 5.0  # z-scores end here: beyond it unusual is unusual
LEAST_SD = 0.05  # keeps a code whose goods all cost the same from dividing by nothing


class HsMoments:
    """Mean and deviation of log mass, price and unit price per goods code, in one shard.

    It learns from every filing, fraudulent or not, so what is common counts as normal. A code seen fewer than three
    times gives zeros. Cost: about 3 µs a filing. Memory: `max_codes` codes of about 1 kB, the one unseen longest
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
        self._codes: OrderedDict[str, tuple[Any, Any, Any]] = OrderedDict()

    def transform_one(self, x: Mapping[str, Any]) -> dict[str, float]:
        """The three z-scores of `x`, -5 to 5: (value - mean) / (deviation + 0.05) on the log1p scale."""
        moments = self._codes.get(x.get("hs", ""))
        if moments is None or moments[0].n < FEWEST:
            return dict.fromkeys(Z_SCORES, 0.0)
        return dict(zip(Z_SCORES, map(_z_score, logarithms(x), moments), strict=True))

    def learn_one(self, x: Mapping[str, Any]) -> None:
        """Take `x` into account. Call it after `transform_one`: a parcel is not its own normal."""
        code = x.get("hs", "")
        moments = self._codes.get(code) or (stats.Var(), stats.Var(), stats.Var())
        for moment, value in zip(moments, logarithms(x), strict=True):
            moment.update(value)
        self._codes[code] = moments
        self._codes.move_to_end(code)
        if len(self._codes) > self.max_codes:
            self._codes.popitem(last=False)


def _z_score(value: float, moment: Any) -> float:
    z: float = (value - moment.mean.get()) / (moment.get() ** 0.5 + LEAST_SD)
    return max(-WIDEST, min(WIDEST, z))
