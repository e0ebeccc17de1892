"""What one lane took of the newest parcels, and what share of those to come it should take."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from streams.decisions.budgets.ranks import WINDOW

TOLERANCE = 0.1  # of a rate, over any WINDOW consecutive parcels
RESERVE, RESERVED = 2.0, 0.02  # parcels of it, or that part of the rate, kept for draws: nothing stops them but the cap
LEAST_SLACK = 2.0  # parcels: so many too few or too many are always allowed
CALM = 0.8  # up to this part of the slack the window is left alone: every correction costs some selectivity
CORRECTION = 600  # parcels over which the account is levelled meanwhile
NARROWEST, WIDEST = 0.2, 3.0  # a levelling share, by the rate


@dataclass(slots=True)
class Account:
    """Counts the parcels a lane took of the newest `WINDOW`, itself the unit of every promise about a rate.

    Two corrections: `owed`, since the account was opened, is levelled slowly; the window, whose count must stay within
    `slack` of the rate, is left alone until it comes near. Levelling faster holds no promise better and costs
    selectivity: at a rate of 5 % on the public customs data two points of precision when all deviations are levelled
    within 60 parcels. A change of the rate opens the account anew: parcels of before are held against nobody.

    What was too many because of rules counts too: less is left for score and, under the cap, for the lot.

    `slack` is how many too many the window may have before nothing is taken, `scant` how many too few before all is:
    one more, half of what is kept for draws. `short` is how many the window that ends with the next parcel is short of,
    below 0 where it has too many; `lacking` the same in parts of what it may be off.
    """

    rate: float
    decided: int = 0
    opened: int = 0
    earlier: int = 0  # of `taken`, before the account was opened: they count under the cap only
    owed: float = 0.0
    taken: deque[int] = field(default_factory=deque)  # numbers of the decisions

    slack: float = field(init=False, compare=False)
    scant: float = field(init=False, compare=False)
    reserve: float = field(init=False, compare=False)
    short: float = field(init=False, compare=False)
    lacking: float = field(init=False, compare=False)

    def __post_init__(self) -> None:
        self._look()

    def share(self, usual: float) -> float:
        """The share of parcels to let through by rank now, where `usual` would do if all were as expected."""
        lacking = self.lacking
        if lacking <= -1:
            return 0.0
        most = (1 + usual) / 2
        share = usual + self.owed / CORRECTION
        if share > WIDEST * usual or share > most:
            share = min(WIDEST * usual, most)
        elif share < NARROWEST * usual:
            share = NARROWEST * usual
        if -CALM < lacking < CALM:
            return share
        left = max((1 - abs(lacking)) / (1 - CALM), 0.0)
        if lacking < 0:
            return share * left
        return most if share >= left * most else share / left

    @property
    def spare(self) -> float:
        """What is left, in a full window, of the parcels kept for draws: 1 is all of them."""
        return max(1 + (self.slack + self.short) / self.reserve, 0.0)

    def count(self, taken: bool) -> None:  # noqa: FBT001 - one more parcel, taken or not
        slack, owed, numbers = self.slack, self.owed + self.rate - taken, self.taken
        self.owed = slack if owed > slack else max(owed, -slack)
        self.decided = decided = self.decided + 1
        if taken:
            numbers.append(decided)
        while numbers and numbers[0] < decided + 2 - WINDOW:
            self.earlier -= numbers.popleft() <= self.opened
        since = decided - self.opened + 1
        short = self.short = self.rate * min(WINDOW, since) - len(numbers) + self.earlier
        self.lacking = short / (slack if short < 0 else self.scant)

    def exceed(self) -> None:
        """The newest parcel counted is taken after all, or one before it: an incident overruled what was decided.

        More of these than a window has parcels make no difference.
        """
        if len(self.taken) < WINDOW:
            self.taken.append(self.decided)
            self.earlier += self.decided <= self.opened
            self.owed = max(self.owed - 1, -self.slack)
            self._look()

    def open_anew(self, rate: float) -> None:
        """From the next parcel on the rate is another."""
        self.rate, self.owed = rate, 0.0
        self.opened, self.earlier = self.decided, len(self.taken)
        self._look()

    def saved(self) -> list[Any]:
        """All of it but `taken`, as JSON can say it."""
        return [self.rate, self.decided, self.opened, self.earlier, self.owed]

    def _look(self) -> None:
        allowed, self.reserve = TOLERANCE * self.rate * WINDOW, max(RESERVE, RESERVED * self.rate * WINDOW)
        self.slack, self.scant = (max(allowed - kept, LEAST_SLACK) for kept in (self.reserve, self.reserve / 2))
        self.short = self.rate * min(self.decided - self.opened + 1, WINDOW) - len(self.taken) + self.earlier
        self.lacking = self.short / (self.slack if self.short < 0 else self.scant)
