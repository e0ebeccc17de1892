"""Every reject and flag of a sensor event, and the reading that becomes of a good one."""

from typing import Any

import pytest

from streams.intake import decode_sensor_event
from streams.intake.sensor_flags import FLAGS
from streams.records.codes import Flag, Reject
from streams.topics import FEEDBACK, READINGS, REJECTED, SENSORS
from tests.intake_examples import GONE, SENSOR_EVENT, as_bytes, bodies, changed, take, written

MEASUREMENT = changed(SENSOR_EVENT, {"/eventTypeCode": "MEAS", "/iotEventCode": GONE, "/seal": GONE})
R = "/sensorReport/0"
SPOILED: list[tuple[str, str, dict[str, Any]]] = [
    ("FIELD_MISSING", "/eventID", {"/eventID": GONE}),
    ("FIELD_UNKNOWN", "/mood", {"/mood": "good"}),
    ("FIELD_TYPE", "/sequence", {"/sequence": "7"}),
    ("FIELD_TYPE", "/sequence", {"/sequence": 7.0}),
    ("FIELD_TYPE", "/batteryPercent", {"/batteryPercent": "full"}),
    ("NUMBER_RANGE", "/sequence", {"/sequence": -1}),
    ("NUMBER_RANGE", "/batteryPercent", {"/batteryPercent": 101}),
    ("TIME_FORMAT", "/eventTime", {"/eventTime": 1_787_213_700}),
    ("TIME_NO_ZONE", f"{R}/time", {f"{R}/time": "2026-08-21T02:41:07"}),
    ("CODE_NOT_IN_LIST", "/iotEventCode", {"/iotEventCode": "X_PARTY"}),
    ("CODE_NOT_IN_LIST", "/seal/status", {"/seal/status": "LOOSE"}),
    ("CODE_NOT_IN_LIST", f"{R}/type", {f"{R}/type": "Temprature"}),
    ("CODE_NOT_IN_LIST", "/setpoints/0/type", {"/setpoints/0/type": "Temprature"}),
    ("LIST_TOO_LONG", "/setpoints", {"/setpoints": [SENSOR_EVENT["setpoints"][0]] * 17}),
    ("CONTAINER_ID_FORMAT", "/equipmentReference", {"/equipmentReference": "MSKU907032"}),
    ("CONTAINER_ID_CHECK_DIGIT", "/equipmentReference", {"/equipmentReference": "MSKU9070324"}),
    ("RECEPTACLE_ID_FORMAT", "/receptacleId", {"/receptacleId": "CNSHAA"}),
    ("ITEM_ID_FORMAT", "/itemIds/0", {"/itemIds": ["no item"]}),
    ("SUBJECT_MISSING", "", {"/equipmentReference": GONE}),
    ("SUBJECT_MISSING", "", {"/equipmentReference": GONE, "/itemIds": []}),
    ("SENSOR_REPORT_EMPTY", "/sensorReport", {"/eventTypeCode": "MEAS", "/sensorReport": []}),
    ("SENSOR_REPORT_EMPTY", "/sensorReport", {"/eventTypeCode": "MEAS", "/sensorReport": GONE}),
    ("IOT_EVENT_CODE_MISSING", "/iotEventCode", {"/iotEventCode": GONE}),
    ("SEAL_MISSING", "/seal", {"/seal": GONE}),
    ("READING_EMPTY", R, {f"{R}/value": GONE}),
    ("READING_NOT_NUMBER", f"{R}/value", {f"{R}/value": "17.4"}),
    ("READING_NOT_NUMBER", f"{R}/value", {f"{R}/value": True}),
    ("READING_NOT_NUMBER", f"{R}/meanValue", {f"{R}/meanValue": None}),
    ("NUMBER_NOT_FINITE", f"{R}/value", {f"{R}/value": float("nan")}),
    ("NUMBER_NOT_FINITE", f"{R}/maxValue", {f"{R}/maxValue": float("inf")}),
    ("READING_MIN_GT_MAX", f"{R}/minValue", {f"{R}/minValue": 3.0, f"{R}/maxValue": 2.0}),
    ("UNIT_MISSING", f"{R}/uom", {f"{R}/uom": GONE}),
    ("UNIT_NOT_FOR_TYPE", f"{R}/uom", {f"{R}/uom": "P1"}),
    ("UNIT_NOT_FOR_TYPE", "/setpoints/0/uom", {"/setpoints/0/uom": "LUX"}),
    ("POSITION_OUT_OF_RANGE", "/geoLocation/latitude", {"/geoLocation/latitude": 90.1}),
    ("POSITION_OUT_OF_RANGE", "/geoLocation/longitude", {"/geoLocation/longitude": -180.1}),
    ("FIELD_TYPE", "/geoLocation/latitude", {"/geoLocation/latitude": "51.9496"}),
]  # fmt: skip


@pytest.mark.parametrize(("code", "field", "changes"), SPOILED)
def test_one_thing_wrong_yields_one_code_at_its_place(code: str, field: str, changes: dict[str, Any]) -> None:
    judged = decode_sensor_event(as_bytes(changed(SENSOR_EVENT, changes)))

    assert [(fault.code, fault.field) for fault in judged.faults] == [(Reject(code), field)]


def read(event: dict[str, Any], **record: Any) -> dict[str, Any]:
    [reading] = bodies(take(SENSORS, event, **record), READINGS)
    found: dict[str, Any] = reading
    return found


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("READING_OUT_OF_RANGE", {f"{R}/value": 151.0}),
        ("READING_OUT_OF_RANGE", {f"{R}": {"type": "RelativeHumidity", "value": 101, "uom": "P1"}}),
        ("SENSOR_ERROR_CONDITION", {f"{R}/exception": "ERROR_CONDITION"}),
        ("DEVICE_CLOCK_AHEAD", {"/eventTime": "2026-08-21T08:05:00.001Z"}),
        ("EVENT_LATE", {"/eventTime": "2026-08-20T07:59:59Z"}),
        ("POSITION_NULL_ISLAND", {"/geoLocation/latitude": 0, "/geoLocation/longitude": 0.0}),
        ("SEQUENCE_MISSING", {"/sequence": GONE}),
        ("SEAL_TIMES_REVERSED", {"/seal/openedAt": "2026-08-19T17:19:59+02:00"}),
    ],
)
def test_one_thing_odd_yields_one_flag(code: str, changes: dict[str, Any]) -> None:
    assert read(changed(SENSOR_EVENT, changes))["flags"] == [Flag(code)]


def test_the_table_of_flags_holds_no_flag_untried_here() -> None:
    assert len(FLAGS) == 7


def test_what_is_marked_historical_is_never_late() -> None:
    old = changed(SENSOR_EVENT, {"/eventTime": "2014-01-01T00:00:00Z", "/isHistorical": True})

    assert read(old)["flags"] == []


def test_a_good_event_becomes_a_reading_in_our_units_without_free_text() -> None:
    effects = take(SENSORS, SENSOR_EVENT)

    [output], [reading] = written(effects, READINGS), bodies(effects, READINGS)
    assert output.key == b"urn:epc:id:giai:4000001.111"
    assert reading["source"] == {"topic": "sensors.v1", "partition": 3, "offset": 17, "index": 0}
    assert reading["time_ms"] == reading["at"] - 19_133_000
    assert reading["event"]["setpoints"] == [{"type": "Temperature", "uom": "CEL", "value": 5.0, "tolerance": 5.0}]
    assert reading["event"]["geoLocation"].keys() == {"latitude", "longitude", "UNLocationCode"}
    assert reading["event"]["seal"]["sealNumber"] == "CN7741920"
    assert reading["event"]["publisher"].startswith("p1")
    assert written(effects, FEEDBACK) == []


@pytest.mark.parametrize(
    ("value", "uom", "celsius"), [(212.0, "FAH", 100.0), (0.0, "KEL", -273.15), (-40, "CEL", -40.0)]
)
def test_temperatures_become_celsius(value: float, uom: str, celsius: float) -> None:
    event = changed(MEASUREMENT, {R: {"type": "Temperature", "value": value, "uom": uom}})

    report = read(event)["event"]["sensorReport"][0]
    assert (report["uom"], report["value"]) == ("CEL", pytest.approx(celsius))


def test_an_unknown_quantity_of_somebody_else_keeps_its_unit() -> None:
    event = changed(MEASUREMENT, {R: {"type": "X_Gas", "value": 3, "uom": "59", "stringValue": "Erika was here"}})

    assert read(event)["event"]["sensorReport"][0] == {"type": "X_Gas", "value": 3.0, "uom": "59"}


def test_the_caretaker_hears_of_flags_and_rejects() -> None:
    flagged = take(SENSORS, changed(SENSOR_EVENT, {"/sequence": GONE, "/publisher": "VISIBILITY"}))
    refused = take(SENSORS, changed(SENSOR_EVENT, {"/deviceID": GONE, "/publisher": "VISIBILITY"}))

    assert [output.key for output in written(flagged, FEEDBACK)] == [b"VISIBILITY"]
    assert bodies(flagged, FEEDBACK)[0]["items"][0]["flags"] == ["SEQUENCE_MISSING"]
    assert bodies(refused, FEEDBACK)[0]["fixes"][0]["field"] == "/deviceID"
    assert [output.value for output in written(refused, REJECTED)] == [
        as_bytes(changed(SENSOR_EVENT, {"/deviceID": GONE, "/publisher": "VISIBILITY"}))
    ]


def test_a_device_called_by_a_name_is_a_pseudonym_from_here_on() -> None:
    named = changed(MEASUREMENT, {"/deviceID": "Erika Mustermann, +49 69 1234567", f"{R}/deviceID": "Erika M."})
    effects = take(SENSORS, named)
    (output,), (reading,) = written(effects, READINGS), bodies(effects, READINGS)
    assert output.key == reading["event"]["deviceID"].encode()
    assert reading["event"]["deviceID"].startswith("p1")
    assert not any(b"Erika" in (output.value or b"") for output in effects.outputs)
