"""Personal data ends at intake: planted everywhere in the inputs, found nowhere behind them.

Each leaf of a full record of every kind is, one record at a time, replaced by a name and by a mail address that carry
a mark of their own. Some of these records are accepted, some are refused; in neither case may the mark come out again.
(A single word in a field for references, such as `messageId`, is a reference: nobody can tell it from a name.)
"""

import contextlib
import copy
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.chaos.evidence import read
from tests.outside.kafka import Send, await_quiet, publish
from tests.outside.processes import Worker
from tests.outside.records import NOW, a_manifest, a_parcel, a_place, a_sensor_event, an_outcome, as_bytes

pytestmark = pytest.mark.kafka

MARK = re.compile(rb"zq[a-j]{4}xy", re.IGNORECASE)
FORMS = ("E. {}", "{}@x.de")  # short enough for a field of 17 characters
TELEPHONE, MAIL, PASSPORT = "+49 171 5550 17699", "e.quaxworthy@private.example", "C01X00T478821"
SECRETS = (b"Quaxworthy", b"Vexillum", b"5550 17699", b"555017699", MAIL.encode(), PASSPORT.encode())
OUTPUTS = ("decisions.v1", "alerts.v1", "feedback.v1", "cases", "readings", "touches", "control", "positions")
NAMES = {"itemId", "itemIdType", "schemaVersion", "deviceID", "provider", "declarationId"}
"""What names the subject of a record: it is public by contract, so nothing personal may stand in it."""

Path = tuple[str | int, ...]


def a_person() -> dict[str, Any]:
    place = a_place("Vexillum Lane 77", "Mainz", "DE")
    contact = {"phone": TELEPHONE, "email": MAIL, "identifier": PASSPORT, "typeOfPerson": "1"}
    return {"name": "Erika Quaxworthy", "address": place | {"subdivision": "DE-RP"}, **contact}


def a_full_manifest(item_id: str) -> dict[str, Any]:
    parties = {role: a_person() for role in ("consignor", "consignee", "seller", "buyer")}
    platform = {
        "name": "Market",
        "orderId": "1",
        "sellerId": "S1",
        "listingUrl": "https://m.example/1",
        "knownSeller": True,
    }
    more = {"postedAt": NOW, "categoryExplanation": "none", "declarantEori": PASSPORT, "iossNumber": "IM5280001234"}
    parcel = a_parcel(item_id, **parties, platform=platform, **more)
    parcel["goodsItems"][0] |= {"sku": "BW-E20", "description": f"Letter of Erika Quaxworthy, {TELEPHONE}"}
    transport = {
        "sealNumber": "S1",
        "masterTransportDocument": "020-1",
        "placeOfLoading": "CNSHA",
        "modeOfTransport": "4",
    }
    return a_manifest(parcel, manifestReference="R1", transport=transport)


def a_full_declaration(item_id: str) -> dict[str, Any]:
    fields = (
        "officeId",
        "procedure",
        "importType",
        "importUse",
        "paymentType",
        "declarantId",
        "importerId",
        "courierId",
        "taxType",
    )
    declaration = {"declarationId": item_id, "date": "2026-11-20", "taxRate": "8", **dict.fromkeys(fields, "11")}
    parcel = a_parcel(item_id, itemIdType="DECLARATION", declaration=declaration, consignee={"identifier": PASSPORT})
    return a_manifest(parcel)


def a_full_event(number: int) -> dict[str, Any]:
    position = {"latitude": 50.0, "longitude": 8.0, "locationName": "Quaxworthy garage, Vexillum Lane 77"}
    reading = {"type": "Temperature", "value": 5.0, "uom": "CEL", "component": "x", "stringValue": "x", "deviceID": "d"}
    seal = {"sealNumber": "S1", "status": "OPENED", "openedAt": NOW}
    more = {
        "seal": seal,
        "publisher": "BLUEFLEET",
        "recordTime": NOW,
        "retractedEventID": "e0",
        "iotEventCode": "X_SEAL",
    }
    return a_sensor_event(f"dev-{number}", number, geoLocation=position, sensorReport=[reading], **more)


def a_full_outcome(item_id: str) -> dict[str, Any]:
    finding = {"category": "OTHER", "severity": "MINOR", "detail": f"Erika Quaxworthy, {TELEPHONE}, hid it"}
    found = {"result": "NON_CONFORM", "disposition": "SEIZED", "findings": [finding]}
    return an_outcome(item_id, officerRef="Inspector Quaxworthy", decisionId="d1", supersedesOutcomeId="o1", **found)


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where texts and numbers stand, and objects, into which a field of any name can be put."""
    if isinstance(value, dict):
        yield path
        for name, inner in value.items():
            if name not in NAMES:
                yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path


def planted(record: dict[str, Any], path: Path, mark: str) -> dict[str, Any]:
    """`record` with a marked text at `path`, or, where an object stands, an unknown field of a marked name."""
    spoiled = copy.deepcopy(record)
    inner: Any = spoiled
    for step in path[:-1]:
        inner = inner[step]
    target = inner[path[-1]] if path else spoiled
    if isinstance(target, dict):
        target[mark] = f"{mark} Street"
    else:
        inner[path[-1]] = mark
    return spoiled


class Planting:
    """Every record with the path and mark that was planted in it."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.where: dict[bytes, str] = {}
        self.records: list[Send] = []

    def plant(self, topic: str, make: Any) -> None:
        for path, form in itertools.product(leaves(make(0)), FORMS):
            number = len(self.where)
            mark = "Zq{}xy".format("".join("abcdefghij"[int(digit)] for digit in f"{number:04d}"))
            self.where[mark.lower().encode()] = f"{topic} {'/'.join(map(str, path))} ({form})"
            record = planted(make(number), path, form.format(mark))
            self.records.append(Send(f"{self.namespace}.{topic}", as_bytes(record)))


def test_no_personal_data_passes_intake(broker: str, namespace: str, worker: Worker):
    planting = Planting(namespace)
    planting.plant("manifests.v1", lambda number: a_full_manifest(f"PRIV{number}"))
    planting.plant("manifests.v1", lambda number: a_full_declaration(f"DECL{number}"))
    planting.plant("manifests.v1", lambda number: a_full_manifest(f"PRIV{number}") | {"messageFunction": "4"})
    filed = len(planting.records)
    planting.plant("sensors.v1", a_full_event)
    planting.plant("outcomes.v1", lambda number: a_full_outcome(f"PRIV{number % filed}"))
    publish(broker, planting.records)
    await_quiet(
        broker, [f"{namespace}.{topic}" for topic in ("decisions.v1", "alerts.v1", "rejected.v1", "cases", "readings")]
    )
    metrics = worker.fetch("/metrics").encode()
    assert worker.stop() == 0

    log = read(broker, namespace, ("rejected.v1", *OUTPUTS))
    assert len(log["decisions.v1"]) > filed / 10, "hardly anything was accepted: nothing is proved"
    assert len(log["rejected.v1"]) > filed / 10, "hardly anything was refused: nothing is proved"
    seen = {topic: b"\n".join(as_read(entry) for entry in log[topic]) for topic in OUTPUTS}
    seen |= {"metrics": metrics, "log": worker.said().encode()}
    leaks = sorted(
        f"{planting.where[mark.lower()]} came out in {place}"
        for place, text in seen.items()
        for mark in set(MARK.findall(text))
    )
    assert leaks == [], "\n".join(leaks)
    assert [
        (place, secret) for place, text in seen.items() for secret in SECRETS if secret.lower() in text.lower()
    ] == []


def as_read(entry: Any) -> bytes:
    """Everything of a record, with JSON escapes undone so that nothing hides in them."""
    headers = b" ".join(name.encode() + b"=" + (value or b"") for name, value in entry.headers.items())
    value = entry.value or b""
    with contextlib.suppress(ValueError):
        value += json.dumps(json.loads(value), ensure_ascii=False).encode()
    return b" ".join((entry.key or b"", value, headers))
