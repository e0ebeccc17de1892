"""Time passes by ticks: what they do does not depend on how many there are, nor on a restart among them."""

import time
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from streams.log import Effects
from streams.registry import Providers
from streams.sensors.presence import Presence
from streams.sensors.shard import Known, SensorsShard
from streams.sensors.timers import Timers
from tests.unit.sensors.events import SETTINGS, alerts_of, event, reading, records, seal, touches_of
from tests.unit.sensors.live import START_MS, Live

RESTLESS = replace(
    SETTINGS,
    hold_s={"LIGHT_INSIDE": 60.0, "DOOR_OPENED": 30.0},
    escalate_s={**SETTINGS.escalate_s, "LIGHT_INSIDE": 1200.0, "SHOCK": 600.0},
)
"""Much waits, and much grows worse."""
CODES = ("DRO", "X_DRC", "X_SHOCK", "X_POWER_LOSS", None, None)


def story(seed: int, length: int = 120) -> list[dict[str, Any]]:
    """Devices with doors, shocks, light and warmth, which report every ten minutes or so and fall silent in between."""
    rng, made, at_minutes = Random(seed), [], 0.0
    for number in range(length):
        at_minutes += rng.choice((3.0, 3.0, 3.0, 200.0)) * rng.uniform(0.9, 1.1)
        extra: dict[str, Any] = seal(rng.choice(("OPENED", "SEALED"))) if rng.random() < 0.05 else {}
        warm = rng.choice((5.0, 5.0, 30.0))
        setpoint = {"type": "Temperature", "value": 5.0, "uom": "CEL", "tolerance": 2.0}
        extra |= {
            "deviceID": f"device-{rng.randrange(3)}",
            "publisher": rng.choice(("ACME", None)),
            "sensorReport": [reading(warm), reading(rng.choice((0.0, 400.0)), "Illuminance", "LUX")],
            "setpoints": [setpoint],
        }
        if code := rng.choice(CODES):
            extra["iotEventCode"] = code
        made.append(event(number, round(at_minutes, 2), sequence=None, **extra))
    return made


def lived(events: list[dict[str, Any]], step_minutes: float) -> Live:
    return Live(RESTLESS, step_minutes).take(*events).until(events[-1]["at"] / 60_000 - START_MS / 60_000 + 2000)


def sorted_by(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return sorted((alert["alertId"], str(sorted(alert.items(), key=str))) for alert in found)


@pytest.mark.parametrize("seed", range(4))
def test_alerts_are_the_same_however_often_time_is_told(seed: int) -> None:
    events = story(seed)
    often, seldom = lived(events, 0.5), lived(events, 10_000.0)
    assert sorted_by(often.alerts) == sorted_by(seldom.alerts)
    assert len(often.alerts) > 20


@pytest.mark.parametrize("seed", range(4))
def test_ticks_that_tell_nothing_leave_nothing_and_may_be_left_out_of_the_log(seed: int) -> None:
    """As a restart does it: only ticks that wrote something, and the last one before each record, are marked."""
    events, live, log = story(seed), Live(RESTLESS), []
    for each in events:
        until = (each["at"] - START_MS) / 60_000
        while live.minutes < until:
            written = len(live.effects.outputs)
            live.until(min(live.minutes + 1, until))
            if len(live.effects.outputs) > written or live.minutes >= until:
                log.append(round(live.minutes * 60_000))
        live.take(each)
        log.append(each)
    again = SensorsShard(0, RESTLESS, partitions=4)
    for entry in log:
        if isinstance(entry, int):
            again.tick(entry, Effects())
        else:
            again.replay(records([entry])[0], ())
    assert again.save() == live.shard.save()
    assert len(log) < live.minutes / 2


@pytest.mark.parametrize("seed", range(4))
def test_a_shard_saved_and_loaded_at_any_time_tells_the_same(seed: int) -> None:
    rng, events, straight, parts = Random(seed), story(seed), Live(RESTLESS), {}
    restarted = Live(RESTLESS)
    for each in events:
        straight.take(each)
        restarted.take(each)
        if rng.random() < 0.3:
            changed = {**parts, **restarted.shard.save()}
            parts = {name: content for name, content in changed.items() if content is not None}
            restarted.shard = SensorsShard(0, RESTLESS, partitions=4)
            restarted.shard.load(parts)
            assert restarted.shard.save() == {}
    straight.until(straight.minutes + 3000)
    restarted.until(restarted.minutes + 3000)
    assert restarted.effects == straight.effects
    assert straight.shard.sizes() == restarted.shard.sizes()


@pytest.mark.parametrize("seed", range(4))
def test_each_alert_and_state_occurs_once_and_nothing_is_cleared_that_was_not_raised(seed: int) -> None:
    alerts = lived(story(seed, 300), 7.0).alerts
    pairs = [(alert["alertId"], alert["state"]) for alert in alerts]
    assert len(set(pairs)) == len(pairs)
    for place, (alert_id, state) in enumerate(pairs):
        assert state == "RAISED" or (alert_id, "RAISED") in pairs[:place]


def test_a_shard_loaded_between_two_ticks_knows_the_registry_as_it_was_at_the_last() -> None:
    live = Live(permittedPlaces=["NLRTM"]).until(5)
    loaded = SensorsShard(0, SETTINGS, Known(live.devices, Providers()))
    loaded.load({name: content for name, content in live.shard.save().items() if content is not None})
    live.register(permittedPlaces=[])
    place, effects = {"latitude": 51.95, "longitude": 4.14, "UNLocationCode": "NLRTM"}, Effects()
    opened = event(1, 6, publisher="ACME", iotEventCode="DRO", geoLocation=place)
    loaded.process(records([opened]), effects)
    assert alerts_of(effects) == []


def test_devices_age_alone_whatever_the_order_in_which_others_report() -> None:
    events = story(9)
    apart = [
        each for name in ("device-2", "device-0", "device-1") for each in events if each["event"]["deviceID"] == name
    ]

    def told(history: list[dict[str, Any]]) -> list[tuple[str, str]]:
        shard, effects = SensorsShard(0, RESTLESS), Effects()
        shard.process(records(history), effects)
        return sorted_by(alerts_of(effects))

    assert told(events) == told(apart)


def test_what_is_told_of_a_forgotten_device_is_cleared_at_once_and_it_is_not_due_any_more() -> None:
    live = Live(replace(SETTINGS, max_devices=1))
    live.take(event(1, 0, iotEventCode="X_SHOCK"), event(1, 1, deviceID="another"))
    raised, cleared = live.alerts
    assert (cleared["alertId"], cleared["state"]) == (raised["alertId"], "CLEARED")
    assert cleared["reasons"][0]["text"] == "It is watched no longer, for others took its room."
    assert live.until(5000).alerts == [raised, cleared]


def test_timers_moved_up_again_and_again_take_no_more_room_and_are_told_once() -> None:
    timers = Timers()
    for sooner in range(10_000):
        for name in ("a", "b"):
            timers.set(name, 20_000 - sooner)
    assert len(timers._heap) < 100
    assert (list(timers.expired(10_000)), list(timers.expired(10_001)), list(timers.expired(10**9))) == (
        [],
        ["a", "b"],
        [],
    )


def test_a_device_that_comes_to_report_more_often_is_missed_the_sooner() -> None:
    presence = Presence()
    for hour in range(50):
        presence.hear(hour * 3_600_000, 0, historical=False)
    assert presence.expects_s(None) == 3600
    for minute in range(2_000):
        presence.hear((49 * 60 + minute) * 60_000, 0, historical=False)
    assert presence.expects_s(None) == 60


def test_a_tick_costs_microseconds_with_a_hundred_thousand_devices_that_all_report() -> None:
    timers, heard = Timers(), 100_000
    for number in range(heard):
        timers.set(f"device-{number}", 900_000 + number)
    for number in range(heard):
        timers.set(f"device-{number}", 1_800_000 + number)
    began = time.process_time()
    for second in range(900, 1_000):
        assert list(timers.expired(second * 1000)) == []
    spent_ms = (time.process_time() - began) * 1000
    assert spent_ms < 2_000, f"{spent_ms:.0f} ms for a hundred ticks that each put a thousand devices off"
    began = time.process_time()
    for _ in range(1000):
        list(timers.expired(1_000_000))
    assert time.process_time() - began < 0.05


def test_a_silent_device_of_a_caretaker_is_told_to_those_who_look_at_the_caretaker_and_raises_nothing() -> None:
    live = Live().take(*(event(n, n * 10.0, publisher="ACME") for n in range(8)))
    live.until(200)
    assert live.said == []
    (first, known), (silent,) = live.touches("heard"), live.touches("silent")
    assert "expected_s" not in first
    assert known["expected_s"] == silent["expected_s"] == 600.0
    assert first["entity"] == silent["entity"] == "caretaker/ACME"
    assert silent["last_heard_ms"] == START_MS + 70 * 60_000
    assert silent["time_ms"] == START_MS + (70 + 50) * 60_000
    assert silent["trust"] < first["trust"] == 1.0
    live.take(event(8, 300, publisher="ACME"))
    assert len(live.touches("heard")) == 3


def test_a_device_of_which_its_keeper_says_how_often_it_reports_is_missed_from_its_first_event_on() -> None:
    live = Live(expected_s=600.0).until(1).take(event(1, 2, publisher="ACME")).until(60)
    assert [touch["time_ms"] for touch in live.touches("silent")] == [START_MS + (2 + 50) * 60_000]


def test_time_in_which_no_engine_ran_makes_no_device_silent() -> None:
    effects, shard = Effects(), SensorsShard(0, SETTINGS)
    shard.process(records([event(n, n * 10.0, publisher="ACME") for n in range(8)]), effects)
    shard.tick(60_000, effects)
    shard.process(records([event(9, 5000.0, publisher="ACME")]), effects)
    assert [touch["kind"] for touch in touches_of(effects) if touch["kind"] == "silent"] == []
