"""Fleets whose devices report at very different intervals: together in the dark is one alert, alone is one each."""

from collections import Counter
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

import pytest

from streams.log import Effects
from streams.patterns.caretaker import Fleet, Listened
from streams.patterns.caretakers import Caretakers
from streams.patterns.waves import missed
from streams.records.events import rfc3339
from streams.sensors.shard import SensorsShard
from tests.device_touches import MINUTE_MS, NOON_MS, Devices, pattern_settings
from tests.unit.sensors.events import SETTINGS, event, records, touches_of

MIXED = (10.0, 60.0)  # minutes between two reports, evenly mixed


class Mixed(Devices):
    """Devices of ACME, each with an interval of its own, told of as the sensors shard does: five are missed."""

    def __init__(self, size: int, between: tuple[float, float] = MIXED, seed: int = 1) -> None:
        super().__init__(Caretakers(pattern_settings()))
        self.random = Random(seed)
        self.every = [self.random.uniform(*between) for _ in range(size)]
        self.phases = [self.random.random() for _ in range(size)]
        for number in range(size):
            self.listened("heard", 0, number, last_ms=NOON_MS)

    def dark(self, number: int, minute: float) -> tuple[float, float, int]:
        """When a device is missed that fell silent at `minute`, when it was heard last, and which."""
        every = self.every[number]
        last = minute - (minute / every + self.phases[number]) % 1 * every
        return last + max(5 * every, 15), last, number

    def pass_through(self, missed: Iterable[tuple[float, float, int]], minutes: float) -> list[dict[str, Any]]:
        """Everything said until then, with a tick every ten seconds where one matters."""
        said, left = list[dict[str, Any]](), sorted(missed)
        for step in range(round(self.now_ms / 10_000), round(minutes * 6)):
            while left and left[0][0] <= step / 6:
                due, last, number = left.pop(0)
                said += self.listened("silent", due, number, round(NOON_MS + last * MINUTE_MS))
            said += self.tick(10)
        return said

    def listened(self, kind: str, minute: float, number: int, last_ms: int) -> list[dict[str, Any]]:
        every_s = 60 * self.every[number]
        known = {"expected_s": round(every_s, 1), "missed_s": round(max(5 * every_s, 900), 1), "last_heard_ms": last_ms}
        return self.say(kind, minute, f"D{number:04d}", entity="caretaker/ACME", **known)


def told(said: Sequence[dict[str, Any]]) -> Counter[tuple[str, str]]:
    return Counter((alert["reasons"][0]["code"], alert["state"]) for alert in said if "title" in alert)


RAISED, CLEARED = ("CARETAKER_SILENT", "RAISED"), ("CARETAKER_SILENT", "CLEARED")
SINGLE, SETTLED = ("DEVICE_SILENT", "RAISED"), ("DEVICE_SILENT", "CLEARED")


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("size", "between"), [(20, MIXED), (500, MIXED), (60, (60.0, 60.0)), (300, (1.0, 1440.0))])
def test_a_mixed_fleet_that_goes_dark_is_one_alert_and_no_more_than_a_handful_before(
    size: int, between: tuple[float, float], seed: int
) -> None:
    fleet = Mixed(size, between, seed)
    hours = 5 * between[1] / 60 + 4
    said = fleet.pass_through((fleet.dark(number, 180.0) for number in range(size)), 180 + 60 * min(hours, 30))

    counted = told(said)
    assert counted[RAISED] == 1
    assert counted[SINGLE] <= 4, "four are too few to speak of all"
    assert counted[SETTLED] == counted[SINGLE], "the alert about all takes their place"
    assert counted[CLEARED] == 0


def test_what_was_told_of_single_ones_says_where_it_goes_on() -> None:
    fleet = Mixed(20)
    said = fleet.pass_through((fleet.dark(number, 0.0) for number in range(20)), 400)
    (whole,) = (alert for alert in said if alert["reasons"][0]["code"] == "CARETAKER_SILENT")
    over = [alert for alert in said if alert["state"] == "CLEARED"]

    assert over
    assert {alert["reasons"][0]["text"] for alert in over} == {
        f"It is one silence with that of others: alert {whole['alertId']} goes on."
    }
    raised = {alert["alertId"] for alert in said if alert["state"] == "RAISED"}
    assert {alert["alertId"] for alert in over} < raised


def test_a_mixed_fleet_that_comes_back_clears_its_alert_and_leaves_none_open() -> None:
    fleet = Mixed(500)
    said = fleet.pass_through((fleet.dark(number, 60.0) for number in range(500)), 600)
    for number in range(500):
        said += fleet.listened("heard", 600, number, NOON_MS + 600 * MINUTE_MS)
    said += fleet.pass_through((), 700)

    counted = told(said)
    assert counted[RAISED] == counted[CLEARED] == 1
    assert counted[SINGLE] == counted[SETTLED] <= 4


@pytest.mark.parametrize(
    ("size", "a_day", "between"),
    [(500, 25, MIXED), (500, 50, (60.0, 60.0)), (20, 3, MIXED), (2_000, 200, (360.0, 1_440.0))],
)
def test_devices_that_fail_each_for_itself_are_single_alerts(
    size: int, a_day: int, between: tuple[float, float]
) -> None:
    """A tenth to a third of them within two days: many more than fail in earnest, and more than `silence_many`."""
    fleet = Mixed(size, between, seed=7)
    failed = fleet.random.sample(range(size), 2 * a_day)
    said = fleet.pass_through(
        (fleet.dark(n, fleet.random.uniform(60, 2 * 1440)) for n in failed), 2 * 1440 + 6 * between[1]
    )

    assert told(said) == {SINGLE: 2 * a_day}


def test_five_of_sixty_that_fail_in_the_same_hour_are_told_one_by_one_an_interval_later_at_most() -> None:
    fleet = Mixed(60, (60.0, 60.0))
    missed = [fleet.dark(number, 100 + 10 * number) for number in range(5)]
    said = fleet.pass_through(missed, 700)

    assert told(said) == {SINGLE: 5}
    for alert, (due, *_) in zip(said, sorted(missed), strict=True):
        assert alert["raisedAt"] == rfc3339(round(NOON_MS + due * MINUTE_MS))
    assert not fleet.pass_through((), 800)


def test_the_other_half_that_goes_dark_hours_later_is_part_of_one_alert_that_is_open() -> None:
    fleet = Mixed(200)
    missed = [fleet.dark(number, 60.0 if number % 2 else 500.0) for number in range(200)]
    said = fleet.pass_through(missed, 1_000)
    for number in range(200):
        said += fleet.listened("heard", 1_000, number, NOON_MS + 1_000 * MINUTE_MS)

    whole = [(alert["alertId"], alert["state"]) for alert in said if alert["reasons"][0]["code"] == "CARETAKER_SILENT"]
    raised = [alert_id for alert_id, state in whole if state == "RAISED"]
    assert sorted(raised) == sorted(alert_id for alert_id, state in whole if state == "CLEARED")
    assert len(set(raised)) == len(raised) == 2


def test_a_clock_that_is_wrong_takes_no_device_out_of_a_wave() -> None:
    """All of them fall silent; the clock of every third has been ten hours behind all along."""
    fleet = Mixed(30)
    said = list[dict[str, Any]]()
    for due, last, number in sorted(fleet.dark(number, 0.0) for number in range(30)):
        said += fleet.pass_through((), due)
        behind_ms = 36_000_000 * (number % 3 == 0)
        at_ms = round(NOON_MS + due * MINUTE_MS)
        known = {"expected_s": 60 * fleet.every[number], "missed_s": 300 * fleet.every[number]}
        known |= {"time_ms": at_ms - behind_ms, "last_heard_ms": round(NOON_MS + last * MINUTE_MS) - behind_ms}
        said += fleet.say("silent", due, f"D{number:04d}", entity="caretaker/ACME", **known)
    said += fleet.pass_through((), 400)

    assert (told(said)[RAISED], told(said)[SINGLE] <= 4) == (1, True)
    assert len(fleet.view._fleets["ACME"].absorbed) == 30


def test_so_it_is_of_devices_whose_habits_the_sensors_shard_had_to_learn() -> None:
    """A day of eighty devices that report when it suits them, give or take a fifth; then nothing more of any."""
    random, sensors, caretakers = Random(3), SensorsShard(0, SETTINGS), Devices(Caretakers(pattern_settings()))
    every = [random.uniform(*MIXED) for _ in range(80)]
    due = [random.uniform(0, minutes) for minutes in every]
    told_of, said = [0] * 80, list[dict[str, Any]]()
    for minute in range(1_440 + 400):
        effects = Effects()
        for number in range(80):
            if due[number] <= minute < 1_440:
                told_of[number] += 1
                due[number] += every[number] * random.uniform(0.8, 1.2)
                heard = event(told_of[number], minute, deviceID=f"D{number:04d}", publisher="ACME")
                sensors.process(records([heard]), effects)
        sensors.tick(minute * MINUTE_MS, effects)
        for touch in touches_of(effects):
            if touch["entity"] == "caretaker/ACME":
                said += caretakers.pass_on(touch)
        said += caretakers.tick(60)

    counted = told(said)
    assert counted[RAISED] == 1
    assert counted[SINGLE] == counted[SETTLED] <= 4
    assert len(caretakers.view._fleets["ACME"].absorbed) == 80


@pytest.mark.parametrize("size", [40, 100])
def test_those_that_stay_dark_when_most_come_back_are_told_of_one_by_one_and_make_no_new_wave(size: int) -> None:
    """However long they have been silent by then, and however seldom they report."""
    fleet = Mixed(size)
    fleet.pass_through((fleet.dark(number, 180.0) for number in range(size)), 720)
    slowest_first = sorted(range(size), key=lambda number: -fleet.every[number])
    said = [alert for number in slowest_first[: size * 17 // 20] for alert in fleet.listened("heard", 721, number, 0)]
    said += [alert for _ in range(360) for alert in fleet.tick(10)]

    assert told(said)[RAISED] == 0
    assert told(said)[SINGLE] == size - size * 17 // 20


def test_how_many_would_be_missed_is_the_same_in_whatever_order_devices_are_known() -> None:
    """After a restart it is another order, and a threshold asks for the sum to the last bit."""
    devices = {
        f"D{number}": Listened(expected_s=600.0 + number, missed_s=3_000.0 + 7 * number) for number in range(200)
    }
    sums = set[float]()
    for seed in range(50):
        fleet = Fleet()
        for name in Random(seed).sample(sorted(devices), len(devices)):
            fleet.join(name, devices[name])
        sums.add(missed(fleet, 0, 3_333_333))

    assert len(sums) == 1
