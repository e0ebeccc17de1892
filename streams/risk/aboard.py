"""Which items travel in which container or receptacle: what an incident has to find among millions, in milliseconds."""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np

from streams.incidents.known import equipment, receptacle
from streams.state.arrays import Array, pack, unpack
from streams.state.columns import Texts
from streams.state.parts import Part

STRIDE = 4_096  # items of a page
FEWEST = 16  # pages, where few items are to be remembered
LAYOUT = "aboard-1"  # what other versions pack cannot be read
CONTENT_BYTES = 4
LAST_S = 2**32 - 1
NOWHERE = 0  # the hash of no container, or no receptacle
PAGE, OPEN = "aboard-", "aboard"
Case = Mapping[str, Any]


class Filed(NamedTuple):
    """A filing: its place among all, which it keeps for good, of which item it was, and the beginning of its content.

    >>> sorted([Filed(1, 0, "S10/1", b""), Filed(0, 7, "S10/2", b"")])[0].place
    (0, 7)
    """

    page: int
    slot: int
    identity: str
    content: bytes

    @property
    def place(self) -> tuple[int, int]:
        """Later filings have higher ones; no place is ever given to another."""
        return self.page, self.slot


Find = Callable[[str, int], Iterator[Filed]]


class Rows:
    """Parcels as they were filed: in what, when (seconds since 1970), with which content (four bytes of its digest)."""

    def __init__(self) -> None:
        self.inside = array("Q")  # hashes of container and receptacle, one behind the other
        self.at_s = array("I")
        self.contents = bytearray()
        self.identities: list[str] = []

    def __len__(self) -> int:
        return len(self.at_s)

    def add(self, inside: tuple[int, int], at_s: int, content: bytes, identity: str) -> None:
        self.inside.extend(inside)
        self.at_s.append(at_s)
        self.contents += content[:CONTENT_BYTES]
        self.identities.append(identity)

    def packed(self) -> bytes:
        """All of them as a page. Costs 0.3 µs each."""
        distinct, codes = np.unique(np.array(self.inside, np.uint64), return_inverse=True)
        arrays: dict[str, Array] = {
            "reference": distinct,
            "inside": codes.reshape(-1, 2).astype(np.min_scalar_type(len(distinct))),
            "at_s": np.array(self.at_s, np.uint32),
            "content": np.frombuffer(bytes(self.contents), np.uint32),
        }
        return pack(arrays | Texts.pack("identity", [identity.encode() for identity in self.identities]), LAYOUT)


class Page:
    """Rows that will never change, some 35 bytes each. Raises `ValueError` for what another version packed."""

    def __init__(self, number: int, content: bytes) -> None:
        arrays, layout = unpack(content)
        if layout != LAYOUT:
            raise ValueError("what is aboard is of another version")
        self.number, self.packed = number, content
        self._references, self._at_s, self._contents = arrays["reference"], arrays["at_s"], arrays["content"]
        self._inside: Array = arrays["inside"]
        self._identities = Texts(arrays, "identity")
        self.oldest_s, self.newest_s = int(self._at_s.min()), int(self._at_s.max())

    def __len__(self) -> int:
        return len(self._at_s)

    def find(self, reference: int, since_s: float, until_s: float) -> Iterator[Filed]:
        """What was filed into `reference` in this time."""
        code = int(np.searchsorted(self._references, np.uint64(reference)))
        if code == len(self._references) or self._references[code] != reference:
            return
        inside = (self._inside == code).any(axis=1)
        for slot in np.flatnonzero(inside & (self._at_s >= since_s) & (self._at_s <= until_s)).tolist():
            yield Filed(self.number, slot, self._identities[slot].decode(), self._contents[slot].tobytes())

    def named(self, references: Array) -> list[int]:
        """Which of `references`, in ascending order, anything was filed into. Costs 10 µs, however many they are."""
        places = np.searchsorted(references, self._references)
        found = references[np.minimum(places, len(references) - 1)] == self._references
        named: list[int] = self._references[found].tolist()
        return named

    def rows(self) -> Rows:
        """All of them, unpacked."""
        rows = Rows()
        for slot, (inside, at_s) in enumerate(zip(self._references[self._inside].tolist(), self._at_s, strict=True)):
            rows.add(tuple(inside), int(at_s), self._contents[slot].tobytes(), self._identities[slot].decode())
        return rows


class Aboard:
    """Every filing that names a container or a receptacle, for as long as a voyage may last.

    The newest few thousand are in the open page; whenever it is full it is packed and never changes again. Forgotten
    are whole pages, oldest first: those filed longer than `voyage_ms` of log time ago, and as long as `max_items`
    remain. An item filed anew stands in both pages: the content says which filing holds.

    Memory: 35 bytes a filing, 0.1 kB while in the open page. Cost: 1 to 2 µs a filing; to find what travels in
    containers, however many, 10 µs a page.

    >>> aboard, transport = Aboard(voyage_ms=5_184_000_000, max_items=1_000), {"containerId": "MSKU9070323"}
    >>> aboard.add("S10/LZ551209644CN", {"at": 1_000, "parcel": {"transport": transport}}, b"content.", 1_000)
    >>> search = aboard.search(["equipment/MSKU9070323", "equipment/MSKU4421908"])
    >>> list(search("equipment/MSKU9070323", 2_000)), list(search("equipment/MSKU9070323", 9_000_000_000))
    ([Filed(page=0, slot=0, identity='S10/LZ551209644CN', content=b'cont')], [])
    """

    def __init__(self, voyage_ms: int, max_items: int) -> None:
        self.voyage_ms, self.max_items = voyage_ms, max_items
        self.number = 0  # of the open page
        self.pages: dict[int, Page] = {}
        self._open = Rows()
        self._searched: list[Page] = []
        self._packed = 0
        self._stride = min(STRIDE, max(max_items // FEWEST, 1))

    def __len__(self) -> int:
        return self._packed + len(self._open)

    def add(self, identity: str, case: Case, content: bytes, log_ms: int) -> None:
        """Note in what the parcel filed in `case` travels, if that is said; `content` is what its item is known by."""
        transport = case["parcel"].get("transport")
        if not transport or not ("containerId" in transport or "receptacleId" in transport):
            return
        inside = (transport.get("containerId", ""), transport.get("receptacleId", ""))
        self._open.add(hashes(*inside), min(max(case["at"] // 1000, 0), LAST_S), content, identity)
        if len(self._open) >= self._stride:
            self._close_page()
            while (oldest := next(iter(self.pages))) != self.number - 1 and self._leaves(self.pages[oldest], log_ms):
                self._packed -= len(self.pages.pop(oldest))

    def search(self, references: Iterable[str]) -> Find:
        """Look all `references` up in one pass; what is returned finds the items of each, until more is filed.

        It takes one of `references` and a time, and gives all that was filed into it within a voyage of that time, in
        the order of their places.
        """
        hashed, pages = sorted(set(map(_hash, references))), defaultdict[int, list[Page]](list)
        asked = np.array(hashed, np.uint64)
        for page in (*self.pages.values(), *self._newest()) if hashed else ():
            for reference in page.named(asked):
                pages[reference].append(page)
        return partial(self._find, pages)

    def _find(self, pages: Mapping[int, Sequence[Page]], reference: str, at_ms: int) -> Iterator[Filed]:
        hashed = _hash(reference)
        since_s, until_s = (at_ms - self.voyage_ms) / 1000, (at_ms + self.voyage_ms) / 1000
        for page in pages.get(hashed, ()):
            if page.newest_s >= since_s and page.oldest_s <= until_s:
                yield from page.find(hashed, since_s, until_s)

    def parts(self) -> dict[str, Part]:
        """What is to be saved. Packed pages never change, so they are written once."""
        parts = {f"{PAGE}{number}": _part(page) for number, page in self.pages.items()}
        version = (self.number, len(self._open))
        return parts | ({OPEN: Part(version, self._open.packed)} if len(self._open) else {})

    def load(self, parts: Mapping[str, bytes], following: int) -> None:
        """Take over saved parts; the open page is number `following`. Raises `ValueError`."""
        numbers = sorted(int(name.removeprefix(PAGE)) for name in parts if name.startswith(PAGE))
        self.pages = {number: Page(number, parts[f"{PAGE}{number}"]) for number in numbers}
        self._packed = sum(map(len, self.pages.values()))
        self._searched = [Page(following, parts[OPEN])] if OPEN in parts else []
        self._open = self._searched[0].rows() if OPEN in parts else Rows()
        self.number = following

    def _newest(self) -> list[Page]:
        """The open page as one can search it; many incidents may come at once."""
        if len(self._open) != sum(map(len, self._searched)):
            self._searched = [Page(self.number, self._open.packed())]
        return self._searched

    def _close_page(self) -> None:
        self.pages[self.number] = Page(self.number, self._open.packed())
        self._packed += len(self._open)
        self._open, self._searched, self.number = Rows(), [], self.number + 1

    def _leaves(self, oldest: Page, log_ms: int) -> bool:
        return len(self) - len(oldest) >= self.max_items or oldest.newest_s * 1000 < log_ms - self.voyage_ms


@lru_cache(maxsize=4_096)  # parcels of one container come together
def hashes(container: str, receptacle_id: str) -> tuple[int, int]:
    """What is kept of both."""
    return (
        _hash(equipment(container)) if container else NOWHERE,
        _hash(receptacle(receptacle_id)) if receptacle_id else NOWHERE,
    )


def _hash(reference: str) -> int:
    return int.from_bytes(blake2b(reference.encode(), digest_size=8).digest(), "little") or 1


def _part(page: Page) -> Part:
    return Part(0, lambda: page.packed)
