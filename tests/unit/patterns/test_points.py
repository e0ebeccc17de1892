"""Delivery points: purchases split over parcels, and addresses that many names use."""

from itertools import count

from streams.records import incident
from tests.parcel_touches import Patterns, parcel

HOUR, DAY = 60.0, 24 * 60.0
NUMBERS = count()


def split(number: int = 4, value_eur: float = 149.0, **more: object) -> list[dict[str, object]]:
    """One purchase in parcels that come an hour apart."""
    return [parcel(f"S{n}", value_eur=value_eur, minutes=n * HOUR, **more) for n in range(number)]  # type: ignore[arg-type]


def crowd(number: int, *, each_minutes: float = 10.0, **more: object) -> list[dict[str, object]]:
    """Parcels that come to one point in ever new names."""
    return [
        parcel(f"C{next(NUMBERS)}", **{"name": f"n{n}", "minutes": n * each_minutes, **more})  # type: ignore[arg-type]
        for n in range(number)
    ]


def test_a_purchase_split_over_parcels_is_one_alert_and_one_incident_with_those_parcels():
    patterns = Patterns()
    patterns.each(split(3))
    [alert], [told] = patterns.alerts(), patterns.incidents()

    text = "3 parcels from one seller to one delivery point within 2 hours, 447 EUR together, each below 150 EUR."
    assert alert["reasons"] == [
        {"code": "SPLIT_CONSIGNMENT", "source": "PATTERN", "text": text, "value": 447.0, "normal": 150.0}
    ]
    assert alert["title"] == f"Delivery point d1: {text}"
    assert alert["subject"] == {"deliveryPoint": "d1", "sellerId": "s1", "itemIds": ["S0", "S1", "S2"]}
    assert told["links"] == {"itemIds": [{"itemIdType": "S10", "itemId": f"S{n}"} for n in range(3)]}
    assert told["alertId"] == alert["alertId"]
    assert incident.understood(told) == told


def test_a_family_that_orders_twice_is_quiet():
    patterns = Patterns()
    patterns.each(split(2))

    assert patterns.effects.outputs == []


def test_three_small_orders_that_are_together_below_the_threshold_are_quiet():
    patterns = Patterns()
    patterns.each(split(3, value_eur=49.0))

    assert patterns.effects.outputs == []


def test_parcels_above_the_threshold_pay_duty_so_nothing_is_split():
    patterns = Patterns()
    patterns.each(split(6, value_eur=150.0))

    assert patterns.effects.outputs == []


def test_the_threshold_is_that_of_the_country_of_destination():
    patterns = Patterns(duty_free_eur_in={"DE": 40.0})
    patterns.each(split(3, value_eur=149.0))
    assert patterns.raised() == []

    patterns.each(parcel(f"T{n}", point="d2", value_eur=39.0, minutes=n) for n in range(3))
    assert patterns.raised() == ["SPLIT_CONSIGNMENT"]


def test_other_sellers_and_other_days_are_other_purchases():
    patterns = Patterns()
    patterns.each(parcel(f"A{n}", seller=f"s{n}", value_eur=149.0, hs="") for n in range(4))
    patterns.each(parcel(f"B{n}", point="d2", value_eur=149.0, minutes=n * 13 * HOUR) for n in range(6))

    assert patterns.effects.outputs == []


def test_one_kind_of_goods_to_several_names_at_one_address_is_one_purchase_too():
    patterns = Patterns()
    patterns.each(parcel(f"A{n}", name=f"n{n}", value_eur=149.0) for n in range(3))

    assert patterns.raised() == ["SPLIT_CONSIGNMENT"]


def test_neighbours_who_buy_different_goods_from_one_seller_are_quiet():
    patterns = Patterns()
    patterns.each(parcel(f"A{n}", name=f"n{n}", hs=f"85183{n}", value_eur=149.0) for n in range(4))

    assert patterns.effects.outputs == []


def test_who_orders_a_lot_may_order_from_one_seller_several_times():
    patterns = Patterns()
    others = [parcel(f"O{n}", seller=f"o{n}", hs=f"6109{n:02}", minutes=n) for n in range(10)]
    patterns.each([*others, *split(3)])

    assert patterns.effects.outputs == []


def test_a_split_purchase_is_seen_at_a_busy_parcel_locker():
    patterns = Patterns()
    locker = crowd(40, hs="", value_eur=30.0)
    for n, touch in enumerate(locker):
        touch["seller"] = f"o{n}"
    patterns.each([*locker, *split(3, name="smuggler")])

    assert patterns.raised() == ["SPLIT_CONSIGNMENT"]
    assert patterns.concerned() == ["S0", "S1", "S2"]


def test_parcels_that_come_in_any_order_are_seen_when_the_last_one_has_come():
    patterns = Patterns()
    first, second, third = split(3)

    assert patterns.take(third, first) == []
    patterns.take(second)
    assert patterns.raised() == ["SPLIT_CONSIGNMENT"]


def test_a_new_version_takes_the_place_of_the_old_one():
    patterns = Patterns()
    first, second, _ = split(3)
    dear = parcel("S1", value_eur=149.0, minutes=HOUR, version=2)
    patterns.each([first, second, dear])
    assert patterns.effects.outputs == []

    patterns.take(parcel("S1", value_eur=400.0, minutes=HOUR, version=3))
    patterns.take(parcel("S2", value_eur=149.0, minutes=2 * HOUR))
    assert patterns.raised() == [], "two small ones and one for which duty is paid"


def test_parcels_that_join_are_told_once_a_minute_in_incidents_of_the_same_alert():
    patterns = Patterns()
    patterns.each(split(6))
    assert patterns.concerned() == ["S0", "S1", "S2"]

    patterns.run(0.5)
    assert len(patterns.incidents()) == 1
    patterns.run(1)
    patterns.run(1)
    assert patterns.concerned() == [f"S{n}" for n in range(6)]
    first, second = patterns.incidents()
    assert first["alertId"] == second["alertId"] == patterns.alerts()[0]["alertId"]
    assert first["incidentId"] != second["incidentId"]
    assert "6 parcels" in second["reason"]["text"]


def test_an_episode_ends_by_event_time_with_the_next_parcel_of_the_point_and_a_new_one_may_begin():
    patterns = Patterns()
    patterns.each(split(3))
    patterns.take(parcel("later", minutes=3 * DAY))
    [raised], [cleared] = patterns.alerts(), patterns.alerts("CLEARED")
    assert cleared["alertId"] == raised["alertId"]
    assert cleared["title"] == "Delivery point d1: no further parcel of the kind for 24 hours"

    patterns.each(parcel(f"T{n}", value_eur=149.0, minutes=9 * DAY + n) for n in range(3))
    assert len({alert["alertId"] for alert in patterns.alerts()}) == 2


def test_an_episode_ends_by_engine_time_when_nothing_comes():
    patterns = Patterns()
    patterns.run(5)
    patterns.each(split(3))
    patterns.run(DAY - 1)
    assert patterns.alerts("CLEARED") == []

    patterns.run(1)
    patterns.run(DAY)
    [cleared] = patterns.alerts("CLEARED")
    assert cleared["eventTime"] > patterns.alerts()[0]["eventTime"]


def test_ever_new_names_at_one_address_with_parcels_of_one_seller_are_a_mule_address():
    patterns = Patterns()
    patterns.each(crowd(5, each_minutes=HOUR, value_eur=15.0))
    [alert] = patterns.alerts()

    assert alert["reasons"][0]["code"] == "MULE_ADDRESS"
    assert alert["reasons"][0]["text"] == (
        "5 parcels from one seller in 5 names to one delivery point within 4 hours, and little else comes there."
    )
    assert (alert["reasons"][0]["value"], alert["reasons"][0]["normal"]) == (5.0, 4.0)
    assert len(patterns.concerned()) == 5


def test_the_same_goods_from_ever_new_sellers_are_a_mule_address_too():
    patterns = Patterns()
    touches = crowd(5, value_eur=15.0)
    for n, touch in enumerate(touches):
        touch["seller"] = f"o{n}"
    patterns.each(touches)

    assert patterns.raised() == ["MULE_ADDRESS"]


def test_an_office_building_with_many_names_and_many_sellers_is_quiet():
    patterns = Patterns()
    for week in range(8):
        for n in range(30):
            at = week * 7 * DAY + n * HOUR
            patterns.take(parcel(f"W{week}-{n}", name=f"n{n}", seller=f"o{n % 9}", hs=f"61{n % 7}910", minutes=at))

    assert patterns.effects.outputs == []


def test_four_names_of_one_family_and_their_seller_are_quiet():
    patterns = Patterns()
    patterns.each(parcel(f"F{n}", name=f"n{n % 4}", value_eur=5.0, minutes=n * HOUR) for n in range(20))

    assert patterns.effects.outputs == []


def test_names_that_come_slowly_are_quiet():
    patterns = Patterns()
    patterns.each(crowd(20, each_minutes=2 * DAY, value_eur=15.0))

    assert patterns.effects.outputs == []


def test_a_firm_that_equips_its_staff_is_told_for_four_weeks_and_is_then_taken_for_usual():
    patterns = Patterns()
    patterns.each(crowd(200, each_minutes=8 * HOUR, value_eur=15.0))
    [raised], [cleared] = patterns.alerts(), patterns.alerts("CLEARED")

    assert raised["alertId"] == cleared["alertId"]
    assert cleared["title"] == "Delivery point d1: the same for 28 days, so taken for usual there"


def test_what_is_usual_somewhere_is_told_again_when_the_names_become_far_more():
    patterns = Patterns()
    patterns.each(crowd(100, each_minutes=8 * HOUR, value_eur=2.0))
    assert len(patterns.alerts()) == 1

    patterns.each(crowd(60, value_eur=2.0, minutes=100 * 8 * HOUR))
    assert len(patterns.alerts()) == 2


def test_of_points_beyond_the_bound_the_one_untouched_longest_is_forgotten():
    patterns = Patterns(max_points=64)
    for n in range(2_000):
        patterns.take(parcel(f"P{n}", point=f"d{n}"))

    assert patterns.shard.sizes()["delivery points"] == 64


def test_of_a_point_the_newest_parcels_are_remembered():
    patterns = Patterns(max_parcels=3)
    patterns.each(parcel(f"P{n}", value_eur=20.0, minutes=n) for n in range(20))

    [[_, state]] = [entry for page in patterns.shard.save().items() if "points-" in page[0] for entry in entries(page)]
    assert [row[1] for row in state[0]] == ["S10/P17", "S10/P18", "S10/P19"]


def entries(page: tuple[str, bytes | None]) -> list[list[object]]:
    import orjson

    told = orjson.loads(page[1] or b"[]")
    return [] if "episodes" in page[0] else told


def test_of_too_many_episodes_the_first_ends_early():
    patterns = Patterns(max_episodes=2)
    for point in ("d1", "d2", "d3"):
        patterns.each(split(3, point=point))

    assert [alert["subject"]["deliveryPoint"] for alert in patterns.alerts("CLEARED")] == ["d1"]
    assert patterns.shard.sizes()["delivery point episodes"] == 2


def test_touches_of_unknown_kinds_are_counted_and_change_nothing():
    patterns = Patterns()
    before = patterns.shard.save()
    patterns.take(parcel("A") | {"entity": "planet/mars"}, parcel("A") | {"entity": "mood/blue"})

    assert patterns.effects.counts == {("records", "touches", "ignored"): 2}
    assert before
    assert patterns.shard.save() == {}
