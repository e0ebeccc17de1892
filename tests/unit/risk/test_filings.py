"""First filings, repetitions, changes, cancellations, and who may make them."""

import pytest
from pydantic import TypeAdapter

from streams.log import Output
from streams.records.events import rfc3339
from streams.records.feedback import Feedback
from streams.topics import ALERTS, DECISIONS, FEEDBACK, REJECTED
from tests.risk_cases import (
    ALWAYS_RED,
    ALWAYS_YELLOW,
    NEVER,
    START_MS,
    Log,
    amendment,
    cancel,
    filing,
    outcome,
    refusal,
    said,
)


def headers(output: Output) -> dict[str, str]:
    return {name: value.decode() for name, value in output.headers}


def codes(outputs: list[Output]) -> list[str]:
    return [headers(output)["dlq_code"] for output in outputs if output.topic == REJECTED]


def test_a_new_item_is_decided_as_version_1() -> None:
    log = Log()

    (output,) = [output for output in log.take(filing(offset=17)) if output.topic == DECISIONS]

    (decision,) = said([output], DECISIONS)
    assert decision["version"] == 1
    assert "supersedesDecisionId" not in decision
    assert decision["source"] == {"topic": "manifests.v1", "partition": 1, "offset": 17, "index": 0}
    assert (output.key, output.partition) == (b"A1", 0)
    assert headers(output)["ce_id"] == decision["decisionId"]
    assert headers(output)["cause"] == "0"


def test_a_score_has_six_decimals_so_that_a_restart_reads_what_was_decided() -> None:
    (decision,) = said(Log().take(filing(price_eur=12.34567891)), DECISIONS)

    assert decision["riskScore"] == 0.123457


def test_the_same_filing_again_is_counted_and_yields_no_decision() -> None:
    log = Log()
    log.take(filing(offset=1))

    assert log.take(filing(offset=2)) == []
    assert log.effects.counts["records", "manifests.v1", "duplicate"] == 1


def test_another_provider_filing_the_same_again_changes_nothing() -> None:
    log = Log()
    log.take(filing())

    assert log.take(filing(provider="OTHER", offset=1)) == []


def test_changed_content_under_the_same_id_is_a_new_version_and_flagged() -> None:
    log = Log(NEVER)
    log.take(filing(price_eur=20))
    log.take(filing(price_eur=90, offset=1, flags=["VALUE_ZERO"]))

    first, second = log.all(DECISIONS)
    assert (second["version"], second["supersedesDecisionId"]) == (2, first["decisionId"])
    assert second["dataQualityFlags"] == ["VALUE_ZERO", "ITEM_ID_REUSED"]
    assert first["decisionId"] != second["decisionId"]


def test_unchanged_is_judged_against_the_current_version() -> None:
    log = Log(NEVER)
    log.take(filing(price_eur=20))
    log.take(amendment(price_eur=30))

    back = log.take(filing(price_eur=20, offset=2))

    assert [decision["version"] for decision in said(back, DECISIONS)] == [3]


@pytest.mark.parametrize("function", ["4", "5"])
def test_an_amendment_names_the_decision_it_supersedes(function: str) -> None:
    log = Log(NEVER)
    log.take(filing(price_eur=20))
    log.take(amendment(price_eur=30, function=function))

    first, second = log.all(DECISIONS)
    assert (second["version"], second["supersedesDecisionId"]) == (2, first["decisionId"])
    assert second["dataQualityFlags"] == []


def test_an_amendment_that_changes_nothing_yields_no_decision() -> None:
    log = Log(NEVER)
    log.take(filing(price_eur=20))

    assert log.take(amendment(price_eur=20)) == []
    assert log.effects.counts["records", "manifests.v1", "duplicate"] == 1


@pytest.mark.parametrize(
    "case",
    [
        amendment(provider="OTHER"),
        amendment(provider="OTHER", function="4"),
        amendment(provider="OTHER", price_eur=20.0),
        filing(provider="OTHER", price_eur=99, offset=1),
        cancel(provider="OTHER"),
    ],
)
def test_only_the_provider_that_filed_may_change_or_cancel(case: dict) -> None:
    log = Log(NEVER)
    log.take(filing(price_eur=20.0))

    refused = log.take(case)

    assert codes(refused) == ["PROVIDER_MISMATCH"]
    assert said(refused, DECISIONS) == []
    assert [word["providerId"] for word in said(refused, FEEDBACK)] == ["OTHER"]
    assert log.take(amendment(price_eur=50, offset=9)), "the item still belongs to its filer and is open"


def test_a_cancellation_yields_no_decision_and_is_idempotent() -> None:
    log = Log(NEVER)
    log.take(filing())

    assert log.take(cancel()) == []
    assert log.take(cancel()) == []
    assert log.effects.counts["records", "manifests.v1", "duplicate"] == 1


def test_a_cancelled_item_filed_again_unchanged_stays_closed() -> None:
    log = Log(NEVER)
    log.take(filing())
    log.take(cancel())

    assert log.take(filing(offset=3)) == []
    assert log.effects.counts["records", "manifests.v1", "duplicate"] == 1
    assert log.take(amendment(offset=4)) == [], "still closed: an amendment waits"


def test_a_cancelled_red_item_stays_closed_after_its_outcome_too() -> None:
    log = Log(ALWAYS_RED)
    log.take(filing())
    log.take(outcome())
    log.take(cancel())

    assert log.take(filing(offset=3)) == []


def test_a_cancelled_item_filed_again_with_other_content_is_decided_again_and_flagged() -> None:
    log = Log(NEVER)
    log.take(filing())
    log.take(cancel())
    log.take(filing(price_eur=99, offset=3))

    first, again = log.all(DECISIONS)
    assert (again["version"], again["supersedesDecisionId"]) == (2, first["decisionId"])
    assert again["dataQualityFlags"] == ["ITEM_ID_REUSED"]


def test_a_provider_hears_that_its_item_id_was_used_before() -> None:
    log = Log(ALWAYS_RED)
    log.take(filing())

    (word,) = said(log.take(filing(price_eur=99, offset=4)), FEEDBACK)

    TypeAdapter(Feedback).validate_python(word)
    assert (word["providerId"], word["messageId"], word["source"]["offset"]) == ("CNPOST", "m-4", 4)
    assert (word["result"], word["accepted"], word["rejected"]) == ("ACCEPTED", 1, 0)
    assert word["items"] == [
        {"index": 0, "itemId": "A1", "result": "ACCEPTED", "flags": ["ITEM_ID_REUSED"], "fixes": []}
    ]
    assert said(log.take(amendment(offset=5)), FEEDBACK) == []


def test_an_amendment_overtaken_by_the_cancellation_does_not_reopen_the_item() -> None:
    log = Log(NEVER)
    log.take(filing())
    log.take(cancel())

    assert log.take(amendment()) == []
    log.tick(1)
    assert codes(log.tick(700_000)) == ["AMEND_UNKNOWN_ITEM"]


def test_items_of_different_type_are_different_items() -> None:
    log = Log(NEVER)
    log.take(filing())
    log.take({**filing(price_eur=99, offset=1), "itemIdType": "HAWB"})

    assert [decision["version"] for decision in log.all(DECISIONS)] == [1, 1]


@pytest.mark.parametrize(("rates", "lane"), [(ALWAYS_RED, "RED"), (ALWAYS_YELLOW, "YELLOW")])
def test_while_under_control_no_amendment_lowers_the_lane_and_an_alert_is_raised(rates, lane: str) -> None:
    log = Log(rates)
    (held,) = said(log.take(filing(price_eur=99)), DECISIONS)
    log.order(NEVER)

    amended = log.take(amendment(price_eur=1))

    (decision,) = said(amended, DECISIONS)
    (alert,) = said(amended, ALERTS)
    assert decision["lane"] == held["lane"] == lane
    assert (decision["selectedBy"], decision["propensity"]) == (held["selectedBy"], held["propensity"])
    assert decision["humanReviewRequired"]
    assert decision["reasons"][0]["code"] == "HELD_UNDER_CONTROL"
    assert (alert["state"], alert["decisionId"]) == ("RAISED", decision["decisionId"])
    assert "amended while under control" in alert["title"]


def test_while_under_control_an_amendment_may_raise_the_lane() -> None:
    log = Log(ALWAYS_YELLOW)
    log.take(filing(price_eur=10))
    log.order(ALWAYS_RED)

    (decision,) = said(log.take(amendment(price_eur=99)), DECISIONS)

    assert decision["lane"] == "RED"


def test_while_under_control_no_cancellation_closes_the_item_and_an_alert_is_raised_once() -> None:
    log = Log(ALWAYS_RED)
    log.take(filing())

    (alert,) = said(log.take(cancel()), ALERTS)
    assert (alert["kind"], alert["state"], alert["lane"]) == ("PARCEL", "RAISED", "RED")
    assert log.take(cancel(offset=3)) == []
    assert said(log.take(amendment()), DECISIONS)[0]["version"] == 2


def test_a_red_decision_raises_one_alert_that_names_it() -> None:
    log = Log(ALWAYS_RED)

    outputs = log.take(filing(price_eur=90))

    (decision,), (alert,) = said(outputs, DECISIONS), said(outputs, ALERTS)
    assert alert["decisionId"] == decision["decisionId"]
    assert (alert["lane"], alert["riskScore"], alert["reasons"]) == ("RED", 0.9, decision["reasons"])
    assert alert["subject"] == {"itemId": "A1", "equipmentReference": "MSKU9070323", "providerId": "CNPOST"}


def test_a_refused_filing_raises_an_alert_that_the_next_decision_clears() -> None:
    log = Log(NEVER)

    (raised,) = said(log.take(refusal(offset=3)), ALERTS)
    (another,) = said(log.take(refusal(offset=4)), ALERTS)
    cleared = said(log.take(filing(offset=5)), ALERTS)

    assert (raised["severity"], raised["state"]) == ("WARNING", "RAISED")
    assert raised["reasons"][0]["code"] == "HS_CODE_FORMAT"
    assert raised["alertId"] != another["alertId"]
    assert [(alert["alertId"], alert["state"]) for alert in cleared] == [
        (raised["alertId"], "CLEARED"),
        (another["alertId"], "CLEARED"),
    ]
    assert said(log.take(amendment(offset=6)), ALERTS) == []


@pytest.mark.parametrize("again", [filing(offset=9), filing(function="5", offset=9)])
def test_what_was_refused_is_settled_when_the_filer_confirms_what_was_decided(again: dict) -> None:
    log = Log(NEVER)
    log.take(filing())
    refused = [*log.take(refusal(offset=3)), *log.take(amendment(provider="OTHER", offset=4))]

    assert said(log.take(filing(provider="OTHER", offset=5)), ALERTS) == [], "a stranger confirms nothing"
    cleared = said(log.take(again), ALERTS)

    assert [alert["state"] for alert in cleared] == ["CLEARED", "CLEARED"]
    assert [alert["alertId"] for alert in cleared] == [alert["alertId"] for alert in said(refused, ALERTS)]
    assert said(log.take(again), ALERTS) == []


def test_repeating_a_cancelled_filing_settles_nothing() -> None:
    log = Log(NEVER)
    log.take(filing())
    log.take(cancel())
    log.take(refusal(offset=3))

    assert log.take(filing(offset=4)) == []


def test_an_alert_is_cleared_about_whom_it_was_raised_about() -> None:
    log = Log(ALWAYS_RED)
    log.take(filing())
    log.take(amendment(provider="OTHER", offset=5))
    raised = log.all(ALERTS)
    cleared = said(log.take(outcome()), ALERTS)

    assert [alert["subject"] for alert in cleared] == [alert["subject"] for alert in raised]
    assert cleared[0]["subject"] == {"itemId": "A1", "equipmentReference": "MSKU9070323", "providerId": "CNPOST"}
    assert cleared[1]["subject"]["providerId"] == "OTHER"


def test_an_alert_is_dated_by_when_the_input_behind_it_came() -> None:
    log = Log(ALWAYS_RED)
    for later, case in enumerate([filing, cancel, refusal, outcome]):
        log.take(case(at=START_MS + later))

    dates = [(alert["state"], alert["eventTime"]) for alert in log.all(ALERTS)]
    times = [rfc3339(START_MS + later) for later in range(4)]
    assert dates == [*(("RAISED", time) for time in times[:3]), *[("CLEARED", times[3])] * 3]


@pytest.mark.parametrize(("several", "index"), [({}, None), ({"parcels": 3}, "0")])
def test_a_refusal_names_the_parcel_where_the_manifest_had_several(several: dict, index: str | None) -> None:
    log = Log(NEVER)
    log.take(filing())

    refused = log.take({**amendment(provider="OTHER", offset=7), **several})

    (output,) = [output for output in refused if output.topic == REJECTED]
    assert headers(output).get("dlq_index") == index


def test_a_filing_refused_after_intake_is_no_clearance_either() -> None:
    log = Log(NEVER)
    log.take(filing())

    refused = log.take(amendment(provider="OTHER", offset=7))

    (alert,) = said(refused, ALERTS)
    assert alert["reasons"][0]["code"] == "PROVIDER_MISMATCH"
    (output,) = [output for output in refused if output.topic == REJECTED]
    assert {name: value for name, value in headers(output).items() if name.startswith("dlq_")} == {
        "dlq_topic": "manifests.v1",
        "dlq_partition": "1",
        "dlq_offset": "7",
        "dlq_timestamp": "1790000000000",
        "dlq_code": "PROVIDER_MISMATCH",
        "dlq_field": "/provider/id",
        "dlq_message": "Only the provider that filed an item may change or cancel it.",
        "dlq_truncated": "false",
    }
