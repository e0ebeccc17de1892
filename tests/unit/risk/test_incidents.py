"""What an incident does to the parcels it concerns: those decided before it, and those filed after it."""

from typing import Any

import pytest

from streams.control import Control
from streams.decisions.budgets.account import Account
from streams.decisions.budgets.ranks import WINDOW
from streams.decisions.lanes import LaneRates
from streams.incidents import IncidentSettings
from streams.log import Effects, LogRecord
from streams.records.decision import RiskDecision, contradictions
from streams.records.schema import check
from streams.risk import overruling
from streams.topics import ALERTS, DECISIONS
from tests.incident_cases import (
    CONTAINER,
    DAY_MS,
    DOOR,
    OTHER_CONTAINER,
    SEAL,
    Engine,
    aboard,
    cleared,
    lanes,
    place,
    raised,
)
from tests.risk_cases import (
    ALWAYS_RED,
    ALWAYS_YELLOW,
    START_MS,
    FixedModel,
    amendment,
    cancel,
    filing,
    outcome,
    refusal,
    said,
)

RECEPTACLE = "CNCANADEFRAAAUN20001001112345"
VOYAGE_MS = 60 * DAY_MS


def test_a_parcel_cleared_before_the_seal_was_opened_gets_a_superseding_decision_and_an_alert() -> None:
    engine = Engine()
    engine.take(filing(price_eur=4.0, flags=["VALUE_ZERO"]))
    engine.tick()
    outputs = engine.happens(raised())

    [before, after] = engine.decisions
    assert before["lane"] == "GREEN"
    assert after["supersedesDecisionId"] == before["decisionId"]
    assert (after["version"], after["lane"], after["selectedBy"], after["propensity"]) == (2, "RED", "INCIDENT", 1.0)
    assert after["reasons"][0] == SEAL | {"contribution": 3.0}
    assert after["riskScore"] == pytest.approx(0.455604), "the odds of 0.04, e^3 times"
    assert after["source"] == place(1)
    assert after["controlOffset"] == 3
    assert after["inputEventIds"] == ["inc-1"]
    assert after["dataQualityFlags"] == ["VALUE_ZERO"]
    assert after["decidedAt"] == "2026-09-22T14:13:21.000Z", "when the incident was written"
    [alert] = engine.alerts
    assert (alert["kind"], alert["state"], alert["severity"]) == ("PARCEL", "RAISED", "HIGH")
    assert alert["title"] == "Parcel A1: physical inspection proposed, seal opened, risk 46%"
    assert alert["subject"] == {"itemId": "A1", "equipmentReference": CONTAINER, "providerId": "CNPOST"}
    [decided] = [output for output in outputs if output.topic == DECISIONS]
    assert "cause" not in dict(decided.headers), "no case caused it: a restart works it out again"


def test_such_decisions_obey_their_schema_and_do_not_contradict_themselves() -> None:
    engine = Engine()
    engine.take(filing("A1"))
    engine.happens(raised(lane="YELLOW"))
    engine.take(filing("A2", 30.0))

    for decision in engine.decisions:
        check(RiskDecision, decision)
        assert list(contradictions(decision)) == []


def test_a_parcel_filed_after_the_seal_was_opened_is_decided_with_it_at_once() -> None:
    engine = Engine()
    engine.say(raised())
    engine.take(filing(price_eur=4.0))
    engine.tick()
    engine.tick()

    [decision] = engine.decisions
    assert (decision["lane"], decision["selectedBy"], decision["propensity"]) == ("RED", "INCIDENT", 1.0)
    assert decision["reasons"][0] == SEAL | {"contribution": 3.0}
    assert decision["riskScore"] == pytest.approx(0.455604)
    assert decision["inputEventIds"] == ["m-0", "inc-1"]
    assert decision["source"]["topic"] == "manifests.v1"
    assert len(engine.alerts) == 1


def test_parcels_elsewhere_are_left_alone() -> None:
    engine = Engine()
    engine.take(aboard(filing("A1"), OTHER_CONTAINER))
    engine.happens(raised())
    engine.take(aboard(filing("A2", 30.0), OTHER_CONTAINER))

    assert lanes(engine.decisions) == ["GREEN", "GREEN"]


@pytest.mark.parametrize(
    "links",
    [
        {"receptacleId": RECEPTACLE},
        {"itemIds": [{"itemIdType": "CARRIER_TRACKING", "itemId": "A1"}]},
        {"itemIds": [{"itemId": "A1"}]},
        {"equipmentReference": CONTAINER, "receptacleId": RECEPTACLE, "itemIds": [{"itemId": "A1"}]},
    ],
)
def test_parcels_are_found_by_container_receptacle_and_item_whatever_comes_first(links: dict[str, Any]) -> None:
    before, after = Engine(), Engine()
    before.say(raised(**links))
    before.take(aboard(filing(), receptacle=RECEPTACLE))
    before.tick()
    after.take(aboard(filing(), receptacle=RECEPTACLE))
    after.happens(raised(**links))

    assert lanes(before.decisions) == ["RED"]
    assert lanes(after.decisions) == ["GREEN", "RED"]


def test_an_item_of_another_type_is_another_item() -> None:
    engine = Engine()
    engine.take(filing())
    engine.happens(raised(itemIds=[{"itemIdType": "S10", "itemId": "A1"}]))

    assert lanes(engine.decisions) == ["GREEN"]


def test_an_incident_is_acted_on_once_however_often_time_passes() -> None:
    engine = Engine()
    engine.take(filing())
    engine.happens(raised())
    for _ in range(3):
        engine.tick()

    assert len(engine.decisions) == 2


def test_a_second_incident_of_the_same_type_says_nothing_new() -> None:
    engine = Engine()
    engine.take(filing())
    engine.happens(raised("inc-1"))
    engine.happens(raised("inc-2"))

    assert len(engine.decisions) == 2
    assert len(engine.alerts) == 1


def test_the_same_incident_grown_worse_raises_the_lane() -> None:
    engine = Engine()
    engine.take(filing(price_eur=4.0))
    engine.happens(raised(lane="YELLOW", weight=1.0))
    engine.happens(raised(lane="RED", weight=3.0))

    assert lanes(engine.decisions) == ["GREEN", "YELLOW", "RED"]
    assert engine.newest()["riskScore"] == pytest.approx(0.455604), "the heavier weight, not both"
    assert [alert["lane"] for alert in engine.alerts] == ["YELLOW", "RED"]


def test_another_type_of_incident_is_decided_on_without_a_second_alert() -> None:
    engine = Engine()
    engine.take(filing(price_eur=4.0))
    engine.happens(raised())
    engine.happens(raised("inc-2", "YELLOW", weight=1.0, reason=DOOR))

    decision = engine.newest()
    assert (decision["version"], decision["lane"]) == (3, "RED"), "a lane only rises"
    assert decision["reasons"][0]["code"] == "DOOR_OPEN"
    assert decision["riskScore"] == pytest.approx(0.694639, abs=1e-5), "the odds of 0.04, e^4 times"
    assert len(engine.alerts) == 1


@pytest.mark.parametrize("filed_first", [True, False])
def test_an_incident_called_by_a_graver_name_later_is_one_incident(filed_first: bool) -> None:
    engine = Engine()
    if filed_first:
        engine.take(filing(price_eur=4.0))
    engine.happens(raised(lane="YELLOW", weight=1.0, reason=DOOR))
    engine.happens(raised(lane="RED", weight=3.0))
    if not filed_first:
        engine.take(filing(price_eur=4.0))

    decision = engine.newest()
    assert (decision["lane"], decision["reasons"][0]["code"]) == ("RED", "SEAL_OPENED")
    assert decision["riskScore"] == pytest.approx(0.455604), "its weight counts once"


def test_many_incidents_together_weigh_no_more_than_one_may() -> None:
    engine = Engine()
    engine.take(filing(price_eur=4.0))
    for number in range(4):
        engine.happens(raised(f"inc-{number}", weight=5.0, reason={**DOOR, "code": f"CODE_{number}"}))

    assert engine.newest()["riskScore"] == pytest.approx(0.943858, abs=1e-5), "the odds of 0.04, e^6 times"


def test_a_parcel_that_was_to_be_inspected_anyway_keeps_its_lane_and_learns_why_else() -> None:
    engine = Engine(ALWAYS_RED)
    engine.take(filing())
    engine.happens(raised(lane="YELLOW"))

    decision = engine.newest()
    assert (decision["version"], decision["lane"], decision["selectedBy"]) == (2, "RED", "INCIDENT")
    assert len(engine.alerts) == 1, "it was raised when the lane became RED"


def test_a_documentary_check_becomes_a_physical_inspection_and_is_told() -> None:
    engine = Engine(ALWAYS_YELLOW)
    engine.take(filing())
    engine.happens(raised(severity="CRITICAL"))

    assert lanes(engine.decisions) == ["YELLOW", "RED"]
    assert [alert["severity"] for alert in engine.alerts] == ["WARNING", "CRITICAL"]


def test_a_cancelled_parcel_stays_closed_until_it_is_filed_again() -> None:
    engine = Engine()
    engine.take(filing(), cancel())
    engine.happens(raised())
    assert lanes(engine.decisions) == ["GREEN"]

    engine.take(filing(price_eur=30.0))
    assert lanes(engine.decisions) == ["GREEN", "RED"]


def test_whoever_inspected_a_parcel_after_the_event_has_seen_what_it_did() -> None:
    engine = Engine(ALWAYS_RED)
    engine.take(filing(), outcome(result="CONFORM", at=START_MS + 2 * DAY_MS))
    engine.happens(raised(event_ms=START_MS + DAY_MS))

    assert len(engine.decisions) == 1


def test_what_happens_after_an_inspection_puts_the_parcel_under_control_again() -> None:
    engine = Engine(ALWAYS_RED)
    engine.take(filing(), outcome(result="CONFORM"))
    engine.happens(raised(event_ms=START_MS + DAY_MS))

    assert lanes(engine.decisions) == ["RED", "RED"]
    assert [alert["state"] for alert in engine.alerts] == ["RAISED", "CLEARED", "RAISED"]
    engine.take(cancel())
    assert engine.shard.items.get("CARRIER_TRACKING/A1").held, "no cancellation closes it"


def test_the_same_happening_again_after_an_inspection_is_looked_into_again() -> None:
    engine = Engine()
    engine.take(filing())
    engine.happens(raised("inc-1"))
    engine.take(outcome(result="CONFORM"))
    engine.happens(raised("inc-1", event_ms=START_MS + 3 * DAY_MS))

    assert lanes(engine.decisions) == ["GREEN", "RED", "RED"]
    assert [alert["state"] for alert in engine.alerts] == ["RAISED", "CLEARED", "RAISED"]


def test_a_device_whose_clock_is_behind_tells_of_what_happened_after_an_inspection_all_the_same() -> None:
    engine = Engine(ALWAYS_RED)
    engine.take(filing(), outcome(result="CONFORM"))
    engine.happens(raised(event_ms=START_MS - DAY_MS))

    assert lanes(engine.decisions) == ["RED", "RED"]


def test_an_outcome_of_the_superseding_decision_is_learnt_and_ends_the_alert() -> None:
    engine = Engine()
    engine.take(filing())
    engine.happens(raised())
    outputs = engine.take(outcome(decisionId=engine.newest()["decisionId"]))

    [example] = said(outputs, "control")
    assert (example["selectedBy"], example["propensity"], example["y"]) == ("INCIDENT", 1.0, True)
    assert [alert["state"] for alert in engine.alerts] == ["RAISED", "CLEARED"]


def test_what_is_found_after_the_incident_is_learnt_even_if_the_same_was_found_before() -> None:
    engine = Engine(ALWAYS_RED)
    engine.take(filing(), outcome())
    engine.happens(raised())
    [example] = said(engine.take(outcome(outcome_id="o-2")), "control")

    assert (example["decisionId"], example["y"]) == (engine.newest()["decisionId"], True)
    assert "was" not in example, "it corrects nothing"


def test_no_amendment_gets_a_parcel_out_of_an_incident_that_is_over() -> None:
    engine = Engine()
    engine.take(filing())
    engine.happens(raised())
    engine.happens(cleared())
    engine.take(amendment())

    decision = engine.newest()
    assert (decision["version"], decision["lane"], decision["reasons"][0]["code"]) == (3, "RED", "HELD_UNDER_CONTROL")


def test_an_amendment_under_an_open_incident_is_decided_with_it() -> None:
    engine = Engine()
    engine.take(filing())
    engine.happens(raised())
    engine.take(amendment())
    engine.tick()

    decision = engine.newest()
    assert (decision["version"], decision["selectedBy"]) == (3, "INCIDENT")
    assert decision["reasons"][0]["code"] == "SEAL_OPENED"


def test_an_amendment_into_another_container_leaves_the_incident_behind() -> None:
    engine = Engine()
    engine.take(filing(), aboard(amendment(), OTHER_CONTAINER))
    engine.happens(raised())

    assert lanes(engine.decisions) == ["GREEN", "GREEN"]


def test_a_parcel_known_by_a_new_key_is_found_all_the_same() -> None:
    engine, told = Engine(), filing()
    engine.take(told, told | {"content": "0b" * 16, "formerContent": told["content"]})
    engine.happens(raised())

    assert lanes(engine.decisions) == ["GREEN", "RED"]


def test_an_incident_that_is_over_concerns_nobody_who_comes_later() -> None:
    engine = Engine()
    engine.happens(raised())
    engine.say(cleared())
    engine.take(filing())

    assert lanes(engine.decisions) == ["GREEN"]


def test_an_incident_ended_before_the_first_tick_concerns_only_what_was_filed_before_it() -> None:
    engine = Engine()
    engine.take(filing("A1"))
    engine.say(raised())
    engine.say(cleared())
    engine.take(filing("A2"))
    engine.tick()

    assert (engine.newest("A1")["lane"], engine.newest("A2")["lane"]) == ("RED", "GREEN")


@pytest.mark.parametrize("links", [{}, {"itemIds": [{"itemId": f"A{number}"} for number in range(9)]}])
def test_an_incident_ended_half_way_reaches_all_that_was_filed_before_its_end_and_nothing_after_it(
    monkeypatch: pytest.MonkeyPatch, links: dict[str, Any]
) -> None:
    """A6 and A7 are filed too late; A3 was cancelled, so it is too; A4 and A5 are only amended."""
    monkeypatch.setattr(overruling, "MOST_DECIDED", 2)
    engine = Engine()
    engine.take(*(filing(f"A{number}") for number in range(6)))
    engine.happens(raised(**links))
    engine.take(cancel("A3"))
    engine.say(cleared())
    engine.take(filing("A6"), filing("A3", 30.0), amendment("A4"), filing("A5", 40.0), filing("A7"))
    saved, engine.shard = engine.state(), engine.fresh()
    engine.shard.load(saved)
    for _ in range(4):
        engine.tick()

    reached = [decision["itemId"] for decision in engine.decisions if decision["lane"] != "GREEN"]
    assert reached == ["A0", "A1", "A2", "A4", "A5"]


@pytest.mark.parametrize(("days", "lane"), [(-61, "GREEN"), (-59, "RED"), (59, "RED"), (61, "GREEN")])
def test_an_incident_concerns_the_parcels_of_one_voyage(days: int, lane: str) -> None:
    at = START_MS + DAY_MS + days * DAY_MS
    engine = Engine()
    if days < 0:
        engine.take(filing(at=at))
    engine.happens(raised())
    if days > 0:
        engine.take(filing(at=at))

    assert engine.newest()["lane"] == lane


def test_a_backlog_read_in_late_concerns_the_voyage_of_its_own_time() -> None:
    engine = Engine()
    engine.take(filing("A1"), filing("A2", at=START_MS - 300 * DAY_MS))
    engine.happens(raised(event_ms=START_MS - 300 * DAY_MS) | {"historical": True})

    assert (engine.newest("A1")["lane"], engine.newest("A2")["lane"]) == ("GREEN", "RED")


def test_parcels_drawn_by_lot_stand_for_nobody_once_an_incident_has_chosen_them() -> None:
    engine = Engine(LaneRates(0.5, 0.0, 0.0, random_share=1.0))
    engine.take(*(filing(f"A{number}") for number in range(20)))
    engine.happens(raised())
    drawn = engine.shard.items.get("CARRIER_TRACKING/A3").current

    assert drawn.otherwise == ""
    assert drawn.selected_by == "INCIDENT"


def test_what_incidents_take_lowers_what_the_model_may_take() -> None:
    def chosen_by_score(*, incident: bool) -> int:
        engine = Engine(LaneRates(0.1, 0.0, 0.0, random_share=0.0))
        for number in range(400):
            engine.take(filing(f"A{number}", float(number % 97)))
        if incident:
            engine.happens(raised())
        before = len(engine.decisions)
        for number in range(400):
            engine.take(aboard(filing(f"B{number}", float(number % 97)), OTHER_CONTAINER))
        return sum(decision["selectedBy"] == "RISK" for decision in engine.decisions[before:])

    assert chosen_by_score(incident=False) > 20
    assert chosen_by_score(incident=True) == 0


def test_a_decision_made_with_an_incident_is_folded_again_as_it_was_made() -> None:
    engine = Engine()
    engine.say(raised(weight=1.0))
    [output, *_] = engine.take(filing(price_eur=40.0))
    lived, engine.shard = engine.state(), engine.fresh()
    engine.say(raised("inc-2", weight=2.0, reason=DOOR))  # the control log has gone on
    engine.shard.replay(engine.cases[0], [LogRecord(0, 0, 0, output.key, output.value, output.headers)])

    assert engine.decisions[0]["riskScore"] == pytest.approx(0.644405), "near CRITICAL: weighed twice it would be that"
    assert engine.state() == lived


def test_what_incidents_take_of_parcels_counted_under_an_older_budget_is_held_against_nobody() -> None:
    account = Account(0.1)
    for _ in range(100):
        account.count(False)
    account.open_anew(0.2)
    before = account.lacking
    account.exceed()

    assert account.lacking == pytest.approx(before), "the cap alone looks back"
    assert len(account.taken) == 1
    for _ in range(WINDOW):
        account.count(False)
    assert (account.earlier, len(account.taken)) == (0, 0)


def test_more_incidents_than_a_window_has_parcels_take_no_more_room() -> None:
    account = Account(0.1)
    account.count(True)
    for _ in range(2 * WINDOW):
        account.exceed()

    assert len(account.taken) == WINDOW


def test_a_parcel_filed_after_an_incident_is_found_by_its_id_though_nobody_said_of_which_type() -> None:
    engine = Engine()
    engine.say(raised(itemIds=[{"itemId": "A1"}]))
    engine.take(filing("A1"), filing("A2"))

    assert lanes(engine.decisions) == ["RED", "GREEN"]


def test_a_flood_between_incident_and_restart_changes_nothing_of_what_was_decided() -> None:
    engine = Engine(control=Control(FixedModel(), incidents=IncidentSettings(max_links=10_000)))
    engine.take(filing())
    engine.happens(raised())
    mark, lived = engine.control.now_ms, engine.state()
    for number in range(150):
        engine.say(raised(f"flood-{number}", itemIds=[{"itemId": f"X{number}-{n}"} for n in range(100)]))
    engine.shard = engine.fresh()
    engine.shard.replay(engine.cases[0], [_answer(engine)])
    engine.shard.tick(mark, Effects(heard=False))

    assert engine.control.ignored > 100
    assert engine.state() == lived


def _answer(engine: Engine) -> LogRecord:
    [first, *_] = [output for output in engine.effects.outputs if output.topic == DECISIONS]
    return LogRecord(0, 0, 0, first.key, first.value, first.headers)


def test_a_burst_of_incidents_is_decided_over_several_ticks_and_folded_again_or_saved_on_the_way_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(overruling, "MOST_DECIDED", 3)
    engine = Engine()
    engine.take(*(aboard(filing(f"A{number}"), f"BOX{number // 2}") for number in range(10)))
    for number in range(5):
        engine.say(raised(f"inc-{number}", equipmentReference=f"BOX{number}"))
    decided, marks = [], []
    for _ in range(4):
        decided.append(len(said(engine.tick(), DECISIONS)))
        marks.append(engine.control.now_ms)
        saved, engine.shard = engine.state(), engine.fresh()
        engine.shard.load(saved)
    assert decided == [3, 3, 3, 1]
    assert lanes(engine.decisions)[10:] == ["RED"] * 10

    lived, engine.shard = engine.state(), engine.fresh()
    for record, output in zip(engine.cases, _first(engine), strict=True):
        engine.shard.replay(record, [output])
    for now_ms in marks:
        engine.shard.tick(now_ms, Effects(heard=False))
    assert engine.state() == lived


def _first(engine: Engine) -> list[LogRecord]:
    caused = [out for out in engine.effects.outputs if out.topic == DECISIONS and "cause" in dict(out.headers)]
    return [LogRecord(0, 0, 0, out.key, out.value, out.headers) for out in caused]


def test_a_container_of_5000_parcels_is_decided_anew_over_five_ticks_each_parcel_once() -> None:
    engine = Engine()
    engine.take(*(filing(f"A{number}") for number in range(5_000)))
    ticks = [engine.happens(raised()), *(engine.tick() for _ in range(6))]

    assert [len(said(outputs, DECISIONS)) for outputs in ticks] == [1_000] * 5 + [0, 0]
    assert [len(said(outputs, ALERTS)) for outputs in ticks] == [1_000] * 5 + [0, 0]
    assert len({decision["decisionId"] for decision in engine.decisions}) == 10_000
    assert [decision["itemId"] for decision in engine.decisions[5_000:]] == [f"A{number}" for number in range(5_000)]


def test_one_large_incident_goes_on_where_it_stopped_whatever_happens_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A parcel is reported after its decision, another before its turn; one is filed, one amended, one cancelled."""
    monkeypatch.setattr(overruling, "MOST_DECIDED", 3)
    engine, later_ms = Engine(), START_MS + 2 * DAY_MS
    engine.take(*(filing(f"A{number}") for number in range(10)))
    engine.happens(raised())
    saved, engine.shard = engine.state(), engine.fresh()
    engine.shard.load(saved)
    engine.take(outcome("A0", at=START_MS), outcome("A9", outcome_id="o-9", at=later_ms))
    engine.take(filing("A10"), cancel("A8"), filing("A7", 50.0))
    ticks = [engine.tick() for _ in range(4)]

    again = [[decision["itemId"] for decision in said(outputs, DECISIONS)] for outputs in ticks]
    assert again == [["A3", "A4", "A5"], ["A6"], [], []]
    assert (engine.newest("A7")["lane"], engine.newest("A10")["lane"]) == ("RED", "RED")
    assert engine.newest("A9")["version"] == 1


def test_where_the_page_with_the_last_one_is_forgotten_it_goes_on_with_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(overruling, "MOST_DECIDED", 3)
    engine = Engine(max_items=32)  # two filings a page
    engine.take(*(filing(f"A{number}") for number in range(32)))
    engine.happens(raised())
    engine.take(*(aboard(filing(f"B{number}"), OTHER_CONTAINER) for number in range(8)))
    for _ in range(20):
        engine.tick()

    decided = [decision["itemId"] for decision in engine.decisions if decision["version"] == 2]
    assert decided[:3] == ["A0", "A1", "A2"]
    assert decided[-20:] == [f"A{number}" for number in range(12, 32)], "the rest is neither forgotten nor full"
    assert len(set(decided)) == len(decided)


def test_a_parcel_filed_as_it_was_before_hides_no_other_where_its_first_filing_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(overruling, "MOST_DECIDED", 1)
    engine = Engine(max_items=32)  # two filings a page
    engine.take(filing("X", 1.0), filing("Y"), amendment("X", 2.0))
    engine.take(*(filing(f"Z{number}") for number in range(25)))
    engine.take(amendment("X", 1.0), filing("W"))
    engine.happens(raised())
    engine.take(*(aboard(amendment("W", 30.0 + number), OTHER_CONTAINER) for number in range(6)))
    engine.take(outcome("X", at=START_MS))
    for _ in range(30):
        engine.tick()

    again = [decision["itemId"] for decision in engine.decisions if decision["source"]["topic"] == "border.control"]
    assert again == ["X", *(f"Z{number}" for number in range(1, 25))], "what came before them is forgotten"


def test_what_was_looked_at_for_an_incident_is_not_looked_at_again_a_tick_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(overruling, "MOST_DECIDED", 3)
    engine, looked = Engine(), list[str]()
    engine.take(*(filing(f"A{number}") for number in range(10)))
    engine.happens(raised())
    get = engine.shard.items.get
    monkeypatch.setattr(engine.shard.items, "get", lambda identity: looked.append(identity) or get(identity))
    engine.tick()

    assert looked == ["CARRIER_TRACKING/A3", "CARRIER_TRACKING/A4", "CARRIER_TRACKING/A5"]


def test_what_happened_after_a_report_was_seen_by_nobody_though_the_parcel_was_touched_after_it() -> None:
    engine = Engine()
    engine.take(filing(), outcome(at=START_MS + 1_000), refusal(at=START_MS + 3 * DAY_MS))
    engine.happens(raised())

    assert engine.newest()["lane"] == "RED"
