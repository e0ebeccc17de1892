"""Whatever a device may lawfully send, the shard answers with valid alerts, each once and in order, or not at all."""

from collections import Counter
from itertools import accumulate
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from config.settings import load
from streams.intake.decode import decode_sensor_event
from streams.intake.limits import Limits
from streams.intake.shard import IntakeShard
from streams.log import Effects, LogRecord
from streams.records.alert import Alert
from streams.sensors.settings import SensorSettings
from streams.sensors.shard import SensorsShard
from streams.topics import ALERTS, SENSORS

ALERT = TypeAdapter(Alert)
SETTINGS = SensorSettings(**load().sensors.model_dump() | {"max_devices": 2, "max_detectors": 4, "max_gaps": 2})
NUMBERS = st.floats(-1e18, 1e18, allow_nan=False) | st.floats(-50, 50)
TIMES = st.datetimes().map(lambda time: f"{time.isoformat(timespec='seconds')}Z")
STEPS = st.sampled_from((0, 1_000, 60_000, 20 * 60_000, 7 * 3_600_000))  # of engine time, in milliseconds
READING = st.fixed_dictionaries(
    {"type": st.sampled_from(("Dimensionless", "X_Angle")), "uom": st.just("C62"), "value": NUMBERS},
    optional={
        "exception": st.sampled_from(("ALARM_CONDITION", "ERROR_CONDITION")),
        "component": st.sampled_from(("supply", "return")),
        "time": TIMES,
    },
) | st.fixed_dictionaries(
    {"type": st.sampled_from(("Illuminance",)), "uom": st.just("LUX"), "value": NUMBERS},
)
READING |= st.fixed_dictionaries(
    {"type": st.just("Temperature"), "uom": st.just("CEL"), "value": st.floats(-90, 140)}, optional={"time": TIMES}
)
SEAL = st.fixed_dictionaries(
    {
        "sealNumber": st.sampled_from(("CN7741920", "XX0000001", "x" * 35)),
        "status": st.sampled_from(("SEALED", "OPENED", "CLOSED", "TAMPERED", "UNKNOWN")),
    },
    optional={"conditionCode": st.sampled_from("12345"), "openedAt": TIMES},
)
EVENT = st.fixed_dictionaries(
    {
        "schemaVersion": st.just("1.0"),
        "eventID": st.integers(0, 40).map(str),
        "eventTime": TIMES,
        "eventTypeCode": st.just("DETC"),
        "iotEventCode": st.sampled_from(("DRO", "X_DRC", "X_SHOCK", "X_LIGHT", "X_BATTERY_LOW", "X_HEARTBEAT")),
        "deviceID": st.sampled_from(("a", "b", "c", "d" * 256)),
        "deviceType": st.just("GATEWAY"),
    },
    optional={
        "equipmentReference": st.just("MSKU9070323"),
        "itemIds": st.just(["LZ551209644CN"] * 200),
        "sequence": st.integers(0, 60) | st.just(2**63 - 1),
        "isHistorical": st.booleans(),
        "batteryPercent": st.floats(0, 100),
        "seal": SEAL,
        "sensorReport": st.lists(READING, max_size=5),
        "setpoints": st.sampled_from((("Dimensionless", "C62"), ("Temperature", "CEL"))).map(
            lambda kind: [{"type": kind[0], "value": 1.0, "uom": kind[1], "tolerance": 0.0}]
        ),
        "geoLocation": st.fixed_dictionaries(
            {"latitude": st.floats(-90, 90), "longitude": st.floats(-180, 180)},
            optional={"UNLocationCode": st.sampled_from(("NLRTM", "DEHAM"))},
        ),
        "publisher": st.sampled_from(("ACME", "OTHER")),
        "retractedEventID": st.just("1"),
    },
).map(lambda event: event if {"equipmentReference", "itemIds"} & event.keys() else event | {"itemIds": ["I-1"]})


def taken_in(events: list[dict[str, Any]], at_ms: int) -> list[LogRecord]:
    intake, effects = IntakeShard(SENSORS, 0, Limits(), b"k" * 32), Effects()
    for offset, event in enumerate(events):
        value = orjson.dumps(event)
        assert not decode_sensor_event(value).faults
        intake.process([LogRecord(0, offset, at_ms + offset, None, value)], effects)
    written = [output for output in effects.outputs if output.topic == "readings"]
    return [LogRecord(0, offset, at_ms, output.key, output.value) for offset, output in enumerate(written)]


@settings(max_examples=150, deadline=None)
@given(st.lists(EVENT, max_size=40), st.integers(0, 4_000_000_000_000), st.lists(STEPS, min_size=41, max_size=41))
def test_any_lawful_history_yields_valid_alerts_once_each(
    events: list[dict[str, Any]], at_ms: int, steps: list[int]
) -> None:
    records, effects = taken_in(events, at_ms), Effects()
    shard = SensorsShard(0, SETTINGS)
    for now_ms, record in zip(accumulate(steps), records, strict=False):
        shard.tick(now_ms, effects)
        shard.process([record], effects)
    shard.tick(sum(steps) + 10**12, effects)
    written = [output.value or b"" for output in effects.outputs if output.topic == ALERTS]
    alerts = [ALERT.validate_json(alert) for alert in written]
    said = Counter((alert["alertId"], alert["state"]) for alert in alerts)
    assert set(said.values()) <= {1}
    raised = [alert["alertId"] for alert in alerts if alert["state"] == "RAISED"]
    for alert in alerts:
        assert alert["alertId"] in raised
    replayed = SensorsShard(0, SETTINGS)
    for now_ms, record in zip(accumulate(steps), records, strict=False):
        replayed.tick(now_ms, Effects())
        replayed.replay(record, ())
    replayed.tick(sum(steps) + 10**12, Effects())
    assert replayed.save() == shard.save()


@settings(max_examples=100, deadline=None)
@given(st.lists(EVENT, max_size=40), st.sets(st.integers(0, 40)), st.lists(STEPS, min_size=41, max_size=41))
def test_a_shard_saved_and_loaded_at_any_time_goes_on_as_if_nothing_had_happened(
    events: list[dict[str, Any]], saved_after: set[int], steps: list[int]
) -> None:
    lived, restarted, expected, effects = SensorsShard(0, SETTINGS), SensorsShard(0, SETTINGS), Effects(), Effects()
    snapshot: dict[str, bytes] = {}
    for number, record in enumerate(taken_in(events, 1_790_000_000_000)):
        for shard, found in ((lived, expected), (restarted, effects)):
            shard.tick(sum(steps[: number + 1]), found)
            shard.process([record], found)
        if number in saved_after:
            changed = {**snapshot, **restarted.save()}
            snapshot = {name: content for name, content in changed.items() if content is not None}
            restarted = SensorsShard(0, SETTINGS)
            restarted.load(snapshot)
            assert restarted.save() == {}

    assert effects == expected
    last = {**snapshot, **restarted.save()}
    assert {name: content for name, content in last.items() if content is not None} == lived.save()
