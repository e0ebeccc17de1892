"""The closed loop: labels only for what was inspected, and late."""

from collections import Counter
from typing import Any

import orjson
import pytest

from agents.backtest.selective import INSPECTED, Decided
from agents.backtest.weeks import report
from agents.secret import Secret
from streams.learning.weeks import week_of
from streams.topics import CONTROL, DECISIONS, MANIFESTS, OUTCOMES
from tests.declared_history import Noted, examples, lived

SECRET = Secret.of(b"a key that only tests use, 32 bytes..")
DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def run() -> tuple[Noted, list[Decided]]:
    return lived(examples(), SECRET)


def of(engine: Noted, topic: str) -> list[dict[str, Any]]:
    return [orjson.loads(output.value or b"") for output in engine.written if output.topic == topic]


def test_outcomes_come_for_all_of_the_warm_up_and_then_only_for_what_was_inspected(run: tuple[Noted, Any]) -> None:
    engine, decided = run
    reported = {orjson.loads(sent.value)["decisionId"] for sent in engine.sent if sent.topic == OUTCOMES}
    warm, cold = ([d for d in decided if d.warm_up is early] for early in (True, False))
    assert len(warm) == 120
    assert reported == {d.decision_id for d in warm} | {d.decision_id for d in cold if d.inspected}
    assert 0 < sum(d.inspected for d in cold) < len(cold) / 3


def test_a_label_is_not_known_before_its_delay_is_over(run: tuple[Noted, Any]) -> None:
    engine, decided = run
    decided_at = {d.decision_id: d.at_ms for d in decided}
    for sent in engine.sent:
        if sent.topic == OUTCOMES:
            assert sent.at_ms == decided_at[orjson.loads(sent.value)["decisionId"]] + 3 * DAY_MS
    times = [sent.at_ms for sent in engine.sent]
    assert times == sorted(times)


def test_officers_say_why_they_looked(run: tuple[Noted, Any]) -> None:
    engine, _ = run
    lanes = {said["decisionId"]: said for said in of(engine, DECISIONS)}
    pairs = Counter[tuple[str, str]]()
    for sent in engine.sent:
        if sent.topic == OUTCOMES:
            outcome = orjson.loads(sent.value)
            pairs[lanes[outcome["decisionId"]]["selectedBy"], outcome["selectionBasis"]] += 1
    assert pairs.keys() == {("RISK", "RISK_ENGINE"), ("RANDOM", "RANDOM"), ("NONE", "OFFICER")}


def test_what_is_filed_twice_is_decided_once_and_counted() -> None:
    twice = [example for example in examples(weeks=3) for _ in range(2)]
    engine, decided = lived(twice, SECRET)
    assert len(decided) == len(twice) // 2
    assert sum(sent.topic == MANIFESTS for sent in engine.sent) == len(twice)


def test_a_declaration_without_a_label_is_decided_and_teaches_nothing() -> None:
    unknown = [example._replace(outcome=None) if n % 2 else example for n, example in enumerate(examples(weeks=3))]
    engine, decided = lived(unknown, SECRET)
    total = report(decided, {})["total"]
    assert [d.found is None for d in decided] == [bool(n % 2) for n in range(len(unknown))]
    assert all(said["y"] is not None for said in of(engine, CONTROL) if said.get("kind") == "example")
    assert (total["recall"], total["revenue"], total["missed"]["true"]) == (None, None, None)
    assert total["precision"] is not None


def test_weekly_figures_are_those_of_a_plain_count(run: tuple[Noted, Any]) -> None:
    _, decided = run
    told = report(decided, {})
    for line, week in zip(told["weeks"], sorted({week_of(d.at_ms) for d in decided if not d.warm_up}), strict=True):
        mine = [d for d in decided if week_of(d.at_ms) == week]
        chosen = [d for d in mine if d.lane in INSPECTED]
        found, frauds = sum(bool(d.found) for d in chosen), sum(bool(d.found) for d in mine)
        assert (line["declarations"], line["inspected"], line["found"]) == (len(mine), len(chosen), found)
        assert line["precision"] == round(found / len(chosen), 4)
        assert line["recall"] == round(found / frauds, 4)
        assert line["missed"]["true"] == frauds - found
    cold = [d for d in decided if not d.warm_up]
    total = told["total"]
    assert total["missed"]["true"] == sum(bool(d.found) and not d.inspected for d in cold)
    assert total["missed"] == told["weeks"][-1]["missed_13_weeks"]  # four weeks: all are in the window


def test_the_estimate_rests_on_what_was_drawn_alone(run: tuple[Noted, Any]) -> None:
    engine, decided = run
    known = {said["decisionId"]: said for said in of(engine, CONTROL) if said.get("kind") == "example"}
    drawn = {name: said for name, said in known.items() if said["selectedBy"] == "RANDOM"}

    estimated = report(decided, known)["total"]["missed"]

    assert estimated == report(decided, drawn)["total"]["missed"]
    assert estimated["lower"] <= estimated["estimated"] <= estimated["upper"]
    assert report(decided, {})["total"]["missed"]["estimated"] is None
