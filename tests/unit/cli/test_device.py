"""`greenlane device`: what is written to the control log, and what is refused."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest

from agents import devices, topics
from agents.cli.read import Stream, name_of
from agents.errors import BadDataError, UsageError
from streams.sensors.registry import Devices
from streams.state.members import Place
from tests import commands

D1 = "urn:epc:id:giai:4000001.111"
SHARE = ("--with", "PORTCO", "--for", "handling of damage", "--until", "2026-12-31T00:00:00Z")


class Log(NamedTuple):
    """A control log that holds nothing but what the commands wrote, and the topics they made."""

    written: list[dict[str, Any]]
    topics: list[str]

    def require(self) -> "Log":
        return self

    def extend(self, records: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        self.written.extend(orjson.loads(orjson.dumps(record)) for _, record in records)

    def records(self, kind: str) -> Iterable[tuple[int, dict[str, Any]]]:
        return ((offset, told) for offset, told in enumerate(self.written) if told["kind"] == kind)


class House(NamedTuple):
    log: Log

    def run(self, *command: str) -> str:
        return commands.run("device", *command)

    def shown(self, *device: str) -> list[dict[str, Any]]:
        return [orjson.loads(line) for line in self.run("show", *device, "--json").splitlines()]


@pytest.fixture
def house(monkeypatch: pytest.MonkeyPatch) -> House:
    log = Log([], [])

    def create_own(_settings: Any, *names: str) -> list[str]:
        assert len(log.written) == len(log.topics) or names, "topics come before the records that need them"
        log.topics.extend(names)
        return [f"customs.{name}" for name in names]

    monkeypatch.setattr(devices, "ControlTopic", type("Fake", (), {"of": staticmethod(lambda _settings: log)}))
    monkeypatch.setattr(topics, "create_own", create_own)
    return House(log)


def test_a_device_is_registered_to_its_publisher_with_all_that_is_said_of_it(house: House) -> None:
    told = house.run(
        *("register", D1, "--publisher", "BLUEFLEET", "--type", "SMART_CONTAINER", "--place", "NLRTM"),
        *("--place", "DEHAM", "--door-at", "BEANR", "--commodity", "fish", "--lowest-cel", "-25"),
        *("--highest-cel", "-18", "--excursion-s", "1800", "--defrost-s", "2400", "--expected-s", "600"),
    )

    assert told == f"registered {D1}\nalerts go to customs.caretaker-alerts.v1.BLUEFLEET\n"
    (said,) = house.shown()
    assert said == {
        "kind": "device",
        "deviceID": D1,
        "publisher": "BLUEFLEET",
        "registered": True,
        "deviceType": "SMART_CONTAINER",
        "permittedPlaces": ["NLRTM", "DEHAM"],
        "door": {"mayOpenAt": ["BEANR"]},
        "cargo": {
            "commodity": "fish",
            "lowest_cel": -25,
            "highest_cel": -18,
            "excursion_s": 1800,
            "defrost_s": 2400,
        },
        "expected_s": 600,
    }


def test_alerts_are_shared_and_shared_no_more(house: House) -> None:
    house.run("register", D1, "--publisher", "BLUEFLEET", "--place", "NLRTM")
    told = house.run("share", D1, *SHARE)
    (shared,) = house.shown(D1)
    house.run("share", D1, "--end")
    (ended,) = house.shown(D1)

    assert "caretaker-alerts.v1.PORTCO" in told
    assert "caretaker-alerts.v1.PORTCO" in house.log.topics
    assert shared["share"] == {"with": ["PORTCO"], "for": "handling of damage", "until": "2026-12-31T00:00:00Z"}
    assert ended == {name: value for name, value in shared.items() if name != "share"}
    assert ended["permittedPlaces"] == ["NLRTM"]


def test_a_device_that_is_withdrawn_is_nobodys(house: House) -> None:
    house.run("register", D1, "--publisher", "BLUEFLEET")
    house.run("withdraw", D1)

    assert house.shown() == []
    with pytest.raises(UsageError, match="not registered"):
        house.run("withdraw", D1)


def test_the_table_shows_every_device_in_a_line(house: House) -> None:
    house.run("register", D1, "--publisher", "BLUEFLEET")
    house.run("register", "D2", "--publisher", "COLDTRACE")

    assert [line.split()[:2] for line in house.run("show").splitlines()[1:]] == [[D1, "BLUEFLEET"], ["D2", "COLDTRACE"]]


CSV = """deviceID,publisher,permittedPlaces,lowest_cel,highest_cel,excursion_s,expected_s,shareWith,shareFor,shareUntil
D1,BLUEFLEET,NLRTM DEHAM,2,8,1800,600,,,
D2,COLDTRACE,,,,,,PORTCO SEALNET,damage,2026-12-31T00:00:00Z
"""
JSON_LINES = b"""
{"deviceID":"D1","publisher":"BLUEFLEET","permittedPlaces":["NLRTM","DEHAM"],"cargo":{"lowest_cel":2,"highest_cel":8,"excursion_s":1800},"expected_s":600}
{"deviceID":"D2","publisher":"COLDTRACE","share":{"with":["PORTCO","SEALNET"],"for":"damage","until":"2026-12-31T00:00:00Z"}}
"""


def test_a_file_of_columns_and_one_of_json_lines_say_the_same(house: House, tmp_path: Path) -> None:
    columns, lines = tmp_path / "fleet.csv", tmp_path / "fleet.jsonl"
    columns.write_text(CSV, encoding="utf-8")
    lines.write_bytes(JSON_LINES)

    told = house.run("register", "--from", str(columns))

    assert told.startswith("registered 2 devices\n")
    assert devices.read(columns) == devices.read(lines) == house.log.written
    assert set(house.log.topics) == {
        f"caretaker-alerts.v1.{name}" for name in ("BLUEFLEET", "COLDTRACE", "PORTCO", "SEALNET")
    }


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.csv", "deviceID,publisher\nD1,ACME\nD2\n", "device 2: publisher"),
        ("a.csv", "deviceID,publisher,expected_s\nD1,ACME,often\n", "device 1: could not convert string to float"),
        ("a.csv", "deviceID,publisher\nD1,ACME,more\n", "device 1: it has more fields than the header"),
        ("a.csv", "deviceID,publisher,permittedPlaces\nD1,ACME,Rotterdam\n", "device 1: permittedPlaces 0"),
        ("a.jsonl", '{"deviceID":"D1","publisher":"ACME"}\n{"deviceID":', "device 2: "),
        ("a.jsonl", "[]\n", "device 1: "),
        ("a.jsonl", '{"deviceID":"D1","publisher":"Some Body"}\n', "device 1: publisher"),
    ],
)
def test_a_file_with_one_wrong_line_registers_nothing(
    house: House, tmp_path: Path, name: str, content: str, sentence: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")

    with pytest.raises(BadDataError, match=sentence):
        house.run("register", "--from", str(tmp_path / name))

    assert house.log.written == []


@pytest.mark.parametrize(
    "command",
    [
        ("register",),
        ("register", D1),
        ("register", D1, "--publisher", "Some Body"),
        ("register", D1, "--publisher", "ACME", "--type", "TOASTER"),
        ("register", D1, "--publisher", "ACME", "--lowest-cel", "2"),
        ("register", D1, "--publisher", "ACME", "--lowest-cel", "9", "--highest-cel", "2", "--excursion-s", "60"),
        ("register", D1, "--publisher", "ACME", "--from", "fleet.csv"),
        ("register", "--from", "absent.csv"),
        ("share", "D2", *SHARE),
        ("share", D1),
        ("share", D1, "--end", *SHARE),
        ("share", D1, "--with", "PORTCO"),
        ("show", "D2"),
    ],
)
def test_what_makes_no_sense_is_refused_and_not_written(house: House, command: tuple[str, ...]) -> None:
    house.run("register", D1, "--publisher", "BLUEFLEET")
    before = [*house.log.written]

    with pytest.raises(UsageError):
        house.run(*command)

    assert house.log.written == before


def test_what_is_written_is_what_the_fold_takes(house: House) -> None:
    house.run("register", D1, "--publisher", "BLUEFLEET")
    house.run("share", D1, *SHARE)
    house.run("withdraw", D1)

    fold = Devices()
    assert [fold.fold(told, Place(n, 0, 0)) for n, told in enumerate(house.log.written)] == [True] * 3


def test_caretaker_alerts_are_read_by_publisher() -> None:
    assert name_of(Stream.caretaker_alerts, None, "BLUE.FLEET") == "caretaker-alerts.v1.BLUE_2eFLEET"
    for stream, provider, publisher, option in (
        (Stream.caretaker_alerts, None, None, "--publisher"),
        (Stream.alerts, None, "BLUEFLEET", "--publisher"),
        (Stream.caretaker_alerts, "BLUEFLEET", "BLUEFLEET", "--provider"),
        (Stream.feedback, "", None, "--provider"),
    ):
        with pytest.raises(UsageError, match=option):
            name_of(stream, provider, publisher)
