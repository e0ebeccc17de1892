"""`greenlane budget`: what is written to the control log, and what is refused."""

from collections.abc import Callable
from functools import partial
from typing import Any

import orjson
import pytest

from agents import budgets
from agents.errors import UsageError
from streams.decisions.budgets.orders import Budgets
from streams.records.budget import BudgetChange
from streams.state.members import Place
from tests import commands

Run = Callable[..., str]
WHO = ("--by", "risk-unit", "--why", "holiday season")


@pytest.fixture
def greenlane(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on a control log that holds nothing but what these commands wrote."""
    log = Budgets()

    def order(_settings: Any, changed: BudgetChange) -> None:
        assert log.fold(orjson.loads(orjson.dumps(changed)), Place(len(log.changes), 0, 0))

    monkeypatch.setattr(budgets, "order", order)
    monkeypatch.setattr(budgets, "in_force", lambda _settings: log)

    return partial(commands.run, "budget")


def shown(run: Run) -> dict[str, Any]:
    return {said.get("office", ""): said for said in map(orjson.loads, run("show", "--json").splitlines())}


def test_what_is_not_given_stays_as_it_is(greenlane: Run) -> None:
    greenlane("set", "DE004851", "--red", "0.1", *WHO)
    greenlane("set", "DE004851", "--yellow", "0.2", *WHO)

    office, general = shown(greenlane)["DE004851"], shown(greenlane)[""]
    assert (office["red"], office["yellow"], office["blue"]) == (0.1, 0.2, general["blue"])
    assert (office["by"], office["why"]) == ("risk-unit", "holiday season")
    assert "by" not in general


def test_a_budget_can_be_taken_back(greenlane: Run) -> None:
    before = shown(greenlane)
    greenlane("set", "--red", "0.1", *WHO)
    assert shown(greenlane)[""]["red"] == 0.1
    greenlane("reset", *WHO)

    assert shown(greenlane) == before


def test_the_table_names_who_changed_what(greenlane: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    greenlane("set", "DE004851", "--red", "0.125", *WHO)

    table = greenlane("show")

    assert all(word in table for word in ("all offices", "configuration", "DE004851", "12.5%", "risk-unit"))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--red", "0.9", "--yellow", "0.9", *WHO), "together"),
        (("--red", "0.1", "--by", "Jane Doe", "--why", "x"), "by"),
        (("AN OFFICE WITH A LONG NAME", *WHO), "office"),
        (("--red", "0.1", "--by", "risk-unit", "--why", ""), "why"),
    ],
)
def test_what_makes_no_budget_is_refused_in_words(greenlane: Run, arguments: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(UsageError, match=complaint):
        greenlane("set", *arguments)
