"""Weeks at the border: reproducible, valid, honest for the most part, and all that is planted is listed."""

from collections import Counter, defaultdict
from itertools import pairwise
from random import Random
from typing import Any

import orjson
import pytest

from agents.simulator.happenings import Happening
from agents.simulator.journeys import TERMINALS, Journey, Terminal, distance_km
from agents.simulator.weeks import Weeks
from streams.intake.decode import decode_manifest, decode_sensor_event
from streams.topics import SENSORS

HOUR_S = 3600.0
SCHEMES = {
    "split consignment",
    "mule address",
    "opened seal",
    "frozen device",
    "silent device",
    "silent caretaker",
}  # fmt: skip


@pytest.fixture(scope="module")
def weeks() -> Weeks:
    return Weeks(seed=3, parcels=3_000, boxes=15, days=5.0)


@pytest.fixture(scope="module")
def happenings(weeks: Weeks) -> list[Happening]:
    return list(weeks)


@pytest.fixture(scope="module")
def events(happenings: list[Happening]) -> dict[str, list[tuple[float, dict[str, Any]]]]:
    """What each device said, and when it arrived."""
    found = defaultdict(list)
    for happening in happenings:
        if happening.topic == SENSORS:
            found[happening.key.decode()].append((happening.at_s, orjson.loads(happening.value)))
    return found


def test_equal_seeds_give_equal_weeks(happenings: list[Happening]) -> None:
    assert list(Weeks(3, 3_000, 15, 5.0)) == happenings
    assert {h.value for h in Weeks(4, 200, 2, 5.0)}.isdisjoint(h.value for h in happenings)


def test_all_records_come_in_order_within_the_time(weeks: Weeks, happenings: list[Happening]) -> None:
    times = [happening.at_s for happening in happenings]

    assert times == sorted(times)
    assert weeks.length_s - HOUR_S < times[-1] < weeks.length_s + HOUR_S


def test_every_record_is_refused_for_what_was_planted_and_nothing_else(happenings: list[Happening]) -> None:
    for happening in happenings:
        if happening.topic == SENSORS:
            found = [fault.code for fault in decode_sensor_event(happening.value).faults[:1]]
        else:
            judged = decode_manifest(happening.value)
            found = [one.faults[0].code for one in (judged.message, *judged.parcels) if one.faults]
        assert tuple(found) == happening.codes


def test_every_scheme_is_planted(weeks: Weeks) -> None:
    assert {planted.scheme for planted in weeks.planted()} == SCHEMES


def test_so_many_parcels_come_and_most_are_honest(happenings: list[Happening]) -> None:
    truths = [truth for happening in happenings for truth in happening.truths]

    assert 2_700 < len(truths) < 3_300
    assert sum(truth.illicit for truth in truths) < 0.2 * len(truths)


def test_the_parcels_of_one_plot_go_to_one_door(happenings: list[Happening]) -> None:
    doors, names = defaultdict(set), defaultdict(set)
    for happening in happenings:
        for truth in happening.truths:
            if truth.plot:
                consignee = orjson.loads(happening.value)["parcels"][0]["consignee"]
                doors[truth.plot].add(str(consignee["address"]))
                names[truth.plot].add(consignee["name"])

    assert {len(found) for found in doors.values()} == {1}
    assert min(len(found) for plot, found in names.items() if plot.startswith("mule")) >= 6


def test_a_silent_device_says_nothing_and_comes_back(weeks: Weeks, events: dict[str, Any]) -> None:
    silent = [planted for planted in weeks.planted() if planted.scheme == "silent device"]

    assert silent
    for _, device, at_s, until_s in silent:
        heard = [when_s for when_s, _ in events[device]]
        assert not [when_s for when_s in heard if at_s + HOUR_S < when_s < until_s]
        assert max(heard) > until_s or until_s > weeks.length_s - HOUR_S


def test_a_frozen_device_repeats_its_values_and_goes_on_counting(weeks: Weeks, events: dict[str, Any]) -> None:
    frozen = [planted for planted in weeks.planted() if planted.scheme == "frozen device"]

    assert frozen
    for _, device, at_s, until_s in frozen:
        said = [event for when_s, event in events[device] if at_s + HOUR_S < when_s < until_s - HOUR_S]
        reports = [[reading["value"] for reading in e["sensorReport"]] for e in said if e["eventTypeCode"] == "MEAS"]
        assert len({str(report) for report in reports}) == 1
        assert len({event["sequence"] for event in said}) > 0.9 * len(said) > 20


def test_nothing_of_a_silent_caretaker_gets_through(weeks: Weeks, happenings: list[Happening]) -> None:
    down = [planted for planted in weeks.planted() if planted.scheme == "silent caretaker"]
    said = [(h.at_s, orjson.loads(h.value)["publisher"]) for h in happenings if h.topic == SENSORS]

    assert len(down) == 3
    for _, publisher, at_s, until_s in down:
        assert not [at for at, who in said if who == publisher and at_s + 1_000 < at < until_s]


def test_seals_are_opened_on_the_way_and_doors_at_terminals(weeks: Weeks, happenings: list[Happening]) -> None:
    """Some honest noise: what is opened at a terminal is for the engine to leave alone."""
    seals = {planted.about for planted in weeks.planted() if planted.scheme == "opened seal"}
    places = Counter[tuple[str, bool]]()
    for happening in happenings:
        event = orjson.loads(happening.value) if happening.topic == SENSORS else {}
        opened = event.get("seal", {}).get("status") == "OPENED" or event.get("iotEventCode") == "DRO"
        if opened and not happening.codes:
            places["way" if "UNLocationCode" not in event["geoLocation"] else "terminal", True] += 1
            assert event["equipmentReference"] in seals or "UNLocationCode" in event["geoLocation"]

    assert places["way", True] >= len(seals) > 0
    assert places["terminal", True] > 3


def test_the_network_loses_repeats_and_delays_a_few_events(events: dict[str, Any]) -> None:
    orders = [[event["sequence"] for _, event in said] for said in events.values()]
    steps = Counter((after > before) - (after < before) for numbers in orders for before, after in pairwise(numbers))

    assert steps[0] > 0, "twice"
    assert steps[-1] > 0, "late"
    assert steps[1] > 0.97 * steps.total()


def test_a_container_is_never_faster_than_a_lorry_and_rests_at_terminals() -> None:
    journey = Journey(Random(5), 120 * HOUR_S)
    way = [journey.at(minute * 60.0) for minute in range(120 * 60)]
    jumps = [distance_km(Terminal("", *a[:2]), Terminal("", *b[:2])) for a, b in pairwise(way)]

    assert max(jumps) < 80 / 60
    assert {here.locode for here in way if here.locode} <= {terminal.locode for terminal in TERMINALS}
    assert 0.2 < sum(here.locode is not None for here in way) / len(way) < 0.9
