"""Segments: thousands of items packed into columns, some 90 bytes an item, that never change again.

Packed from items alone and in their order, so equal histories give equal bytes. What happens to an item later happens
to a copy of it in use; its place here is then dead.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from streams.features.moments import STEPS, Z_SCORES
from streams.risk.items import FEATURES, NOTHING, Item, Raised, Version, Weight
from streams.state.arrays import Array, pack, unpack
from streams.state.columns import Digests, Form, Numbers, Sparse, Words
from streams.state.places import Hashes

LAYOUT = ["items-5", *FEATURES]  # what other versions pack cannot be read
KEY = np.dtype([("hash", "<u8"), ("check", "<u4")])  # the digest of an item's identity
CONTENT = np.dtype("V8")

PSEUDONYM, DECISION = Form("p1", 12), Form("dec-", 12)
NUMBERS = tuple(name for name, value in zip(FEATURES, NOTHING, strict=True) if isinstance(value, float))
STEPS_OF = {"mass_kg": 1_000, "price_eur": 100, "tax_rate": 100, **dict.fromkeys(Z_SCORES, STEPS)}
TRADERS = ("importer", "seller")  # pseudonyms of which hardly any comes twice
MILLION = 1_000_000  # propensities have six decimals
IN_STATE = 5  # of the last fields of a version: they recur from item to item
UNDECIDED = Version(0, DECISION.prefix + DECISION.nought, bytes(CONTENT.itemsize), "", "", 0.0, NOTHING)

Column = Words | Digests | Numbers


def packed(items: Mapping[bytes, Item]) -> bytes:
    """Items by the digest of their identity, in their order. Costs about 2 µs an item."""
    things = list(items.values())
    versions = [item.current or UNDECIDED for item in things]
    arrays = {"key": np.frombuffer(b"".join(items), KEY)}
    arrays |= Numbers.pack("seen_ms", [item.seen_ms for item in things])
    arrays |= Words.pack("provider", [item.provider for item in things])
    arrays |= Words.pack("state", _states(things, versions))
    arrays |= Digests.pack("decision_id", [version.decision_id for version in versions], DECISION)
    arrays["content"] = np.frombuffer(b"".join([version.content for version in versions]), CONTENT)
    arrays |= Numbers.pack("propensity", [version.propensity for version in versions], MILLION)
    arrays |= Numbers.pack("since", [version.since for version in versions])
    for name, values in zip(FEATURES, zip(*[version.x for version in versions], strict=True), strict=True):
        arrays |= _pack_feature(f"x.{name}", name, values)
    return pack(arrays | Sparse.pack("rest", _rest(things)), LAYOUT)


class Segment:
    """Packed items, those changed longest ago first. Raises `ValueError` for what another version packed.

    Memory: the packed bytes and some 10 kB. Reading one item costs about 20 µs.
    """

    def __init__(self, content: bytes) -> None:
        arrays, layout = unpack(content)
        if layout != LAYOUT:
            raise ValueError("items are of another version")
        self.packed = content
        self.keys: Array = arrays["key"].view(KEY)
        self.dead: NDArray[np.bool_] | None = None  # made when the first place dies
        self.live = len(self.keys)
        self._content = arrays["content"]
        self._seen_ms = Numbers(arrays, "seen_ms")
        self._provider, self._state = Words(arrays, "provider"), Words(arrays, "state")
        self._decision_id, self._propensity = Digests(arrays, "decision_id", DECISION), Numbers(arrays, "propensity")
        self._since = Numbers(arrays, "since")
        self._x = [_feature(arrays, f"x.{name}", name) for name in FEATURES]
        self._rest = Sparse(arrays, "rest")
        self.newest_ms = self.seen_ms(len(self.keys) - 1)

    def holds(self, slot: int, key: bytes) -> bool:
        """Whether the item at `slot` is the one with this digest, and has not changed since."""
        return self.key(slot) == key and not (self.dead is not None and self.dead[slot])

    @property
    def hashes(self) -> Hashes:
        """By which items are looked up: the first eight bytes of their digests."""
        hashes: Hashes = self.keys["hash"]
        return hashes

    def key(self, slot: int) -> bytes:
        key: bytes = self.keys[slot].tobytes()
        return key

    def bury(self, slots: Sequence[int]) -> None:
        """The items at `slots` have changed: what stands here is no longer true."""
        if not slots:
            return
        if self.dead is None:
            self.dead = np.zeros(len(self.keys), np.bool_)
        self.dead[slots] = True
        self.live = len(self.keys) - int(self.dead.sum())

    def alive(self) -> NDArray[np.intp]:
        """The slots not dead."""
        return np.arange(len(self.keys)) if self.dead is None else np.flatnonzero(~self.dead)

    def seen_ms(self, slot: int) -> int:
        return int(self._seen_ms[slot])

    def item(self, slot: int) -> Item:
        """The item at `slot`, unpacked."""
        number, lane, selected_by, cancelled, *found_and_when, flags, incidents = orjson.loads(self._state[slot])
        version = Version(
            number,
            self._decision_id[slot],
            self._content[slot].tobytes(),
            lane,
            selected_by,
            self._propensity[slot],
            tuple(column[slot] for column in self._x),
            int(self._since[slot]),
            *found_and_when,
        )
        version = version._replace(flags=tuple(flags), incidents=tuple(map(Weight._make, incidents)))
        item = Item(self.seen_ms(slot), self._provider[slot], version if number else None)
        item.cancelled = cancelled
        if rest := self._rest.get(slot):
            item.reported_ms, earlier, outcomes, raised, refused = orjson.loads(rest)
            item.earlier = tuple(map(_version, earlier))
            item.outcomes = tuple((outcome_id, number) for outcome_id, number in outcomes)
            item.raised, item.refused = tuple(map(Raised._make, raised)), tuple(map(Raised._make, refused))
        return item

    def items(self) -> Iterable[tuple[bytes, Item]]:
        """All of them by digest, in their order."""
        return ((self.key(slot), self.item(slot)) for slot in range(len(self.keys)))


def _states(items: Iterable[Item], versions: Iterable[Version]) -> list[str]:
    states = [
        (version.number, version.lane, version.selected_by, item.cancelled, *version[-IN_STATE:])
        for item, version in zip(items, versions, strict=True)
    ]
    words = {state: orjson.dumps(state, default=_plain).decode() for state in set(states)}  # few are different
    return list(map(words.__getitem__, states))


def _rest(items: Iterable[Item]) -> dict[int, bytes]:
    return {
        slot: orjson.dumps((item.reported_ms, item.earlier, item.outcomes, item.raised, item.refused), default=_plain)
        for slot, item in enumerate(items)
        if item.raised or item.outcomes or item.earlier or item.refused or item.reported_ms
    }


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else tuple(value)


def _version(said: Sequence[Any]) -> Version:
    version = Version._make(said)
    return version._replace(
        content=bytes.fromhex(said[2]),
        x=tuple(version.x),
        flags=tuple(version.flags),
        incidents=tuple(map(Weight._make, version.incidents)),
    )


def _pack_feature(column: str, name: str, values: Sequence[Any]) -> dict[str, Array]:
    if name in TRADERS:
        return Digests.pack(column, values, PSEUDONYM)
    return Numbers.pack(column, values, STEPS_OF[name]) if name in NUMBERS else Words.pack(column, values)


def _feature(arrays: Mapping[str, Array], column: str, name: str) -> Column:
    if name in TRADERS:
        return Digests(arrays, column, PSEUDONYM)
    return Numbers(arrays, column) if name in NUMBERS else Words(arrays, column)
