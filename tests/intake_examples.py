"""The good examples of the standards notes, and how to spoil them: `changed(EXAMPLE, {"/a/0/b": value})`."""

import json
from copy import deepcopy
from typing import Any

from streams.intake import IntakeShard, Limits
from streams.intake.times import epoch_ms
from streams.log import Effects, LogRecord, Output
from streams.topics import TALLIES

GONE = object()
"""As a value: leave the field out."""

SECRET = bytes(range(32))
AT_MS = epoch_ms("2026-08-21T08:00:00Z")
LIMITS = Limits(euro_rates={"EUR": 1.0, "USD": 1.25})

PARCEL: dict[str, Any] = {
    "postedAt": "2026-08-19T11:02:00+08:00",
    "itemIdType": "S10",
    "itemId": "EE471108151FR",
    "exportCountry": "FR",
    "destinationCountry": "DE",
    "categoryOfItem": "SALE_OF_GOODS",
    "consignor": {
        "name": "Brightway Electronics Trading Co",
        "typeOfPerson": "2",
        "address": {"lines": ["88 Example Road"], "city": "Lyon", "postcode": "69001", "country": "FR"},
    },
    "consignee": {
        "name": "Erika Mustermann",
        "typeOfPerson": "1",
        "phone": "+49 69 1234567",
        "email": "erika@example.org",
        "address": {
            "lines": ["Beispielstrasse 12"],
            "city": "Frankfurt am Main",
            "postcode": "60311",
            "subdivision": "DE-HE",
            "country": "DE",
        },
    },
    "platform": {
        "name": "ExampleMarket",
        "orderId": "EM-99812734",
        "sellerId": "S-48821",
        "listingUrl": "https://market.example/p/48821",
        "knownSeller": False,
    },
    "declarantEori": "DE123456789012345",
    "iossNumber": "IM5280001234",
    "numberOfPackages": 1,
    "grossMass": {"value": "0.412", "unitCode": "KGM"},
    "totalValue": {"amount": "38.90", "currency": "EUR"},
    "postalCharges": {"amount": "4.10", "currency": "EUR"},
    "goodsItems": [
        {
            "sequenceNumber": 1,
            "description": "Wireless Bluetooth earphones with charging case",
            "hsCode": "851830",
            "originCountry": "CN",
            "quantity": 1,
            "netMass": {"value": "0.210", "unitCode": "KGM"},
            "value": {"amount": "29.90", "currency": "EUR"},
            "sku": "BW-E20",
            "gtin": "4006381333931",
        },
        {
            "sequenceNumber": 2,
            "description": "Silicone ear tips for earphones, 6 pieces",
            "hsCode": "392690",
            "originCountry": "CN",
            "quantity": 1,
            "netMass": {"value": "0.030", "unitCode": "KGM"},
            "value": {"amount": "9.00", "currency": "EUR"},
        },
    ],
}
MANIFEST: dict[str, Any] = {
    "schemaVersion": "1.0",
    "messageId": "CNPOST-20260820-000184",
    "messageFunction": "9",
    "submittedAt": "2026-08-20T08:14:31Z",
    "provider": {"id": "CNPOST", "role": "POST"},
    "manifestReference": "MAN-17",
    "customsOffice": "DE004851",
    "transport": {
        "modeOfTransport": "5",
        "containerId": "MSKU9070323",
        "sealNumber": "CN7741920",
        "receptacleId": "CNSHAADEFRAAAUN60412003100148",
        "masterTransportDocument": "020-12345675",
        "placeOfLoading": "CNSHA",
        "routingCountries": ["CN", "NL", "DE"],
    },
    "parcels": [PARCEL],
}
DECLARED_PARCEL: dict[str, Any] = {
    "itemIdType": "DECLARATION",
    "itemId": "56839011",
    "exportCountry": "CN",
    "destinationCountry": "KR",
    "consignor": {"identifier": "249LO7A"},
    "totalValue": {"amount": "415092.72", "currency": "KRW"},
    "goodsItems": [
        {
            "sequenceNumber": 1,
            "hsCode": "760711",
            "originCountry": "CN",
            "netMass": {"value": "901.2", "unitCode": "KGM"},
            "value": {"amount": "415092.72", "currency": "KRW"},
        }
    ],
    "declaration": {
        "declarationId": "56839011",
        "date": "2021-01-01",
        "officeId": "40",
        "procedure": "B",
        "importType": "11",
        "importUse": "11",
        "paymentType": "11",
        "declarantId": "76NV527",
        "importerId": "SHHZGSL",
        "courierId": "C-1",
        "taxRate": "7.2",
        "taxType": "FCN1",
        "originIndicator": "E",
    },
}
DECLARED_MANIFEST: dict[str, Any] = {**MANIFEST, "parcels": [DECLARED_PARCEL]}
del DECLARED_MANIFEST["customsOffice"]

SENSOR_EVENT: dict[str, Any] = {
    "schemaVersion": "1.0",
    "eventID": "84db923d-2a19-4eb0-beb5-446c1ec57d34",
    "eventTime": "2026-08-21T02:41:07Z",
    "recordTime": "2026-08-21T02:41:12Z",
    "eventTypeCode": "DETC",
    "iotEventCode": "X_SEAL",
    "deviceID": "urn:epc:id:giai:4000001.111",
    "deviceType": "E_SEAL",
    "sequence": 18231,
    "isHistorical": False,
    "equipmentReference": "MSKU9070323",
    "geoLocation": {
        "latitude": 51.9496,
        "longitude": 4.1453,
        "locationName": "Maasvlakte, gate of Jan de Vries",
        "UNLocationCode": "NLRTM",
    },
    "seal": {
        "sealNumber": "CN7741920",
        "status": "OPENED",
        "conditionCode": "4",
        "source": "SHI",
        "type": "ELS",
        "batteryLow": False,
        "sealedAt": "2026-08-19T15:20:00Z",
        "openedAt": "2026-08-21T02:41:05Z",
    },
    "sensorReport": [
        {"type": "Temperature", "value": 17.4, "uom": "CEL"},
        {"type": "Illuminance", "value": 412.0, "uom": "LUX", "exception": "ALARM_CONDITION"},
    ],
    "setpoints": [{"type": "Temperature", "value": 41.0, "uom": "FAH", "tolerance": 9.0}],
    "batteryPercent": 71,
    "publisher": "Example Visibility BV",
}
OUTCOME: dict[str, Any] = {
    "schemaVersion": "1.0",
    "outcomeId": "DE004851-2026-0088123",
    "decisionId": "dec-01J5T7",
    "itemIdType": "S10",
    "itemId": "EE471108151FR",
    "customsOffice": "DE004851",
    "selectionBasis": "RISK_ENGINE",
    "controlTypes": ["NII_XRAY", "PHYSICAL"],
    "startedAt": "2026-08-21T07:05:00Z",
    "completedAt": "2026-08-21T07:31:00Z",
    "result": "NON_CONFORM",
    "disposition": "DETAINED",
    "findings": [
        {
            "category": "COUNTERFEIT_IPR",
            "severity": "MODERATE",
            "goodsSequenceNumber": 1,
            "quantity": "1",
            "unitCode": "C62",
            "detail": "Trade mark on housing not declared by Erika Mustermann",
        },
        {
            "category": "UNDERVALUATION",
            "severity": "MINOR",
            "goodsSequenceNumber": 1,
            "actualValue": {"amount": "149.00", "currency": "EUR"},
        },
    ],
    "officerRef": "off-7f31",
}


def changed(example: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A copy of `example` with the value at each JSON pointer set, or the field left out where the value is `GONE`."""
    copy = deepcopy(example)
    for pointer, value in changes.items():
        *way, last = pointer.split("/")[1:]
        place: Any = copy
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        _set(place, last, value)
    return copy


def _set(place: Any, name: str, value: Any) -> None:
    if value is GONE:
        del place[name]
    elif isinstance(place, list) and int(name) == len(place):
        place.append(value)
    else:
        place[int(name) if isinstance(place, list) else name] = value


def as_bytes(record: Any) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode()


def with_parcels(*parcels: Any, **changes: Any) -> dict[str, Any]:
    return {**MANIFEST, "parcels": list(parcels), **changes}


def take(topic: str, value: Any, *, at_ms: int = AT_MS, limits: Limits = LIMITS, **record: Any) -> Effects:
    """What a whole intake shard makes of one record, without the tally that ends every slice."""
    raw = value if isinstance(value, bytes | None) else as_bytes(value)
    effects = Effects()
    about = {"partition": 3, "offset": 17, "key": b"as received", **record}
    IntakeShard(topic, 3, limits, SECRET).process([LogRecord(timestamp=at_ms, value=raw, **about)], effects)
    effects.outputs = [output for output in effects.outputs if output.topic != TALLIES]
    return effects


def written(effects: Effects, topic: str) -> list[Output]:
    return [output for output in effects.outputs if output.topic == topic]


def bodies(effects: Effects, topic: str) -> list[Any]:
    return [json.loads(output.value or b"null") for output in written(effects, topic)]
