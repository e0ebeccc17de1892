"""All items of a shard: those changed last as they are, all others packed away, millions of them."""

from collections import OrderedDict
from collections.abc import Mapping
from hashlib import blake2b
from itertools import islice

from streams.risk.archive import STRIDE, Archive
from streams.risk.items import Item
from streams.risk.segments import Segment, packed
from streams.state.parts import Part

FEWEST = 16  # segments, where few items are to be remembered
DIGEST_BYTES = 12
IN_USE, SEGMENT = "items", "segment-"


class Items:
    """Items in the order in which they changed last, within a horizon of log time and a number.

    The last few thousand are in use. Whenever these are twice as many as a segment holds (4,096, less where
    `max_items` is small) the older half is packed into a segment. An item touched after that is in use again.

    Forgotten are items not changed for `horizon_ms`, and whole segments, oldest first, as long as `max_items` remain;
    earlier only where so many changed again that old places make the segments a quarter larger than that. Log time is
    the newest Kafka timestamp seen: a late record does not set it back.

    Memory: about 105 bytes an item, index and all, and 1.3 kB for each in use. Cost: 2 µs an item.
    """

    def __init__(self, horizon_ms: int, max_items: int) -> None:
        self.horizon_ms = horizon_ms
        self.max_items = max_items
        self.log_ms = 0
        self.in_use: OrderedDict[bytes, Item] = OrderedDict()
        self.archive = Archive()
        self._segment_items = min(STRIDE, max(max_items // FEWEST, 1))
        self._key_of = ("", b"")

    def __len__(self) -> int:
        return len(self.in_use) + self.archive.live

    def advance(self, at_ms: int) -> None:
        """Let log time reach `at_ms` and forget what lies beyond the horizon."""
        if at_ms <= self.log_ms:
            return
        self.log_ms = at_ms
        while (oldest := self.archive.oldest) and self._expired(oldest.newest_ms):
            self.archive.forget_oldest()
        if oldest is None:
            while self.in_use and self._expired(next(iter(self.in_use.values())).seen_ms):
                self.in_use.popitem(last=False)

    def get(self, identity: str) -> Item | None:
        """The item, to be looked at. What is to be changed must be touched."""
        key = self._key(identity)
        item = self.in_use.get(key)
        if item is None and (found := self._packed(key)):
            segment, slot = found
            return segment.item(slot)
        return item

    def touch(self, identity: str) -> Item:
        """The item, made if it is new, to be changed: now the newest of all."""
        key = self._key(identity)
        item = self.in_use.get(key)
        if item is None:
            item = self.in_use[key] = self._taken_out(key) or Item(self.log_ms)
            if len(self.in_use) >= 2 * self._segment_items:
                self._pack_older_half()
        else:
            self.in_use.move_to_end(key)
        item.seen_ms = self.log_ms
        return item

    def parts(self) -> dict[str, Part]:
        """What is to be saved. Segments never change, so they are written once."""
        parts = {f"{SEGMENT}{number}": _part(segment) for number, segment in self.archive.segments.items()}
        return parts | ({IN_USE: Part.of(packed(self.in_use))} if self.in_use else {})

    def load(self, parts: Mapping[str, bytes], log_ms: int, following: int) -> None:
        """Take over saved parts, as of `log_ms`; the next segment is number `following`. Raises `ValueError`."""
        in_use = OrderedDict(Segment(parts[IN_USE]).items()) if IN_USE in parts else OrderedDict()
        segments = {int(name.removeprefix(SEGMENT)): parts[name] for name in parts if name.startswith(SEGMENT)}
        self.archive.load(segments, following, in_use)
        self.in_use, self.log_ms = in_use, log_ms

    def _key(self, identity: str) -> bytes:
        if self._key_of[0] != identity:  # a case asks for its item more than once
            self._key_of = identity, blake2b(identity.encode(), digest_size=DIGEST_BYTES).digest()
        return self._key_of[1]

    def _expired(self, seen_ms: int) -> bool:
        return seen_ms < self.log_ms - self.horizon_ms

    def _packed(self, key: bytes) -> tuple[Segment, int] | None:
        found = self.archive.find(key)
        return None if found is None or self._expired(found[0].seen_ms(found[1])) else found

    def _taken_out(self, key: bytes) -> Item | None:
        """A packed item, to be used again; one that is expired is as good as forgotten."""
        found = self.archive.find(key)
        if found is None:
            return None
        segment, slot = found
        self.archive.bury(segment, slot)
        item = segment.item(slot)
        return None if self._expired(item.seen_ms) else item

    def _pack_older_half(self) -> None:
        older = list(islice(self.in_use, self._segment_items))
        self.archive.add({key: self.in_use.pop(key) for key in older})
        while (oldest := self.archive.oldest) and self._too_many(oldest):
            self.archive.forget_oldest()

    def _too_many(self, oldest: Segment) -> bool:
        most = self.max_items + self.max_items // 4 + 2 * self._segment_items
        return len(self) - oldest.live >= self.max_items or self.archive.slots > most


def _part(segment: Segment) -> Part:
    return Part(0, lambda: segment.packed)
