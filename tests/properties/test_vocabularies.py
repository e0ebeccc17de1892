"""Whatever a gateway sends, in whatever vocabulary: what comes out passes intake, and nothing in it is lost unsaid."""

from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.intake.decode import decode_sensor_event
from streams.vocabularies.draft import Setting
from streams.vocabularies.translate import VOCABULARIES, Translated, translated
from streams.vocabularies.units import SENML

SETTINGS = st.builds(
    Setting,
    received_ms=st.none() | st.integers(0, 4_000_000_000_000),
    origin=st.sampled_from(("", "fleet/MSKU9070323/in", "fleet/MSKU9070324")),
    equipment=st.none() | st.just("CSQU3054383"),
    device=st.none() | st.just("BOX-1"),
    publisher=st.none() | st.just("CARETAKER"),
    device_type=st.sampled_from(("GATEWAY", "E_SEAL")),
    historical=st.booleans(),
)
TIMES = st.datetimes().map(lambda time: f"{time.isoformat(timespec='seconds')}Z")
NUMBERS = st.floats(-1e9, 1e9) | st.integers(-1000, 1000)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)
EPCS = st.sampled_from((
    "urn:epc:id:bic:MSKU9070323", "urn:epc:id:bic:MSKU9070324", "CSQU3054383", "urn:epc:id:sscc:4001356.5900000817",
    "https://id.gs1.org/00/540013569000008171", "https://id.gs1.org/00/540013569000008172",
    "urn:epc:id:sgtin:4012345.011111.9876", "urn:epc:id:sscc:4001356.5", "",
))  # fmt: skip


def spoilt(good: st.SearchStrategy[Any], often: int = 40) -> st.SearchStrategy[Any]:
    """Mostly `good`, now and then anything at all."""
    return st.integers(0, often).flatmap(lambda n: ANYTHING if n == 0 else good)


def fields(*needed: str, **strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with any of these fields, mostly with all that are needed, now and then without one."""
    told = {name: spoilt(strategy) for name, strategy in strategies.items()}
    whole = st.fixed_dictionaries(
        {name: told[name] for name in needed}, optional={name: told[name] for name in told.keys() - set(needed)}
    )
    return st.tuples(whole, st.sampled_from((*needed, *[None] * 30))).map(
        lambda drawn: {name: value for name, value in drawn[0].items() if name != drawn[1]}
    )


REPORT = st.sampled_from(("Temperature", "gs1:MT-Humidity", "Door", "example:Seal", "Angle", "Illuminance")).flatmap(
    lambda kind: fields(
        "type",
        "uom",
        type=st.just(kind),
        value=NUMBERS,
        minValue=NUMBERS,
        maxValue=NUMBERS,
        booleanValue=st.booleans(),
        stringValue=st.sampled_from(("OPENED", "broken", "gone")),
        component=st.sampled_from(("latitude", "longitude", "CN7741920")),
        uom=st.sampled_from(("CEL", "A93", "P1", "DD", "LUX", "unit:DEG_C", "furlong")),
        exception=st.sampled_from(("ALARM_CONDITION", "ERROR_CONDITION")),
        time=TIMES,
        deviceID=st.sampled_from(("a", "b")),
        sDev=NUMBERS,
    )
)
METADATA = fields(
    "deviceID", deviceID=st.just("urn:epc:id:giai:4000001.111"), time=TIMES, startTime=TIMES, endTime=TIMES
)
ELEMENT = fields("sensorMetadata", "sensorReport", sensorMetadata=METADATA, sensorReport=st.lists(REPORT, max_size=4))
EPCIS_EVENT = fields(
    "eventTime",
    "epcList",
    "sensorElementList",
    eventID=st.just("ni:///sha-256;7ff1?ver=CBV2.0"),
    eventTime=TIMES,
    recordTime=TIMES,
    epcList=st.lists(EPCS, max_size=3),
    parentID=EPCS,
    readPoint=st.just({"id": "geo:51.9,4.1"}),
    sensorElementList=st.lists(ELEMENT, max_size=3),
    errorDeclaration=st.just({"declarationTime": "2026-08-21T03:00:00Z"}),
    action=st.just("OBSERVE"),
)
EPCIS = st.builds(lambda listed: {"epcisBody": {"eventList": listed}}, st.lists(EPCIS_EVENT, max_size=3)) | EPCIS_EVENT

CLIMATE = fields(
    temperature=NUMBERS,
    temperatureUnit=st.sampled_from(("CEL", "FAH", "KEL")),
    ambientTemperature=NUMBERS,
    humidity=st.floats(0, 100),
    o2=NUMBERS,
    airExchange=NUMBERS,
    airExchangeUnit=st.sampled_from(("MQH", "FQH")),
)
DCSA = st.lists(
    fields(
        "metadata",
        "payload",
        metadata=fields(
            "eventID",
            "eventCreatedDateTime",
            "eventType",
            eventID=st.sampled_from(("E-1", "E-2")),
            eventCreatedDateTime=TIMES,
            eventType=st.sampled_from(("IOT", "REEFER")),
            publisher=st.just({"partyName": "Carrier", "carrierCode": "MSK"}),
            retractedEventID=st.sampled_from(("E-1", "E-2")),
        ),
        payload=fields(
            "eventDateTime",
            "equipmentReference",
            "iotEventTypeCode",
            "iotEventCode",
            "reeferEventTypeCode",
            "measurements",
            eventClassifierCode=st.just("ACT"),
            eventDateTime=TIMES,
            equipmentReference=st.sampled_from(("MSKU9070323", "MSKU9070324")),
            geoLocation=fields(latitude=st.just("51.9") | NUMBERS, longitude=st.just("4.1")),
            iotEventTypeCode=st.just("DETC"),
            iotEventCode=st.sampled_from(("DRO", "DRC", "X_SHOCK")),
            reeferEventTypeCode=st.sampled_from(("MEAS", "ADJU")),
            measurements=CLIMATE,
            setpoints=CLIMATE,
        ),
    ),
    max_size=4,
)  # fmt: skip
SAID = st.sampled_from(
    ({"v": 4.5}, {"v": -7}, {"vb": True}, {"vb": False}, {"vs": "OPENED"}, {"vd": "AQID"}, {"s": 1}, {})
)
SENML_PACK = st.lists(
    st.tuples(
        fields(
            "bn",
            "n",
            bn=st.sampled_from(("urn:dev:mac:0024befffe804ff1/", "MSKU9070323:")),
            bt=st.floats(1.0e9, 2e9),
            bv=NUMBERS,
            bu=st.sampled_from(("Cel", "%RH")),
            n=st.sampled_from(("temperature", "door", "seal/CN7741920", "alt")),
            u=st.sampled_from((*SENML, "lat", "lon", "%EL", "furlong")),
            t=st.floats(-1e5, 1e5),
        ),
        SAID,
    ).map(lambda drawn: {**drawn[0], **drawn[1]}),
    max_size=5,
)
DOCUMENTS = {"epcis": spoilt(EPCIS), "dcsa": spoilt(DCSA), "senml": spoilt(SENML_PACK)}


def translate(vocabulary: str, document: Any, setting: Setting) -> Translated:
    return translated(orjson.dumps(document), VOCABULARIES[vocabulary](), setting)


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
@settings(max_examples=30, deadline=None)
@given(st.data(), SETTINGS)
def test_what_is_mapped_passes_the_checks_of_intake(vocabulary: str, data: st.DataObject, setting: Setting) -> None:
    document = data.draw(DOCUMENTS[vocabulary])
    done = translate(vocabulary, document, setting)

    for event in done.events:
        judged = decode_sensor_event(orjson.dumps(event))
        assert (judged.faults, judged.record) == ([], event)
    assert done == translate(vocabulary, document, setting)
    assert len(set(done.rejects)) == len(done.rejects)


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
@settings(max_examples=40, deadline=None)
@given(st.data(), SETTINGS)
def test_any_bytes_are_answered(vocabulary: str, data: st.DataObject, setting: Setting) -> None:
    raw = data.draw(st.binary(max_size=40) | ANYTHING.map(orjson.dumps))
    done = translated(raw, VOCABULARIES[vocabulary](), setting)

    assert done.events or done.rejects or orjson.loads(raw) == []


LAWFUL = {
    "type": st.sampled_from(("Temperature", "gs1:MT-Temperature", "Illuminance", "example:Vibration", "Temprature")),
    "uom": st.sampled_from(("CEL", "LUX", "unit:DEG_F", "furlong")),
}
MARKED = st.lists(st.fixed_dictionaries(LAWFUL), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(st.lists(MARKED, min_size=1, max_size=3))
def test_every_reading_of_an_epcis_event_is_found_again_or_refused_by_its_place(elements: list[Any]) -> None:
    places = [(e, r) for e, reports in enumerate(elements) for r in range(len(reports))]
    listed = [
        {"sensorReport": [{**report, "value": float(e * 100 + r)} for r, report in enumerate(reports)]}
        for e, reports in enumerate(elements)
    ]
    told = {"eventTime": "2026-08-21T03:00:00Z", "epcList": ["MSKU9070323"], "sensorElementList": listed}

    done = translate("epcis", told, Setting(device="BOX-1"))

    taken = {reading["value"] for event in done.events for reading in event["sensorReport"]}
    refused = {
        (e, r)
        for e, r in places
        if any(fault.field.startswith(f"/sensorElementList/{e}/sensorReport/{r}/") for fault in done.rejects)
    }
    assert taken == {float(e * 100 + r) for e, r in places} - {float(e * 100 + r) for e, r in refused}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from((*SENML, "furlong", "mi")), min_size=1, max_size=12))
def test_every_record_of_a_pack_is_found_again_or_refused_by_its_place(units: list[str]) -> None:
    pack = [{"n": f"{n}", "u": unit, "v": float(n)} for n, unit in enumerate(units)]
    pack[0] |= {"bn": "MSKU9070323:", "bt": 1.7e9}

    done = translate("senml", pack, Setting())

    taken = {int(reading["component"]) for event in done.events for reading in event["sensorReport"]}
    refused = {n for n in range(len(units)) if any(fault.field == f"/{n}/u" for fault in done.rejects)}
    assert taken | refused == set(range(len(units)))
    assert taken & refused == set()
