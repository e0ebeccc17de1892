"""Whoever floods a shard with nonsense crowds out nobody but other strangers, and no alarm stays open for ever."""

from dataclasses import replace
from typing import Any

import pytest

from streams.log import Effects
from streams.sensors.shard import SensorsShard
from tests.unit.sensors.events import DEVICE, SETTINGS, alerts_of, event, reading, records, said
from tests.unit.sensors.live import Live

SMALL = replace(SETTINGS, max_devices=160, max_detectors=320, max_quantities=8)
NONSENSE = [reading(1.0, f"X_{number}", "C62") for number in range(40)]


def honest(number: int, device: str = DEVICE, **more: Any) -> dict[str, Any]:
    """A device that measures two quantities every ten minutes."""
    both = [reading(4.0 + number % 5 / 10), reading(60.0 + number % 7, "RelativeHumidity", "P1")]
    return event(number, 10 * number, deviceID=device, publisher="ACME", **{"sensorReport": both} | more)


def flooded(live: Live, devices: int, minutes: float, events: int = 1) -> None:
    """So many devices that nobody knows send nonsense, each so often."""
    made = [
        event(number, minutes + number / 100, deviceID=f"nonsense-{device}", sensorReport=NONSENSE)
        for number in range(events)
        for device in range(devices)
    ]
    live.shard.process(records(made), live.effects)


def remembered(live: Live, device_id: str = DEVICE) -> bytes:
    device = live.shard._devices[device_id]
    return device.save(device_id)


@pytest.mark.parametrize("registered", [True, False])
def test_a_flood_of_devices_with_nonsense_leaves_an_honest_one_all_that_is_known_of_it(*, registered: bool) -> None:
    live = Live(SMALL, **({"publisher": "ACME"} if registered else {}))
    live.take(*(honest(number) for number in range(20)), honest(20, iotEventCode="DRO"))
    before, told = remembered(live), len(live.alerts)
    flooded(live, 2_000, 201)

    assert remembered(live) == before
    assert said(live.alerts[:told]) == [("DOOR_OPENED", "RAISED")]
    assert [alert for alert in live.alerts[told:] if alert["subject"]["deviceID"] == DEVICE] == []
    assert (live.shard.sizes()["devices"], live.shard.sizes()["detectors"]) == (160, 320)
    live.take(honest(21, iotEventCode="X_DRC"))
    assert live.said[-1] == ("DOOR_OPENED", "CLEARED")


def test_a_registered_device_stays_though_strangers_behave_like_devices_for_as_long_as_they_like() -> None:
    live = Live(SMALL, publisher="ACME")
    live.take(*(honest(number) for number in range(20)), honest(20, iotEventCode="DRO"))
    before = remembered(live)
    flooded(live, 400, 201, events=8)

    assert remembered(live) == before
    quiet = Live(SMALL, publisher="ACME").take(
        *(honest(number) for number in range(20)), honest(20, iotEventCode="DRO")
    )
    assert [told for told in live.until(1_000).said if told[0] == "DEVICE_SILENT"] == []
    assert [touch["deviceID"] for touch in live.touches("silent") if touch["deviceID"] == DEVICE] == [DEVICE]
    assert [touch["at"] for touch in quiet.until(1_000).touches("silent")] == [
        touch["at"] for touch in live.touches("silent") if touch["deviceID"] == DEVICE
    ]


def test_newcomers_find_room_though_all_others_are_registered() -> None:
    live = Live(SMALL)
    for number in range(200):
        live.register(deviceID=f"D{number}")
    live.until(1).take(*(honest(1, f"D{number}") for number in range(200)))
    flooded(live, 8, 11)

    strangers = [name for name in live.shard._devices if name.startswith("nonsense")]
    assert len(strangers) == 8, "a sixteenth of 160 is for them"
    assert len(live.shard._devices) == 160


def test_a_device_that_measures_very_much_loses_its_own_detectors_first() -> None:
    live = Live(SMALL)
    few = [event(1, 0, deviceID=f"D{number}", sensorReport=NONSENSE[:3]) for number in range(106)]
    greedy = event(2, 1, deviceID="greedy", sensorReport=NONSENSE)
    live.take(*few, greedy)

    kept = {name: len(device.quantities) for name, device in live.shard._devices.items()}
    assert kept.pop("greedy") == 4
    assert sorted(kept.values()) == [1] + [3] * 105, "318 of 320 were taken: of its first four, two are at others' cost"


def test_one_quantity_more_takes_the_place_of_one_that_comes_no_longer_whose_alert_is_cleared() -> None:
    faulty = reading(None, "X_0", "C62", exception="ERROR_CONDITION")
    live = Live(SMALL).take(event(0, 0, sensorReport=[faulty, *NONSENSE[1:8]]))
    live.take(*(event(number, number, sensorReport=NONSENSE[1:9]) for number in range(1, 100)))
    assert ("X_0" in live.shard._devices[DEVICE].quantities, live.said) == (
        True,
        [("SENSOR_ERROR_CONDITION", "RAISED")],
    )
    live.take(event(100, 100, sensorReport=NONSENSE[1:9]))

    assert set(live.shard._devices[DEVICE].quantities) == {f"X_{number}" for number in range(1, 9)}
    assert live.said[1:] == [("SENSOR_ERROR_CONDITION", "CLEARED")]
    assert live.alerts[0]["alertId"] == live.alerts[1]["alertId"]


def test_nonsense_in_the_name_of_a_device_does_not_take_the_place_of_what_it_measures() -> None:
    live = Live(SMALL).take(*(honest(number) for number in range(50)))
    live.take(*(event(50 + number, 500, eventID=f"x{number}", sensorReport=NONSENSE) for number in range(90)))

    assert set(live.shard._devices[DEVICE].quantities) >= {"Temperature", "RelativeHumidity"}


def test_setpoints_of_nonsense_are_bounded_too() -> None:
    aims = [{"type": f"X_{number}", "value": 1.0, "uom": "C62"} for number in range(50)]
    live = Live(SMALL).take(event(1, 0, setpoints=aims))

    assert len(live.shard._devices[DEVICE].rules._limits) == 8


def test_what_was_told_of_strangers_that_gave_way_is_cleared_once_and_their_caretaker_hears() -> None:
    live = Live(SMALL)
    opened = [event(1, 0, deviceID=f"D{number}", publisher="ACME", iotEventCode="DRO") for number in range(400)]
    live.take(*opened)

    raised = {alert["alertId"] for alert in live.alerts if alert["state"] == "RAISED"}
    cleared = [alert["alertId"] for alert in live.alerts if alert["state"] == "CLEARED"]
    assert (len(raised), len(cleared), len(set(cleared) & raised)) == (400, 240, 240)
    assert [touch["deviceID"] for touch in live.touches("gone")] == [f"D{number}" for number in range(240)]


def test_a_shard_saved_amid_a_flood_goes_on_as_if_nothing_had_happened() -> None:
    events = [honest(number) for number in range(12)]
    events += [event(n, 130 + n, deviceID=f"N{n % 230}", sensorReport=NONSENSE[n % 7 :]) for n in range(900)]
    log = records(sorted(events, key=lambda each: each["at"]))
    lived, whole = SensorsShard(0, SMALL), Effects()
    lived.process(log, whole)
    first, parts = Effects(), dict[str, bytes]()
    shard = SensorsShard(0, SMALL)
    for cut in range(0, len(log), 100):
        shard.process(log[cut : cut + 100], first)
        for name, part in shard.save().items():
            parts.update({name: part}) if part is not None else parts.pop(name)
        restarted = SensorsShard(0, SMALL)
        restarted.load(parts)
        assert {name: part for name, part in restarted.save().items() if part} == {}
        shard = restarted

    assert alerts_of(first) == alerts_of(whole)
    assert parts == lived.save()
