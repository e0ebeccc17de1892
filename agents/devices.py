"""The registry of devices as tools see it: appended to and read from the control log, singly or from a file of many."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from agents import topics
from agents.control_log import ControlTopic
from agents.errors import BadDataError, UsageError
from config.settings import Settings
from streams.records.device import DeviceRecord
from streams.sensors.registry import DEVICE, Devices, Registered, registered
from streams.state.members import Place
from streams.topics import caretaker_alerts

CARGO = ("lowest_cel", "highest_cel", "excursion_s", "defrost_s")
NUMBERS = frozenset({*CARGO, "expected_s"})
LISTS = frozenset({"permittedPlaces", "mayOpenAt", "shareWith"})
WITHIN = {  # columns that stand within a part of the record: which, and what they are called there
    **{name: ("cargo", name) for name in ("commodity", *CARGO)},
    "mayOpenAt": ("door", "mayOpenAt"),
    "shareWith": ("share", "with"),
    "shareFor": ("share", "for"),
    "shareUntil": ("share", "until"),
}


def registration(told: Mapping[str, Any]) -> DeviceRecord:
    """What is registered, checked. Raises `UsageError`."""
    try:
        record: DeviceRecord = DEVICE.validate_python({"registered": True, **told, "kind": "device"})
    except ValidationError as error:
        raise UsageError.of(error) from error
    if registered(record) is None:
        raise UsageError("lowest_cel is above highest_cel")
    return record


def from_columns(told: Mapping[str, Any]) -> dict[str, Any]:
    """What `registration` takes, of named texts as in a CSV file; lists are separated by blanks, "" says nothing.

    Raises `ValueError` where a number is none.

    >>> from_columns({"deviceID": "D1", "publisher": "ACME", "mayOpenAt": "NLRTM DEHAM", "expected_s": "600"})
    {'deviceID': 'D1', 'publisher': 'ACME', 'door': {'mayOpenAt': ['NLRTM', 'DEHAM']}, 'expected_s': 600.0}
    """
    found: dict[str, Any] = {}
    for column, text in told.items():
        if text:
            value = float(text) if column in NUMBERS else text.split() if column in LISTS else text
            part, name = WITHIN.get(column, ("", column))
            (found.setdefault(part, {}) if part else found)[name] = value
    return found


def read(file: Path) -> list[DeviceRecord]:
    """The registrations in a file: of columns, if it is called .csv, else one device record a line, as JSON.

    Raises `BadDataError` for the first line that is none, `UsageError` when there is no such file.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {file}: {getattr(error, 'strerror', 'it is not UTF-8')}") from error
    rows = _columns(lines) if file.suffix.lower() == ".csv" else map(orjson.loads, filter(str.strip, lines))
    found: list[DeviceRecord] = []
    try:
        for told in rows:
            found.append(registration(told))  # noqa: PERF401 - how many were fine tells which one was not
    except (UsageError, ValueError, TypeError) as error:
        raise BadDataError(f"{file}, device {len(found) + 1}: {error}") from error
    return found


def _columns(lines: Sequence[str]) -> Iterator[dict[str, Any]]:
    for row in csv.DictReader(lines, restval="", restkey="more"):
        if "more" in row:
            raise ValueError("it has more fields than the header names")
        yield from_columns(row)


def write(settings: Settings, records: Sequence[DeviceRecord]) -> list[str]:
    """Write registrations or withdrawals; the names of the topics in Kafka of all whom their alerts may concern.

    These are made first, for a worker writes there as soon as it knows the device. Raises `UsageError`,
    `UnreachableError`.
    """
    control = ControlTopic.of(settings).require()
    readers = {name: None for record in records for name in _named(record)}
    own = topics.create_own(settings, *map(caretaker_alerts, readers)) if readers else []
    control.extend((record["deviceID"], record) for record in records)
    return own


def _named(record: DeviceRecord) -> list[str]:
    return [record["publisher"], *(record["share"]["with"] if "share" in record else ())]


def known(settings: Settings, device_id: str) -> Registered:
    """A device as it is registered now. Raises `UsageError` for one that is not."""
    found = registry(settings).of(device_id)
    if found is None:
        raise UsageError(f"{device_id} is not registered (see: greenlane device show)")
    return found


def registry(settings: Settings) -> Devices:
    """All registrations that are in force. Reads the control log once."""
    devices = Devices()
    for offset, told in ControlTopic.of(settings).records("device"):
        devices.fold(told, Place(offset, 0, 0))
    return devices
