"""SenML: packs are resolved as RFC 8428 says, and become an event for each device and time."""

from typing import Any

import orjson
import pytest

from streams.intake.faults import Fault
from streams.records.codes import Reject
from streams.vocabularies.draft import Setting
from streams.vocabularies.translate import VOCABULARIES, Translated, translated

ON_A_BOX = Setting(equipment="MSKU9070323")
WIRE = "urn:dev:ow:10e2073a01080063"


def translate(pack: Any, setting: Setting = ON_A_BOX) -> Translated:
    return translated(orjson.dumps(pack), VOCABULARIES["senml"](), setting)


def values(event: dict[str, Any]) -> dict[str, float]:
    return {reading.get("component", ""): reading["value"] for reading in event["sensorReport"]}


def test_several_quantities_at_one_time_are_one_event() -> None:
    """The example of RFC 8428, section 5.1.2."""
    done = translate([
        {"bn": f"{WIRE}:", "bt": 1.276020076e9, "n": "voltage", "u": "V", "v": 120.1},
        {"n": "current", "u": "A", "v": 1.2},
    ])  # fmt: skip

    [event] = done.events
    assert done.rejects == []
    assert (event["deviceID"], event["eventTime"]) == (WIRE, "2010-06-08T18:01:16Z")
    assert event["sensorReport"] == [
        {"type": "Voltage", "value": 120.1, "uom": "VLT", "component": "voltage"},
        {"type": "ElectricCurrent", "value": 1.2, "uom": "AMP", "component": "current"},
    ]


def test_times_are_counted_from_the_base_time() -> None:
    """As the second example of that section: values of the last five seconds."""
    pack: list[dict[str, Any]] = [{"bn": f"{WIRE}:", "bt": 1.276020076001e9, "bu": "A", "bver": 5}]
    pack += [{"n": "current", "t": -second, "v": 1.0 + second / 10} for second in (5, 4, 3)]
    pack += [{"n": "current", "v": 1.7}]

    assert [(event["eventTime"], values(event)["current"]) for event in translate(pack).events] == [
        ("2010-06-08T18:01:11.001Z", 1.5),
        ("2010-06-08T18:01:12.001Z", 1.4),
        ("2010-06-08T18:01:13.001Z", 1.3),
        ("2010-06-08T18:01:16.001Z", 1.7),
    ]


def test_a_moving_device_has_a_position_at_each_time() -> None:
    """As the example of RFC 8428, section 5.1.3: humidity measured on the way."""
    done = translate([
        {"bn": WIRE, "bt": 1.320067464e9, "bu": "%RH", "v": 20},
        {"u": "lon", "v": 24.30621},
        {"u": "lat", "v": 60.07965},
        {"t": 60, "v": 20.3},
        {"u": "lon", "t": 60, "v": 24.30622},
        {"u": "lat", "t": 60, "v": 60.07965},
        {"u": "%EL", "t": 150, "v": 98},
    ])  # fmt: skip

    first, second, last = done.events
    assert first["geoLocation"] == {"latitude": 60.07965, "longitude": 24.30621}
    assert first["sensorReport"] == [{"type": "RelativeHumidity", "value": 20.0, "uom": "P1"}]
    assert second["geoLocation"]["longitude"] == 24.30622
    assert (last["batteryPercent"], last["iotEventCode"]) == (98.0, "X_HEARTBEAT")
    assert done.rejects == []


def test_base_values_are_added_and_imply_no_value() -> None:
    done = translate([
        {"bn": "BOX:", "bt": 1.7e9, "bv": 20, "bu": "Cel", "n": "a", "v": 1.5},
        {"n": "b"},
    ])  # fmt: skip

    assert values(done.events[0]) == {"a": 21.5}
    assert done.rejects == [Fault(Reject.READING_EMPTY, "/1")]


@pytest.mark.parametrize("record", [{"v": 23.1}, {"t": -10, "v": 23.1}, {"bt": 0, "v": 23.1}])
def test_small_times_are_relative_to_the_arrival_and_refused_where_that_is_not_known(record: dict[str, Any]) -> None:
    pack = [{"n": WIRE, "u": "Cel", **record}]
    arrived = ON_A_BOX._replace(received_ms=1_787_000_000_000)

    [event] = translate(pack, arrived).events
    assert event["eventTime"] == ("2026-08-17T20:53:10Z" if "t" in record else "2026-08-17T20:53:20Z")
    assert translate(pack) == Translated([], [Fault(Reject.TIME_FORMAT, "/0/t")])


def test_the_same_record_in_another_pack_is_the_same_event() -> None:
    alone = translate([{"bn": WIRE, "bt": 1.7e9, "u": "Cel", "v": 4.5}]).events
    again = translate([{"bn": WIRE, "bt": 1.6e9, "u": "Cel", "t": 1e8, "v": 4.5}, {"u": "Cel", "v": 4.4}]).events
    other = translate([{"bn": WIRE, "bt": 1.7e9, "u": "Cel", "v": 4.6}]).events

    assert alone == again[:1]
    assert len({event["eventID"] for event in (*alone, *again, *other)}) == 3


def test_doors_seals_and_shocks_are_detections() -> None:
    pack = [
        {"bn": "MSKU9070323:", "bt": 1.7e9, "n": "door", "vb": True},
        {"n": "rear/door", "vb": False},
        {"n": "shock", "vb": True},
        {"n": "seal/CN7741920", "vs": "OPENED"},
        {"n": "power", "vb": False},
    ]
    events = translate(pack, Setting()).events

    assert [event["iotEventCode"] for event in events] == ["DRO", "X_DRC", "X_SHOCK", "X_SEAL", "X_POWER_LOSS"]
    assert events[3]["seal"] == {"sealNumber": "CN7741920", "status": "OPENED"}
    assert {event["equipmentReference"] for event in events} == {"MSKU9070323"}


def test_words_and_states_of_no_known_name_stay_readings() -> None:
    [event] = translate([
        {"bn": "BOX:", "bt": 1.7e9, "n": "mode", "vs": "defrost"},
        {"n": "fan", "vb": False},
    ]).events  # fmt: skip

    assert event["sensorReport"] == [
        {"type": "X_mode", "stringValue": "defrost", "component": "mode"},
        {"type": "X_fan", "booleanValue": False, "component": "fan"},
    ]


@pytest.mark.parametrize(
    ("unit", "value", "taken"),
    [
        ("K", 300, {"type": "Temperature", "value": 300.0, "uom": "KEL"}),
        ("m3/s", 0.5, {"type": "VolumeFlowRate", "value": 1800.0, "uom": "MQH"}),
        ("hPa", 1013, {"type": "Pressure", "value": 1013.0, "uom": "A97"}),
        ("/", 0.5, {"type": "Dimensionless", "value": 0.5, "uom": "C62"}),
        ("m", 12, {"type": "Length", "value": 12.0, "uom": "MTR"}),
    ],
)
def test_the_unit_tells_what_is_measured(unit: str, value: float, taken: dict[str, Any]) -> None:
    [event] = translate([{"n": "BOX", "t": 1.7e9, "u": unit, "v": value}]).events

    assert event["sensorReport"] == [taken]


def test_metres_of_altitude_are_no_length() -> None:
    [event] = translate([{"bn": "BOX:", "n": "altitude", "t": 1.7e9, "u": "m", "v": -4}]).events

    assert event["sensorReport"][0]["type"] == "Altitude"


@pytest.mark.parametrize(
    ("pack", "code", "field"),
    [
        ({"n": "a"}, Reject.FIELD_TYPE, ""),
        ([{}], Reject.READING_EMPTY, "/0"),
        (["a"], Reject.FIELD_TYPE, "/0"),
        ([{"bver": 11, "n": "a", "t": 1.7e9, "u": "Cel", "v": 1}], Reject.CODE_NOT_IN_LIST, "/0/bver"),
        ([{"n": "a", "t": 1.7e9, "u": "Cel", "v": 1}, {"key_": 1}], Reject.FIELD_UNKNOWN, "/1/key_"),
        ([{"n": "a", "t": 1.7e9, "vd": "AQID"}], Reject.FIELD_UNKNOWN, "/0/vd"),
        ([{"n": "a", "t": 1.7e9, "u": "Cel", "s": 3}], Reject.FIELD_UNKNOWN, "/0/s"),
        ([{"n": "a", "t": 1.7e9, "u": "mi", "v": 3}], Reject.CODE_NOT_IN_LIST, "/0/u"),
        ([{"n": "a", "t": 1.7e9, "u": "Cel", "v": "warm"}], Reject.READING_NOT_NUMBER, "/0/v"),
        ([{"n": "a", "t": 1.7e9, "u": "Cel", "v": 1, "vb": True}], Reject.FIELD_UNKNOWN, "/0"),
        ([{"n": "a", "t": "now", "u": "Cel", "v": 1}], Reject.TIME_FORMAT, "/0/t"),
        ([{"n": "a", "t": 1e300, "u": "Cel", "v": 1}], Reject.TIME_FORMAT, "/0/t"),
        ([{"n": "", "t": 1.7e9, "u": "Cel", "v": 1}], Reject.FIELD_EMPTY, "/0/n"),
    ],
)
def test_what_cannot_be_said_is_refused_at_its_place(pack: Any, code: Reject, field: str) -> None:
    done = translate(pack)

    assert done.events == []
    assert done.rejects[0] == Fault(code, field)


def test_a_pack_about_nothing_is_refused() -> None:
    done = translate([{"n": "BOX", "t": 1.7e9, "u": "Cel", "v": 1}], Setting(origin="fleet/unknown"))

    assert done == Translated([], [Fault(Reject.SUBJECT_MISSING, "/0")])
