"""Registered devices: whose each is, what it guards, and who may see its alerts. A fold over the control log."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from math import inf
from typing import Any, NamedTuple
from zlib import crc32

import orjson
from pydantic import ValidationError

from streams.records.device import DeviceRecord
from streams.records.schema import validator
from streams.state.changes import change, in_force
from streams.state.members import Place
from streams.state.parts import Part, same_version

VERSION = 1
MAX_DEVICES = 100_000
BUCKETS = 256  # parts of a snapshot: a change writes one of them
PART = "devices"
DEVICE = validator(DeviceRecord)


class Registered(NamedTuple):
    """A registration, as `said`. Its alerts are shared while events are before `until_ms`."""

    said: DeviceRecord
    until_ms: float

    @property
    def publisher(self) -> str:
        """Who keeps the device, and alone may report for it."""
        return self.said["publisher"]

    def readers(self, time_ms: float) -> list[str]:
        """Who may see alerts about what happened at `time_ms` (ms since 1970): its publisher first.

        >>> scope = {"with": ["PORT"], "for": "handling of damage", "until": "2026-12-01T00:00:00Z"}
        >>> said = {"kind": "device", "deviceID": "D1", "publisher": "ACME", "registered": True, "share": scope}
        >>> shared = registered(said)
        >>> shared.readers(shared.until_ms - 1), shared.readers(shared.until_ms)
        (['ACME', 'PORT'], ['ACME'])
        """
        others = self.said["share"]["with"] if time_ms < self.until_ms else []
        return list(dict.fromkeys([self.publisher, *others]))


Changes = list[tuple[int, Registered]]
"""What was said of one device, the registration withdrawn too, and since which engine time it is in force."""


class Devices:
    """All registered devices by id, 100,000 at most: newcomers beyond are refused, unless one was withdrawn.

    A shard asks with its own engine time, that of its last tick: what was said before that tick is in force, what was
    said since is not. So it gets the same answer when it folds its log again, however far this fold has come by then.
    What changed within a day is remembered for that. About 1 kB a device; an answer costs 0.2 µs.

    >>> devices = Devices()
    >>> said = {"kind": "device", "deviceID": "D1", "publisher": "ACME", "registered": True}
    >>> devices.fold(said, Place(7, 60_000, 0)), devices.fold(said | {"publisher": ""}, Place(8, 61_000, 0))
    (True, False)
    >>> devices.of("D1", 60_000), devices.of("D1", 61_000).publisher, devices.of("D1").publisher
    (None, 'ACME', 'ACME')
    """

    def __init__(self) -> None:
        self._by_id: dict[str, Changes] = {}
        self._buckets = [dict[str, Changes]() for _ in range(BUCKETS)]  # the same, as they are saved
        self._withdrawn: dict[str, None] = {}  # in the order in which they were
        self._changes: Counter[int] = Counter()  # by bucket
        self.publishers: set[str] = set()
        """Everybody a device was ever registered to or shared with: each has a topic."""

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Registered]:
        """Those registered now."""
        return (found for device_id in self._by_id if (found := self.of(device_id)))

    def of(self, device_id: str, now_ms: float = inf) -> Registered | None:
        """The registration in force at engine time `now_ms`, None for a device that nobody has registered."""
        found = in_force(self._by_id.get(device_id, ()), now_ms)
        return found if found and found.said["registered"] else None

    def fold(self, said: Mapping[str, Any], place: Place) -> bool:
        """Take a registration, or its withdrawal. False: it is malformed, or one too many."""
        told = registered(said)
        if told is None:
            return False
        device_id = told.said["deviceID"]
        number, changes = _bucket(device_id), self._by_id.get(device_id)
        if changes is None:
            if not (told.said["registered"] and self._has_room()):
                return False
            changes = self._by_id[device_id] = self._buckets[number][device_id] = []
        change(changes, told, place.now_ms)
        self._withdrawn.pop(device_id, None)
        if not told.said["registered"]:
            self._withdrawn[device_id] = None
        self.publishers.update(told.readers(-inf))
        self._changes[number] += 1
        return True

    def parts(self) -> Mapping[str, Part]:
        """What is to be saved, in buckets."""
        head = Part(self._changes.total(), self._head)
        return {PART: head, **{_part(b): Part(count, partial(self._save, b)) for b, count in self._changes.items()}}

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved."""
        version, withdrawn, publishers = orjson.loads(parts[PART])
        same_version(version, VERSION)
        loaded = {number: _loaded(parts[_part(number)]) for number in range(BUCKETS) if _part(number) in parts}
        self._buckets = [loaded.get(number, {}) for number in range(BUCKETS)]
        self._by_id = {device_id: changes for bucket in self._buckets for device_id, changes in bucket.items()}
        self._changes = Counter(loaded.keys())
        self._withdrawn, self.publishers = dict.fromkeys(withdrawn), set(publishers)

    def figures(self) -> Mapping[tuple[str, ...], float]:
        """Nothing that `sizes` does not say."""
        return {}

    def sizes(self) -> Mapping[str, int]:
        """How many are remembered, those withdrawn among them."""
        return {PART: len(self)}

    def _has_room(self) -> bool:
        """Whether one more may come, if need be in place of the one withdrawn longest ago."""
        if len(self) >= MAX_DEVICES and self._withdrawn:
            forgotten = next(iter(self._withdrawn))
            del self._withdrawn[forgotten], self._by_id[forgotten], self._buckets[_bucket(forgotten)][forgotten]
            self._changes[_bucket(forgotten)] += 1
        return len(self) < MAX_DEVICES

    def _head(self) -> bytes:
        return orjson.dumps([VERSION, [*self._withdrawn], sorted(self.publishers)])

    def _save(self, number: int) -> bytes:
        histories = self._buckets[number].values()
        return orjson.dumps([[[since_ms, told.said] for since_ms, told in changes] for changes in histories])


def registered(said: Any) -> Registered | None:
    """What a record of the control log says of a device, None where it is malformed."""
    try:
        record: DeviceRecord = DEVICE.validate_python(said)
    except ValidationError:
        return None
    if "cargo" in record and record["cargo"]["lowest_cel"] > record["cargo"]["highest_cel"]:
        return None
    until = datetime.fromisoformat(record["share"]["until"]).timestamp() * 1000 if "share" in record else -inf
    return Registered(record, until)


def _loaded(part: bytes) -> dict[str, Changes]:
    histories = [[(since_ms, _known(said)) for since_ms, said in changes] for changes in orjson.loads(part)]
    return {changes[0][1].said["deviceID"]: changes for changes in histories}


def _known(said: Any) -> Registered:
    told = registered(said)
    if told is None:
        raise ValueError("the saved devices are malformed")
    return told


def _bucket(device_id: str) -> int:
    return crc32(device_id.encode()) % BUCKETS


def _part(bucket: int) -> str:
    return f"{PART}-{bucket:02x}"
