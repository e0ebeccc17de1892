"""Good records by contract, and the bad ones that must be refused."""

import json
from collections.abc import Callable
from typing import Any
from zlib import crc32

NOW = "2026-11-20T08:14:31Z"
MiB = 1024 * 1024


def a_parcel(item_id: str, **changes: Any) -> dict[str, Any]:
    """A parcel of the courier's own numbering, valid unless `changes` (None: leave the field out) spoil it.

    Each goes to an address of its own: many to one would be a purchase in parts, which the engine sees.
    """
    house = crc32(item_id.encode())
    parcel = {
        "itemIdType": "CARRIER_TRACKING",
        "itemId": item_id,
        "exportCountry": "CN",
        "destinationCountry": "DE",
        "categoryOfItem": "SALE_OF_GOODS",
        "consignor": {"name": "Brightway Trading", "address": a_place("88 Example Road", "Shanghai", "CN")},
        "consignee": {"name": "Erika Mustermann", "address": a_place(f"Beispielstrasse {house}", "Mainz", "DE")},
        "numberOfPackages": 1,
        "grossMass": {"value": "0.412", "unitCode": "KGM"},
        "totalValue": {"amount": "29.90", "currency": "EUR"},
        "goodsItems": [
            {
                "sequenceNumber": 1,
                "description": "Wireless earphones with charging case",
                "hsCode": "851830",
                "originCountry": "CN",
                "quantity": 1,
                "netMass": {"value": "0.210", "unitCode": "KGM"},
                "value": {"amount": "29.90", "currency": "EUR"},
            }
        ],
    }
    return {name: value for name, value in (parcel | changes).items() if value is not None}


def a_place(line: str, city: str, country: str) -> dict[str, Any]:
    return {"lines": [line], "city": city, "postcode": "60311", "country": country}


def a_manifest(*parcels: dict[str, Any], **changes: Any) -> dict[str, Any]:
    manifest = {
        "schemaVersion": "1.0",
        "messageId": f"M-{parcels[0]['itemId'] if parcels else 0}",
        "messageFunction": "9",
        "submittedAt": NOW,
        "provider": {"id": "SWIFTLINE", "role": "CARRIER"},
        "customsOffice": "DE004851",
        "transport": {"modeOfTransport": "4", "routingCountries": ["CN", "DE"]},
        "parcels": list(parcels),
    }
    return manifest | changes


def a_sensor_event(device: str, number: int, **changes: Any) -> dict[str, Any]:
    event = {
        "schemaVersion": "1.0",
        "eventID": f"{device}-{number}",
        "eventTime": NOW,
        "eventTypeCode": "MEAS",
        "deviceID": device,
        "deviceType": "SMART_CONTAINER",
        "sequence": number,
        "equipmentReference": "CSQU3054383",
        "sensorReport": [{"type": "Temperature", "value": 5.0 + number % 7 / 10, "uom": "CEL"}],
    }
    return event | changes


def an_outcome(item_id: str, **changes: Any) -> dict[str, Any]:
    outcome = {
        "schemaVersion": "1.0",
        "outcomeId": f"O-{item_id}",
        "itemIdType": "CARRIER_TRACKING",
        "itemId": item_id,
        "customsOffice": "DE004851",
        "selectionBasis": "RISK_ENGINE",
        "controlTypes": ["PHYSICAL"],
        "startedAt": NOW,
        "completedAt": NOW,
        "result": "CONFORM",
        "disposition": "RELEASED",
    }
    return outcome | changes


def as_bytes(record: Any) -> bytes:
    return json.dumps(record).encode()


def _spoiled(old: bytes, new: bytes) -> bytes:
    """A good manifest with `old` replaced by `new`, which must change it."""
    good = as_bytes(a_manifest(a_parcel("SPOILED")))
    assert old in good
    return good.replace(old, new, 1)


def _nested_deep() -> bytes:
    return b'{"schemaVersion":"1.0","parcels":' + b"[" * 10_000 + b"]" * 10_000 + b"}"


BAD_MANIFESTS: dict[str, tuple[str, Callable[[], bytes | None]]] = {
    "an empty value": ("JSON_INVALID", lambda: b""),
    "a null value": ("JSON_INVALID", lambda: None),
    "text that is not JSON": ("JSON_INVALID", lambda: b"parcel, please"),
    "half a record": ("JSON_INVALID", lambda: as_bytes(a_manifest(a_parcel("HALF")))[:200]),
    "bad UTF-8": ("JSON_INVALID", lambda: _spoiled(b"Brightway", b"Brightw\xe4y")),
    "nesting 10,000 deep": ("JSON_INVALID", _nested_deep),
    "900 kB that are not JSON": ("JSON_INVALID", lambda: b"x" * 900_000),
    "an array": ("FIELD_TYPE", lambda: b"[1,2,3]"),
    "a wrong type": ("FIELD_TYPE", lambda: _spoiled(b'"M-SPOILED"', b"17")),
    "parcels that are no list": ("FIELD_TYPE", lambda: as_bytes(a_manifest() | {"parcels": {"itemId": "X"}})),
    "an unknown field": ("FIELD_UNKNOWN", lambda: as_bytes(a_manifest(a_parcel("UNKNOWN"), weight=3))),
    "a key given twice": (
        "DUPLICATE_KEY",
        lambda: _spoiled(b'"messageFunction"', b'"messageId":"x","messageFunction"'),
    ),
    "NaN": ("NUMBER_NOT_FINITE", lambda: _spoiled(b'"0.412"', b"NaN")),
    "no parcels": ("LIST_EMPTY", lambda: as_bytes(a_manifest())),
    "a 10 MB record": ("MESSAGE_TOO_LARGE", lambda: b'{"padding":"' + b"a" * (10 * MiB) + b'"}'),
}
"""What is refused as a whole: a name, the code, and how to make it."""
