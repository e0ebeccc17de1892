"""EPCIS 2.0: documents and events become our events, device by device and time by time."""

from copy import deepcopy
from typing import Any

import orjson
import pytest

from streams.intake.faults import Fault
from streams.records.codes import Reject
from streams.vocabularies.draft import Setting
from streams.vocabularies.translate import VOCABULARIES, Translated, translated

BOX = "urn:epc:id:bic:MSKU9070323"
LOGGER = "urn:epc:id:giai:4000001.111"


def temperature(value: float, **more: Any) -> dict[str, Any]:
    return {"type": "gs1:MT-Temperature", "value": value, "uom": "CEL", **more}


def element(*reports: Any, **metadata: Any) -> dict[str, Any]:
    return {"sensorMetadata": {"deviceID": LOGGER, **metadata}, "sensorReport": list(reports)}


def event(*elements: Any, **more: Any) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "bizStep": "sensor_reporting",
        "eventTime": "2019-04-02T15:00:00.000+01:00",
        "eventTimeZoneOffset": "+01:00",
        "epcList": [BOX],
        "sensorElementList": list(elements),
        **more,
    }


def translate(document: Any, setting: Setting = Setting()) -> Translated:  # noqa: B008 - a value
    return translated(orjson.dumps(document), VOCABULARIES["epcis"](), setting)


def test_a_document_of_the_standard_becomes_an_event_for_each_time_of_measurement() -> None:
    """As example 1 of the standard's repository: one event, several elements with four readings each."""
    readings = [
        temperature(26.0),
        {"type": "gs1:Humidity", "value": 12.1, "uom": "A93"},
        {"type": "Speed", "value": 160, "uom": "KMH"},
        {"type": "https://gs1.org/voc/Illuminance", "value": 800, "uom": "LUX"},
    ]
    elements = [element(*readings, time=f"2019-04-02T14:{minute}:00.000+01:00") for minute in ("05", "35", "55")]
    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2019-04-02T15:30:00Z",
        "epcisBody": {"eventList": [event(*elements, eventID="ni:///sha-256;7ff1501099?ver=CBV2.0")]},
    }

    done = translate(document)

    assert done.rejects == []
    assert [made["eventTime"] for made in done.events] == [
        "2019-04-02T14:05:00.000+01:00",
        "2019-04-02T14:35:00.000+01:00",
        "2019-04-02T14:55:00.000+01:00",
    ]
    assert done.events[0] == {
        "schemaVersion": "1.0",
        "eventID": "ni:///sha-256;7ff1501099?ver=CBV2.0#1",
        "eventTime": "2019-04-02T14:05:00.000+01:00",
        "eventTypeCode": "MEAS",
        "deviceID": LOGGER,
        "deviceType": "GATEWAY",
        "equipmentReference": "MSKU9070323",
        "sensorReport": [
            {"type": "Temperature", "value": 26.0, "uom": "CEL"},
            {"type": "AbsoluteHumidity", "value": 12.1, "uom": "A93"},
            {"type": "Speed", "value": 160.0, "uom": "KMH"},
            {"type": "Illuminance", "value": 800.0, "uom": "LUX"},
        ],
    }


def test_devices_within_one_element_become_an_event_each() -> None:
    reports = [temperature(26.0, deviceID="giai-1"), temperature(20.0, deviceID="giai-2")]
    done = translate(event(element(*reports), eventID="E"))

    assert [(made["eventID"], made["deviceID"]) for made in done.events] == [("E#1", "giai-1"), ("E#2", "giai-2")]


def test_the_answer_to_a_query_is_read_like_a_document() -> None:
    listed = [event(element(temperature(4.0)))]
    done = translate({"epcisBody": {"queryResults": {"resultsBody": {"eventList": listed}}}})

    assert (len(done.events), done.rejects) == (1, [])


def test_documents_older_than_the_standard_spell_metadata_otherwise() -> None:
    older = {"isA": "epcis:SensorElement", "sensorMetaData": {"deviceID": LOGGER}, "sensorReport": [temperature(4.0)]}
    done = translate({"isA": "EPCISDocument", "epcisBody": {"eventList": [event(older)]}})

    assert (done.events[0]["deviceID"], done.rejects) == (LOGGER, [])


def test_parcels_are_found_by_sscc_as_urn_and_as_digital_link() -> None:
    epcs = ["urn:epc:id:sscc:4001356.5900000817", "https://id.gs1.org/00/540013569000008171"]
    done = translate(event(element(temperature(4.0)), epcList=epcs))

    assert done.events[0]["itemIds"] == ["540013569000008171"] * 2


def test_goods_that_are_neither_parcel_nor_container_are_refused_one_by_one_and_the_rest_goes_on() -> None:
    done = translate(event(element(temperature(4.0)), childEPCs=["urn:epc:id:sgtin:4012345.011111.9876"]))

    assert len(done.events) == 1
    assert done.rejects == [Fault(Reject.CODE_NOT_IN_LIST, "/childEPCs/0")]


def test_one_faulty_reading_does_not_take_the_others_along() -> None:
    reports = [temperature(4.0), temperature("warm"), {"type": "Temprature", "value": 1, "uom": "CEL"}]
    done = translate(event(element(*reports)))

    assert [reading["value"] for reading in done.events[0]["sensorReport"]] == [4.0]
    assert done.rejects == [
        Fault(Reject.READING_NOT_NUMBER, "/sensorElementList/0/sensorReport/1/value"),
        Fault(Reject.CODE_NOT_IN_LIST, "/sensorElementList/0/sensorReport/2/type"),
    ]


def test_a_door_and_a_seal_become_detections_beside_the_readings() -> None:
    reports = [
        {"type": "example:DoorOpen", "booleanValue": True},
        {"type": "example:Seal", "stringValue": "broken", "component": "CN7741920"},
        temperature(9.0),
    ]
    measured, door, seal = translate(event(element(*reports), eventID="E")).events

    assert measured["eventTypeCode"] == "MEAS"
    assert (door["eventTypeCode"], door["iotEventCode"]) == ("DETC", "DRO")
    assert seal["seal"] == {"sealNumber": "CN7741920", "status": "TAMPERED", "conditionCode": "4"}
    assert len({made["eventID"] for made in (measured, door, seal)}) == 3


def test_a_door_that_is_closed_is_told_too_and_no_shock_is_a_reading() -> None:
    reports = [{"type": "Door", "booleanValue": False}, {"type": "example:Shock", "booleanValue": False}]
    measured, door = translate(event(element(*reports))).events

    assert door["iotEventCode"] == "X_DRC"
    assert measured["sensorReport"] == [{"type": "X_Shock", "booleanValue": False}]


def test_a_seal_without_its_number_is_refused_and_the_temperature_is_not() -> None:
    done = translate(event(element({"type": "example:Seal", "stringValue": "OPENED"}, temperature(9.0))))

    assert [made["eventTypeCode"] for made in done.events] == ["MEAS"]
    assert done.rejects == [Fault(Reject.FIELD_MISSING, "/sensorElementList/0/sensorReport/0")]


def test_a_position_comes_from_the_read_point_or_better_from_the_sensor() -> None:
    halves = [
        {"type": "Angle", "component": "latitude", "value": 51.5, "uom": "DD"},
        {"type": "Angle", "component": "longitude", "value": 4.25, "uom": "DD", "coordinateReferenceSystem": "WGS 84"},
    ]
    place = {"id": "geo:53.5,9.9"}
    at_the_gate, on_the_way = translate(
        event(element(temperature(4.0)), element(temperature(5.0), *halves), readPoint=place)
    ).events

    assert at_the_gate["geoLocation"] == {"latitude": 53.5, "longitude": 9.9}
    assert on_the_way["geoLocation"] == {"latitude": 51.5, "longitude": 4.25}


def test_a_device_that_only_says_where_it_is_is_alive() -> None:
    halves = [{"type": "Angle", "component": half, "value": 4.0, "uom": "DD"} for half in ("latitude", "longitude")]
    [made] = translate(event(element(*halves))).events

    assert (made["eventTypeCode"], made["iotEventCode"]) == ("DETC", "X_HEARTBEAT")


@pytest.mark.parametrize("named", [{"eventID": "E"}, {}])
def test_an_event_declared_an_error_withdraws_all_that_the_first_became(named: dict[str, str]) -> None:
    first = event(element(temperature(4.0)), element({"type": "Door", "booleanValue": True}), **named)
    declared = {"errorDeclaration": {"declarationTime": "2019-04-03T09:00:00Z"}, "recordTime": "2019-04-03T09:00:01Z"}
    again = {**first, **declared}
    became, withdrawals = translate(first).events, translate(again).events

    assert [made["retractedEventID"] for made in withdrawals] == [made["eventID"] for made in became]
    assert {made["eventTime"] for made in withdrawals} == {"2019-04-03T09:00:00Z"}
    assert len({made["eventID"] for made in (*became, *withdrawals)}) == 4


def test_without_an_id_the_content_is_the_id() -> None:
    told = event(element(temperature(4.0)))
    otherwise_spelt = dict(reversed(list(deepcopy(told).items())))
    other = event(element(temperature(5.0)))

    ids = [translate(document).events[0]["eventID"] for document in (told, otherwise_spelt, other)]
    assert ids[0] == ids[1] != ids[2]


def test_what_the_document_does_not_tell_comes_from_the_setting() -> None:
    bare = {"eventTime": "2019-04-02T15:00:00Z", "sensorElementList": [{"sensorReport": [temperature(4.0)]}]}
    setting = Setting(origin="fleet/CSQU3054383/epcis", device="BOX-1", publisher="CARETAKER", historical=True)

    assert [fault.code for fault in translate(bare).rejects] == [Reject.FIELD_MISSING]
    [made] = translate(bare, setting).events
    assert (made["equipmentReference"], made["deviceID"], made["publisher"], made["isHistorical"]) == (
        "CSQU3054383",
        "BOX-1",
        "CARETAKER",
        True,
    )


@pytest.mark.parametrize(
    ("report", "taken"),
    [
        (temperature(99.5, uom="unit:DEG_F"), {"type": "Temperature", "value": 99.5, "uom": "FAH"}),
        (temperature(99.5, uom="[degF]"), {"type": "Temperature", "value": 99.5, "uom": "FAH"}),
        (
            {"type": "example:FuelLevel", "value": 3, "uom": "LTR"},
            {"type": "X_FuelLevel", "value": 3.0, "uom": "LTR"},
        ),
        (
            {"type": "MassConcentration", "value": 3, "uom": "GQ", "chemicalSubstance": "https://example.org/CO2"},
            {"type": "MassConcentration", "value": 3.0, "uom": "GQ", "component": "CO2"},
        ),
        (
            {"type": "Temperature", "minValue": 1, "maxValue": 3, "uom": "CEL", "exception": "ALARM_CONDITION"},
            {"type": "Temperature", "minValue": 1.0, "maxValue": 3.0, "uom": "CEL", "exception": "ALARM_CONDITION"},
        ),
    ],
)
def test_readings_in_units_and_types_of_others(report: dict[str, Any], taken: dict[str, Any]) -> None:
    done = translate(event(element(report)))

    assert done.events[0]["sensorReport"] == [taken]
    assert done.rejects == []


@pytest.mark.parametrize(
    ("document", "code", "field"),
    [
        ("text", Reject.FIELD_TYPE, ""),
        ({"epcisBody": {}}, Reject.FIELD_TYPE, "/epcisBody"),
        (event(), Reject.SENSOR_REPORT_EMPTY, "/sensorElementList"),
        (event(element()), Reject.SENSOR_REPORT_EMPTY, "/sensorElementList/0/sensorReport"),
        (event(element(temperature(1, sDev=2))), Reject.FIELD_UNKNOWN, "/sensorElementList/0/sensorReport/0/sDev"),
        (event(element(temperature(1)), sealBroken=True), Reject.FIELD_UNKNOWN, "/sealBroken"),
        (event(element(temperature(1), time="yesterday")),
         Reject.TIME_FORMAT, "/sensorElementList/0/sensorMetadata/time"),
        (event(element(temperature(1)), epcList=["urn:epc:id:bic:MSKU9070324"]),
         Reject.CONTAINER_ID_CHECK_DIGIT, "/epcList/0"),
        (event(element(temperature(1)), epcList=[BOX, "CSQU3054383"]), Reject.LIST_TOO_LONG, "/epcList/1"),
        (event(element(temperature(1)), epcList=[]), Reject.SUBJECT_MISSING, "/sensorElementList/0"),
        (event(element(temperature(1, uom="P1"))), Reject.UNIT_NOT_FOR_TYPE, "/sensorElementList/0/sensorReport/0/uom"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_refused_at_its_place(document: Any, code: Reject, field: str) -> None:
    assert Fault(code, field) in translate(document).rejects
