"""Decided with less than there should be: said in the decision, in the lane set for it, the same when read again."""

from typing import Any

import pytest

from streams.control import Control
from streams.decisions.lanes import LaneRates
from streams.log import LogRecord
from streams.records.codes import Degraded
from streams.records.decision import RiskDecision
from streams.records.schema import check
from streams.risk import RiskSettings, RiskShard
from streams.topics import DECISIONS
from tests.risk_cases import ALWAYS_RED, EUROS, KEY, NEVER, START_MS, FixedModel, Log, filing, said

LANES = {"MODEL_UNTAUGHT": "GREEN", "FEATURE_MISSING": "BLUE", "CONTROL_STALE": "BLUE"}
TICK = b'{"kind":"tick"}'


def log(rates: LaneRates = NEVER, lanes: dict[str, str] = LANES, **limits: Any) -> Log:
    return Log(rates, safe_lanes=lanes, **limits)


def decided(log: Log, **parcel: Any) -> dict[str, Any]:
    """The decision about one filing; None leaves a field out."""
    case = filing(f"A{len(log.records)}", offset=len(log.records))
    changed = case["parcel"] | parcel
    case["parcel"] = {name: value for name, value in changed.items() if value is not None}
    (decision,) = said(log.take(case), DECISIONS)
    check(RiskDecision, decision)
    return decision


def tick(log: Log, before_s: float) -> None:
    at_ms = START_MS - round(before_s * 1000)
    log.control.fold(LogRecord(0, log.control.offset, at_ms, None, TICK))


def without(field: str) -> dict[str, Any]:
    (goods,) = filing()["parcel"]["goodsItems"]
    return {"goodsItems": [{name: value for name, value in goods.items() if name != field}]}


MISSING = {
    "goods code": without("hsCode"),
    "mass": {"grossMass": None},
    "price": {"totalValue": {"amount": 0.0, "currency": "EUR"}},
    "party": {"consignee": None},
}


def lacked(decision: dict[str, Any]) -> list[str]:
    """What the decision says the engine lacked; the data's own flags know nothing of it."""
    assert not set(decision["dataQualityFlags"]) & set(Degraded)
    return [reason["code"] for reason in decision["reasons"] if reason["code"] in set(Degraded)]


def test_a_decision_with_everything_at_hand_says_nothing_of_it() -> None:
    engine = log(control_stale_s=60.0)
    tick(engine, 60.0)

    decision = decided(engine)

    assert (decision["lane"], decision["dataQualityFlags"], decision["reasons"]) == ("GREEN", [], [])
    assert not any(name == "degraded_decisions" for name, *_ in engine.effects.counts)


def test_an_untaught_model_is_said_until_it_has_learnt_from_enough() -> None:
    engine = log(least_examples=2)

    engine.control.lessons.examples = 1
    untaught = decided(engine)
    engine.control.lessons.examples = 2
    taught = decided(engine)

    assert (lacked(untaught), lacked(taught)) == (["MODEL_UNTAUGHT"], [])
    assert untaught["lane"] == "GREEN"
    assert engine.effects.counts["degraded_decisions", "MODEL_UNTAUGHT"] == 1


@pytest.mark.parametrize("parcel", MISSING.values(), ids=MISSING)
def test_what_risk_is_judged_by_is_missing_so_the_parcel_is_audited_later(parcel: dict[str, Any]) -> None:
    decision = decided(log(), **parcel)

    assert (decision["lane"], lacked(decision)) == ("BLUE", ["FEATURE_MISSING"])
    assert (decision["selectedBy"], decision["recommendedAction"]) == ("NONE", "POST_CLEARANCE_AUDIT")
    assert [reason["code"] for reason in decision["reasons"]] == ["FEATURE_MISSING"]
    assert not decision["humanReviewRequired"]


def test_a_control_log_not_heard_of_for_too_long_is_said() -> None:
    engine = log(control_stale_s=60.0)
    tick(engine, 60.001)

    decision = decided(engine)

    assert (decision["lane"], lacked(decision)) == ("BLUE", ["CONTROL_STALE"])
    tick(engine, 0.0)
    assert lacked(decided(engine)) == []


def test_before_the_first_tick_of_all_nothing_is_stale() -> None:
    assert lacked(decided(log(control_stale_s=60.0))) == []


def test_what_is_missing_lowers_no_lane_and_changes_no_chance() -> None:
    whole, partial = decided(log(ALWAYS_RED)), decided(log(ALWAYS_RED), **MISSING["mass"])

    assert whole["lane"] == partial["lane"] == "RED"
    assert whole["propensity"] == partial["propensity"]
    assert "FEATURE_MISSING" in [reason["code"] for reason in partial["reasons"]]


@pytest.mark.parametrize(("lanes", "lane"), [({}, "GREEN"), ({"FEATURE_MISSING": "GREEN"}, "GREEN"), (LANES, "BLUE")])
def test_the_lane_is_a_matter_of_configuration(lanes: dict[str, str], lane: str) -> None:
    decision = decided(log(lanes=lanes), **MISSING["mass"])

    assert (decision["lane"], lacked(decision)) == (lane, ["FEATURE_MISSING"])


def test_an_amendment_under_control_keeps_its_lane_and_its_reason() -> None:
    engine = log(ALWAYS_RED)
    engine.take(filing())
    engine.order(NEVER)

    amended = filing(price_eur=30.0, function="5", offset=1)
    del amended["parcel"]["grossMass"]
    (decision,) = said(engine.take(amended), DECISIONS)

    assert decision["lane"] == "RED"
    assert "FEATURE_MISSING" in lacked(decision)


def test_a_restart_finds_the_lanes_that_were_given_whatever_is_amiss_by_then() -> None:
    engine = log(LaneRates(0.1, 0.1, 0.1, 0.5), least_examples=1, control_stale_s=60.0)
    tick(engine, 100.0)
    for number in range(40):
        decided(engine, **(MISSING["mass"] if number % 2 else {}))
    answers = [
        LogRecord(0, 0, 0, output.key, output.value, output.headers)
        for output in engine.effects.outputs
        if output.topic == DECISIONS
    ]

    control = Control(FixedModel())
    control.lessons.examples = 5
    restored = RiskShard(0, control, RiskSettings(engine.settings.rates, euro_rates=EUROS), KEY)
    for case, answer in zip(engine.records, answers, strict=True):
        restored.replay(case, [answer])

    assert {answer["lane"] for answer in said(engine.effects.outputs, DECISIONS)} >= {"BLUE", "RED"}
    for identity in ("CARRIER_TRACKING/A3", "CARRIER_TRACKING/A38"):
        assert restored.items.get(identity) == engine.shard.items.get(identity)
    assert restored.desk.pools == engine.shard.desk.pools


def test_every_code_has_a_lane_in_the_configuration() -> None:
    from config.settings import load

    assert load().lanes.degraded.keys() == set(Degraded)
