"""From a gateway's bytes to the sensors: what is delivered twice counts once, in every vocabulary."""

import orjson
import pytest

from config.settings import load
from streams.log import Effects, LogRecord
from streams.sensors.settings import SensorSettings
from streams.sensors.shard import SensorsShard
from streams.topics import READINGS, REJECTED, SENSORS
from streams.vocabularies.draft import Setting
from streams.vocabularies.identifiers import subject
from streams.vocabularies.translate import VOCABULARIES, translated
from streams.vocabularies.units import QUDT, SENML, UCUM, rec20
from tests.intake_examples import take, written

REPORT = {"type": "Temperature", "value": 4.0, "uom": "CEL"}
DELIVERED = {
    "epcis": {"eventTime": "2026-08-21T02:41:07Z", "sensorElementList": [{"sensorReport": [REPORT]}]},
    "dcsa": {
        "metadata": {"eventID": "E-1", "eventCreatedDateTime": "2026-08-21T02:41:12Z", "eventType": "IOT"},
        "payload": {"eventDateTime": "2026-08-21T02:41:07Z", "iotEventTypeCode": "DETC", "iotEventCode": "DRO"},
    },
    "senml": [{"n": "BOX-1", "t": 1.787e9, "u": "Cel", "v": 4.0}],
}


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_what_is_delivered_twice_is_one_reading(vocabulary: str) -> None:
    setting = Setting(equipment="MSKU9070323", device="BOX-1")
    shard, effects = SensorsShard(0, SensorSettings(**load().sensors.model_dump())), Effects()
    for offset, received_ms in enumerate((1_787_000_000_000, 1_787_000_060_000)):
        raw, mapper = orjson.dumps(DELIVERED[vocabulary]), VOCABULARIES[vocabulary]()
        [event] = translated(raw, mapper, setting._replace(received_ms=received_ms)).events
        [reading] = written(take(SENSORS, event), READINGS)
        shard.process([LogRecord(0, offset, received_ms, reading.key, reading.value)], effects)

    assert effects.counts["records", SENSORS, "duplicate"] == 1


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_what_the_bridge_sends_on_as_it_came_is_refused_by_intake_with_a_code(vocabulary: str) -> None:
    raw = orjson.dumps(DELIVERED[vocabulary])
    [rejected] = written(take(SENSORS, raw), REJECTED)

    assert rejected.value == raw
    assert dict(rejected.headers)["dlq_code"] in {b"FIELD_MISSING", b"FIELD_TYPE"}


@pytest.mark.parametrize("unit", [*SENML, *UCUM, *(f"http://qudt.org/vocab/unit/{name}" for name in QUDT)])
def test_intake_knows_every_unit_that_is_mapped_to(unit: str) -> None:
    """Each mapped unit is one that a record may carry, and one that measures its type where intake knows the type."""
    if unit in SENML:
        pack = [{"n": "BOX-1", "t": 1.787e9, "u": unit, "v": 1}]
        assert translated(orjson.dumps(pack), VOCABULARIES["senml"](), Setting(equipment="MSKU9070323")).events
    else:
        assert 2 <= len(rec20(unit)) <= 3
        assert rec20(rec20(unit)) == rec20(unit)


def test_a_mapped_unit_of_another_list_measures_a_quantity_we_convert() -> None:
    from streams.intake.units import QUANTITIES

    convertible = {unit for quantity in QUANTITIES.values() for unit in quantity.units}
    assert {*UCUM.values(), *QUDT.values()} <= convertible


def test_a_serial_shipping_container_code_gets_its_check_digit() -> None:
    """The example of GS1's General Specifications, section 7.9.1: 37610425002123456, check digit 9."""
    assert subject("urn:epc:id:sscc:7610425.3002123456") == ("itemIds", "376104250021234569")
