"""Values that cannot be believed, in the decisions of a whole shard."""

from math import exp
from random import Random
from typing import Any

from streams.control import Control
from streams.decisions.lanes import LaneRates
from streams.log import LogRecord
from streams.records.decision import RiskDecision
from streams.records.schema import check
from streams.risk import RiskShard
from streams.topics import ALERTS, DECISIONS
from streams.values import ValueSettings
from tests.risk_cases import ALWAYS_RED, KEY, NEVER, FixedModel, Log, filing, said


def border(rates: LaneRates = NEVER, extreme_lane: str = "BLUE") -> Log:
    """A shard that has seen what such goods cost."""
    log, rng = Log(rates, values=ValueSettings(extreme_lane=extreme_lane)), Random(1)
    for _ in range(60):
        decided(log, 40 * exp(rng.gauss(0, 0.3)))
    return log


def decided(log: Log, price_eur: float, seller: str = "") -> dict[str, Any]:
    number = len(log.records)
    case = filing(f"A{number}", price_eur, offset=number)
    case["parcel"] |= {"consignee": {"pseudonym": f"b{number}"}, "seller": {"pseudonym": seller or f"s{number}"}}
    (decision,) = said(log.take(case), DECISIONS)
    check(RiskDecision, decision)
    return decision


def codes(decision: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in decision["reasons"]]


def test_an_extreme_value_is_not_released_without_an_audit() -> None:
    decision = decided(border(), 39_000.0)

    assert (decision["lane"], decision["selectedBy"], codes(decision)) == ("BLUE", "NONE", ["OVER_INVOICING"])
    assert decision["recommendedAction"] == "POST_CLEARANCE_AUDIT"


def test_where_a_rule_has_extreme_values_inspected_they_are_inspected_for_certain() -> None:
    passed = decided(border(extreme_lane="YELLOW"), 39_000.0)
    lot = border(LaneRates(red=0.0, yellow=0.4, blue=0.0, random_share=1.0), extreme_lane="YELLOW")
    found = [decided(lot, 39_000.0) for _ in range(20)]

    assert (passed["lane"], passed["selectedBy"], passed["propensity"]) == ("YELLOW", "RULE", 1.0)
    assert passed["humanReviewRequired"]
    assert {decision["selectedBy"] for decision in found} == {"RULE", "RANDOM"}
    assert {decision["propensity"] for decision in found} == {1.0}
    assert {item.current.otherwise for item in list(lot.shard.items.in_use.values())[60:] if item.current} == {""}


def test_a_value_merely_unusual_changes_no_lane() -> None:
    decision = decided(border(), 2.0)

    assert (decision["lane"], codes(decision)) == ("GREEN", [])


def test_an_officer_who_inspects_reads_what_is_odd_about_the_value() -> None:
    log = border(ALWAYS_RED)

    decision = decided(log, 2.0)

    assert decision["lane"] == "RED"
    assert "UNDER_INVOICING" in codes(decision)
    assert "UNDER_INVOICING" in [reason["code"] for reason in log.all(ALERTS)[-1]["reasons"]]


def test_what_is_usual_is_the_same_when_the_log_is_read_again() -> None:
    log = border()
    decided(log, 39_000.0)

    again = RiskShard(0, Control(FixedModel()), log.settings, KEY)  # type: ignore[arg-type]
    answers = [output for output in log.effects.outputs if output.topic == DECISIONS]
    for record, answer in zip(log.records, answers, strict=True):
        again.replay(record, [LogRecord(0, 0, 0, answer.key, answer.value)])

    assert again.save() == log.shard.save()
    assert again.sizes()["prices a kg"] == 3
