"""What the lot still finds, beside what score and rules find: how much chance deserves of the inspections."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from streams.state.members import Place
from streams.state.parts import Part

REMEMBERED = 500  # inspections that an average reaches back
ENOUGH = 30  # of either kind, before they are compared
AS_GOOD = 0.75  # the part of the chosen's hit rate from which the lot does too well; at 1 chance is as good as choice
STEPS = 10  # between 1 and 2: small changes of what is found change no policy
DRAWN, CHOSEN = "RANDOM", frozenset({"RISK", "RULE", "INCIDENT"})
PART = "findings"


class Exploring(Protocol):
    """What says how much is to be explored (`streams.control.Control`)."""

    @property
    def exploring(self) -> float:
        """By how much drift multiplies exploration; 1 while all is calm."""

    @property
    def findings(self) -> "Findings": ...


@dataclass(slots=True)
class Hits:
    """The share of inspections that found something, older ones fading."""

    inspected: float = 0.0
    found: float = 0.0

    def count(self, found: bool) -> None:  # noqa: FBT001 - a label
        self.inspected += 1 - self.inspected / REMEMBERED
        self.found += found - self.found / REMEMBERED

    @property
    def rate(self) -> float:
        return self.found / self.inspected if self.inspected else 0.0


class Findings:
    """Compares drawn with chosen inspections, as a member of the control fold (`streams.state.members`).

    A model that finds hardly more than the lot does has nothing to lose by more draws, and all to learn. Corrected
    labels and inspections that officers chose themselves are left out.

    >>> findings = Findings()
    >>> for number in range(200):
    ...     _ = findings.fold({"kind": "example", "selectedBy": "RANDOM", "y": number % 10 == 0}, Place(number, 0, 0))
    ...     _ = findings.fold({"kind": "example", "selectedBy": "RISK", "y": number % 10 == 0}, Place(number, 0, 0))
    >>> findings.worth_exploring
    2.0
    """

    def __init__(self) -> None:
        self.drawn = Hits()
        self.chosen = Hits()
        self.worth_exploring = 1.0

    def fold(self, said: Mapping[str, Any], _place: Place) -> bool:
        """Take in what an inspection found; what is malformed is for others to say."""
        match said:
            case {"selectedBy": str(by), "y": bool(found)} if "was" not in said:
                if by == DRAWN:
                    self.drawn.count(found)
                elif by in CHOSEN:
                    self.chosen.count(found)
                self.worth_exploring = self._worth()
        return True

    def parts(self) -> Mapping[str, Part]:
        """What is to be saved."""
        return {PART: Part.json([[hits.inspected, hits.found] for hits in (self.drawn, self.chosen)])}

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved."""
        drawn, chosen = orjson.loads(parts[PART])
        self.drawn, self.chosen = Hits(*drawn), Hits(*chosen)
        self.worth_exploring = self._worth()

    def figures(self) -> Mapping[tuple[str, ...], float]:
        """Nothing: hit rates are told elsewhere."""
        return {}

    def sizes(self) -> Mapping[str, int]:
        """Four numbers, whatever comes."""
        return {}

    def _worth(self) -> float:
        if min(self.drawn.inspected, self.chosen.inspected) < ENOUGH or not self.chosen.found:
            return 1.0
        as_good = (self.drawn.rate / self.chosen.rate - AS_GOOD) / (1 - AS_GOOD)
        return 1 + round(STEPS * min(max(as_good, 0.0), 1.0)) / STEPS


def exploration(control: Exploring) -> float:
    """By how much the random share is multiplied: for drift, and for what the lot still finds."""
    return control.exploring * control.findings.worth_exploring
