"""The segments of a shard in the order of time, and where in them an item is."""

from collections.abc import Iterable, Mapping, Sequence
from struct import Struct

import numpy as np
from numpy.typing import NDArray

from streams.risk.items import Item
from streams.risk.segments import Segment, packed
from streams.state.places import Hashes, Places

STRIDE = 4_096  # places counted for a segment; more items it never has
HASH = Struct("<QI")


class Archive:
    """Items packed away. What is added last wins: an item that is added again, or taken out, is dead where it was."""

    def __init__(self) -> None:
        self.segments: dict[int, Segment] = {}  # by number, rising
        self.number = 0  # of the next one
        self.slots = 0  # taken by items, dead ones too
        self.live = 0
        self._base = 0  # the segment whose first place is 0
        self._places = Places()

    def add(self, items: Mapping[bytes, Item]) -> None:
        """Pack `items`, none of which may be alive here, as the newest segment."""
        self._put(self.number, Segment(packed(items)))
        self.number += 1

    def find(self, key: bytes) -> tuple[Segment, int] | None:
        """The segment and slot of the living item with this digest."""
        for place in self._places.find(HASH.unpack(key)[0]):
            segment = self.segments.get(self._base + place // STRIDE)
            if segment is not None and segment.holds(place % STRIDE, key):
                return segment, place % STRIDE
        return None

    def bury(self, segment: Segment, slot: int) -> None:
        segment.bury([slot])
        self.live -= 1

    @property
    def oldest(self) -> Segment | None:
        return next(iter(self.segments.values()), None)

    def forget_oldest(self) -> None:
        segment = self.segments.pop(next(iter(self.segments)))
        self.slots -= len(segment.keys)
        self.live -= segment.live

    def load(self, contents: Mapping[int, bytes], following: int, newer: Iterable[bytes]) -> None:
        """Take over packed segments; the next is number `following`, `newer` are digests of items alive elsewhere."""
        segments = {number: Segment(contents[number]) for number in sorted(contents)}
        _bury_what_changed(list(segments.values()), list(newer))
        self.number, self.segments = following, segments
        self.slots = sum(len(segment.keys) for segment in segments.values())
        self.live = sum(segment.live for segment in segments.values())
        self._index()

    def _put(self, number: int, segment: Segment) -> None:
        self.segments[number] = segment
        self.slots += len(segment.keys)
        self.live += segment.live
        if self._places.has_room_for(len(segment.keys)):
            self._point_to(number, segment)
        else:
            self._index()

    def _index(self) -> None:
        """Find places anew, without the dead and the forgotten."""
        self._places = Places(self.live)
        self._base = next(iter(self.segments), 0)
        for number, segment in self.segments.items():
            self._point_to(number, segment)

    def _point_to(self, number: int, segment: Segment) -> None:
        alive = segment.alive()
        self._places.add(segment.hashes[alive], alive + (number - self._base) * STRIDE)


def _bury_what_changed(segments: Sequence[Segment], newer: Sequence[bytes]) -> None:
    """Of an item that stands in several places only the last is alive, and none where a newer one is in use."""
    seen, recurring = set(newer), _recurring([*(segment.hashes for segment in segments), _hashes(newer)])
    for segment in reversed(segments):
        keys = [(slot, segment.key(slot)) for slot in np.flatnonzero(_among(segment.hashes, recurring)).tolist()]
        segment.bury([slot for slot, key in keys if key in seen])
        seen.update(key for _, key in keys)


def _hashes(keys: Iterable[bytes]) -> Hashes:
    return np.array([HASH.unpack(key)[0] for key in keys], dtype=np.uint64)


def _recurring(hashes: Sequence[Hashes]) -> Hashes:
    """Those that occur more than once, in order."""
    ordered = np.sort(np.concatenate(hashes))
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


def _among(hashes: Hashes, some: Hashes) -> NDArray[np.bool_]:
    """Which of `hashes` are among `some`, which are in order."""
    if not len(some):
        return np.zeros(len(hashes), np.bool_)
    found: NDArray[np.bool_] = some[np.minimum(np.searchsorted(some, hashes), len(some) - 1)] == hashes
    return found
