"""Duplicates are dropped, gaps are told once, replays are suspicious, and what comes late still counts."""

import orjson

from streams.log import Effects
from streams.sensors.order import Order, Place
from streams.sensors.shard import SensorsShard
from tests.unit.sensors.events import SETTINGS, alerts_of, event, reading, records, run, said, seal


def placed(*numbers: int, historical: bool = False) -> list[str]:
    order = Order(recent=4, max_gaps=3)
    return [
        order.place(f"{place}", number, float(place), historical=historical).name
        for place, number in enumerate(numbers)
    ]


def test_a_duplicate_is_dropped_and_counted() -> None:
    effects = Effects()
    twice = event(1, **seal("OPENED"))
    SensorsShard(0, SETTINGS).process(records([twice, twice]), effects)
    assert len(alerts_of(effects)) == 1
    assert effects.counts["records", "sensors.v1", "duplicate"] == 1


def test_a_backfill_sent_twice_yields_nothing_new() -> None:
    shard = SensorsShard(0, SETTINGS)
    day = [event(n, n, isHistorical=True, sensorReport=[reading(4.0 + n % 9)]) for n in range(200)]
    run(*day, shard=shard)
    effects = Effects()
    shard.process(records(day), effects)
    assert effects.outputs == []
    assert effects.counts["records", "sensors.v1", "duplicate"] == 200


def test_numbers_in_order_are_next_and_those_that_fill_a_gap_are_late() -> None:
    assert placed(3, 4, 7, 5, 8, 6) == ["NEXT", "NEXT", "NEXT", "LATE", "NEXT", "LATE"]


def test_what_came_before_we_listened_may_come_late() -> None:
    assert placed(500, 20, 21, 501) == ["NEXT", "LATE", "LATE", "NEXT"]


def test_a_number_used_twice_is_a_replay_when_live_and_a_duplicate_in_a_backfill() -> None:
    assert placed(100, 101, 102, 101) == ["NEXT", "NEXT", "NEXT", "REPLAY"]
    assert placed(100, 101, 102, 101, historical=True)[-1] == "DUPLICATE"


def test_a_counter_that_starts_again_is_a_restart() -> None:
    assert placed(100, 101, 0, 1, 2) == ["NEXT", "NEXT", "RESTART", "NEXT", "NEXT"]


def test_a_backfill_never_restarts_the_counter() -> None:
    assert placed(100, 101, 105, 103, 103, historical=True) == ["NEXT", "NEXT", "NEXT", "LATE", "DUPLICATE"]
    order = Order(recent=4, max_gaps=1)
    for number in (100, 110, 120):
        order.place(f"live {number}", number, number, historical=False)
    assert order.place("old", 3, 999.0, historical=True) is Place.DUPLICATE


def test_each_gap_is_told_once() -> None:
    order = Order(recent=4, max_gaps=3)
    for number in (1, 3, 5, 6, 7):
        order.place(f"{number}", number, number, historical=False)
    assert [order.overdue(grace=1) for _ in range(3)] == [(2, 2), (4, 4), None]


def test_without_numbers_time_decides() -> None:
    order = Order(recent=4, max_gaps=3)
    places = [order.place(f"e{time}", None, time, historical=False) for time in (1.0, 2.0, 1.5, 2.5)]
    assert places == [Place.NEXT, Place.NEXT, Place.LATE, Place.NEXT]


def test_gaps_are_bounded_and_forgotten_ones_count_as_used() -> None:
    assert placed(10, 12, 14, 16, 18, 11)[-1] == "REPLAY"
    assert placed(10, 12, 14, 16, 18, 17)[-1] == "LATE"


def test_a_gap_is_told_once_when_its_grace_is_over() -> None:
    numbers = [*range(5), *range(8, 50)]
    alerts = run(*(event(n, n) for n in numbers))
    assert said(alerts) == [("SEQUENCE_GAP", "RAISED")]
    assert alerts[0]["reasons"][0]["text"] == (
        "Numbers 5 to 7 of the device's events never arrived, or could not be accepted."
    )
    assert alerts[0]["source"]["offset"] == 7 + SETTINGS.gap_grace + 1


def test_a_gap_filled_in_time_is_never_told() -> None:
    numbers = [*range(5), *range(8, 15), 6, 5, 7, *range(15, 60)]
    assert run(*(event(n, n) for n in numbers)) == []


def test_a_replay_is_an_alert_and_changes_no_state() -> None:
    first = [event(n, n, **seal("SEALED")) for n in range(100, 120)]
    replayed = event(105, 130, **seal("SEALED", number="XX1"), eventID="another")
    alerts = run(*first, replayed, event(120, 131, **seal("SEALED")))
    assert said(alerts) == [("SEQUENCE_REPLAY", "RAISED")]


def test_a_seal_opened_is_told_even_when_the_report_comes_late() -> None:
    sealed = [event(n, n, **seal("SEALED")) for n in (1, 2, 4, 5)]
    late = event(3, 3.0, isHistorical=True, **seal("OPENED"))
    assert said(run(*sealed, late)) == [("SEAL_OPENED_IN_TRANSIT", "RAISED")]


def test_an_all_clear_that_comes_late_ends_nothing() -> None:
    alerts = run(event(1, **seal("SEALED")), event(4, 9.0, **seal("OPENED")), event(3, 3.0, **seal("SEALED")))
    assert said(alerts) == [("SEAL_OPENED_IN_TRANSIT", "RAISED")]


def test_a_clock_that_goes_back_is_told_when_live_only() -> None:
    assert said(run(event(1, 100.0), event(2, 50.0))) == [("DEVICE_CLOCK_BACK", "RAISED")]
    assert run(event(1, 100.0, isHistorical=True), event(2, 50.0, isHistorical=True)) == []


def test_a_clock_far_ahead_ends_no_episode() -> None:
    shock = event(1, 0.0, iotEventCode="X_SHOCK")
    ahead = event(2, 60 * 24 * 365.0) | {"at": shock["at"] + 1000}
    assert said(run(shock, ahead)) == [("SHOCK", "RAISED")]


def test_one_garbled_or_forged_number_does_not_make_all_that_follow_late() -> None:
    assert placed(10, 11, 2**63 - 1, 12, 13, 14) == ["NEXT", "NEXT", "LATE", "NEXT", "NEXT", "NEXT"]
    assert placed(2**63 - 1, 112, 113, 114, 115) == ["NEXT", "LATE", "LATE", "RESTART", "NEXT"]


def test_a_counter_that_goes_on_far_away_is_believed_at_its_third_number() -> None:
    assert placed(10, 11, 900_000, 900_002, 900_003, 900_004) == ["NEXT", "NEXT", "LATE", "LATE", "RESTART", "NEXT"]
    assert "RESTART" not in placed(10, 11, 900_000, 12, 900_001, 13, 900_002, 14)


def test_a_counter_of_milliseconds_leaps_with_its_time() -> None:
    order = Order(recent=4, max_gaps=3)
    places = [order.place(f"{s}", 1_000 * s, float(s), historical=False) for s in (1_000, 1_600, 90_000, 90_600)]
    assert set(places) == {Place.NEXT}


def test_what_is_late_by_its_time_is_late_however_much_of_it_comes() -> None:
    order = Order(recent=64, max_gaps=3)
    order.place("new", 40, 1_000.0, historical=False)
    places = {order.place(f"{n}", n, 900.0 + n, historical=False) for n in range(20, 40)}
    assert places <= {Place.LATE, Place.REPLAY}


def test_a_forged_number_from_the_future_does_not_mute_a_device() -> None:
    forged = event(2**63 - 1, 60 * 24 * 365.0) | {"at": event(0)["at"]}
    sealed = [event(n, n, **seal("SEALED")) for n in range(20, 60)]
    other = event(60, 60, **seal("SEALED", number="XX1"))
    assert ("SEAL_NUMBER_MISMATCH", "RAISED") in said(run(forged, *sealed, other))


def test_a_counter_half_believed_is_still_so_after_a_restart() -> None:
    order, restored = Order(recent=4, max_gaps=3), Order(recent=4, max_gaps=3)
    for time_s, number in enumerate((10, 900_000, 900_001)):
        order.place(f"{number}", number, float(time_s), historical=False)
    restored.restore(orjson.loads(orjson.dumps(order.state())))
    assert restored.state() == order.state()
    assert restored.place("third", 900_002, 3.0, historical=False) is Place.RESTART
