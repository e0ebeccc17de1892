"""Officers inspect what is RED or YELLOW, once, and report what is true about as often as people do."""

import json
from collections import Counter
from typing import Any

import pytest

from agents.simulator.happenings import Truth
from agents.simulator.officers import Officers
from agents.simulator.world import DAY

GUILTY = Truth("X1", "undervaluation", "UNDERVALUATION", 260.0, "851713", "DE004851")
HONEST = Truth("X1", office="DE004851")


def a_decision(number: int = 1, lane: str = "RED", **other: Any) -> dict[str, Any]:
    return {
        "decisionId": f"dec-{number}",
        "itemIdType": "HAWB",
        "itemId": "X1",
        "lane": lane,
        "selectedBy": "RISK",
        **other,
    }


def reports(truth: Truth, lane: str, count: int = 2000) -> list[list[dict[str, Any]]]:
    """What `count` inspections of such a parcel come to."""
    officers = Officers(1, DAY)
    inspections = [
        officers.inspect(a_decision(n, lane, itemId=f"X{n}"), truth._replace(item_id=f"X{n}"), 0.0)
        for n in range(count)
    ]
    return [[json.loads(happening.value) for happening in happenings] for happenings in inspections]


@pytest.mark.parametrize("lane", ["GREEN", "BLUE"])
def test_what_is_released_is_not_inspected(lane: str):
    assert Officers(1, DAY).inspect(a_decision(lane=lane), GUILTY, 0.0) == []


def test_an_item_is_inspected_once():
    officers = Officers(1, DAY)
    assert officers.inspect(a_decision(1), GUILTY, 0.0)
    assert officers.inspect(a_decision(2), GUILTY, 5.0) == []


def test_reports_do_not_depend_on_the_order_of_decisions():
    first, second = Officers(1, DAY), Officers(1, DAY)
    second.inspect(a_decision(9, itemId="X9"), HONEST._replace(item_id="X9"), 0.0)
    assert first.inspect(a_decision(1), GUILTY, 0.0) == second.inspect(a_decision(1), GUILTY, 0.0)


def test_a_physical_examination_finds_more_than_a_look_at_the_papers():
    found = {
        lane: sum(r[-1]["result"] == "NON_CONFORM" for r in reports(GUILTY, lane)) / 2000 for lane in ("RED", "YELLOW")
    }
    assert found["RED"] > 0.9 > found["YELLOW"] > 0.75


def test_nothing_is_ever_found_in_an_honest_parcel():
    results = Counter(report["result"] for made in reports(HONEST, "RED") for report in made)
    assert set(results) == {"CONFORM", "INCONCLUSIVE"}


def test_some_reports_come_twice_and_some_are_corrected():
    made = reports(GUILTY, "RED")
    twice = [r for r in made if len(r) == 2 and r[0] == r[1]]
    corrected = [r for r in made if len(r) == 2 and r[1].get("supersedesOutcomeId") == r[0]["outcomeId"]]
    assert len(twice) > 10
    assert len(corrected) > 10
    assert len(twice) + len(corrected) == sum(len(r) == 2 for r in made)


def test_a_report_comes_after_the_decision_it_answers():
    happenings = Officers(1, DAY).inspect(a_decision(), GUILTY, 100.0)
    assert all(happening.at_s > 101 for happening in happenings)


def test_the_tally_counts_inspections_and_hits_by_the_way_of_selection():
    officers = Officers(1, DAY)
    for number in range(100):
        selected_by, truth = ("RISK", GUILTY) if number % 2 else ("RANDOM", HONEST)
        decision = a_decision(number, itemId=f"X{number}", selectedBy=selected_by)
        officers.inspect(decision, truth._replace(item_id=f"X{number}"), 0.0)
    made, hits = officers.tally["RISK"]
    assert (made, officers.tally["RANDOM"]) == (50, (50, 0))
    assert hits > 45
