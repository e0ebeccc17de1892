"""The only words the runtime and the shards share: records in, effects out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, runtime_checkable

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
    Nobody hears of what is folded again (`heard` is false): then work whose only effect is an output may be left out.
    `halt` says in a sentence why the worker is to end once this is committed: a person should look first.
    """

    outputs: list[Output] = field(default_factory=list)
    counts: Counter[tuple[str, ...]] = field(default_factory=Counter)
    caused_ms: list[int] = field(default_factory=list)
    halt: str = ""
    heard: bool = True


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


@runtime_checkable
class Saved(Protocol):
    """State that outlives its process: what every stateful shard is, and the fold of the control log.

    A snapshot is a set of named parts, each plain bytes (JSON or packed numbers, never pickle). What is a part, and
    when one is complete, follows from the records alone and not from when `save` is called, so that two workers at
    the same position have equal parts, bit for bit. Names are short ASCII without `/`.
    """

    def save(self) -> Mapping[str, bytes | None]:
        """The parts that changed since the last call, with their new content; None says that a part is gone.

        After construction the first call gives every part, after `load` what differs from what was loaded. It is
        called between turns and holds up everything: a part should be small, or change seldom.
        """

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Take over all parts of a snapshot; only called on what has folded nothing yet.

        The state is then that of the moment of `save`, bit for bit: what is folded afterwards leads to the same state
        and the same effects. Raises `ValueError` when the parts are of another version or malformed; nothing has
        changed then.
        """


class Fold(Protocol):
    """The fold of the control log that all shards of a worker share. It should be `Saved` too.

    Its position is part of its state: whatever `load` brings back, the next record to fold is the one at `offset`.
    """

    @property
    def offset(self) -> int:
        """Position in the control log: every record below it is folded; 0 before the first."""

    @property
    def now_ms(self) -> int:
        """Engine time: moved by ticks only, 0 before the first."""

    def fold(self, record: Record) -> None:
        """Take the next record of the control log, in offset order."""
