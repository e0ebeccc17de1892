"""What passed is told to all, by week and lane: rarely, once, and with what it was worth."""

from typing import Any

from streams.decisions.lanes import LaneRates
from streams.learning.weeks import week_of
from streams.topics import CONTROL
from tests.risk_cases import NEVER, RATES, START_MS, Log, amendment, filing, outcome, said

MINUTE_MS = 60_000
WEEK_MS = 7 * 24 * 60 * MINUTE_MS
THIS = week_of(START_MS)


def told(log: Log, now_ms: int) -> list[Any]:
    """The lanes of the passage written at a tick, if one is written."""
    return [lane for record in said(log.tick(now_ms), CONTROL) for lane in record["lanes"]]


def test_what_passed_is_told_every_ten_minutes_and_never_again() -> None:
    log = Log(NEVER)
    log.take(filing("A1", price_eur=20.0))
    log.take(filing("A2", price_eur=50.0, offset=1))
    log.take(filing("A3", price_eur=1.5, offset=2, at=START_MS + WEEK_MS))

    assert told(log, 9 * MINUTE_MS) == []
    assert told(log, 10 * MINUTE_MS) == [[THIS, "GREEN", 2, 70.0, 0.0], [THIS + 1, "GREEN", 1, 1.5, 0.0]]
    log.take(filing("A4", offset=3))
    assert told(log, 19 * MINUTE_MS) == []
    assert [lane[2] for lane in told(log, 20 * MINUTE_MS)] == [1]
    assert told(log, 40 * MINUTE_MS) == []


def test_duty_at_stake_is_told_where_a_rate_is_declared() -> None:
    log, case = Log(NEVER), filing("A1", price_eur=200.0)
    case["parcel"]["declaration"] = {"taxRate": 8.0}
    log.take(case)

    assert told(log, 10 * MINUTE_MS) == [[THIS, "GREEN", 1, 200.0, 16.0]]


def test_of_an_amended_parcel_the_newest_version_counts() -> None:
    log = Log(NEVER)
    log.take(filing("A1", price_eur=20.0))
    log.take(amendment("A1", price_eur=30.0))

    assert told(log, 10 * MINUTE_MS) == [[THIS, "GREEN", 1, 30.0, 0.0]]


def test_an_amendment_in_a_later_week_moves_the_parcel_there() -> None:
    log = Log(NEVER)
    log.take(filing("A1", price_eur=20.0))
    told(log, 10 * MINUTE_MS)
    log.take(amendment("A1", price_eur=30.0, at=START_MS + WEEK_MS))

    assert told(log, 20 * MINUTE_MS) == [[THIS, "GREEN", -1, -20.0, 0.0], [THIS + 1, "GREEN", 1, 30.0, 0.0]]


def test_an_example_says_when_it_was_decided_and_which_lane_a_drawn_parcel_stands_for() -> None:
    log, examples = Log(LaneRates(red=0.3, yellow=0.0, blue=0.3, random_share=0.5)), []
    for number in range(600):
        log.take(filing(f"A{number}", price_eur=float(number % 90), offset=number))
        reported = outcome(f"A{number}", outcome_id=f"o-{number}", at=START_MS + WEEK_MS)
        examples += said(log.take(reported), CONTROL) if number >= 300 else []
    stands_for: dict[str, dict[str, list[float]]] = {}
    for example in examples:
        prices = stands_for.setdefault(example["selectedBy"], {}).setdefault(example.get("otherwise", ""), [])
        prices.append(example["x"]["price_eur"])

    assert {example["week"] for example in examples} == {THIS}
    assert {who: set(lanes) for who, lanes in stands_for.items() if who != "NONE"} == {
        "RISK": {""},
        "RANDOM": {"GREEN", "BLUE"},
    }
    assert max(stands_for["RANDOM"]["GREEN"]) < max(stands_for["RANDOM"]["BLUE"]) < max(stands_for["RISK"][""])


def test_what_was_not_told_yet_survives_a_restart() -> None:
    lived, heir = Log(RATES), Log(RATES)
    lived.take(filing("A1"))
    told(lived, MINUTE_MS)
    heir.shard.load({name: part for name, part in lived.shard.save().items() if part is not None})

    assert told(heir, 10 * MINUTE_MS) == told(lived, 10 * MINUTE_MS) != []


def test_a_restart_tells_nothing_earlier_than_it_would_have_been_told() -> None:
    lived, heir = Log(RATES), Log(RATES)
    lived.take(filing("A1"))
    told(lived, 10 * MINUTE_MS)
    lived.take(filing("A2", offset=1))
    heir.shard.load({name: part for name, part in lived.shard.save().items() if part is not None})

    assert told(heir, 13 * MINUTE_MS) == told(lived, 13 * MINUTE_MS) == []
