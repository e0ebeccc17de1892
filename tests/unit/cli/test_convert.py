"""Converters as commands: JSON Lines on stdout, and bad files named by code 65."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import orjson
import pytest

Greenlane = Callable[..., CompletedProcess[bytes]]


def test_a_series_becomes_one_json_object_a_line(greenlane: Greenlane, tmp_path: Path) -> None:
    file = tmp_path / "series.csv"
    file.write_text("timestamp,value\n2014-01-01 00:00:00,1.5\n2014-01-01 00:05:00,2.5\n", encoding="utf-8")

    done = greenlane("convert", "nab", str(file), "--device", "PUMP-1")

    assert (done.returncode, done.stderr) == (0, b"")
    events = [orjson.loads(line) for line in done.stdout.splitlines()]
    assert [event["deviceID"] for event in events] == ["PUMP-1", "PUMP-1"]


@pytest.mark.parametrize(
    "command", [("convert", "kcs"), ("convert", "nab", "--device", "X"), ("detect",)], ids=" ".join
)
def test_a_file_that_is_something_else_is_bad_data_in_one_line(
    greenlane: Greenlane, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "poem.csv"
    file.write_text("Shall I compare thee\nto a summer's day?\n", encoding="utf-8")

    done = greenlane(*command, str(file))

    assert done.returncode == 65
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_is_not_there_is_wrong_usage(greenlane: Greenlane, tmp_path: Path) -> None:
    assert greenlane("convert", "kcs", str(tmp_path / "absent.csv")).returncode == 2


REPORT = {"type": "Temperature", "value": 4.0, "uom": "CEL"}
CAPTURE = {
    "eventTime": "2026-08-21T02:41:07Z",
    "epcList": ["urn:epc:id:bic:MSKU9070323"],
    "sensorElementList": [{"sensorMetadata": {"deviceID": "BOX-1"}, "sensorReport": [REPORT]}],
}
DOOR = {
    "metadata": {"eventID": "E-1", "eventCreatedDateTime": "2026-08-21T02:41:12Z", "eventType": "IOT"},
    "payload": {
        "eventDateTime": "2026-08-21T02:41:07Z",
        "equipmentReference": "MSKU9070323",
        "iotEventTypeCode": "DETC",
        "iotEventCode": "DRO",
    },
}
PACK = [{"n": "MSKU9070323", "t": 1.787e9, "u": "Cel", "v": 4.0}]
OTHER_WORDS = {"epcis": CAPTURE, "dcsa": DOOR, "senml": PACK}


@pytest.mark.parametrize("vocabulary", OTHER_WORDS)
def test_files_of_other_vocabularies_become_sensor_events(
    greenlane: Greenlane, tmp_path: Path, vocabulary: str
) -> None:
    """A document over several lines in one file, one a line in the next."""
    whole, lines = tmp_path / "whole.json", tmp_path / "lines.jsonl"
    whole.write_bytes(orjson.dumps(OTHER_WORDS[vocabulary], option=orjson.OPT_INDENT_2))
    lines.write_bytes(orjson.dumps(OTHER_WORDS[vocabulary]) + b"\n\n" + orjson.dumps(OTHER_WORDS[vocabulary]) + b"\n")

    done = greenlane("convert", vocabulary, str(whole), str(lines), "--publisher", "EXV", "--historical")

    assert (done.returncode, done.stderr) == (0, b"")
    events = [orjson.loads(line) for line in done.stdout.splitlines()]
    assert [(event["equipmentReference"], event["publisher"], event["isHistorical"]) for event in events] == [
        ("MSKU9070323", "EXV", True)
    ] * 3
    assert len({event["eventID"] for event in events}) == 1


def test_what_cannot_be_mapped_is_told_by_file_line_code_and_field(greenlane: Greenlane, tmp_path: Path) -> None:
    file, rejects = tmp_path / "packs.jsonl", tmp_path / "rejects.jsonl"
    file.write_bytes(
        b"{broken\n" + orjson.dumps(PACK) + b"\n" + orjson.dumps([*PACK, {"n": "a", "vd": "AQID"}]) + b"\n"
    )

    on_stderr = greenlane("convert", "senml", str(file))
    in_a_file = greenlane("convert", "senml", str(file), "--rejects", str(rejects))

    assert (on_stderr.returncode, in_a_file.returncode) == (65, 65)
    assert len(on_stderr.stdout.splitlines()) == 2
    assert on_stderr.stderr == rejects.read_bytes()
    assert b"2 parts could not be mapped" in in_a_file.stderr
    assert [orjson.loads(line) for line in on_stderr.stderr.splitlines()] == [
        {
            "file": str(file),
            "line": 1,
            "code": "JSON_INVALID",
            "field": "",
            "message": "The record is not JSON in UTF-8, or is nested too deep.",
        },
        {
            "file": str(file),
            "line": 3,
            "code": "FIELD_UNKNOWN",
            "field": "/1/vd",
            "message": "There is a field here that the schema does not know.",
        },
    ]


def test_times_without_a_date_count_from_when_the_pack_arrived(greenlane: Greenlane) -> None:
    pack = orjson.dumps([{"n": "MSKU9070323", "t": -60, "u": "Cel", "v": 4.0}])

    done = greenlane("convert", "senml", "-", "--received", "2026-08-21T02:41:07+02:00", input=pack)

    assert orjson.loads(done.stdout)["eventTime"] == "2026-08-21T00:40:07Z"


@pytest.mark.parametrize(
    "options",
    [
        ("epcis", "absent.json"),
        ("epcis", "-", "--rejects", "absent/rejects.jsonl"),
        ("senml", "-", "--received", "yesterday"),
        ("senml", "-", "--received", "2026-08-21T02:41:07"),
        ("dcsa", "-", "--equipment", "MSKU9070324"),
        ("epcis", "-", "--device-type", "TOASTER"),
    ],
    ids=" ".join,
)
def test_options_that_make_no_sense_are_wrong_usage(greenlane: Greenlane, options: tuple[str, ...]) -> None:
    assert greenlane("convert", *options, input=b"").returncode == 2


def test_a_reader_that_has_enough_is_no_error(tmp_path: Path) -> None:
    file = tmp_path / "packs.jsonl"
    file.write_bytes((orjson.dumps(PACK) + b"\n") * 2_000)
    command = [sys.executable, "-m", "agents.cli", "convert", "senml", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.readline()
        process.stdout.close()
        assert (process.wait(60), process.stderr.read()) == (0, b"")
