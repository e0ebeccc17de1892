"""NAB files become sensor events that intake accepts, and bad files become one sentence."""

from pathlib import Path

import orjson
import pytest

from agents.convert import nab
from agents.errors import BadDataError
from streams.intake.decode import decode_sensor_event


def written(tmp_path: Path, text: str, name: str = "machine_temperature.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


THREE = "timestamp,value\n2013-12-02 21:15:00,73.5\n2013-12-02 21:20:00,74\n2013-12-02 21:25:00,-1e-3\n"


def test_each_line_becomes_a_historical_event_in_order(tmp_path: Path) -> None:
    first, second, third = nab.events(written(tmp_path, THREE), "PUMP-1")
    assert first == {
        "schemaVersion": "1.0",
        "eventID": "nab-machine_temperature-0",
        "eventTime": "2013-12-02T21:15:00Z",
        "eventTypeCode": "MEAS",
        "deviceID": "PUMP-1",
        "deviceType": "GATEWAY",
        "sequence": 0,
        "isHistorical": True,
        "itemIds": ["PUMP-1"],
        "sensorReport": [{"type": "Temperature", "value": 73.5, "uom": "FAH"}],
    }
    assert [second["sequence"], third["sequence"]] == [1, 2]
    assert third["sensorReport"][0]["value"] == -0.001


def test_intake_accepts_every_event_whatever_the_device_is_called(tmp_path: Path) -> None:
    for name in ("machine_temperature.csv", f"{'x' * 120}.csv"):
        for device in ("PUMP-1", "urn:epc:id:giai:4000001.111/very long and with spaces", "Pumpe Nº 1"):
            for event in nab.events(written(tmp_path, THREE, name), device):
                assert decode_sensor_event(orjson.dumps(event)).faults == []


def test_what_is_no_temperature_is_a_plain_number(tmp_path: Path) -> None:
    (event, *_) = nab.events(written(tmp_path, THREE, "nyc_taxi.csv"), "TAXI")
    assert event["sensorReport"] == [{"type": "Dimensionless", "value": 73.5, "uom": "C62"}]


def test_several_readings_share_an_event_and_keep_their_times(tmp_path: Path) -> None:
    pair, rest = nab.events(written(tmp_path, THREE), "PUMP-1", readings=2)
    assert [reading["time"] for reading in pair["sensorReport"]] == ["2013-12-02T21:15:00Z", "2013-12-02T21:20:00Z"]
    assert pair["eventTime"] == "2013-12-02T21:20:00Z"
    assert len(rest["sensorReport"]) == 1


def test_what_was_not_measured_is_no_reading(tmp_path: Path) -> None:
    text = THREE + "2013-12-02 21:30:00,\n2013-12-02 21:35:00,NaN\n2013-12-02 21:40:00,inf\n2013-12-02 21:45:00,7\n"
    (event,) = nab.events(written(tmp_path, text), "PUMP-1", readings=9)
    assert [reading["value"] for reading in event["sensorReport"]] == [73.5, 74.0, -0.001, 7.0]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no columns timestamp and value"),
        ("time,value\n1,2\n", "no columns timestamp and value"),
        ("timestamp,value\nyesterday,2\n", "line 2: a timestamp and a number were expected"),
        ("timestamp,value\n2013-12-02 21:15:00\n", "line 2: a timestamp and a number were expected"),
        ("timestamp,value\n2013-12-02 21:15:00,warm\n", "line 2: a timestamp and a number were expected"),
    ],
)
def test_a_file_of_another_kind_is_bad_data_in_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(BadDataError, match=sentence):
        list(nab.events(written(tmp_path, text), "PUMP-1"))


def test_bytes_that_are_no_text_are_bad_data(tmp_path: Path) -> None:
    path = tmp_path / "noise.csv"
    path.write_bytes(b"timestamp,value\n\xff\xfe,1\n")
    with pytest.raises(BadDataError, match="not text in UTF-8"):
        list(nab.events(path, "PUMP-1"))
