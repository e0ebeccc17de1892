"""A decision obeys its schema, says why in words, and never binds anybody to something adverse."""

import random
from typing import Any

import orjson
import pytest

from streams.decisions.lanes import LaneRates
from streams.models import build
from streams.records.alert import Alert
from streams.records.decision import RiskDecision, contradictions
from streams.records.feedback import Feedback
from streams.records.schema import check
from streams.topics import ALERTS, DECISIONS, FEEDBACK
from tests.risk_cases import ALWAYS_RED, RATES, Log, amendment, cancel, filing, outcome, refusal

RECORDS = {DECISIONS: RiskDecision, ALERTS: Alert, FEEDBACK: Feedback}
BUSY = LaneRates(red=0.2, yellow=0.2, blue=0.2, random_share=0.2)


def border_day(rates: LaneRates = BUSY, parcels: int = 600) -> Log:
    """Parcels of a few prices, a third of them inspected, learnt from at once; amendments and refusals between."""
    log, rng = Log(rates, build()), random.Random(11)
    for number in range(parcels):
        name, price = f"P{number}", rng.choice([3.0, 20.0, 45.0, 80.0])
        log.take(filing(name, price, offset=number, flags=rng.choice([(), ("HS_CODE_MISSING", "VALUE_ZERO")])))
        if number % 3 == 0:
            result = "NON_CONFORM" if price == 3.0 else "CONFORM"
            log.take(outcome(name, result, outcome_id=f"o-{number}"))
        if number % 7 == 0:
            log.take(amendment(name, price + 1, offset=number))
            log.take(cancel(name, offset=number))
            log.take(refusal(f"R{number}", offset=number))
            log.take(amendment(name, 77, provider="OTHER", offset=number))
        for output in log.effects.outputs[-4:]:
            if output.topic == "control":
                x = orjson.loads(output.value)
                log.control.model.learn_one(x["x"], x["y"])
                log.control.lessons.examples += 1
                log.control.lessons.found += x["y"]
    return log


@pytest.fixture(scope="module")
def day() -> Log:
    return border_day()


def test_everything_written_obeys_its_schema(day: Log) -> None:
    for topic, record in RECORDS.items():
        values = day.all(topic)
        assert values
        for value in values:
            check(record, value)


def test_no_decision_contradicts_itself(day: Log) -> None:
    decisions = day.all(DECISIONS)
    assert {decision["lane"] for decision in decisions} == {"GREEN", "BLUE", "YELLOW", "RED"}
    for decision in decisions:
        assert list(contradictions(decision)) == []


def test_adverse_means_human_and_favourable_is_never_adverse(day: Log) -> None:
    for decision in day.all(DECISIONS):
        adverse = decision["lane"] in {"RED", "YELLOW"}
        assert decision["humanReviewRequired"] is adverse
        assert (decision["recommendedAction"] in {"RELEASE", "POST_CLEARANCE_AUDIT"}) is not adverse


@pytest.mark.parametrize("model", [None, build()], ids=["fixed", "knows nothing"])
def test_every_lane_but_green_has_a_reason_from_the_first_parcel_on(model: Any) -> None:
    log = Log(BUSY, model)
    for number in range(200):
        log.take(filing(f"P{number}", 20.0, offset=number))

    for decision in log.all(DECISIONS):
        assert bool(decision["reasons"]) is (decision["lane"] != "GREEN")


def test_who_was_drawn_is_told_so_and_nothing_of_the_models(day: Log) -> None:
    drawn = [decision for decision in day.all(DECISIONS) if decision["selectedBy"] == "RANDOM"]
    assert drawn
    for decision in drawn:
        assert [reason for reason in decision["reasons"] if reason["source"] == "RANDOM"]
        assert not [reason for reason in decision["reasons"] if reason["source"] == "MODEL"]


def test_a_decision_tells_flags_in_words() -> None:
    log = Log(ALWAYS_RED)
    log.take(filing(flags=["HS_CODE_MISSING"]))

    (decision,) = log.all(DECISIONS)
    reason = decision["reasons"][-1]
    assert (reason["code"], reason["source"]) == ("HS_CODE_MISSING", "DATA_QUALITY")
    assert reason["text"] == "Commercial goods have no HS code."


def test_ids_are_unique_and_every_alert_state_occurs_once(day: Log) -> None:
    decisions = [decision["decisionId"] for decision in day.all(DECISIONS)]
    assert len(set(decisions)) == len(decisions)

    states = [(alert["alertId"], alert["state"]) for alert in day.all(ALERTS)]
    assert len(set(states)) == len(states)
    raised = {alert_id for alert_id, state in states if state == "RAISED"}
    assert {alert_id for alert_id, state in states if state == "CLEARED"} < raised


def test_every_proposal_of_an_inspection_is_told_to_operators_once(day: Log) -> None:
    proposed = [d["decisionId"] for d in day.all(DECISIONS) if d["humanReviewRequired"]]
    told = [
        alert["decisionId"]
        for alert in day.all(ALERTS)
        if alert["state"] == "RAISED" and "decisionId" in alert and "cancelled" not in alert["title"]
    ]
    assert sorted(told) == sorted(proposed)


def test_equal_histories_give_equal_bytes() -> None:
    assert border_day(parcels=200).effects == border_day(parcels=200).effects


def test_no_event_header_repeats_and_ids_are_those_of_the_events(day: Log) -> None:
    events = [output for output in day.effects.outputs if output.topic != "control"]
    for output in events:
        names = [name for name, _ in output.headers]
        assert len(set(names)) == len(names)
        assert {"ce_id", "ce_source", "ce_type", "ce_specversion", "content-type"} <= set(names)
        assert "ce_time" not in names, "the runtime alone has a clock"
    ids = [(output.topic, dict(output.headers)["ce_id"]) for output in events]
    assert len(set(ids)) == len(ids)


def test_a_decision_is_about_a_kilobyte(day: Log) -> None:
    sizes = [len(output.value) for output in day.effects.outputs if output.topic == DECISIONS]
    assert sum(sizes) / len(sizes) < 1_500


def test_scores_keep_their_budget_through_the_whole_shard() -> None:
    log = Log(RATES)
    rng = random.Random(2)
    for number in range(4_000):
        log.take(filing(f"P{number}", round(100 * rng.betavariate(1, 8), 2), offset=number))

    inspected = sum(decision["humanReviewRequired"] for decision in log.all(DECISIONS))
    assert inspected / 4_000 == pytest.approx(RATES.inspected, abs=0.01)
