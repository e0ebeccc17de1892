"""What an officer sees: sentences, not fields, and nothing a terminal would obey."""

from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from agents.cli import render
from agents.cli.read import envelope

ALERT: dict[str, Any] = {
    "alertId": "a1",
    "raisedAt": "2026-11-22T10:00:05.000Z",
    "kind": "PARCEL",
    "severity": "HIGH",
    "state": "RAISED",
    "title": "Inspect parcel LZ551209644CN",
    "reasons": [{"code": "VALUE_LOW", "text": "0.40 EUR a kilogram where 31 EUR is normal"}],
}


@dataclass
class Fake:
    content: bytes | None
    head: list[tuple[str, bytes]] = field(default_factory=list)

    def value(self) -> bytes | None:
        return self.content

    def key(self) -> bytes | None:
        return b"k"

    def headers(self) -> list[tuple[str, bytes]]:
        return self.head


def test_an_alert_shows_its_title_and_each_reason() -> None:
    shown = render.alert(ALERT).plain.splitlines()

    assert "10:00:05  Inspect parcel LZ551209644CN" in shown[0]
    assert shown[1].strip() == "• 0.40 EUR a kilogram where 31 EUR is normal"


def test_an_alert_that_ends_is_one_line() -> None:
    shown = render.alert(ALERT | {"state": "CLEARED"}).plain

    assert shown.strip().startswith("cleared")
    assert "\n" not in shown


def test_control_characters_of_outsiders_do_not_reach_the_terminal() -> None:
    hostile = render.alert(ALERT | {"title": "x\x1b[2J\r\x07[bold]y"}).plain

    assert not {"\x1b", "\r", "\x07"} & set(hostile)
    assert "[bold]y" in hostile


def test_a_refused_record_shows_code_place_and_what_is_wrong() -> None:
    head = [("dlq_code", b"FIELD_TYPE"), ("dlq_topic", b"manifests.v1"), ("dlq_partition", b"2"), ("dlq_offset", b"17")]
    head += [("dlq_field", b"/parcels/0"), ("dlq_message", b"An object was expected.")]

    shown = render.rejected(head).plain

    assert shown == "FIELD_TYPE  manifests.v1[2]@17  /parcels/0 An object was expected."


@pytest.mark.parametrize(
    ("value", "text", "encoding"),
    [(b"{not json", "{not json", "utf-8"), (b"\xff\x00", "/wA=", "base64"), (None, None, "utf-8")],
)
def test_a_refused_record_of_any_bytes_is_one_json_object(value: bytes | None, text: str | None, encoding: str) -> None:
    found = orjson.loads(envelope(Fake(value, [("dlq_code", b"JSON_INVALID")])))

    assert found == {"key": "k", "headers": {"dlq_code": "JSON_INVALID"}, "value": text, "encoding": encoding}
