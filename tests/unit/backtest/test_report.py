"""The page for an administration: it stands alone, says what the figures say, and the sums are right."""

import sys
from collections.abc import Sequence
from random import Random
from typing import Any

import orjson
import pytest

from agents.backtest.files import Lived
from agents.backtest.report import Assumptions, figures, page
from agents.backtest.report.costs import break_even, costs
from agents.backtest.selective import Decided, Plan, Trade
from agents.errors import EnvironmentLacksError
from tests.parsed_page import Page

DAY_MS = 86_400_000
START_MS = 18_267 * DAY_MS  # a Monday
ASSUMED = Assumptions(
    minutes_red=60, minutes_yellow=30, officer_eur_per_hour=40, delay_days_red=2, delay_days_yellow=1, duty_share=0.5
)


def decided(lane: str, *, found: bool | None, duty_eur: float = 0.0, number: int = 0, **more: Any) -> Decided:
    told = {"selected_by": "RISK", "propensity": 1.0, "score": 0.5, "trade": Trade("CN", "POST", "s")} | more
    return Decided(
        at_ms=START_MS + number * DAY_MS // 10,
        warm_up=False,
        decision_id=f"dec-{number}",
        lane=lane,
        found=found,
        revenue_eur=duty_eur,
        **told,
    )


def run(budget: float, declarations: int = 2_000, seed: int = 1) -> Lived:
    """A loop that chose well: half of what was chosen is fraud, a tenth of what was drawn or passed."""
    rng, history, examples = Random(seed), [], {}
    for number in range(declarations):
        chosen, drawn = rng.random() < budget, rng.random() < 0.02
        fraud = rng.random() < (0.5 if chosen else 0.1)
        trade = Trade(rng.choice(("CN", "CN", "<TR>", "IN")), "POST", f"s{rng.randrange(200)}")
        told = {"propensity": 1.0 if chosen else 0.02, "selected_by": "RISK" if chosen else "RANDOM", "trade": trade}
        lane = "RED" if chosen else "YELLOW" if drawn else "GREEN"
        history.append(decided(lane, found=fraud, duty_eur=rng.uniform(1, 200), number=number, **told))
        if lane != "GREEN":
            x = {"price_eur": 100.0, "tax_rate": 8.0}
            examples[f"dec-{number}"] = {
                "x": x,
                "y": fraud,
                "propensity": told["propensity"],
                "otherwise": "" if chosen else "GREEN",
            }
    return Lived(budget, Plan(), 1, history, examples, 0, 1.0)


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return figures(run(0.05), iter([run(0.2), run(0.01)]), ASSUMED)


@pytest.fixture(scope="module")
def shown(told: dict[str, Any]) -> str:
    pytest.importorskip("matplotlib")
    return page(told)


def test_the_page_is_well_formed_and_has_a_plot_for_every_question(shown: str) -> None:
    parsed = Page(shown)

    assert parsed.open == []
    assert parsed.elements.count("svg") == 5
    assert parsed.elements.count("table") == 4


def test_the_page_needs_nothing_from_anywhere(shown: str) -> None:
    parsed = Page(shown)
    fetched = [(name, value) for name, value in parsed.attributes if name in {"src", "href", "xlink:href"}]

    assert all(value.startswith("#") for _, value in fetched)
    assert not {"link", "img", "iframe", "object", "image"} & set(parsed.elements)
    assert "url(http" not in shown
    assert "@import" not in shown
    assert "<!DOCTYPE svg" not in shown


def test_the_figures_stand_in_the_page_as_they_are(told: dict[str, Any], shown: str) -> None:
    assert Page(shown).figures == orjson.loads(orjson.dumps(told))


def test_the_tables_say_what_the_figures_say(told: dict[str, Any], shown: str) -> None:
    cells = Page(shown).cells

    for budget in told["budgets"]:
        row = [f"{budget['found']:,}", f"{budget['duty_recovered_eur']:,.0f}", f"{budget['missed']:,}"]
        assert any(cells[at : at + 3] == row for at in range(len(cells)))
    assert f"{told['total']['missed']['true']:,} in truth".replace(" in", "</b> in") in shown
    for assumed in ("60 minutes", "40 EUR an hour", "0.5 of the duty"):
        assert assumed in shown


def test_names_from_the_history_cannot_become_markup(told: dict[str, Any], shown: str) -> None:
    assert "<TR>" in {group["group"] for group in told["burden"]}
    assert "<TR>" not in shown


def test_equal_figures_give_equal_pages(told: dict[str, Any], shown: str) -> None:
    assert page(told) == shown


def test_budgets_stand_side_by_side_from_the_smallest(told: dict[str, Any]) -> None:
    assert [budget["budget"] for budget in told["budgets"]] == [0.01, 0.05, 0.2]
    assert told["budget"] == 0.05


def test_the_begin_is_what_the_command_tells_without_a_page(told: dict[str, Any]) -> None:
    alone = run(0.05).as_json()

    assert {name: told[name] for name in alone} == alone


def test_hit_rates_of_chosen_and_drawn_are_told_apart(told: dict[str, Any]) -> None:
    newest = told["hit_rates"][-1]

    assert newest["chosen"]["lower"] < 0.5 < newest["chosen"]["upper"]
    assert newest["drawn"]["lower"] < 0.1 < newest["drawn"]["upper"]
    assert newest["drawn"]["upper"] < newest["chosen"]["estimate"]


HISTORY = (
    decided("RED", found=True, duty_eur=1_000.0),
    decided("RED", found=False),
    decided("YELLOW", found=False),
    decided("YELLOW", found=None),  # inspected, and nobody told
    decided("GREEN", found=True, duty_eur=300.0),
    decided("BLUE", found=False),
)


def test_costs_are_what_an_office_would_have_paid_and_gained() -> None:
    assert costs(HISTORY, ASSUMED) == {
        "inspected": 4,
        "rate": round(4 / 6, 4),
        "precision": 0.25,
        "officer_hours": 3.0,
        "officers_eur": 120.0,
        "honest_inspected": 2,
        "honest_delay_days": 3.0,
        "found": 1,
        "duty_recovered_eur": 500.0,
        "missed": 1,
        "duty_missed_eur": 150.0,
        "net_eur": 380.0,
        "break_even_precision": 0.06,  # at 500 EUR a finding and 30 EUR an inspection
    }


def test_where_nothing_was_found_no_precision_breaks_even() -> None:
    assert costs([decided("RED", found=False)], ASSUMED)["break_even_precision"] is None
    assert costs([], ASSUMED)["rate"] == 0.0


@pytest.mark.parametrize(
    ("nets", "expected"),
    [
        ((-10.0, -50.0), {"rate": None, "below": 0.1, "above": None}),
        ((10.0, 30.0), {"rate": None, "below": None, "above": 0.2}),
        ((10.0, 0.0), {"rate": 0.1, "below": None, "above": None}),
    ],
)
def test_the_break_even_rate_lies_where_the_next_inspection_no_longer_pays(
    nets: Sequence[float], expected: dict[str, Any]
) -> None:
    budgets = [{"rate": rate, "net_eur": net} for rate, net in zip((0.1, 0.2), nets, strict=True)]

    assert break_even(budgets) == expected


def test_without_matplotlib_the_command_says_what_to_install(
    told: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)

    with pytest.raises(EnvironmentLacksError, match=r"greenlane\[report\]"):
        page(told)
