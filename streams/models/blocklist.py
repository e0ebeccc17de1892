"""The baseline every customs office has: the same goods, found before."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import orjson
from river import base

from streams.models.explained import Explained
from streams.state.parts import Part, understood

FINGERPRINT = ("hs", "mass_kg", "price_eur")


def fingerprint(x: Mapping[str, Any]) -> tuple[Any, ...]:
    """What makes two parcels the same goods: goods code, mass and price, to the last digit.

    >>> fingerprint({"hs": "851830", "mass_kg": 0.2, "price_eur": 10.0, "seller": "p1"})
    ('851830', 0.2, 10.0)
    """
    return tuple(x.get(name) for name in FINGERPRINT)


class Blocklist(base.Classifier):  # type: ignore[misc]  # river's classes are untyped to us
    """1 for goods found guilty before, 0 for all others. No probability: a control, not a model to decide with.

    Memory: `max_keys` fingerprints, the one not found for longest forgotten first.

    >>> blocklist = Blocklist()
    >>> blocklist.learn_one({"hs": "851830", "mass_kg": 0.2}, True)
    >>> blocklist.score_one({"hs": "851830", "mass_kg": 0.2}), blocklist.score_one({"hs": "851830", "mass_kg": 0.3})
    (1.0, 0.0)
    """

    def __init__(self, max_keys: int = 1_000_000) -> None:
        self.max_keys = max_keys
        self._guilty: OrderedDict[tuple[Any, ...], None] = OrderedDict()

    def predict_proba_one(self, x: Mapping[str, Any]) -> dict[bool, float]:
        """river's word for it."""
        score = self.score_one(x)
        return {False: 1 - score, True: score}

    def score_one(self, x: Mapping[str, Any]) -> float:
        """1 where the same goods were found before."""
        return float(fingerprint(x) in self._guilty)

    def explain_one(self, x: Mapping[str, Any]) -> Explained:
        """The score is its own and only reason."""
        score = self.score_one(x)
        return Explained(score, {"blocklist": score}, {"blocklist": score})

    def learn_one(self, x: Mapping[str, Any], y: bool) -> None:  # noqa: FBT001  # river's signature
        """Remember the goods if they were found; a later clean inspection does not clear them."""
        if not y:
            return
        self._guilty[fingerprint(x)] = None
        self._guilty.move_to_end(fingerprint(x))
        if len(self._guilty) > self.max_keys:
            self._guilty.popitem(last=False)

    def parts(self) -> Mapping[str, Part]:
        """What is to be saved."""
        return {"model": Part.json(["blocklist", self.max_keys, list(self._guilty)])}

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Take over what a blocklist saved. Raises `ValueError`."""
        with understood():
            name, max_keys, guilty = orjson.loads(parts["model"])
            if (name, max_keys) != ("blocklist", self.max_keys):
                raise ValueError("a model made otherwise was saved")
            self._guilty = OrderedDict.fromkeys(map(tuple, guilty))

    def prequential_one(self, x: Mapping[str, Any], y: bool) -> float:  # noqa: FBT001  # river's signature
        """Score, then learn."""
        score = self.score_one(x)
        self.learn_one(x, y)
        return score
