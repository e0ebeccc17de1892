"""Budgets as tools see them: those of the configuration, and changes appended to and read from the control log."""

import sys

from pydantic import ValidationError

from agents.control_log import ControlTopic
from agents.errors import UsageError
from config.settings import Lanes, Settings
from streams.decisions.budgets.orders import ALL, CHANGE, Budgets, Configured
from streams.decisions.lanes import LaneRates
from streams.records.budget import BudgetChange
from streams.state.members import Place


def configured(settings: Settings) -> Configured:
    """The rates that hold where the control log says nothing."""
    lanes = settings.lanes
    return Configured(_rates(lanes), {office: _rates(lanes.of(office)) for office in lanes.offices})


def _rates(lanes: Lanes) -> LaneRates:
    shares = (lanes.red_rate, lanes.yellow_rate, lanes.blue_rate, lanes.random_share, lanes.most_random_share)
    return LaneRates(*shares, cap=lanes.cap)


def change(office: str, rates: LaneRates | None, *, by: str, why: str) -> BudgetChange:
    """What is written when the budget of an office (`ALL`: of all) becomes `rates`. Raises `UsageError`."""
    told = {"kind": "budget", "rates": told_rates(rates) if rates else None, "by": by, "why": why}
    if office != ALL:
        told["office"] = office
    try:
        checked: BudgetChange = CHANGE.validate_python(told)
    except ValidationError as error:
        raise UsageError.of(error) from error
    if not Budgets().fold(checked, Place(0, 0, 0)):
        raise UsageError("red, yellow and blue together must be at most 1")
    return checked


def told_rates(rates: LaneRates) -> dict[str, float]:
    """Rates as records name them."""
    return {
        "red": rates.red,
        "yellow": rates.yellow,
        "blue": rates.blue,
        "randomShare": rates.random_share,
        "mostRandomShare": rates.most_random_share,
        "cap": rates.cap,
    }


def order(settings: Settings, changed: BudgetChange) -> None:
    """Write a change; workers go by it from their next decision on. Raises `UsageError`, `UnreachableError`."""
    ControlTopic.of(settings).require().append("budget", changed)


def in_force(settings: Settings) -> Budgets:
    """All changes so far. Reads the control log once."""
    budgets = Budgets()
    for offset, told in ControlTopic.of(settings).records("budget"):
        budgets.fold(told, Place(offset, 0, 0))
    return budgets


def rates(settings: Settings, budgets: Budgets, office: str) -> LaneRates:
    """What is in force at an office now."""
    return budgets.rates(office, sys.maxsize, configured(settings))
