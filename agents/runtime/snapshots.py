"""Snapshots: the state of a shard at a position it committed, as named parts in a compacted topic.

A part is written in chunks whose keys name its content, so a new version stands beside the old one until a manifest
names it; only then is the old one taken away. A worker may thus end anywhere, and the newest manifest still holds.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Self

import orjson

from agents.runtime.positions import Acted, Mark
from streams.log import Output, Saved
from streams.topics import SNAPSHOTS

VERSION = 1
CHUNK_BYTES = 512 * 1024
NAME_DIGITS = 16  # of a digest, in keys: which version of a part


class UnusableError(ValueError):
    """A snapshot that nothing can be restored from. The message names no content."""


class Part(NamedTuple):
    """One part of a state: in how many chunks it is written, and the SHA-256 of the whole."""

    chunks: int
    sha256: str

    @classmethod
    def of(cls, content: bytes) -> Self:
        """
        >>> Part.of(bytes(CHUNK_BYTES + 1)).chunks, Part.of(b"").chunks
        (2, 1)
        """
        return cls(max(-(-len(content) // CHUNK_BYTES), 1), hashlib.sha256(content).hexdigest())

    def keys(self, agent: str, name: str) -> list[bytes]:
        """Where its chunks are.

        >>> Part(1, "0123456789abcdef" * 4).keys("risk", "items")
        [b'risk/items/0123456789abcdef/0']
        """
        return [f"{agent}/{name}/{self.sha256[:NAME_DIGITS]}/{number}".encode() for number in range(self.chunks)]


class Start(NamedTuple):
    """Where folding goes on: the next offset of the input, and offsets before which no mark or answer matters."""

    input: int = 0
    marks: int = 0
    answers: int = 0


class Manifest(NamedTuple):
    """What makes a snapshot valid: the position it was taken at, and all its parts.

    >>> manifest = Manifest(Start(9, 2, 4), Acted(7, 5000), {"items": Part(1, "ab")})
    >>> Manifest.read(manifest.write()) == manifest
    True
    """

    start: Start
    acted: Acted
    parts: Mapping[str, Part]

    def write(self) -> bytes:
        said = {"version": VERSION, "position": self.start.input, "marks": self.start.marks}
        parts = {name: tuple(part) for name, part in self.parts.items()}
        return orjson.dumps(said | {"answers": self.start.answers, **self.acted._asdict(), "parts": parts})

    @classmethod
    def read(cls, value: bytes | None) -> Self:
        """Raises `UnusableError` when it is of another version, no manifest at all, or not there."""
        if value is None:
            raise UnusableError("there is none, where there should be one")
        try:
            said = orjson.loads(value)
            if said["version"] != VERSION:
                raise UnusableError(f"it is of version {said['version']!r}, this is version {VERSION}")
            parts = {name: Part(int(chunks), str(sha256)) for name, (chunks, sha256) in said["parts"].items()}
            start = Start(int(said["position"]), int(said["marks"]), int(said["answers"]))
            return cls(start, Acted(int(said["control"]), int(said["now_ms"])), parts)
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
            raise UnusableError("its manifest cannot be read") from error

    def mark(self, agent: str) -> Mark:
        """The mark that was committed with it: the position, said a second time by somebody else."""
        return Mark(agent, self.start.input, *self.acted)


@dataclass(slots=True)
class Shelf:
    """What stands in the log of one agent's snapshots: the newest manifest and every chunk, orphans too.

    `keys` stay known of chunks that were taken.
    """

    manifest: bytes | None = None
    chunks: dict[bytes, bytes] = field(default_factory=dict)
    keys: set[bytes] = field(default_factory=set)

    def take(self, agent: str, manifest: Manifest) -> dict[str, bytes]:
        """The content of all parts, each as its digest says, off the shelf. Raises `UnusableError`."""
        return {name: self._content(part, part.keys(agent, name), name) for name, part in manifest.parts.items()}

    def _content(self, part: Part, keys: list[bytes], name: str) -> bytes:
        try:
            content = b"".join([self.chunks.pop(key) for key in keys])
        except KeyError as error:
            raise UnusableError(f"a chunk of part {name} is missing") from error
        if Part.of(content) != part:
            raise UnusableError(f"part {name} is not what its digest says")
        return content

    def put(self, key: bytes, value: bytes | None) -> None:
        """Take a record in the order of the log."""
        if b"/" not in key:
            self.manifest = value
        elif value is None:
            self.keys.discard(key)
            self.chunks.pop(key, None)
        else:
            self.keys.add(key)
            self.chunks[key] = value


@dataclass(slots=True)
class Writer:
    """Writes what changed of one state, and knows what of it stands in the log.

    `parts` are those of the last `save` (or `load`), `stored` the keys in the log, `position` where the last snapshot
    was taken and `at_s` when (monotonic seconds).
    """

    agent: str
    partition: int
    state: Saved
    parts: dict[str, Part]
    stored: set[bytes]
    position: int = 0
    at_s: float = field(default_factory=time.monotonic)
    left: Iterator[Output] = field(default_factory=lambda: iter(()))

    def load(self, shelf: Shelf, manifest: Manifest) -> None:
        """Give the state what the snapshot holds. Raises `ValueError` when that cannot be used."""
        self.state.load(shelf.take(self.agent, manifest))
        self.parts, self.position = dict(manifest.parts), manifest.start.input

    def begin(self, start: Start, acted: Acted) -> None:
        """Take the state as it is now; `left` is then what must be written, in this order."""
        self.position, self.at_s = start.input, time.monotonic()
        self.left = self._outputs(self.state.save(), start, acted)

    def _outputs(self, changed: Mapping[str, bytes | None], start: Start, acted: Acted) -> Iterator[Output]:
        for name, content in changed.items():
            if content is None:
                self.parts.pop(name, None)
            else:
                yield from self._part(name, content)
        needed = {key for name, part in self.parts.items() for key in part.keys(self.agent, name)}
        if absent := needed - self.stored:
            raise UnusableError(f"{len(absent)} chunks of {self.agent} are neither written nor to be written")
        yield self._record(self.agent.encode(), Manifest(start, acted, self.parts).write())
        for key in sorted(self.stored - needed):
            yield self._record(key, None)
        self.stored = needed

    def _part(self, name: str, content: bytes) -> Iterator[Output]:
        part = self.parts[name] = Part.of(content)
        for number, key in enumerate(part.keys(self.agent, name)):
            if key not in self.stored:
                self.stored.add(key)
                yield self._record(key, content[number * CHUNK_BYTES : (number + 1) * CHUNK_BYTES])

    def _record(self, key: bytes, value: bytes | None) -> Output:
        return Output(SNAPSHOTS, key, value, partition=self.partition)
