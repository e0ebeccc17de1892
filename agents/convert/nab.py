"""Files of the Numenta Anomaly Benchmark (one number after another) as our sensor events.

A file has the columns `timestamp` (no zone: taken as UTC) and `value`. Files of temperatures are in degrees Fahrenheit;
what the others measure has no unit in our list, so it becomes a plain number (`Dimensionless`, C62).

https://github.com/numenta/NAB
"""

import csv
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from agents.errors import BadDataError

COLUMNS = {"timestamp", "value"}


class Row(NamedTuple):
    """One line: as written, and what it means; `value` is no finite number where nothing was measured."""

    timestamp: str
    text: str
    time: datetime
    value: float


def rows(path: Path) -> Iterator[Row]:
    """The lines of a file, one by one. Raises `BadDataError`, naming the line, for what is no such file or number.

    An empty value, or one that is no finite number, is a measurement that is missing.
    """
    try:
        with path.open(newline="", encoding="utf-8") as lines:
            reader = csv.DictReader(lines, restval="missing")
            if not set(reader.fieldnames or ()) >= COLUMNS:
                raise BadDataError(f"{path.name} has no columns timestamp and value")
            for line in reader:
                yield _row(line["timestamp"], line["value"], f"{path.name} line {reader.line_num}")
    except UnicodeDecodeError as error:
        raise BadDataError(f"{path.name} is not text in UTF-8") from error


def _row(timestamp: str, text: str, place: str) -> Row:
    try:
        return Row(timestamp, text, datetime.fromisoformat(timestamp), float(text or "nan"))
    except ValueError as error:
        raise BadDataError(f"{place}: a timestamp and a number were expected") from error


def events(path: Path, device: str, readings: int = 1) -> Iterator[dict[str, Any]]:
    """The SensorEvents of a file, in its order: `readings` of them in each event, all marked historical.

    What is missing is left out. A sensor event must say what it is about; a machine in a benchmark is no container, so
    the device stands for the item too. Raises `BadDataError` like `rows`.
    """
    lines = (row for row in rows(path) if isfinite(row.value))
    sequence = 0
    while group := list(islice(lines, readings)):
        yield _event(group, path, device, sequence)
        sequence += 1


def _event(group: list[Row], path: Path, device: str, sequence: int) -> dict[str, Any]:
    return {
        "schemaVersion": "1.0",
        "eventID": f"nab-{path.stem[-80:]}-{sequence}",
        "eventTime": _utc(group[-1].time),
        "eventTypeCode": "MEAS",
        "deviceID": device,
        "deviceType": "GATEWAY",
        "sequence": sequence,
        "isHistorical": True,
        "itemIds": [re.sub(r"[^A-Za-z0-9._:/+-]", "-", device)[-35:]],
        "sensorReport": [_reading(row, path, alone=len(group) == 1) for row in group],
    }


def _reading(row: Row, path: Path, *, alone: bool) -> dict[str, Any]:
    kind, unit = ("Temperature", "FAH") if "temperature" in path.stem else ("Dimensionless", "C62")
    reading = {"type": kind, "value": row.value, "uom": unit}
    return reading if alone else reading | {"time": _utc(row.time)}


def _utc(time: datetime) -> str:
    return f"{time.replace(tzinfo=None).isoformat()}Z"
