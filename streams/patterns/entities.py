"""Many small states, each at rest as JSON: cheap to keep by the hundred thousand, and to save."""

from collections import OrderedDict
from collections.abc import Mapping
from functools import partial
from typing import Any
from zlib import crc32

import orjson

from streams.records.wire import encode
from streams.state.parts import Part

PAGES_BITS = 6
PAGES = 1 << PAGES_BITS


class Entities:
    """States by the name of what they are about; at most `most`, those unchanged for longest forgotten first.

    Which page of a snapshot an entity is on follows from its name, and each page has room for its even share. Cost:
    about 1 µs to get and as much to put a small state; memory: some 200 bytes besides name and JSON.

    >>> points = Entities("points", most=640)
    >>> points.put("deliveryPoint/p1", [1, 2])
    >>> points.get("deliveryPoint/p1"), points.get("deliveryPoint/p2"), len(points)
    ([1, 2], None, 1)
    """

    def __init__(self, name: str, most: int) -> None:
        self._name = name
        self._most_a_page = max(most // PAGES, 1)
        self._pages: list[OrderedDict[str, bytes]] = [OrderedDict() for _ in range(PAGES)]
        self._changes = [0] * PAGES

    def __len__(self) -> int:
        return sum(map(len, self._pages))

    def get(self, entity: str) -> Any:
        """A copy of the state, None of what is unknown."""
        packed = self._pages[_page(entity)].get(entity)
        return None if packed is None else orjson.loads(packed)

    def put(self, entity: str, state: Any) -> None:
        """Remember the state, and forget what there is no room for."""
        number = _page(entity)
        page = self._pages[number]
        page[entity] = encode(state)
        page.move_to_end(entity)
        while len(page) > self._most_a_page:
            page.popitem(last=False)
        self._changes[number] += 1

    def parts(self) -> Mapping[str, Part]:
        """What is to be saved: pages."""
        pages = enumerate(zip(self._changes, self._pages, strict=True))
        return {self._part(number): Part(changes, partial(_packed, page)) for number, (changes, page) in pages if page}

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved; raises `ValueError`, or what `streams.state.parts.understood` takes for one."""
        for number in range(PAGES):
            if self._part(number) in parts:
                self._pages[number] = _unpacked(parts[self._part(number)])

    def _part(self, number: int) -> str:
        return f"{self._name}-{number:02x}"


def _page(entity: str) -> int:
    return crc32(entity.encode()) >> (32 - PAGES_BITS)  # the lower bits tell partitions apart


def _packed(page: OrderedDict[str, bytes]) -> bytes:
    return b"[%b]" % b",".join(b"[%b,%b]" % (orjson.dumps(entity), packed) for entity, packed in page.items())


def _unpacked(saved: bytes) -> OrderedDict[str, bytes]:
    told = orjson.loads(saved)
    if not told:
        raise ValueError("a page without entities is never saved")
    return OrderedDict((entity, encode(state)) for entity, state in told)
