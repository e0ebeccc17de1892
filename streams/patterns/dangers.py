"""What endangers cargo: which signs make an incident, how much each weighs, and how several add up."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from streams.records.incident import MOST_WEIGHT

RED, YELLOW = "RED", "YELLOW"
OPENING, SEAL, ROUTE, COLD = "opening", "seal", "route", "cold"
BELIEVED = 0.5  # trust from which a word sends cargo to a physical inspection, or quiets an alarm
FURTHER, SAME_KEEPER = 0.5, 0.25  # what a second device's word counts: of the same thing, so it is half expected


class Danger(NamedTuple):
    """What a sign means. `story` is what happens to the container: signs of one story are one incident.

    `weight` is what a fully trusted device adds, in log-odds; `lane` the least one of the parcels, at most. What is
    not `enough` makes no incident alone: another device must say so too, or another sign of the story.
    `quiet` is what is meant to happen where the container may be opened.
    """

    story: str
    weight: float
    lane: str
    enough: bool = True
    quiet: bool = False


DANGERS = {
    "SEAL_OPENED_IN_TRANSIT": Danger(OPENING, 4.0, RED, quiet=True),
    "SEAL_BROKEN": Danger(OPENING, 4.0, RED),
    "DOOR_OPENED": Danger(OPENING, 3.0, RED, quiet=True),
    "DOOR_LEFT_OPEN": Danger(OPENING, 2.0, YELLOW, enough=False),  # that it was closed may have been lost on the way
    "LIGHT_INSIDE": Danger(OPENING, 2.0, YELLOW, enough=False, quiet=True),
    "SEAL_NUMBER_MISMATCH": Danger(SEAL, 4.0, RED),
    "SEAL_REUSED": Danger(SEAL, 3.0, RED),
    "ROUTE_DEVIATION": Danger(ROUTE, 2.0, YELLOW),
    "GEOFENCE_LEFT": Danger(ROUTE, 2.0, YELLOW),
    "POSITION_JUMP": Danger(ROUTE, 1.0, YELLOW, enough=False),
    "TEMPERATURE_EXCURSION": Danger(COLD, 1.5, YELLOW),
}
"""By the code of the sign; all other signs are about the device, or too common to concern customs."""


@dataclass(frozen=True, slots=True, order=True)
class Word:
    """What one device has said of a story: its gravest sign, and how far it was believed at best, 0..1."""

    code: str
    keeper: str
    trust: float

    @property
    def danger(self) -> Danger:
        return DANGERS[self.code]

    @property
    def weight(self) -> float:
        return self.danger.weight * self.trust

    @property
    def gravity(self) -> tuple[bool, float]:
        """What an incident is named after is the gravest, not merely the best attested."""
        return self.danger.lane == RED, self.weight

    def and_also(self, more: "Word") -> "Word":
        """All that the device has said, when it says one thing more."""
        code = max((self.code, more.code), key=lambda code: (DANGERS[code].lane == RED, DANGERS[code].weight))
        return Word(code, more.keeper, max(self.trust, more.trust))


class Verdict(NamedTuple):
    """What all words about one story come to; without a `lane` they make no incident yet."""

    lane: str
    weight: float


def weighed(words: Iterable[Word], signs: int) -> Verdict:
    """How much the words of all devices weigh; `signs` counts the different signs among all they said.

    The weightiest counts whole, further ones half, those of a caretaker already heard a quarter: what one caretaker's
    devices say together may be one fault, or one lie. It is RED where somebody believable speaks and what is said by
    anybody is grave enough. A distrusted device alone makes an incident of what is grave only.

    >>> weighed([Word("SEAL_OPENED_IN_TRANSIT", "ACME", 0.9)], signs=1)
    Verdict(lane='RED', weight=3.6)
    >>> weighed([Word("SEAL_OPENED_IN_TRANSIT", "ACME", 0.3)], signs=1)
    Verdict(lane='YELLOW', weight=1.2)
    >>> weighed([Word("SEAL_OPENED_IN_TRANSIT", "ACME", 0.3), Word("DOOR_OPENED", "SEALNET", 0.8)], signs=2)
    Verdict(lane='RED', weight=3.0)
    >>> weighed([Word("LIGHT_INSIDE", "ACME", 1.0)], signs=1).lane
    ''
    """
    heard, weight, most_trusted, grave, enough = set[str](), 0.0, 0.0, False, signs > 1
    for word in sorted(words, key=lambda word: (-word.weight, word)):
        share = SAME_KEEPER if word.keeper in heard else FURTHER if heard else 1.0
        weight += share * word.weight
        most_trusted = max(most_trusted, word.trust)
        grave |= word.danger.lane == RED
        enough |= bool(heard) or (word.danger.enough and (word.danger.lane == RED or word.trust >= BELIEVED))
        heard.add(word.keeper)
    lane = RED if grave and most_trusted >= BELIEVED else YELLOW
    return Verdict(lane if enough else "", round(min(weight, MOST_WEIGHT), 3))
