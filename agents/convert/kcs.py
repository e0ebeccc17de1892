"""The public Customs-Declaration-Datasets (synthetic Korean import declarations, MIT) as our records.

Columns say what they say there; nothing is invented: an empty cell, or a mass of 0, is left out. One manifest holds one
parcel under its `declaration`, so none is dropped and each is judged alone.

https://github.com/Seondong/Customs-Declaration-Datasets
"""

import csv
from collections.abc import Callable, Iterator
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from agents.errors import BadDataError

Row = dict[str, str]
Advance = Callable[[int], None]
Made = TypeVar("Made")

DECLARATION = {
    "declarationId": "Declaration ID",
    "date": "Date",
    "officeId": "Office ID",
    "procedure": "Process Type",
    "importType": "Import Type",
    "importUse": "Import Use",
    "paymentType": "Payment Type",
    "declarantId": "Declarant ID",
    "importerId": "Importer ID",
    "courierId": "Courier ID",
    "taxRate": "Tax Rate",
    "taxType": "Tax Type",
    "originIndicator": "Country of Origin Indicator",
}
COLUMNS = {
    *DECLARATION.values(),
    *("Mode of Transport", "Seller ID", "HS6 Code", "Country of Departure", "Country of Origin"),
    *("Net Mass", "Item Price", "Fraud", "Critical Fraud"),
}
CRITICAL = "2"  # a threat to public safety, not to revenue alone
ADVANCE_EVERY = 1_000  # lines


def manifests(path: Path, advance: Advance = lambda _bytes: None) -> Iterator[dict[str, Any]]:
    """The ParcelManifests of a file, in its order. `advance` is told the bytes read, now and then.

    Raises `BadDataError` for what is no such file.
    """
    return _each(path, manifest, advance)


def outcomes(path: Path, advance: Advance = lambda _bytes: None) -> Iterator[dict[str, Any]]:
    """The InspectionOutcomes of a file: every declaration was examined, found or not. Raises as `manifests` does."""
    return _each(path, outcome, advance)


def examples(path: Path, advance: Advance = lambda _bytes: None) -> Iterator[tuple[dict[str, Any], bool]]:
    """Each ParcelManifest of a file with whether it was found fraudulent. Raises as `manifests` does."""
    return _each(path, lambda row: (manifest(row), row["Fraud"] == "1"), advance)


def rows(path: Path, advance: Advance = lambda _bytes: None) -> Iterator[Row]:
    """The rows of a file by column name. Raises `BadDataError` for what is no such file."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(_told(file, advance), restval="")
            if absent := COLUMNS - set(reader.fieldnames or ()):
                first, *more = sorted(absent)
                raise BadDataError(f"{path} is no customs data set: no column {first!r}, nor {len(more)} others")
            yield from reader
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadDataError(f"{path} is not a CSV file in UTF-8") from error


def manifest(row: Row) -> dict[str, Any]:
    """One row as a ParcelManifest."""
    return {
        "schemaVersion": "1.0",
        "messageId": f"KCS-{row['Declaration ID']}",
        "messageFunction": "9",
        "submittedAt": f"{row['Date']}T00:00:00Z",
        "provider": {"id": "KCS", "role": "GATEWAY"},
        "transport": {"modeOfTransport": row["Mode of Transport"][:1]},  # two digits there: 10 sea, 40 air, 90 other
        "parcels": [parcel(row)],
    }


def parcel(row: Row) -> dict[str, Any]:
    """The parcel of one row."""
    price = {"amount": decimals(row["Item Price"]), "currency": "KRW"}
    goods: dict[str, Any] = {
        "sequenceNumber": 1,
        "hsCode": row["HS6 Code"],
        "originCountry": row["Country of Origin"],
        "value": price,
    }
    if mass := mass_kg(row["Net Mass"]):
        goods["netMass"] = {"value": mass, "unitCode": "KGM"}
    parties = {"seller": {"identifier": row["Seller ID"]}} if row["Seller ID"] else {}
    return {
        "itemIdType": "DECLARATION",
        "itemId": row["Declaration ID"],
        "exportCountry": row["Country of Departure"],
        "destinationCountry": "KR",  # they are Korean import declarations
        **parties,
        "totalValue": price,
        "goodsItems": [goods],
        "declaration": {field: row[column] for field, column in DECLARATION.items() if row[column]},
    }


def outcome(row: Row) -> dict[str, Any]:
    """One row as the InspectionOutcome it stands for. The data set tells that, not what, was found."""
    found = row["Fraud"] == "1"
    record: dict[str, Any] = {
        "schemaVersion": "1.0",
        "outcomeId": f"KCS-{row['Declaration ID']}",
        "itemIdType": "DECLARATION",
        "itemId": row["Declaration ID"],
        "customsOffice": row["Office ID"],
        "selectionBasis": "OFFICER",
        "completedAt": f"{row['Date']}T00:00:00Z",
        "result": "NON_CONFORM" if found else "CONFORM",
    }
    if found:
        severity = "SERIOUS" if row["Critical Fraud"] == CRITICAL else "MODERATE"
        record["findings"] = [{"category": "OTHER", "severity": severity}]
    return record


def decimals(number: str) -> str:
    """A number as records write amounts: three decimals at most. Raises `ValueError` for what is no finite number.

    >>> decimals("2610.3000000000002"), decimals("372254.4"), decimals("0.0")
    ('2610.3', '372254.4', '0.0')
    """
    value = float(number)
    if not isfinite(value):
        raise ValueError(number)
    return repr(round(value, 3))


def mass_kg(number: str) -> str:
    """Kilograms, or nothing where nothing was weighed.

    >>> mass_kg("901.2"), mass_kg("0.0"), mass_kg("")
    ('901.2', '', '')
    """
    return decimals(number) if number and float(number) else ""


def _each(path: Path, convert: Callable[[Row], Made], advance: Advance) -> Iterator[Made]:
    for number, row in enumerate(rows(path, advance), start=2):
        try:
            yield convert(row)
        except ValueError as error:
            raise BadDataError(f"{path}, line {number}: mass and price must be numbers") from error


def _told(lines: Iterator[str], advance: Advance) -> Iterator[str]:
    read = 0
    for count, line in enumerate(lines, start=1):
        yield line
        read += len(line)
        if count % ADVANCE_EVERY == 0:
            advance(read)
            read = 0
    advance(read)
