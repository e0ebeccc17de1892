"""Budgets as they are ordered: by the configuration, and while running by `budget` records of the control log."""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import starmap
from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError

from streams.decisions.lanes import LaneRates
from streams.records.budget import BudgetChange
from streams.records.schema import validator
from streams.state.members import Place
from streams.state.parts import Part

CHANGE = validator(BudgetChange)
MAX_OFFICES = 500
MAX_CHANGES = 100  # remembered of one office; of older ones only what they led to
ALL = ""  # the office of a change that is for all
PART = "budgets"


class Change(NamedTuple):
    """What was ordered at `offset`. Without `rates`: as configured."""

    offset: int
    rates: LaneRates | None
    by: str
    why: str


class Configured(NamedTuple):
    """The rates of the configuration: for all, and for the offices that have their own."""

    general: LaneRates
    offices: Mapping[str, LaneRates]


class Budgets:
    """All changes of budgets, as a member of the control fold (`streams.state.members`).

    Changes are remembered with their place, not only what holds now: a shard that folds its log again after a restart
    has to find the rates each parcel was decided under. Bounded to 500 offices of 100 changes; another office is
    refused, so nobody loses a budget to an invented one.

    >>> budgets, usual = Budgets(), Configured(LaneRates(0.03, 0.05, 0.07, 0.1), {})
    >>> rates = {"red": 0.1, "yellow": 0.1, "blue": 0.0, "randomShare": 0.1, "mostRandomShare": 0.2, "cap": 1.25}
    >>> change = {"kind": "budget", "office": "DE004851", "rates": rates, "by": "risk-unit", "why": "a tip-off"}
    >>> budgets.fold(change, Place(7, 0, 0))
    True
    >>> [budgets.rates("DE004851", at, usual).red for at in (7, 8)], budgets.rates("DE004600", 8, usual).red
    ([0.03, 0.1], 0.03)
    """

    def __init__(self) -> None:
        self.changes: dict[str, list[Change]] = {}

    def fold(self, said: Mapping[str, Any], place: Place) -> bool:
        """Take a change. False: it is malformed, or for one office too many."""
        try:
            told: BudgetChange = CHANGE.validate_python(said)
        except ValidationError:
            return False
        rates, office = _rates(told), told.get("office", ALL)
        if rates and rates.inspected + rates.blue > 1 + 1e-9:
            return False
        if office not in self.changes and len(self.changes) >= MAX_OFFICES:
            return False
        changes = self.changes.setdefault(office, [])
        changes.append(Change(place.offset, rates, told["by"], told["why"]))
        del changes[:-MAX_CHANGES]
        return True

    def rates(self, office: str, at: int, configured: Configured) -> LaneRates:
        """What holds for an office at position `at` of the control log.

        The newest change for the office, else what is configured for it, else the newest for all, else the general.
        """
        return (
            (self.changes and self.changed(office, at))
            or configured.offices.get(office)
            or (self.changes and self.changed(ALL, at))
            or configured.general
        )

    def newest(self, office: str) -> Change | None:
        """The change in force for this office, None where the configuration is."""
        change = self.changes[office][-1] if office in self.changes else None
        return change if change and change.rates else None

    def parts(self) -> Mapping[str, Part]:
        """What is to be saved."""
        return {PART: Part.json({office: list(starmap(_saved, changes)) for office, changes in self.changes.items()})}

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved."""
        saved = orjson.loads(parts[PART])
        self.changes = {office: list(starmap(_loaded, changes)) for office, changes in saved.items()}

    def figures(self) -> Mapping[tuple[str, ...], float]:
        """Nothing: the rates kept are seen in the counts of decisions."""
        return {}

    def sizes(self) -> Mapping[str, int]:
        """How many changes are remembered."""
        return {PART: sum(map(len, self.changes.values()))}

    def changed(self, office: str, at: int) -> LaneRates | None:
        """What was ordered for this office and is in force at position `at` of the control log."""
        changes = self.changes.get(office)
        if not changes:
            return None
        if changes[-1].offset < at:  # as good as always
            return changes[-1].rates
        before = bisect_right(changes, at - 1, key=lambda change: change.offset)
        return changes[before - 1].rates if before else None


def _rates(told: BudgetChange) -> LaneRates | None:
    if (rates := told["rates"]) is None:
        return None
    named = ("red", "yellow", "blue", "randomShare", "mostRandomShare", "cap")
    return LaneRates(*(float(rates[name]) for name in named))  # type: ignore[literal-required]


def _saved(offset: int, rates: LaneRates | None, by: str, why: str) -> list[Any]:
    return [offset, rates, by, why]


def _loaded(offset: int, rates: dict[str, float] | None, by: str, why: str) -> Change:
    return Change(offset, LaneRates(**rates) if rates else None, by, why)
