"""The control log as tools see it: what people order is appended, and what they ordered is read back."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Self

from agents import topics
from agents.access import Access
from agents.clients import require_topic
from agents.publishing import send
from agents.reading import committed
from config.settings import Settings
from streams.control import said
from streams.records.wire import encode
from streams.topics import CONTROL


class ControlTopic(NamedTuple):
    """Where the control log of a namespace is."""

    access: Access
    name: str

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(Access.of(settings), topics.full_name(settings.namespace, CONTROL))

    def require(self) -> Self:
        """Itself, once it is known to exist. Raises `UsageError`, `UnreachableError`."""
        require_topic(self.access, self.name)
        return self

    def append(self, key: str, record: Mapping[str, Any]) -> None:
        """Write a record; workers go by it from their next decision on. Raises `UnreachableError`."""
        self.extend([(key, record)])

    def extend(self, records: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Write records with their keys, in order. Raises `UnreachableError`."""
        pairs = ((key.encode(), encode(record)) for key, record in records)
        send(self.access, self.name, pairs, _unwatched).raise_for_losses()

    def records(self, kind: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """All records of this kind, each with its offset. Reads the log once."""
        mark = f'"{kind}"'.encode()
        for message in committed(self.access, self.name):
            if mark in (value := message.value() or b""):  # most of the log is ticks
                told = said(value)
                if isinstance(told, Mapping) and told.get("kind") == kind:
                    yield message.offset() or 0, told


def _unwatched(_done: int) -> Any: ...
