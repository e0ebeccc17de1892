"""A CSV of formal declarations as our records, by a mapping of its columns.

Nothing is invented: an empty cell, or a mass of 0, is left out, an unknown country of departure is ZZ. One manifest
holds one parcel under its `declaration`, so none is dropped and each is judged alone.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from agents.convert import mapping as of
from agents.convert.mapping import What
from agents.errors import BadDataError

Row = dict[str, str]
Record = dict[str, Any]
Advance = Callable[[int], None]
Made = TypeVar("Made")

DECLARATION: dict[str, What] = {
    "officeId": "office",
    "procedure": "procedure",
    "importType": "import_type",
    "importUse": "import_use",
    "paymentType": "payment_type",
    "declarantId": "declarant",
    "importerId": "importer",
    "courierId": "courier",
    "taxRate": "tax_rate",
    "taxType": "tax_type",
    "originIndicator": "origin_indicator",
}
LONGEST = 17  # characters of a coded field
ADVANCE_EVERY = 1_000  # lines
UNKNOWN_COUNTRY = "ZZ"


class CellError(ValueError):
    """A cell that is not what its column should hold. What it holds is not told: it might be personal."""

    def __init__(self, column: str, expected: str) -> None:
        super().__init__(column, expected)
        self.column, self.expected = column, expected


class Example(NamedTuple):
    """A declaration, and what its inspection found; None where nobody inspected."""

    manifest: Record
    outcome: Record | None


def is_found(outcome: Mapping[str, Any]) -> bool:
    """Whether an inspection found something."""
    return bool(outcome["result"] == "NON_CONFORM")


class Declarations:
    """Reads files as `mapping` says; `advance` is told the bytes read, now and then.

    All raise `BadDataError` for a file that is none, naming line, column and what was expected there.
    """

    def __init__(self, mapping: of.Mapping) -> None:
        self.mapping = mapping
        self._column = mapping.columns
        self._coded = [(field, mapping.columns[what]) for field, what in DECLARATION.items() if what in mapping.columns]
        self._time = lru_cache(4_096)(self._read_time)

    def manifests(self, path: Path, advance: Advance = lambda _bytes: None) -> Iterator[Record]:
        """The ParcelManifests of a file, in its order."""
        return self._each(path, self.manifest, advance)

    def outcomes(self, path: Path, advance: Advance = lambda _bytes: None) -> Iterator[Record]:
        """The InspectionOutcomes of a file: of every declaration that has a label."""
        return (outcome for outcome in self._each(path, self.outcome, advance) if outcome)

    def examples(self, path: Path, advance: Advance = lambda _bytes: None) -> Iterator[Example]:
        """Both of each declaration."""
        if self.mapping.label is None:
            raise BadDataError("the mapping names no label column: nobody would know what inspections found")
        return self._each(path, lambda row: Example(self.manifest(row), self.outcome(row)), advance)

    def rows(self, path: Path, advance: Advance = lambda _bytes: None) -> Iterator[Row]:
        """The rows of a file by column name."""
        try:
            with path.open(encoding=self.mapping.encoding, newline="") as file:
                reader = csv.DictReader(_told(file, advance), restval="", delimiter=self.mapping.delimiter)
                if absent := self.mapping.named - set(reader.fieldnames or ()):
                    first, *more = sorted(absent)
                    others = f", nor {len(more)} others" if more else ""
                    raise BadDataError(f"{path} has no column {first!r}{others}")
                yield from reader
        except (UnicodeDecodeError, csv.Error) as error:
            raise BadDataError(f"{path} is not a CSV file in {self.mapping.encoding.upper()}") from error

    def manifest(self, row: Row) -> Record:
        """One row as a ParcelManifest. Raises `CellError`."""
        declared_id, mode = self._needed("id", row), self._cell("mode", row)
        return {
            "schemaVersion": "1.0",
            "messageId": f"{self.mapping.source}-{declared_id}",
            "messageFunction": "9",
            "submittedAt": self._submitted(row),
            "provider": {"id": self.mapping.source, "role": "GATEWAY"},
            **({"transport": {"modeOfTransport": mode}} if mode else {}),
            "parcels": [self._parcel(declared_id, row)],
        }

    def outcome(self, row: Row) -> Record | None:
        """One row as the InspectionOutcome it stands for, if any. Raises `CellError`."""
        label, declared_id = self.mapping.label, self._needed("id", row)
        if label is None or not (cell := row[label.column]):
            return None
        if cell not in label.found and cell not in label.clean:
            raise CellError(label.column, f"one of {', '.join([*label.found, *label.clean])}, or nothing,")
        return {
            "schemaVersion": "1.0",
            "outcomeId": f"{self.mapping.source}-{declared_id}",
            "itemIdType": "DECLARATION",
            "itemId": declared_id,
            "customsOffice": self._cell("office", row) or self.mapping.source[:LONGEST],
            "selectionBasis": "OFFICER",
            "completedAt": self._submitted(row),
            **(self._findings(row) if cell in label.found else {"result": "CONFORM"}),
        }

    def _findings(self, row: Row) -> Record:
        severity = self.mapping.severity
        serious = severity is not None and row[severity.column] in severity.serious
        found = {"category": "OTHER", "severity": "SERIOUS" if serious else "MODERATE"}
        return {"result": "NON_CONFORM", "findings": [found]}

    def _parcel(self, declared_id: str, row: Row) -> Record:
        price = {"amount": self._number("price", row), "currency": self._cell("currency", row) or self.mapping.currency}
        seller = self._cell("seller", row)
        return {
            "itemIdType": "DECLARATION",
            "itemId": declared_id,
            "exportCountry": self._cell("departure", row) or UNKNOWN_COUNTRY,
            "destinationCountry": self.mapping.destination,
            **({"seller": {"identifier": seller}} if seller else {}),
            "totalValue": price,
            "goodsItems": [self._goods(row, price)],
            "declaration": self._declaration(declared_id, row),
        }

    def _goods(self, row: Row, price: Record) -> Record:
        told = {"hsCode": self._cell("goods_code", row), "originCountry": self._cell("origin", row)}
        made = {"sequenceNumber": 1, **{name: cell for name, cell in told.items() if cell}, "value": price}
        if self._cell("net_mass", row) and float(mass := self._number("net_mass", row)):
            made["netMass"] = {"value": mass, "unitCode": self.mapping.mass_unit}
        return made

    def _declaration(self, declared_id: str, row: Row) -> Record:
        made = {"declarationId": declared_id, "date": self._submitted(row)[:10]}
        for field, column in self._coded:
            if cell := row[column]:
                if len(cell) > LONGEST:
                    raise CellError(column, f"a code of at most {LONGEST} characters")
                made[field] = cell
        if "taxRate" in made:
            self._number("tax_rate", row)
        return made

    def _cell(self, what: What, row: Row) -> str:
        """The cell of a column, translated; "" where there is none."""
        cell = row.get(self._column.get(what, ""), "")
        codes = self.mapping.codes.get(what)
        if not cell or codes is None:
            return cell
        if cell not in codes:
            raise CellError(self._column[what], f"one of {', '.join(codes)}")
        return codes[cell]

    def _needed(self, what: What, row: Row) -> str:
        if cell := self._cell(what, row):
            return cell
        raise CellError(self._column[what], "something")

    def _number(self, what: What, row: Row) -> str:
        try:
            return decimals(row[self._column[what]])
        except ValueError as error:
            raise CellError(self._column[what], "a number") from error

    def _submitted(self, row: Row) -> str:
        return self._time(row[self._column["date"]])

    def _read_time(self, cell: str) -> str:
        try:
            time = datetime.strptime(cell, self.mapping.date_format)  # noqa: DTZ007 - UTC, as the mapping says
        except ValueError as error:
            raise CellError(self._column["date"], f"a date like {self.mapping.date_format}") from error
        return f"{time.isoformat(timespec='seconds')}Z"

    def _each(self, path: Path, convert: Callable[[Row], Made], advance: Advance) -> Iterator[Made]:
        for number, row in enumerate(self.rows(path, advance), start=2):
            try:
                yield convert(row)
            except CellError as error:
                where = f"{path}, line {number}, column {error.column!r}"
                raise BadDataError(f"{where}: {error.expected} was expected") from error


def decimals(number: str) -> str:
    """A number as records write amounts: three decimals at most. Raises `ValueError` for what is no finite number.

    >>> decimals("2610.3000000000002"), decimals("372254.4"), decimals("0.0")
    ('2610.3', '372254.4', '0.0')
    """
    value = float(number)
    if not isfinite(value):
        raise ValueError(number)
    return repr(round(value, 3))


def _told(lines: Iterator[str], advance: Advance) -> Iterator[str]:
    read = 0
    for count, line in enumerate(lines, start=1):
        yield line
        read += len(line)
        if count % ADVANCE_EVERY == 0:
            advance(read)
            read = 0
    advance(read)
