"""Things by key, as many as there is room for: the one not used for longest leaves first."""

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Generic, Protocol, Self, TypeVar
from zlib import crc32

import orjson

from streams.state.parts import Part

BUCKETS = 256  # parts of a snapshot: a change writes one of them


class Packed(Protocol):
    """What a store can hold."""

    def packed(self) -> Any:
        """The thing as JSON; equal things give equal JSON."""

    @classmethod
    def unpacked(cls, packed: Any) -> Self:
        """The thing that was packed."""


Thing = TypeVar("Thing", bound=Packed)


class Store(Generic[Thing]):
    """At most `most` things; whoever changes one has it from `use`, so that it is saved. `forgotten` hears who
    leaves.

    Saved in buckets by key (`streams.state.parts`), so a snapshot writes what changed and its neighbours.

    >>> class Count(list):
    ...     packed, unpacked = list, classmethod(lambda cls, packed: cls(packed))
    >>> store = Store("counts", 2, Count)
    >>> for key in ("a", "b", "a", "c"):
    ...     store.use(key).append(key)
    >>> store.get("a"), store.get("b"), len(store)
    (['a', 'a'], None, 2)
    """

    def __init__(self, name: str, most: int, kind: type[Thing], forgotten: Callable[[str], object] = str) -> None:
        self.name = name
        self._most, self._kind, self._forgotten = most, kind, forgotten
        self._things: OrderedDict[str, tuple[int, Thing]] = OrderedDict()
        self._keys: defaultdict[int, set[str]] = defaultdict(set)  # by bucket
        self._versions: defaultdict[int, int] = defaultdict(int)
        self._uses = 0

    def __len__(self) -> int:
        return len(self._things)

    def items(self) -> Iterator[tuple[str, Thing]]:
        """All things, from the one not used for longest to the newest."""
        return ((key, thing) for key, (_, thing) in self._things.items())

    def get(self, key: str) -> Thing | None:
        """To look at only."""
        found = self._things.get(key)
        return found[1] if found else None

    def use(self, key: str) -> Thing:
        """The thing of this name, made if need be in place of the one not used for longest."""
        found = self._things.get(key)
        thing = found[1] if found else self._kind()
        self._uses += 1
        self._things[key] = (self._uses, thing)
        self._things.move_to_end(key)
        self._changed(key).add(key)
        if len(self._things) > self._most:
            self.forget(next(iter(self._things)))
        return thing

    def forget(self, key: str) -> None:
        """Let it go."""
        del self._things[key]
        self._changed(key).remove(key)
        self._forgotten(key)

    def parts(self) -> Mapping[str, Part]:
        """What is to be saved."""
        buckets = {
            f"{self.name}-{bucket:02x}": Part(self._versions[bucket], partial(self._encode, keys))
            for bucket, keys in self._keys.items()
            if keys
        }
        return {self.name: Part.json([self._uses, len(self)]), **buckets}

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved. Raises `ValueError`, or what `streams.state.parts.understood` takes for one."""
        uses, number = orjson.loads(parts[self.name])
        buckets = (parts[name] for name in parts if name.startswith(f"{self.name}-"))
        saved = sorted((entry for bucket in buckets for entry in orjson.loads(bucket)), key=lambda entry: entry[1])
        things = OrderedDict((key, (used, self._kind.unpacked(packed))) for key, used, packed in saved)
        if len(things) != number:
            raise ValueError(f"{number} {self.name} were saved, {len(things)} are there")
        self._uses, self._things = uses, things
        for key in things:
            self._keys[_bucket(key)].add(key)

    def _changed(self, key: str) -> set[str]:
        bucket = _bucket(key)
        self._versions[bucket] += 1
        return self._keys[bucket]

    def _encode(self, keys: set[str]) -> bytes:
        entries = ((key, *self._things[key]) for key in sorted(keys))
        return orjson.dumps([[key, used, thing.packed()] for key, used, thing in entries])


def _bucket(key: str) -> int:
    return crc32(key.encode()) % BUCKETS
