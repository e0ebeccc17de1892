"""Lines become keyed records without being understood."""

import io

import pytest

from agents.cli.publish import Input, keyed

MANIFEST = b'{"messageId":"m1","parcels":[{"itemIdType":"S10","itemId" : "LZ551209644CN"},{"itemId":"second"}]}'


@pytest.mark.parametrize(
    ("kind", "line", "key"),
    [
        (Input.manifests, MANIFEST, b"LZ551209644CN"),
        (Input.outcomes, b'{"itemIdType":"S10","itemId":"A"}', b"A"),
        (Input.sensors, b'{"deviceID":"urn:epc:id:giai:4000001.111","itemIds":["x"]}', b"urn:epc:id:giai:4000001.111"),
        (Input.manifests, b'{"itemId": "broken', None),
        (Input.manifests, b'{"note":"\\"itemId\\":\\"X\\""}', None),
        (Input.manifests, b"\xff\xfe no json", None),
        (Input.manifests, b"", None),
    ],
)
def test_the_key_is_the_first_identifier_where_there_is_one(kind: Input, line: bytes, key: bytes | None) -> None:
    assert list(keyed(kind, io.BytesIO(line + b"\n"))) == [(key, line)]


def test_every_line_is_a_record_and_only_the_newline_goes() -> None:
    lines = io.BytesIO(b"one\r\n\n  \nlast without end")

    assert [value for _, value in keyed(Input.manifests, lines)] == [b"one\r", b"", b"  ", b"last without end"]
