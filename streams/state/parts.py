"""What of a state changed since it was last saved (`streams.log.Saved`)."""

import hashlib
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import orjson


class Part(NamedTuple):
    """A part of a state. Equal versions mean equal bytes, so what has not changed is not even encoded."""

    version: Hashable
    encode: Callable[[], bytes]

    @classmethod
    def of(cls, content: bytes) -> "Part":
        """A small part: its content is its version."""
        return cls(hashlib.blake2b(content, digest_size=16).digest(), lambda: content)

    @classmethod
    def json(cls, state: Any) -> "Part":
        """A small part of what JSON can say; floats come back to the bit."""
        return cls.of(orjson.dumps(state))


class Ledger:
    """Knows what was told of a state.

    >>> ledger = Ledger()
    >>> ledger.changes({"clock": Part.json(1), "old": Part.json(2)})
    {'clock': b'1', 'old': b'2'}
    >>> ledger.changes({"clock": Part.json(3)})
    {'clock': b'3', 'old': None}
    """

    def __init__(self) -> None:
        self._told: dict[str, Hashable] = {}

    def changes(self, parts: Mapping[str, Part]) -> dict[str, bytes | None]:
        """The content of parts that are new or changed since the last call, None for those that are gone."""
        changed: dict[str, bytes | None] = {
            name: part.encode() for name, part in parts.items() if self._told.get(name) != part.version
        }
        changed |= dict.fromkeys(self._told.keys() - parts.keys())
        self.know(parts)
        return changed

    def know(self, parts: Mapping[str, Part]) -> None:
        """Take `parts` as told: they were just loaded."""
        self._told = {name: part.version for name, part in parts.items()}


@contextmanager
def understood() -> Iterator[None]:
    """Whatever goes wrong in the block means that what was saved is not what this version saves: `ValueError`."""
    try:
        yield
    except (KeyError, IndexError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError("what was saved is malformed, or of another version") from error


def same_version(saved: object, ours: int) -> None:
    """Raises `ValueError` unless what was `saved` is of this version, `ours`."""
    if saved != ours:
        raise ValueError(f"what was saved is of version {saved}, this is version {ours}")
