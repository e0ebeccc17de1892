"""DCSA's IoT and reefer events: doors, climates, set points, and events that are withdrawn."""

from typing import Any

import orjson
import pytest

from streams.intake.faults import Fault
from streams.records.codes import Reject
from streams.vocabularies.dcsa import Dcsa
from streams.vocabularies.draft import Setting
from streams.vocabularies.translate import VOCABULARIES, Translated, translated


def metadata(event_id: str = "E-1", kind: str = "REEFER", **more: Any) -> dict[str, Any]:
    return {
        "eventID": event_id,
        "eventCreatedDateTime": "2026-08-21T02:41:12Z",
        "eventType": kind,
        "publisher": {"partyName": "Example Line", "carrierCode": "EXL", "carrierCodeListProvider": "SMDG"},
        "publisherRole": "CA",
        **more,
    }


def payload(**more: Any) -> dict[str, Any]:
    return {
        "eventClassifierCode": "ACT",
        "eventDateTime": "2026-08-21T02:41:07Z",
        "equipmentReference": "MSKU9070323",
        "relatedDocumentReferences": [{"type": "BKG", "value": "ABC123"}],
        **more,
    }


MEASURED = payload(
    reeferEventTypeCode="MEAS",
    geoLocation={"latitude": "51.9496", "longitude": "4.1453", "locationName": "Maasvlakte"},
    measurements={
        "temperature": 0.5,
        "ambientTemperature": 77,
        "temperatureUnit": "FAH",
        "o2": 20.9,
        "co2": 0.04,
        "humidity": 85,
        "airExchange": 25,
        "airExchangeUnit": "MQH",
    },
    setpoints={"temperature": -1, "temperatureUnit": "CEL"},
)


def translate(document: Any, setting: Setting = Setting()) -> Translated:  # noqa: B008 - a value
    return translated(orjson.dumps(document), VOCABULARIES["dcsa"](), setting)


def test_a_reefer_reports_its_climate_and_set_points() -> None:
    done = translate({"metadata": metadata(), "payload": MEASURED})

    assert done.rejects == []
    assert done.events == [
        {
            "schemaVersion": "1.0",
            "eventID": "E-1",
            "eventTime": "2026-08-21T02:41:07Z",
            "recordTime": "2026-08-21T02:41:12Z",
            "eventTypeCode": "MEAS",
            "deviceID": "MSKU9070323",
            "deviceType": "SMART_CONTAINER",
            "equipmentReference": "MSKU9070323",
            "publisher": "EXL",
            "geoLocation": {"latitude": 51.9496, "longitude": 4.1453, "locationName": "Maasvlakte"},
            "sensorReport": [
                {"type": "Temperature", "value": 0.5, "uom": "FAH"},
                {"type": "X_AmbientTemperature", "value": 25.0, "uom": "CEL"},
                {"type": "RelativeHumidity", "value": 85.0, "uom": "P1"},
                {"type": "X_O2", "value": 20.9, "uom": "P1"},
                {"type": "X_CO2", "value": 0.04, "uom": "P1"},
                {"type": "VolumeFlowRate", "value": 25.0, "uom": "MQH"},
            ],
            "setpoints": [{"type": "Temperature", "value": -1.0, "uom": "CEL"}],
        }
    ]


def test_a_set_point_for_the_cargo_is_none_for_the_air_outside() -> None:
    """Set points hold for a type of reading, so the air outside has a type of its own."""
    [event] = translate({"metadata": metadata(), "payload": MEASURED}).events

    aimed_at = {setpoint["type"] for setpoint in event["setpoints"]}
    assert [reading["value"] for reading in event["sensorReport"] if reading["type"] in aimed_at] == [0.5]


@pytest.mark.parametrize(("theirs", "ours"), [("DRO", "DRO"), ("DRC", "X_DRC"), ("X_SHOCK", "X_SHOCK")])
def test_what_is_detected_has_our_code(theirs: str, ours: str) -> None:
    told = payload(iotEventTypeCode="DETC", iotEventCode=theirs)
    [event] = translate({"metadata": metadata(kind="IOT"), "payload": told}).events

    assert (event["eventTypeCode"], event["iotEventCode"]) == ("DETC", ours)


def test_a_retraction_without_payload_is_about_what_the_withdrawn_event_was_about() -> None:
    retraction = {"metadata": metadata("E-2", retractedEventID="E-1", eventCreatedDateTime="2026-08-21T05:00:00Z")}
    first, withdrawal = translate([{"metadata": metadata(), "payload": MEASURED}, retraction]).events

    assert (withdrawal["eventID"], withdrawal["retractedEventID"]) == ("E-2", "E-1")
    assert withdrawal["eventTime"] == "2026-08-21T05:00:00Z"
    for same in ("deviceID", "equipmentReference", "eventTypeCode", "sensorReport"):
        assert withdrawal[same] == first[same]


def test_a_retraction_of_what_was_never_seen_is_refused() -> None:
    done = translate({"metadata": metadata("E-2", retractedEventID="E-1")})

    assert done == Translated([], [Fault(Reject.SUBJECT_MISSING, "/metadata/retractedEventID")])


def test_only_so_many_events_are_remembered_for_retractions() -> None:
    mapper = Dcsa(most=2)
    for number in range(3):
        assert list(mapper.events({"metadata": metadata(f"E-{number}"), "payload": MEASURED}, Setting()))

    def withdrawn(event_id: str) -> Any:
        return next(mapper.events({"metadata": metadata("R", retractedEventID=event_id)}, Setting()))

    assert isinstance(withdrawn("E-0"), Fault)
    assert withdrawn("E-2")["retractedEventID"] == "E-2"


def test_what_is_only_planned_has_not_happened() -> None:
    done = translate({"metadata": metadata(), "payload": {**MEASURED, "eventClassifierCode": "PLN"}})

    assert done == Translated([], [Fault(Reject.CODE_NOT_IN_LIST, "/payload/eventClassifierCode")])


def test_a_position_that_cannot_be_does_not_take_the_measurements_along() -> None:
    done = translate({"metadata": metadata(), "payload": {**MEASURED, "geoLocation": {"latitude": 91, "longitude": 4}}})

    assert "geoLocation" not in done.events[0]
    assert done.rejects == [Fault(Reject.POSITION_OUT_OF_RANGE, "/payload/geoLocation")]


@pytest.mark.parametrize(
    ("told", "code", "field"),
    [
        ([], Reject.FIELD_MISSING, "/0"),
        ({"metadata": metadata()}, Reject.FIELD_MISSING, "/0/payload"),
        ({"metadata": metadata(kind="TRANSPORT"), "payload": payload()},
         Reject.CODE_NOT_IN_LIST, "/0/metadata/eventType"),
        ({"metadata": metadata(kind="IOT"), "payload": payload(iotEventTypeCode="DETC", iotEventCode="GTO")},
         Reject.CODE_NOT_IN_LIST, "/0/payload/iotEventCode"),
        ({"metadata": metadata(), "payload": payload(reeferEventTypeCode="MEAS")}, Reject.SENSOR_REPORT_EMPTY, "/0"),
        ({"metadata": metadata(), "payload": {**MEASURED, "equipmentReference": "MSKU9070324"}},
         Reject.CONTAINER_ID_CHECK_DIGIT, "/0/payload/equipmentReference"),
        ({"metadata": metadata(), "payload": payload(reeferEventTypeCode="MEAS", measurements={"o2": "much"})},
         Reject.READING_NOT_NUMBER, "/0/payload/measurements/o2"),
        ({"metadata": metadata(), "payload": payload(reeferEventTypeCode="MEAS", measurements={"ethylene": 3})},
         Reject.FIELD_UNKNOWN, "/0/payload/measurements/ethylene"),
        ({"metadata": metadata(), "payload": {**MEASURED, "eventDateTime": 1787000000}},
         Reject.TIME_FORMAT, "/0/payload/eventDateTime"),
    ],
)  # fmt: skip
def test_what_cannot_be_said_is_refused_at_its_place(told: Any, code: Reject, field: str) -> None:
    document = [told] if told else [{}]
    assert Fault(code, field) in translate(document).rejects
