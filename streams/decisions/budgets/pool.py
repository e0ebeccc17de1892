"""The budget of one office: thresholds that follow its scores, and accounts of what each lane took."""

from collections import deque
from collections.abc import Hashable
from dataclasses import asdict, dataclass, field
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streams.decisions.budgets.account import Account
from streams.decisions.budgets.ranks import WINDOW, Ranks
from streams.decisions.lanes import INSPECTED, Choice, Draws, LaneRates
from streams.state import arrays

SCORE_STEP = 1e-6  # scores are rounded to this; draws that part equal scores stay below it
COLD = 25  # parcels that an office needs before its scores say anything: until then the lot decides
FADING = 0.01  # weight of the newest score in the mean of the scores below the threshold
FAR = 0.9  # of what a window may be off: from here on it is asked whether the older scores mislead
EVENLY = 0.1  # of its draws the lot spreads evenly; the others fall the more often, the higher the score
SELDOM = 0.1  # of its chance: so much is left of a draw in a window that has no room for one
LAST, LEFT = 1.05, 0.05  # of the same: from here on, over so much, the lot takes what no threshold found


@dataclass(slots=True)
class Pool:
    """Decides by score and lot, so that the rates hold over any `WINDOW` consecutive parcels. See `docs/budgets.md`.

    `choose` is a function of what is saved, of `rates` and of how much is explored; only `count` changes anything.
    Equal scores (a model that has learnt nothing gives all parcels the same) are told apart by a seeded draw too small
    to matter otherwise. Draws are inside the budget, and counted in the same accounts as all else.
    """

    rates: LaneRates
    inspected: Account
    red: Account
    blue: Account
    ranks: Ranks = field(default_factory=Ranks)
    mean_below: float = 0.0
    exploring: float = field(default=1.0, compare=False)
    drawn: float = field(default=0.0, compare=False)  # share of all parcels; the rest follows from it and the rates
    evenly: float = field(default=0.0, compare=False)  # the chance of a draw below the threshold, were it the same
    drawn_red: float = field(default=0.0, compare=False)
    ranked: float = field(default=0.0, compare=False)  # share of all parcels to be inspected by rank
    most: int = field(default=0, compare=False)  # inspections in a window, by the cap
    exceeded: int = field(default=0, compare=False)

    @classmethod
    def of(cls, rates: LaneRates) -> "Pool":
        """An empty pool."""
        pool = cls(rates, Account(rates.inspected), Account(rates.red), Account(rates.blue))
        pool.explore(1.0)
        return pool

    @property
    def decided(self) -> int:
        return self.inspected.decided

    def explore(self, exploring: float) -> None:
        """From now on draw `exploring` times as many at random, within the bounds of the rates."""
        self.exploring, self.drawn = exploring, self.rates.drawn(exploring)
        self.ranked, self.most = self.rates.inspected - self.drawn, self.rates.most_inspected(WINDOW)
        self.evenly = self.drawn / (1 - self.rates.inspected + self.drawn) if self.drawn else 0.0
        # All that is drawn goes RED, as far as RED has room: a draw should find out the truth.
        self.drawn_red = min(1.0, self.rates.red / self.drawn) if self.drawn else 0.0

    def adopt(self, rates: LaneRates) -> None:
        """From the next parcel on go by other rates: what was inspected before counts under the cap only."""
        self.rates = rates
        for account, rate in ((self.inspected, rates.inspected), (self.red, rates.red), (self.blue, rates.blue)):
            if account.rate != rate:
                account.open_anew(rate)
        self.explore(self.exploring)

    def choose(self, score: float, by: Draws) -> Choice:
        """The lane of a parcel with `score`, which is a multiple of `SCORE_STEP`, and its exact propensity."""
        if len(self.inspected.taken) >= self.most:
            return Choice(self.undrawn(score, by), "NONE", 0.0)
        threshold = self._inspected_from()
        ranked, drawn = _reaching(score, threshold), self._chance_of_draw(score)
        propensity = round(ranked + (1 - ranked) * drawn, 6)
        rank = score + by.tie * SCORE_STEP
        if rank >= threshold:
            red = self._has_room_for_red(rank >= self.ranks.threshold(self.red.share(self._ranked_red)))
            return Choice("RED" if red else "YELLOW", "RISK" if ranked == 1 else "RANDOM", propensity)
        if by.random < drawn:
            red = self._has_room_for_red(by.lane < self._drawn_red)
            return Choice("RED" if red else "YELLOW", "RANDOM", propensity)
        return Choice(self.undrawn(score, by), "NONE", propensity)

    def undrawn(self, score: float, by: Draws) -> str:
        """The lane of a parcel that is inspected neither by rank nor by draw, however much is explored."""
        if not self.warm or self.blue.lacking <= -1:
            return "GREEN"
        share = self.inspected.rate + self.blue.share(self.blue.rate)
        blue = self.blue.lacking >= 1 or score + by.tie * SCORE_STEP >= self.ranks.threshold(share)
        return "BLUE" if blue else "GREEN"

    def count(self, score: float, by: Draws, choice: Choice) -> None:
        """Take a decided parcel into the budget, whoever made the `choice`.

        What an incident chose counts against the rates, but its score is not one of those that parcels are ranked by.
        """
        self._enter(choice.lane)
        if choice.selected_by == "INCIDENT":
            return
        if choice.selected_by != "RISK":
            self.mean_below += (FADING if self.warm else 1 / self.decided) * (score - self.mean_below)
        if abs(self.inspected.lacking) > FAR:
            self.ranks.forget_what_misleads(self.inspected.rate)
        self.ranks.add(score + by.tie * SCORE_STEP)

    def exceed(self, before: str, lane: str) -> None:
        """A parcel counted was raised from lane `before` to `lane`, over the budget: less is left for others."""
        self.exceeded += 1
        if lane in INSPECTED and before not in INSPECTED:
            self.inspected.exceed()
        if lane == "RED" != before:
            self.red.exceed()

    @property
    def version(self) -> Hashable:
        """Changes whenever the pool does."""
        return self.decided, self.exceeded, self.rates

    @property
    def warm(self) -> bool:
        """Whether enough scores were seen to go by."""
        return len(self.ranks) >= COLD

    def save(self, office: str) -> bytes:
        """The pool as bytes."""
        packed = {
            "ranks": np.array(self.ranks.newest, dtype=np.float64),
            **{str(number): np.array(account.taken, np.int64) for number, account in enumerate(self._accounts)},
        }
        accounts = [account.saved() for account in self._accounts]
        return arrays.pack(packed, [office, asdict(self.rates), self.mean_below, accounts])

    @classmethod
    def loaded(cls, saved: bytes) -> tuple[str, "Pool"]:
        """An office and its pool as they were saved, with the rates of then. Raises `ValueError`."""
        packed, (office, rates, mean_below, accounts) = arrays.unpack(saved)
        inspected, red, blue = (_account(said, packed[str(number)]) for number, said in enumerate(accounts))
        pool = cls(LaneRates(**rates), inspected, red, blue, Ranks(packed["ranks"].tolist()), mean_below)
        pool.explore(1.0)
        return office, pool

    def _enter(self, lane: str) -> None:
        self.inspected.count(lane in INSPECTED)
        self.red.count(lane == "RED")
        self.blue.count(lane == "BLUE")

    @property
    def _accounts(self) -> tuple[Account, ...]:
        return self.inspected, self.red, self.blue

    def _inspected_from(self) -> float:
        return self.ranks.threshold(self.inspected.share(self.ranked)) if self.warm else inf

    def _chance_of_draw(self, score: float) -> float:
        """Drawn more often where the score is higher, and ever more seldom from when the window is full. An
        office's first parcels only by draw, and the last that a window needs."""
        if not self.warm:
            return self.rates.inspected
        weight = EVENLY + (1 - EVENLY) * score / self.mean_below if self.mean_below else 1.0
        chance = self.evenly * weight
        if self.inspected.lacking <= -1:
            chance = max(min(chance, self.evenly) * self.inspected.spare, SELDOM * self.evenly)
        elif self.inspected.lacking > LAST:
            chance = max(chance, (self.inspected.lacking - LAST) / LEFT)
        return min(chance, 1.0)

    @property
    def _ranked_red(self) -> float:
        return self.rates.red - self.drawn * self.drawn_red

    @property
    def _drawn_red(self) -> float:
        if self.warm or not self.rates.inspected:
            return self.drawn_red
        return self.rates.red / self.rates.inspected

    def _has_room_for_red(self, wanted: bool) -> bool:  # noqa: FBT001
        """Whether an inspection is a physical one: as `wanted`, unless RED or YELLOW would miss its rate."""
        if not self.rates.red or not self.rates.yellow:
            return self.rates.red > 0
        if abs(self.red.lacking) >= 1:
            return self.red.lacking > 0
        slack = self.red.slack
        yellow = (self.inspected.short - self.red.short) / max(self.inspected.slack - slack, slack)
        return yellow < 0 if abs(yellow) >= 1 else wanted


def _account(said: list[Any], taken: NDArray[np.int64]) -> Account:
    rate, decided, opened, earlier, owed = said
    return Account(rate, decided, opened, earlier, owed, deque(taken.tolist()))


def _reaching(score: float, threshold: float) -> float:
    """The probability, over the draw that parts equal scores, to reach the threshold."""
    reach = (score + SCORE_STEP - threshold) / SCORE_STEP
    return min(reach, 1.0) if reach > 0 else 0.0
