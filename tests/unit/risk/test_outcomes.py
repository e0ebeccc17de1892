"""What officers report: labels, corrections, cleared alerts, and what must stay unseen."""

import orjson
import pytest

from streams.topics import ALERTS, CONTROL, DECISIONS, REJECTED
from tests.risk_cases import ALWAYS_RED, NEVER, START_MS, Log, amendment, cancel, filing, outcome, refusal, said


def states(alerts: list[dict]) -> list[tuple[str, str]]:
    return [(alert["alertId"], alert["state"]) for alert in alerts]


def test_an_outcome_teaches_with_the_features_as_they_were_at_the_decision() -> None:
    log = Log(ALWAYS_RED)
    for index in range(5):
        log.take(filing(f"B{index}", price_eur=20 + index, offset=index))
    (decision,) = said(log.take(filing(price_eur=77, offset=5)), DECISIONS)
    before = log.shard.items.get("CARRIER_TRACKING/A1").current.x
    for index in range(5):
        log.take(filing(f"C{index}", price_eur=500 + index, offset=6 + index))

    (example,) = said(log.take(outcome()), CONTROL)

    assert (example["kind"], example["y"]) == ("example", True)
    assert example["decisionId"] == decision["decisionId"]
    assert example["propensity"] == decision["propensity"]
    assert example["x"]["price_eur"] == 77
    assert example["x"]["z_price"] > 0
    assert tuple(example["x"].values()) == before


@pytest.mark.parametrize(("result", "label"), [("NON_CONFORM", True), ("CONFORM", False)])
def test_only_a_finding_or_its_absence_is_a_label(result: str, label: bool) -> None:
    log = Log()
    log.take(filing())
    assert [example["y"] for example in said(log.take(outcome(result=result)), CONTROL)] == [label]


@pytest.mark.parametrize("result", ["INCONCLUSIVE", "NOT_PERFORMED"])
def test_an_inspection_without_result_teaches_nothing_but_ends_control(result: str) -> None:
    log = Log(ALWAYS_RED)
    log.take(filing())

    outputs = log.take(outcome(result=result))

    assert said(outputs, CONTROL) == []
    assert [state for _, state in states(said(outputs, ALERTS))] == ["CLEARED"]
    assert log.take(cancel()) == []


def test_an_outcome_that_arrives_twice_counts_once() -> None:
    log = Log(ALWAYS_RED)
    log.take(filing())
    log.take(outcome())

    assert log.take(outcome(offset=1)) == []
    assert log.effects.counts["records", "outcomes.v1", "duplicate"] == 1
    assert log.effects.counts["labels", "NON_CONFORM"] == 1


def test_a_second_outcome_of_the_same_label_teaches_nothing_new() -> None:
    log = Log()
    log.take(filing())
    log.take(outcome(outcome_id="xray"))
    assert said(log.take(outcome(outcome_id="unpacked")), CONTROL) == []


def test_a_correction_is_told_with_what_it_corrects() -> None:
    log = Log()
    log.take(filing())
    log.take(outcome(outcome_id="o-1"))

    corrected = log.take(outcome(result="CONFORM", outcome_id="o-2", supersedesOutcomeId="o-1"))

    (example,) = said(corrected, CONTROL)
    assert (example["y"], example["was"], example["supersedes"]) == (False, True, "o-1")


def test_a_correction_without_result_withdraws_the_label() -> None:
    log = Log()
    log.take(filing())
    log.take(outcome(outcome_id="o-1"))

    (example,) = said(log.take(outcome(result="INCONCLUSIVE", outcome_id="o-2", supersedesOutcomeId="o-1")), CONTROL)

    assert (example["y"], example["was"]) == (None, True)


def test_an_outcome_overtaken_by_its_correction_no_longer_counts() -> None:
    log = Log()
    log.take(filing())
    log.take(outcome(result="CONFORM", outcome_id="o-2", supersedesOutcomeId="o-1"))

    assert log.take(outcome(outcome_id="o-1")) == []


def test_an_outcome_that_names_an_earlier_decision_labels_that_version() -> None:
    log = Log(NEVER)
    (first,) = said(log.take(filing(price_eur=20)), DECISIONS)
    log.take(amendment(price_eur=80))

    (example,) = said(log.take(outcome(decisionId=first["decisionId"])), CONTROL)

    assert (example["decisionId"], example["x"]["price_eur"]) == (first["decisionId"], 20)


def test_a_correction_labels_the_version_that_was_inspected() -> None:
    log = Log(NEVER)
    (first,) = said(log.take(filing(price_eur=20)), DECISIONS)
    log.take(outcome(outcome_id="o-1"))
    log.take(amendment(price_eur=80))

    corrected = log.take(outcome(result="CONFORM", outcome_id="o-2", supersedesOutcomeId="o-1"))

    assert said(corrected, CONTROL)[0]["decisionId"] == first["decisionId"]


def test_an_outcome_clears_every_open_alert_of_the_item_once() -> None:
    log = Log(ALWAYS_RED)
    log.take(filing())
    log.take(amendment())
    log.take(cancel())
    raised = [alert_id for alert_id, _ in states(log.all(ALERTS))]

    cleared = states(said(log.take(outcome()), ALERTS))

    assert len(raised) == 3
    assert cleared == [(alert_id, "CLEARED") for alert_id in raised]
    assert said(log.take(outcome(outcome_id="o-2")), ALERTS) == []


def test_an_outcome_settles_refused_filings_too() -> None:
    log = Log(NEVER)
    log.take(filing())
    log.take(amendment(provider="OTHER", offset=5))
    log.take(refusal(offset=6))
    raised = [alert_id for alert_id, _ in states(log.all(ALERTS))]

    assert states(said(log.take(outcome()), ALERTS)) == [(alert_id, "CLEARED") for alert_id in raised]
    assert said(log.take(outcome(outcome_id="o-2")), ALERTS) == []


def test_after_an_outcome_a_new_version_is_a_new_episode() -> None:
    log = Log(ALWAYS_RED)
    (first,) = said(log.take(filing()), ALERTS)
    log.take(outcome())

    (second,) = said(log.take(amendment()), ALERTS)

    assert second["alertId"] != first["alertId"]
    assert "amended while under control" not in second["title"]
    assert [alert["state"] for alert in said(log.take(cancel()), ALERTS)] == ["RAISED"], "held again"


def test_controlled_delivery_looks_like_no_outcome_at_all() -> None:
    watched, unwatched = Log(ALWAYS_RED), Log(ALWAYS_RED)
    for log in (watched, unwatched):
        log.take(filing(price_eur=50))
        log.take(refusal(offset=6))
    quiet = watched.take(outcome(disposition="CONTROLLED_DELIVERY"))

    assert [output.topic for output in quiet] == [CONTROL]
    assert said(quiet, CONTROL)[0]["y"] is True
    for case in (amendment(price_eur=1), cancel(offset=8), filing(price_eur=1, offset=9)):
        visible = [orjson.loads(output.value) for output in watched.take(case)]
        assert visible == [orjson.loads(output.value) for output in unwatched.take(case)]


def test_no_output_ever_contains_a_disposition() -> None:
    log = Log(ALWAYS_RED)
    log.take(filing())
    log.take(outcome(disposition="SEIZED"))
    log.take(outcome("UNKNOWN", disposition="SEIZED", findings=[{"category": "NARCOTICS", "severity": "SERIOUS"}]))
    log.tick(1)
    log.tick(700_000)

    assert [output.topic for output in log.effects.outputs].count(REJECTED) == 1
    for output in log.effects.outputs:
        assert b"SEIZED" not in output.value
        assert b"disposition" not in output.value
        assert b"NARCOTICS" not in output.value


def test_an_example_says_who_inspected_what_was_chosen_how_and_when_it_was_decided() -> None:
    log = Log(ALWAYS_RED)
    log.take(filing())
    log.take(filing("B1", at=START_MS + 3_000, offset=1))

    (example,) = said(log.take(outcome(at=START_MS + 9_000, officerRef="p1f00d")), CONTROL)

    assert (example["office"], example["officer"]) == ("DE004851", "p1f00d")
    assert (example["lane"], example["selectedBy"], example["decidedAtMs"]) == ("RED", "RANDOM", START_MS)
    assert "partial" not in example


def test_when_it_was_decided_is_left_out_once_it_is_not_remembered() -> None:
    log = Log(ALWAYS_RED)
    log.take(filing())
    log.take(outcome(outcome_id="o-1", result="INCONCLUSIVE", at=START_MS + 5_000))

    (example,) = said(log.take(outcome(outcome_id="o-2", at=START_MS + 9_000)), CONTROL)

    assert not {"decidedAtMs", "officer"} & example.keys()


@pytest.mark.parametrize(
    ("controls", "result", "partial"),
    [
        (["DOCUMENTARY"], "CONFORM", True),
        (["DOCUMENTARY", "NII_XRAY"], "CONFORM", None),
        (["DOCUMENTARY"], "NON_CONFORM", None),
        ([], "CONFORM", None),
    ],
)
def test_papers_in_order_are_part_of_an_inspection(controls: list[str], result: str, partial: bool | None) -> None:
    log = Log(ALWAYS_RED)
    log.take(filing())

    (example,) = said(log.take(outcome(result=result, controlTypes=controls)), CONTROL)

    assert example.get("partial") is partial


def test_a_late_outcome_teaches_what_was_known_at_the_decision_though_the_model_has_moved_on() -> None:
    log = Log(ALWAYS_RED)
    log.take(filing(price_eur=77))
    for number in range(50):
        log.take(filing(f"B{number}", price_eur=500, offset=number + 1, at=START_MS + number * 86_400_000))

    (example,) = said(log.take(outcome(at=START_MS + 50 * 86_400_000)), CONTROL)

    assert (example["x"]["price_eur"], example["x"]["z_price"], example["decidedAtMs"]) == (77, 0.0, START_MS)
