"""Which lane a parcel takes, so that each office's rates hold over time and chance has its share.

A parcel is decided when it comes: nobody can rank a week that has not happened. So a lane's threshold is a quantile
of the office's last 2,000 scores, and the share it lets through is corrected by what it let through so far. Equal
scores (a model that has learnt nothing gives all parcels the same) are told apart by a seeded draw too small to
matter otherwise. A further draw takes parcels below the threshold: the only labels nobody chose.
"""

import hmac
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from math import inf
from struct import unpack
from typing import NamedTuple

import numpy as np

from streams.state import arrays
from streams.state.parts import Part

LANES = ("GREEN", "BLUE", "YELLOW", "RED")  # in order of severity
SEVERITY = {lane: severity for severity, lane in enumerate(LANES)}

SCORE_STEP = 1e-6  # scores are rounded to this; draws that part equal scores stay below it
WINDOW = 2_000  # scores a quantile is taken of
REFRESH = 25  # decisions between two looks at the quantiles, and scores an office needs before the first
CORRECTION = 400  # decisions over which a lane makes up for what it let through too much or too little
FADING = 0.01  # weight of the newest score in the mean of the scores below the threshold
SAVED = ("red_from", "inspected_from", "blue_from", "mean_below")
PART = "pool-"
MAX_POOLS = 500  # offices beyond these share the common pool: the field is free text


@dataclass(frozen=True, slots=True)
class LaneRates:
    """Target rates, as shares (0 to 1) of all parcels of one office; `random_share` of RED and YELLOW is drawn."""

    red: float
    yellow: float
    blue: float
    random_share: float

    @property
    def inspected(self) -> float:
        return self.red + self.yellow

    @property
    def drawn(self) -> float:
        return self.random_share * self.inspected

    @property
    def evenly(self) -> float:
        """The chance of a draw for each parcel below the threshold, were it the same for all."""
        return self.drawn / (1 - self.inspected + self.drawn) if self.drawn else 0.0

    @property
    def drawn_red(self) -> float:
        """Share of the drawn that goes RED: all, as far as RED has room. A draw should find out the truth."""
        return min(1.0, self.red / self.drawn) if self.drawn else 0.0


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
    digest = hmac.digest(key, f"{identity}/{version}".encode(), "sha256")
    first, second, third = unpack(">3Q", digest[:24])
    return Draws((first >> 11) * 2**-53, (second >> 11) * 2**-53, (third >> 11) * 2**-53)


class Choice(NamedTuple):
    """A lane, who chose it (RISK, RANDOM, NONE), and the probability of an inspection under this policy."""

    lane: str
    selected_by: str
    propensity: float


@dataclass(slots=True)
class Band:
    """One lane's share of a pool. `owed` is how many parcels it let through too few so far.

    What was owed for long is forgotten in part (an officer's idle hour cannot be stored), what was overdrawn is not.
    """

    target: float
    owed: float = 0.0

    @property
    def share(self) -> float:
        return min(max(self.target + self.owed / CORRECTION, 0.0), 3 * self.target)

    def count(self, taken: bool) -> None:  # noqa: FBT001 - one more parcel, taken or not
        self.owed = min(self.owed + self.target - taken, 2 * self.target * CORRECTION)


@dataclass(slots=True)
class Ranks:
    """The newest `WINDOW` ranks, sorted. (`river.utils.SortedWindow` is the same at six times the cost.)"""

    newest: deque[float] = field(default_factory=deque)
    ordered: list[float] = field(default_factory=list)

    def add(self, rank: float) -> None:
        if len(self.newest) == WINDOW:
            del self.ordered[bisect_left(self.ordered, self.newest.popleft())]
        self.newest.append(rank)
        insort(self.ordered, rank)

    def threshold(self, share: float, owed: float) -> float:
        """The rank that `share` of what comes next will reach, if it is like what came.

        Between two ranks there is no threshold, which matters where there are few: what is `owed` says which to take.
        """
        above = int(share * (len(self.ordered) + 1) + (owed > 0))
        if above > len(self.ordered):
            return -inf
        return self.ordered[-above] if above else inf


@dataclass(slots=True)
class Pool:
    """The budget of one office: thresholds that follow its scores, and what each lane has used."""

    rates: LaneRates
    red: Band
    yellow: Band
    blue: Band
    ranks: Ranks = field(default_factory=Ranks)
    evenly: float = 0.0
    decided: int = 0
    warm: bool = False
    red_from: float = inf
    inspected_from: float = inf
    blue_from: float = inf
    mean_below: float = 0.0

    @classmethod
    def of(cls, rates: LaneRates) -> "Pool":
        """An empty pool. The drawn inspections are inside the budget: the bands get the rest."""
        drawn_red = rates.drawn * rates.drawn_red
        return cls(
            rates,
            Band(rates.red - drawn_red),
            Band(rates.yellow - (rates.drawn - drawn_red)),
            Band(rates.blue),
            evenly=rates.evenly,
        )

    def choose(self, score: float, by: Draws) -> Choice:
        """The lane of a parcel with `score`, which is a multiple of `SCORE_STEP`."""
        rank, ranked, drawn = score + by.tie * SCORE_STEP, self._chance_by_rank(score), self._chance_by_draw(score)
        propensity = round(ranked + (1 - ranked) * drawn, 6)
        if rank >= self.inspected_from:
            return Choice("RED" if rank >= self.red_from else "YELLOW", "RISK" if ranked == 1 else "RANDOM", propensity)
        if by.random < drawn:
            return Choice("RED" if by.lane < self._drawn_red() else "YELLOW", "RANDOM", propensity)
        return Choice(self.undrawn(score, by), "NONE", propensity)

    def undrawn(self, score: float, by: Draws) -> str:
        """The lane of a parcel that is inspected neither by rank nor by draw."""
        return "BLUE" if score + by.tie * SCORE_STEP >= self.blue_from else "GREEN"

    def count(self, score: float, by: Draws) -> None:
        """Take a decided parcel into the budget."""
        rank = score + by.tie * SCORE_STEP
        if self.warm:
            self._count_bands(rank)
        if rank < self.inspected_from:
            self.mean_below += (score - self.mean_below) * (FADING if self.decided else 1)
        self.ranks.add(rank)
        self.decided += 1
        if self.decided % REFRESH == 0:
            self._refresh()

    def save(self, office: str) -> bytes:
        """The pool as bytes, without its rates."""
        state = [*(band.owed for band in self._bands), *(getattr(self, name) for name in SAVED)]
        packed = {"ranks": np.array(self.ranks.newest, dtype=np.float64), "state": np.array(state)}
        return arrays.pack(packed, [office, self.decided, self.warm])

    @classmethod
    def loaded(cls, rates: LaneRates, saved: bytes) -> tuple[str, "Pool"]:
        """An office and its pool as they were saved; `rates` are those of now. Raises `ValueError`."""
        pool, (packed, (office, decided, warm)) = cls.of(rates), arrays.unpack(saved)
        pool.decided, pool.warm = decided, warm
        pool.ranks = Ranks(deque(packed["ranks"].tolist()), sorted(packed["ranks"].tolist()))
        state = iter(packed["state"].tolist())
        for band in pool._bands:
            band.owed = next(state)
        for name, value in zip(SAVED, state, strict=True):
            setattr(pool, name, value)
        return office, pool

    @property
    def _bands(self) -> tuple[Band, ...]:
        return self.red, self.yellow, self.blue

    def _chance_by_rank(self, score: float) -> float:
        """The probability, over the draw that parts equal scores, to reach the threshold of inspection."""
        reach = (score + SCORE_STEP - self.inspected_from) / SCORE_STEP
        return min(reach, 1.0) if reach > 0 else 0.0

    def _chance_by_draw(self, score: float) -> float:
        """Drawn a little more often where the score is higher; an office's first parcels only by draw."""
        if not self.warm:
            return self.rates.inspected
        return min(1.0, self.evenly * (0.3 + 0.7 * score / self.mean_below if self.mean_below else 1.0))

    def _drawn_red(self) -> float:
        if self.warm:
            return self.rates.drawn_red
        return self.rates.red / self.rates.inspected if self.rates.inspected else 0.0

    def _count_bands(self, rank: float) -> None:
        inspected = rank >= self.inspected_from
        red = inspected and rank >= self.red_from
        self.red.count(red)
        self.yellow.count(inspected and not red)
        self.blue.count(not inspected and rank >= self.blue_from)

    def _refresh(self) -> None:
        share = owed = 0.0
        found = []
        for band in self._bands:
            share, owed = share + band.share, owed + band.owed
            found.append(self.ranks.threshold(share, owed))
        self.red_from, self.inspected_from, self.blue_from = found
        self.warm = True


@dataclass(slots=True)
class Pools:
    """The pool of each office, and the common one (`""`) of all others."""

    rates: LaneRates
    by_office: dict[str, Pool] = field(default_factory=dict)

    def of(self, office: str) -> Pool:
        """The office's pool, made when first asked for."""
        name = office if office in self.by_office or len(self.by_office) < MAX_POOLS else ""
        return self.by_office.get(name) or self.by_office.setdefault(name, Pool.of(self.rates))

    def parts(self) -> dict[str, Part]:
        """What is to be saved, office by office: a pool changes with every parcel it decides, and only then."""
        return {
            f"{PART}{number:03}": Part(pool.decided, partial(pool.save, office))
            for number, (office, pool) in enumerate(self.by_office.items())
        }

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Take over what was saved; raises `ValueError`."""
        for name in sorted(name for name in parts if name.startswith(PART)):
            office, pool = Pool.loaded(self.rates, parts[name])
            self.by_office[office] = pool
