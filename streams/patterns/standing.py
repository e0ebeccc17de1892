"""How far each caretaker is believed, as all shards know it: a fold over what the patterns agent found out."""

from collections.abc import Mapping
from math import inf
from typing import Any

import orjson

from streams.state.changes import change, in_force
from streams.state.members import Place
from streams.state.parts import Part

PART = "caretakers"
MAX_CARETAKERS = 10_000
BANDS = (("low", 0.5), ("middling", 0.8))  # below the number; nobody is told how many are trusted, for all others are


class Standing:
    """The trust in caretakers, 0..1, by records of the kind `caretaker`; 1 in those of whom nothing was said.

    A shard asks with its own engine time, that of its last tick, so it gets the same answer when it folds its log
    again (as `streams.sensors.registry`): what changed within a day is remembered for that. Of more than 10,000 the one
    told of longest ago is forgotten.

    >>> standing = Standing()
    >>> said = {"kind": "caretaker", "publisher": "ACME", "trust": 0.4}
    >>> standing.fold(said, Place(7, 60_000, 0)), standing.fold(said | {"trust": "low"}, Place(8, 60_000, 0))
    (True, False)
    >>> standing.trust("ACME", 60_000), standing.trust("ACME", 61_000), standing.trust("SEALNET")
    (1.0, 0.4, 1.0)
    """

    def __init__(self) -> None:
        self._changes: dict[str, list[tuple[int, float]]] = {}

    def trust(self, publisher: str, now_ms: float = inf) -> float:
        """What was in force at engine time `now_ms`."""
        trust = in_force(self._changes.get(publisher, ()), now_ms)
        return 1.0 if trust is None else trust

    def fold(self, said: Mapping[str, Any], place: Place) -> bool:
        """Take what was found out about one. False: it is malformed."""
        match said:
            case {"publisher": str(publisher), "trust": float() | int() as trust} if 0 <= trust <= 1:
                changes = self._changes[publisher] = self._changes.pop(publisher, [])  # now told of last
                change(changes, float(trust), place.now_ms)
                if len(self._changes) > MAX_CARETAKERS:
                    del self._changes[next(iter(self._changes))]
                return True
        return False

    def parts(self) -> Mapping[str, Part]:
        """What is to be saved: all of it, for it is small and rarely changes."""
        return {PART: Part.json(list(self._changes.items()))}

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved."""
        saved = orjson.loads(parts[PART])
        self._changes = {publisher: [(at_ms, trust) for at_ms, trust in changes] for publisher, changes in saved}

    def figures(self) -> Mapping[tuple[str, ...], float]:
        """How many are believed less than they should be, by how far."""
        latest = [changes[-1][1] for changes in self._changes.values()]
        bounds = [0.0, *(bound for _, bound in BANDS)]
        within = zip(BANDS, bounds, strict=False)
        return {
            ("doubted_caretakers", band): sum(least <= trust < most for trust in latest)
            for (band, most), least in within
        }

    def sizes(self) -> Mapping[str, int]:
        """How many were ever told of."""
        return {"doubted caretakers": len(self._changes)}
