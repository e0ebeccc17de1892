"""Cases that overtake their filing wait for it in engine time; memory is bounded and ages in log time."""

import pytest

from streams.risk.waiting import WaitingRoom
from streams.topics import ALERTS, CONTROL, DECISIONS, FEEDBACK, REJECTED
from tests.risk_cases import NEVER, START_MS, Log, amendment, cancel, filing, outcome, said

TEN_MINUTES_MS = 600_000
NOON_MS = 4 * TEN_MINUTES_MS  # of engine time
DAY_MS = 86_400_000


def codes(outputs: list) -> list[str]:
    return [dict(output.headers)["dlq_code"].decode() for output in outputs if output.topic == REJECTED]


@pytest.mark.parametrize(
    ("case", "code"),
    [
        (amendment(), "AMEND_UNKNOWN_ITEM"),
        (amendment(function="4"), "AMEND_UNKNOWN_ITEM"),
        (cancel(), "CANCEL_UNKNOWN_ITEM"),
        (outcome(), "OUTCOME_NO_DECISION"),
    ],
)
def test_a_case_about_an_unknown_item_is_refused_after_ten_minutes_of_engine_time(case: dict, code: str) -> None:
    log = Log()
    log.tick(NOON_MS)

    assert log.take(case) == []
    assert log.tick(NOON_MS + TEN_MINUTES_MS) == []
    outputs = log.tick(NOON_MS + TEN_MINUTES_MS + 1)

    assert codes(outputs) == [code]
    assert [alert["raisedAt"] for alert in said(outputs, ALERTS)] in ([], ["2026-09-21T14:23:20.001Z"])
    assert len(said(outputs, FEEDBACK)) == 1
    assert log.effects.counts["rejects", case["source"]["topic"], code] == 1
    assert log.tick(9 * TEN_MINUTES_MS) == []


def test_who_came_before_the_first_tick_waits_as_long() -> None:
    log = Log()
    log.take(cancel())

    assert log.tick(TEN_MINUTES_MS) == []
    assert codes(log.tick(TEN_MINUTES_MS + 1)) == ["CANCEL_UNKNOWN_ITEM"]


def test_what_waited_is_applied_in_order_when_the_filing_comes() -> None:
    log = Log(NEVER)
    log.tick(NOON_MS)
    log.take(amendment(price_eur=30, offset=1, at=START_MS - 5))
    log.take(outcome())
    log.take(cancel(offset=2))

    outputs = log.take(filing(price_eur=20, offset=3))

    first, second = said(outputs, DECISIONS)
    assert (first["version"], second["version"]) == (1, 2)
    assert second["source"]["offset"] == 1
    assert first["decidedAt"] == second["decidedAt"], "both became possible with the filing"
    assert [dict(output.headers)["cause"] for output in outputs if output.topic == DECISIONS] == [b"3", b"3"]
    assert [example["decisionId"] for example in said(outputs, CONTROL)] == [second["decisionId"]]
    assert log.shard.items.get("CARRIER_TRACKING/A1").cancelled
    assert codes(log.tick(9 * TEN_MINUTES_MS)) == []


def test_another_providers_case_waits_and_is_then_refused_by_name() -> None:
    log = Log(NEVER)
    log.take(cancel(provider="OTHER"))

    assert codes(log.take(filing())) == ["PROVIDER_MISMATCH"]


def test_an_outcome_that_names_an_unknown_decision_waits() -> None:
    log = Log(NEVER)
    log.take(filing())
    log.tick(NOON_MS)

    assert log.take(outcome(decisionId="dec-unheard-of")) == []
    assert codes(log.tick(NOON_MS + TEN_MINUTES_MS + 1)) == ["OUTCOME_NO_DECISION"]


def test_a_refused_amendment_raises_an_alert_when_its_wait_is_over() -> None:
    log = Log()
    log.tick(NOON_MS)
    log.take(amendment())

    (alert,) = said(log.tick(NOON_MS + TEN_MINUTES_MS + 1), ALERTS)

    assert alert["reasons"][0]["code"] == "AMEND_UNKNOWN_ITEM"
    assert [alert["state"] for alert in said(log.take(filing()), ALERTS)] == ["CLEARED"]


def test_who_waits_longest_is_refused_early_when_there_is_no_room() -> None:
    log = Log(max_waiting=2)
    log.take(cancel("A"))
    log.take(cancel("B"))

    outputs = log.take(cancel("C"))

    assert [output.key for output in outputs if output.topic == REJECTED] == [b"A"]


def test_waiting_is_bounded_in_bytes_too() -> None:
    room = WaitingRoom(max_cases=10, max_bytes=100)
    for name in ("first", "second", "third"):
        room.add(name, 0, b"x" * 40)

    assert [waiting.identity for waiting in room.overflow()] == ["first"]
    assert room.size_bytes == 80
    assert room.of("first") == ()


def test_an_item_is_forgotten_after_the_horizon_of_log_time() -> None:
    log = Log(NEVER, horizon_s=90 * 86_400)
    log.take(filing("OLD", at=START_MS))
    log.take(filing("NEW", at=START_MS + 89 * DAY_MS))

    assert log.take(filing("OLD", at=START_MS + 90 * DAY_MS, offset=1)) == []
    again = log.take(filing("OLD", at=START_MS + 90 * DAY_MS + 1, offset=2))
    assert [decision["version"] for decision in said(again, DECISIONS)] == [1]
    assert log.take(filing("NEW", at=START_MS + 90 * DAY_MS + 2, offset=3)) == []


def test_a_record_with_an_old_timestamp_does_not_set_log_time_back() -> None:
    log = Log(NEVER, horizon_s=86_400)
    log.take(filing("A", at=START_MS))
    log.take(filing("B", at=START_MS - 40 * DAY_MS))
    log.take(amendment("A", at=START_MS))

    assert log.take(filing("B", at=START_MS, offset=1)) == []


def test_beyond_the_number_of_items_the_oldest_is_forgotten() -> None:
    log = Log(NEVER, max_items=2)
    for name in ("A", "B", "C"):
        log.take(filing(name))

    assert log.take(filing("B", offset=1)) == []
    assert len(said(log.take(filing("A", offset=2)), DECISIONS)) == 1
    assert len(log.shard.items) == 2


def test_an_amended_item_is_as_young_as_its_amendment() -> None:
    log = Log(NEVER, max_items=2)
    for case in (filing("A"), filing("B"), amendment("A"), filing("C")):
        log.take(case)

    assert [name for name in "ABC" if log.shard.items.get(f"CARRIER_TRACKING/{name}")] == ["A", "C"]


def test_a_log_that_lost_decisions_is_refused() -> None:
    log, restored = Log(NEVER), Log(NEVER)
    log.take(filing())

    with pytest.raises(LookupError, match="missing"):
        restored.shard.replay(log.records[0], [])


def test_a_log_with_decisions_that_nothing_led_to_is_refused() -> None:
    log, restored = Log(NEVER), Log(NEVER)
    (output,) = log.take(filing())
    answer = log.records[0]._replace(value=output.value)

    with pytest.raises(LookupError, match="more decisions"):
        restored.shard.replay(log.records[0], [answer, answer])
