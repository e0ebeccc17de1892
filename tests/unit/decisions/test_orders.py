"""Which rates are in force where in the control log, and how much there is to explore."""

from typing import Any

import orjson
import pytest

from streams.control import Control
from streams.decisions.budgets.findings import Findings, exploration
from streams.decisions.budgets.orders import MAX_CHANGES, MAX_OFFICES, Budgets, Configured
from streams.decisions.lanes import LaneRates
from streams.log import LogRecord
from streams.risk import RiskShard
from streams.state.members import Place
from tests.risk_cases import KEY, RATES, FixedModel, Log, filing

OWN = LaneRates(0.2, 0.0, 0.0, 0.1)
CONFIGURED = Configured(RATES, {"OWN": OWN})


def change(red: float | None = 0.1, **more: Any) -> dict[str, Any]:
    rates = {"red": red, "yellow": 0.0, "blue": 0.0, "randomShare": 0.1, "mostRandomShare": 0.2, "cap": 2}
    return {"kind": "budget", "rates": rates if red is not None else None, "by": "unit-7", "why": "why not", **more}


def reds(budgets: Budgets, at: int) -> tuple[float, ...]:
    return tuple(budgets.rates(office, at, CONFIGURED).red for office in ("ANY", "OWN"))


def test_the_nearest_order_counts_and_can_be_taken_back() -> None:
    budgets, seen = Budgets(), []
    for offset, said in enumerate(
        (change(0.5), change(0.6, office="OWN"), change(0.7, office="ANY"), change(None, office="ANY"), change(None))
    ):
        assert budgets.fold(said, Place(offset, 0, 0))
        seen.append(reds(budgets, offset + 1))

    assert seen == [(0.5, 0.2), (0.5, 0.6), (0.7, 0.6), (0.5, 0.6), (RATES.red, 0.6)]
    assert [reds(budgets, at) for at in range(1, 6)] == seen, "as it was then"
    assert reds(budgets, 0) == (RATES.red, 0.2)


def test_offices_that_share_a_budget_do_so_until_one_is_given_its_own() -> None:
    log = Log(LaneRates(0.1, 0.0, 0.0, 0.1), shared_budget=True, office_rates={"OWN": OWN})
    for number in range(8):
        log.take(filing(f"P{number}", offset=number, office=("OWN", "ONE", "TWO", "ONE")[number % 4]))
    log.order(LaneRates(1.0, 0.0, 0.0, 0.0), office="ONE")
    for number in range(8, 12):
        log.take(filing(f"P{number}", offset=number, office="ONE"))

    assert {name: pool.decided for name, pool in log.shard.desk.pools.by_office.items()} == {"OWN": 2, "": 6, "ONE": 4}
    assert [said["lane"] for said in log.all("decisions.v1")[8:]] == ["RED"] * 4

    restored = RiskShard(0, log.control, log.settings, KEY)
    decisions = [output for output in log.effects.outputs if output.topic == "decisions.v1"]
    for case, decision in zip(log.records, decisions, strict=True):
        restored.replay(case, [LogRecord(0, 0, 0, decision.key, decision.value, decision.headers)])
    assert restored.desk.pools == log.shard.desk.pools


def test_an_order_is_in_force_from_the_next_decision_on() -> None:
    log = Log(LaneRates(0.0, 0.0, 0.0, 0.0))
    lanes = []
    for number, rates in enumerate((None, LaneRates(1.0, 0.0, 0.0, 0.0), LaneRates(0.0, 1.0, 0.0, 0.0))):
        log.order(rates)
        log.take(filing(f"P{number}", offset=number))
        lanes.append(log.all("decisions.v1")[-1]["lane"])

    assert lanes == ["GREEN", "RED", "YELLOW"]


@pytest.mark.parametrize(
    "malformed",
    [
        {"rates": {}},
        {"rates": {**change()["rates"], "red": 1.5}},
        {"rates": {**change()["rates"], "red": 0.6, "blue": 0.6}},
        {"rates": {**change()["rates"], "red": "0.1"}},
        {"rates": {**change()["rates"], "cap": 0.5}},
        {"office": ""},
        {"office": 7},
        {"by": "Jane Doe"},
        {"why": None},
    ],
)
def test_what_is_no_order_is_ignored_and_counted(malformed: dict[str, Any]) -> None:
    control = Control(FixedModel())

    control.fold(LogRecord(0, 0, 0, None, orjson.dumps({**change(), **malformed})))

    assert (control.ignored, control.budgets.changes) == (1, {})


def test_orders_are_bounded_and_nobody_loses_his_to_another() -> None:
    budgets = Budgets()
    for offset in range(MAX_OFFICES + 5):
        assert budgets.fold(change(office=f"O{offset}"), Place(offset, 0, 0)) == (offset < MAX_OFFICES)
    for offset in range(MAX_CHANGES + 5):
        assert budgets.fold(change(0.3, office="O1"), Place(1_000 + offset, 0, 0))

    assert budgets.sizes() == {"budgets": MAX_OFFICES - 1 + MAX_CHANGES}
    assert budgets.rates("O1", 9_999, CONFIGURED).red == 0.3


def test_orders_and_findings_survive_a_restart() -> None:
    control, restored = Control(FixedModel()), Control(FixedModel())
    for said in (change(0.5), change(None, office="ANY"), change(0.7, office="OWN")):
        control.budgets.fold(said, Place(control.offset, 0, 0))
    found(control.findings, drawn=0.1, chosen=0.1)

    for member, loaded in ((control.budgets, restored.budgets), (control.findings, restored.findings)):
        loaded.load({name: part.encode() for name, part in member.parts().items()})

    assert restored.budgets.changes == control.budgets.changes
    assert restored.findings.worth_exploring == control.findings.worth_exploring == 2.0


def found(findings: Findings, *, drawn: float, chosen: float, times: int = 400) -> Findings:
    """Inspections of which these shares found something."""
    for number in range(times):
        for by, rate in (("RANDOM", drawn), ("RISK", chosen), ("NONE", 1.0)):
            y = int((number + 1) * rate) > int(number * rate)
            findings.fold({"kind": "example", "selectedBy": by, "y": y}, Place(number, 0, 0))
    return findings


@pytest.mark.parametrize(
    ("drawn", "chosen", "worth"),
    [(0.05, 0.5, 1.0), (0.3, 0.5, 1.0), (0.44, 0.5, 1.5), (0.5, 0.5, 2.0), (0.5, 0.2, 2.0)],
)
def test_the_lot_is_worth_more_the_closer_it_comes_to_choice(drawn: float, chosen: float, worth: float) -> None:
    assert found(Findings(), drawn=drawn, chosen=chosen).worth_exploring == pytest.approx(worth, abs=0.1)


def test_a_few_inspections_say_nothing_yet() -> None:
    assert found(Findings(), drawn=0.5, chosen=0.5, times=20).worth_exploring == 1.0


def test_corrected_labels_are_not_counted_twice() -> None:
    findings = Findings()
    for number in range(200):
        for was in ({}, {"was": False}):
            findings.fold({"kind": "example", "selectedBy": "RISK", "y": True, **was}, Place(number, 0, 0))

    assert findings.chosen.inspected == pytest.approx(500 * (1 - 0.998**200))


def test_drift_and_findings_multiply_exploration() -> None:
    class Moved:
        exploring, findings = 1.5, found(Findings(), drawn=0.5, chosen=0.5)

    assert exploration(Moved()) == 3.0


def test_exploration_raises_the_propensity_of_what_would_pass() -> None:
    rates = LaneRates(0.03, 0.05, 0.07, random_share=0.1, most_random_share=0.2)
    calm, moved = Log(rates), Log(rates)
    found(moved.control.findings, drawn=0.5, chosen=0.5)
    for log in (calm, moved):
        for number in range(60):
            log.take(filing(f"P{number}", price_eur=number % 30, offset=number))
        log.take(filing("LAST", price_eur=1, offset=99))

    last = [log.all("decisions.v1")[-1] for log in (calm, moved)]
    assert last[0]["riskScore"] == last[1]["riskScore"]
    assert last[1]["propensity"] > 1.5 * last[0]["propensity"] > 0
