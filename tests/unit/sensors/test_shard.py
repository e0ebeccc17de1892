"""The shard is a pure fold: equal logs give equal states, equal alerts and equal ids, within fixed bounds."""

import pickle
from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

import orjson

from streams.log import Effects, LogRecord
from streams.sensors.shard import SensorsShard
from streams.topics import ALERTS
from tests.unit.sensors.events import (
    BOX,
    DEVICE,
    SETTINGS,
    alerts_of,
    event,
    reading,
    records,
    run,
    said,
    seal,
    touches_of,
)


def traffic(length: int = 900, devices: int = 3, seed: int = 5) -> list[dict[str, Any]]:
    """Devices that measure, lose events, repeat some, and have their seals and sensors played with."""
    rng = Random(seed)
    made = []
    for number in range(length):
        chance = rng.random()
        extra = seal(rng.choice(("OPENED", "SEALED"))) if chance < 0.02 else {}
        value = 40.0 if 700 < number < 720 else rng.gauss(5, 0.5)
        device = f"device-{number % devices}"
        extra |= {"sensorReport": [reading(value), reading(60 + value, "RelativeHumidity", "P1")]}
        made.append(event(number // devices, number, deviceID=device, batteryPercent=70 * chance, **extra))
    return [each for each in made for _ in range(2 if rng.random() < 0.03 else 1) if rng.random() > 0.02]


def test_replay_leaves_the_state_that_process_left() -> None:
    log = records(traffic())
    processed, replayed = SensorsShard(0, SETTINGS), SensorsShard(0, SETTINGS)
    processed.process(log, Effects())
    for record in log:
        replayed.replay(record, ())
    assert pickle.dumps(replayed) == pickle.dumps(processed)


def test_a_shard_restored_in_the_middle_goes_on_as_if_nothing_had_happened() -> None:
    log = records(traffic())
    straight, restored, whole, rest = SensorsShard(0, SETTINGS), SensorsShard(0, SETTINGS), Effects(), Effects()
    straight.process(log[:500], Effects())
    straight.process(log[500:], whole)
    for record in log[:500]:
        restored.replay(record, ())
    restored.process(log[500:], rest)
    assert rest == whole
    assert whole.outputs


def test_the_size_of_the_batches_does_not_matter() -> None:
    log = records(traffic())
    at_once, singly = Effects(), Effects()
    SensorsShard(0, SETTINGS).process(log, at_once)
    shard = SensorsShard(0, SETTINGS)
    for record in log:
        shard.process([record], singly)
    assert (alerts_of(singly), touches_of(singly)) == (alerts_of(at_once), touches_of(at_once))
    assert singly.counts == at_once.counts


def test_each_alert_and_state_occurs_once() -> None:
    alerts = run(*traffic(3000))
    pairs = [(alert["alertId"], alert["state"]) for alert in alerts]
    assert len(pairs) > 20
    assert len(set(pairs)) == len(pairs)
    cleared = {alert_id for alert_id, state in pairs if state == "CLEARED"}
    assert cleared <= {alert_id for alert_id, state in pairs if state == "RAISED"}


def test_alerts_are_counted_when_they_are_raised_not_when_they_are_cleared() -> None:
    effects = Effects()
    SensorsShard(0, SETTINGS).process(records(traffic(3000)), effects)
    states = Counter(alert["state"] for alert in alerts_of(effects))
    assert states["CLEARED"]
    assert sum(number for (name, *_), number in effects.counts.items() if name == "alerts") == states["RAISED"]


def test_alerts_are_keyed_by_container_else_by_device_and_carry_cloudevents_headers() -> None:
    effects = Effects()
    alone = event(2, **seal("OPENED"), deviceID="other", equipmentReference=None, receptacleId="R")
    SensorsShard(0, SETTINGS).process(records([event(1, **seal("OPENED")), alone]), effects)
    first, second = (output for output in effects.outputs if output.topic == ALERTS)
    assert (first.topic, first.key, second.key) == ("alerts.v1", BOX.encode(), b"other")
    headers, alert = dict(first.headers), orjson.loads(first.value or b"")
    assert headers["ce_id"] == f"{alert['alertId']}-RAISED".encode()
    assert headers["content-type"] == b"application/json"
    assert effects.counts["alerts", "SENSOR", "CRITICAL"] == 2


def test_unusual_readings_are_told_once_with_the_figure_and_what_is_usual() -> None:
    rng = Random(1)
    values = [rng.gauss(5, 0.2) for _ in range(500)] + [12.0] * 40 + [rng.gauss(5, 0.2) for _ in range(400)]
    alerts = run(*(event(n, n, sensorReport=[reading(value)]) for n, value in enumerate(values)))
    assert said(alerts) == [("UNUSUAL_READINGS", "RAISED"), ("UNUSUAL_READINGS", "CLEARED")]
    reason = alerts[0]["reasons"][0]
    assert alerts[0]["source"]["offset"] in range(500, 510)
    assert reason["value"] == 12.0
    assert reason["text"].startswith("Temperature behaves as never before in 50")
    assert reason["normal"].endswith("°C")
    assert 0.5 <= reason["contribution"] <= 1


def test_what_moves_less_than_the_least_range_is_noise() -> None:
    def codes(kind: str, uom: str) -> list[tuple[str, str]]:
        values = [5.0 + n % 5 / 100 for n in range(500)] + [5.5] * 30
        return said(run(*(event(n, n, sensorReport=[reading(v, kind, uom)]) for n, v in enumerate(values))))

    assert codes("Temperature", "CEL") == []
    assert codes("Voltage", "VLT") == [("UNUSUAL_READINGS", "RAISED")]


def test_historical_readings_alert_too() -> None:
    values = [5.0 + n % 5 / 10 for n in range(500)] + [30.0] * 10
    alerts = run(*(event(n, n, isHistorical=True, sensorReport=[reading(value)]) for n, value in enumerate(values)))
    assert said(alerts) == [("UNUSUAL_READINGS", "RAISED")]


def test_a_reading_out_of_range_teaches_the_detector_nothing() -> None:
    def run_with(wild: bool) -> SensorsShard:
        shard = SensorsShard(0, SETTINGS)
        calm = [event(n, n, sensorReport=[reading(5.0 + n % 5 / 10)]) for n in range(400)]
        flagged = event(400, 400, sensorReport=[reading(5e4)], flags=["READING_OUT_OF_RANGE"])
        run(*calm, *[flagged] * wild, shard=shard)
        return shard

    tame, wild = (run_with(wild)._devices[DEVICE].quantities for wild in (False, True))
    for quantities in (tame, wild):
        quantities["Temperature"].used = 0  # it was measured
    assert pickle.dumps(wild) == pickle.dumps(tame)


def test_components_of_one_type_are_told_apart() -> None:
    both = [reading(4.0, component="supply"), reading(9.0, component="return")]
    shard = SensorsShard(0, SETTINGS)
    run(event(1, sensorReport=both), shard=shard)
    assert set(shard._devices[DEVICE].quantities) == {"Temperature/supply", "Temperature/return"}


def test_devices_detectors_and_quantities_are_bounded_and_who_was_heard_least_recently_gives_way() -> None:
    small = replace(SETTINGS, max_devices=3, max_detectors=5, max_quantities=2)
    shard = SensorsShard(0, small)
    many = [reading(1.0, f"Type{n}") for n in range(9)]
    for number, device in enumerate(["a", "b", "a", "c"]):
        run(event(number, deviceID=device, sensorReport=many), shard=shard)
    assert {name: len(device.quantities) for name, device in shard._devices.items()} == {"a": 2, "b": 1, "c": 2}
    run(event(4, deviceID="d", sensorReport=many), shard=shard)
    assert {name: len(device.quantities) for name, device in shard._devices.items()} == {"a": 1, "c": 2, "d": 2}


def test_an_empty_record_is_passed_over() -> None:
    effects = Effects()
    SensorsShard(0, SETTINGS).process([LogRecord(0, 0, 0, b"key", None)], effects)
    assert effects == Effects()
