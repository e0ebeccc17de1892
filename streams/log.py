"""The only words the runtime and the shards share: records in, effects out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

Headers = Sequence[tuple[str, bytes]]


class Record(Protocol):
    """One record as Kafka holds it; `timestamp` is Kafka's, in milliseconds since 1970."""

    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def timestamp(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Headers: ...


class LogRecord(NamedTuple):
    """A record made by hand: in tests, in back-tests, and wherever no broker is needed."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class Output(NamedTuple):
    """One record to write. `topic` has no namespace; without `partition` the key decides (murmur2, as Java)."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int | None = None


@dataclass(slots=True)
class Effects:
    """What one turn of a shard leaves behind: all of it becomes visible in one transaction, or none.

    `counts` are increments of counters, `(metric, *label values)` to number, such as
    `("decisions", "GREEN", "NONE")`; `caused_ms` holds, per decision, the timestamp of the input behind it.
    """

    outputs: list[Output] = field(default_factory=list)
    counts: Counter[tuple[str, ...]] = field(default_factory=Counter)
    caused_ms: list[int] = field(default_factory=list)


class Shard(Protocol):
    """A fold over one partition of one topic.

    Equal histories give equal states and equal effects: no clock, no disk, no hidden randomness. Any exception
    is a bug and ends the process; bad input is an effect, not an exception.
    """

    def process(self, records: Sequence[Record], effects: Effects) -> None:
        """Fold `records`, in offset order, into the state and add what follows from them to `effects`."""

    def tick(self, now_ms: int, effects: Effects) -> None:
        """Let engine time reach `now_ms` (milliseconds, never backwards): time-outs happen here and only here."""

    def replay(self, record: Record, answers: Sequence[Record]) -> None:
        """Fold a record that was processed before, given what was then written to the shard's own output.

        The state afterwards equals the one `process` left, whatever the model knew at the time.
        """


class Fold(Protocol):
    """The fold of the control log that all shards of a worker share."""

    @property
    def now_ms(self) -> int:
        """Engine time: moved by ticks only, 0 before the first."""

    def fold(self, record: Record) -> None:
        """Take the next record of the control log, in offset order."""
