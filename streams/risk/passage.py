"""How many parcels took which lane: told to all now and then, for what passed is what nobody will report on."""

from collections.abc import Mapping
from typing import Any

import orjson

from streams.risk.items import FEATURES, Version
from streams.state.parts import Part

PART = "passage"
PRICE_EUR, TAX_RATE = FEATURES.index("price_eur"), FEATURES.index("tax_rate")


class Passage:
    """Counts decided parcels by week and lane, with what they are worth, until that is told.

    Of an item decided again the newest version counts, in its own week, so a count may fall below zero. Bounded by
    the weeks that decisions fall into between two tellings: a handful.
    """

    def __init__(self, every_ms: int) -> None:
        self.every_ms = every_ms
        self.told_ms = 0
        self._counted: dict[tuple[int, str], tuple[int, float, float]] = {}

    def __len__(self) -> int:
        return len(self._counted)

    def decided(self, version: Version, before: Version | None) -> None:
        """Count in one more decision; `before` is the one it takes the place of."""
        self._count(version, 1)
        if before is not None:
            self._count(before, -1)

    def due(self, now_ms: int) -> dict[str, Any] | None:
        """The record for the control log, if it is time for one, and there is something to tell; then it is told."""
        if not self._counted or now_ms // self.every_ms == self.told_ms // self.every_ms:
            return None
        lanes = [
            [*of, parcels, round(value_eur, 2), round(duty_eur, 2)]
            for of, (parcels, value_eur, duty_eur) in sorted(self._counted.items())
        ]
        self._counted, self.told_ms = {}, now_ms
        return {"kind": "passage", "lanes": lanes}

    def part(self) -> Part:
        """What is to be saved."""
        return Part.json([self.told_ms, [[*of, *sums] for of, sums in self._counted.items()]])

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Take over what was saved; raises `ValueError`, or what `streams.state.parts.understood` takes for one."""
        self.told_ms, counted = orjson.loads(parts[PART])
        self._counted = {
            (week, lane): (parcels, value_eur, duty_eur) for week, lane, parcels, value_eur, duty_eur in counted
        }

    def _count(self, version: Version, times: int) -> None:
        price_eur, percent = version.x[PRICE_EUR], version.x[TAX_RATE]
        parcels, value_eur, duty_eur = self._counted.get(of := (version.week, version.lane), (0, 0.0, 0.0))
        self._counted[of] = (
            parcels + times,
            value_eur + times * price_eur,
            duty_eur + times * price_eur * percent / 100,
        )
