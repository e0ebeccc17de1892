"""What may be decided of a parcel: lanes, the rates at which they are wanted, and the lots that are drawn.

How the rates are kept: `streams.decisions.budgets`.
"""

import hmac
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from math import ceil
from struct import unpack
from typing import NamedTuple

LANES = ("GREEN", "BLUE", "YELLOW", "RED")  # in order of severity
SEVERITY = {lane: severity for severity, lane in enumerate(LANES)}
INSPECTED = frozenset({"YELLOW", "RED"})


@dataclass(frozen=True, slots=True)
class LaneRates:
    """The budget of one office, as shares (0 to 1) of all its parcels.

    `red` and `yellow` together are the inspections, of which `random_share` is drawn at random at least, and
    `most_random_share` at most where exploration asks for more. No lot and no score inspects more than `cap` times the
    rate of inspections.
    """

    red: float
    yellow: float
    blue: float
    random_share: float
    most_random_share: float = 0.0
    cap: float = 1.25

    @property
    def inspected(self) -> float:
        return self.red + self.yellow

    def drawn(self, exploring: float = 1.0) -> float:
        """The share of all parcels to be drawn when exploration is multiplied by `exploring`.

        >>> rates = LaneRates(0.03, 0.05, 0.07, random_share=0.1, most_random_share=0.2)
        >>> [round(rates.drawn(exploring), 3) for exploring in (1.0, 1.5, 9.0)]
        [0.008, 0.012, 0.016]
        """
        most = max(self.random_share, self.most_random_share)
        return min(self.random_share * exploring, most) * self.inspected

    def most_inspected(self, parcels: int) -> int:
        """Of so many consecutive parcels at most this many are inspected by score or lot."""
        return ceil(min(self.cap * self.inspected, 1.0) * parcels - 1e-9)


class Draws(NamedTuple):
    """Three independent numbers in [0, 1) that belong to one version of one item for good."""

    tie: float
    random: float
    lane: float


def draw_key(key: bytes) -> bytes:
    """The key of all draws, from the engine's key material: made once, kept for good."""
    return hmac.digest(key, b"selection draws", "sha256")


def draws(key: bytes, identity: str, version: int) -> Draws:
    """The draws of a version of an item: seeded, so that nobody without the key can predict or choose them.

    >>> draws(b"k", "S10/LZ551209644CN", 1) == draws(b"k", "S10/LZ551209644CN", 1)
    True
    """
    digest = _keyed(key).copy()  # a third of the price of an HMAC
    digest.update(f"{identity}/{version}".encode())
    first, second, third = unpack(">3Q", digest.digest())
    return Draws((first >> 11) * 2**-53, (second >> 11) * 2**-53, (third >> 11) * 2**-53)


@lru_cache(maxsize=8)
def _keyed(key: bytes) -> blake2b:
    return blake2b(key=key, digest_size=24)


class Choice(NamedTuple):
    """A lane, who chose it (RISK, RULE, INCIDENT, RANDOM, NONE), and how probable an inspection was."""

    lane: str
    selected_by: str
    propensity: float


def forced(lane: str, choice: Choice, by: str = "RULE") -> Choice:
    """`choice`, raised to `lane` where its own is milder, whatever score and lot say.

    Who is inspected because of that was to be inspected for certain, whoever else might have chosen it.

    >>> passed = Choice("GREEN", "NONE", 0.01)
    >>> forced("RED", passed), forced("BLUE", passed).lane, forced("BLUE", Choice("RED", "RISK", 1.0)).lane
    (Choice(lane='RED', selected_by='RULE', propensity=1.0), 'BLUE', 'RED')
    """
    if SEVERITY[lane] <= SEVERITY[choice.lane]:
        return choice._replace(propensity=1.0) if lane in INSPECTED else choice
    return Choice(lane, by, 1.0) if lane in INSPECTED else choice._replace(lane=lane)
