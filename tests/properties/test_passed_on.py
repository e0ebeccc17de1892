"""Whatever intake lets through, the shards behind it can live with: one record nobody can fold stops a partition."""

import json
from copy import deepcopy
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.settings import load
from streams.intake import IntakeShard, Limits
from streams.intake.units import QUANTITIES
from streams.log import Effects, LogRecord, Output
from streams.models import build
from streams.records.alert import Alert
from streams.records.decision import RiskDecision
from streams.records.feedback import Feedback
from streams.records.schema import check
from streams.sensors.settings import SensorSettings
from streams.sensors.shard import SensorsShard
from streams.topics import ALERTS, CASES, DECISIONS, FEEDBACK, MANIFESTS, OUTCOMES, READINGS, REJECTED, SENSORS
from tests.intake_examples import AT_MS, DECLARED_MANIFEST, MANIFEST, OUTCOME, SENSOR_EVENT, changed
from tests.properties.test_intake import places
from tests.risk_cases import Log

SENSOR_SETTINGS = SensorSettings(**load().sensors.model_dump())
PUBLIC = {ALERTS: Alert, DECISIONS: RiskDecision, FEEDBACK: Feedback}
MEASURED = SENSOR_EVENT | {
    "eventTypeCode": "MEAS",
    "sensorReport": [{"type": "Temperature", "value": 1.5, "uom": "CEL"}],
}
EXAMPLES = [
    (MANIFESTS, MANIFEST),
    (MANIFESTS, MANIFEST | {"messageFunction": "4"}),
    (MANIFESTS, MANIFEST | {"messageFunction": "1"}),
    (MANIFESTS, DECLARED_MANIFEST),
    (OUTCOMES, OUTCOME),
    (OUTCOMES, OUTCOME | {"itemIdType": "DECLARATION", "itemId": "56839011"}),
    (SENSORS, SENSOR_EVENT),
    (SENSORS, MEASURED),
]
EXTREMES: list[Any] = [
    *(0, -0.0, 1e308, -1e308, 1e18, 5e-324, 2**63 - 1, 2**63, 2**64, 10**30, -(2**63), True, None, [], {}),
    *("", " ", "0", "p1", ".", "ZZ", "KRW", "GRM", "9999999999999.999", "0.001", "0.000001", "\u200b", "\ufdfa" * 15),
    *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999999-23:59", "2016-12-31T23:59:60Z", "0001-01-01"),
    *("000000", "CONFORM", "NOT_PERFORMED", "CONTROLLED_DELIVERY", "OFFICER", "LZ 551 209 644 CN", "a" * 35, "\ud800"),
]


class Engine:
    """Intake, risk and sensors, one partition each, with a model that learns."""

    def __init__(self) -> None:
        self.risk = Log(model=build())
        self.sensors = SensorsShard(0, SENSOR_SETTINGS)
        self.offset = 0

    def take(self, topic: str, raw: bytes, at_ms: int = AT_MS) -> list[Output]:
        """All that follows from one record of a public topic."""
        effects = Effects()
        IntakeShard(topic, 0, Limits(), b"k" * 32).process([LogRecord(0, self.offset, at_ms, None, raw)], effects)
        self.offset += 1
        return effects.outputs + [said for output in effects.outputs for said in self.behind(output, at_ms)]

    def behind(self, output: Output, at_ms: int) -> list[Output]:
        if output.topic == CASES:
            return self.risk.feed([LogRecord(0, len(self.risk.records), at_ms, output.key, output.value)])
        effects = Effects()
        if output.topic == READINGS:
            self.sensors.process([LogRecord(0, self.offset, at_ms, output.key, output.value)], effects)
        return effects.outputs


@st.composite
def spoilt(draw: st.DrawFn) -> tuple[str, bytes]:
    """A good example with one or two values, anywhere in it, replaced by something extreme."""
    topic, example = draw(st.sampled_from(EXAMPLES))
    tree: Any = {"": deepcopy(example)}
    for _ in range(draw(st.integers(1, 2))):
        *way, last = draw(st.sampled_from([("", *place) for place in places(tree[""])]))
        place = tree
        for step in way:
            place = place[step]
        place[last] = deepcopy(draw(st.sampled_from(EXTREMES)))
    return topic, json.dumps(tree[""]).encode()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(spoilt(), st.sampled_from([-1, 0, AT_MS, 253_402_300_799_999, 2**62])), max_size=8))
def test_no_shard_chokes_on_what_intake_passes_on(history: list[tuple[tuple[str, bytes], int]]) -> None:
    engine = Engine()

    for (topic, raw), at_ms in history:
        for output in engine.take(topic, raw, at_ms):
            if output.topic in PUBLIC:
                check(PUBLIC[output.topic], orjson.loads(output.value or b""))


@pytest.mark.parametrize("size", [1e308, -1e308, 1e18, -1e18, 1e-300])
@pytest.mark.parametrize("kind", [*QUANTITIES, "Dimensionless", "X_Own"])
def test_a_measurement_of_any_size_in_any_unit_leaves_the_sensors_shard_alive(kind: str, size: float) -> None:
    engine = Engine()
    for unit in QUANTITIES[kind].units if kind in QUANTITIES else ("C62",):
        report = {"type": kind, "uom": unit}
        sized = [report | {name: size} for name in ("value", "minValue", "maxValue", "meanValue")]
        setpoints = [report | {"value": size}, report | {"value": 1.0, "tolerance": size}]
        events = [{"/sensorReport/0": reading} for reading in sized] + [{"/setpoints/0": aim} for aim in setpoints]
        for number, changes in enumerate(events):
            usual = {"/sensorReport/0": report | {"value": 1.0}, "/eventID": f"{unit}-{number}"}
            event = changed(MEASURED, usual | changes)
            del event["sequence"]
            outputs = engine.take(SENSORS, json.dumps(event).encode())

            kinds = {output.topic for output in outputs}
            assert (REJECTED in kinds, READINGS in kinds) == (abs(size) > 1e18, abs(size) <= 1e18)
            assert all(b"null" not in (output.value or b"") for output in outputs if output.topic == READINGS)


@pytest.mark.parametrize("aim", [{"value": None}, {"value": 1.0, "tolerance": None}])
def test_a_setpoint_that_is_null_in_an_old_log_is_passed_over(aim: dict[str, Any]) -> None:
    shard, report = SensorsShard(0, SENSOR_SETTINGS), {"type": "Temperature", "uom": "CEL"}
    for number, value in enumerate([None, 1.5]):
        event = {"eventID": str(number), "eventTime": "2026-08-21T02:41:07Z", "deviceID": "d"}
        told = event | {"setpoints": [report | aim], "sensorReport": [report | {"value": value}]}
        reading = {"source": {}, "at": AT_MS, "time_ms": AT_MS, "flags": [], "event": told}

        shard.process([LogRecord(0, number, AT_MS, b"d", orjson.dumps(reading))], effects := Effects())

        assert ALERTS not in {output.topic for output in effects.outputs}
