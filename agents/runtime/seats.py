"""A shard at its place in the worker: what it has processed, at which position of the control log, and the proof."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from agents.runtime.agent import Agent
from agents.runtime.batches import Identity
from streams.log import Effects, Output, Record, Shard
from streams.topics import POSITIONS

TICK = Output("control", None, b'{"kind":"tick"}')


class Acted(NamedTuple):
    """The control position and engine time a shard has acted on. Travels in the metadata of its offset commit.

    >>> Acted.read(Acted(7, 1_700_000_000_000).write())
    Acted(control=7, now_ms=1700000000000)
    >>> Acted.read("")
    Acted(control=0, now_ms=0)
    """

    control: int = 0
    now_ms: int = 0

    def write(self) -> str:
        return orjson.dumps(self._asdict()).decode()

    @classmethod
    def read(cls, metadata: str | None) -> "Acted":
        return cls(**orjson.loads(metadata)) if metadata else cls()


BEGINNING = Acted()


class Mark(NamedTuple):
    """Before the record at `input`, the agent let engine time reach `now_ms`: one record of `positions`."""

    agent: str
    input: int
    control: int
    now_ms: int

    def output(self, partition: int) -> Output:
        return Output(POSITIONS, self.agent.encode(), orjson.dumps(self._asdict()), partition=partition)


class Committed(NamedTuple):
    """What Kafka holds of a shard: equal values mean that nobody else went on from there."""

    position: int
    acted: Acted


@dataclass(slots=True)
class Cycle:
    """Everything one transaction will hold."""

    identity: Identity
    effects: Effects = field(default_factory=Effects)
    commits: dict[tuple[str, int], Committed] = field(default_factory=dict)
    records: int = 0
    size_bytes: int = 0


@dataclass(slots=True)
class Seat:
    """One shard and how far it is. `sent` stands in a transaction; `committed` follows when that is through."""

    agent: Agent
    place: tuple[str, int]
    shard: Shard
    position: int
    acted: Acted = BEGINNING
    marked: Acted = BEGINNING
    sent: Committed | None = None
    committed: Committed | None = None

    def turn(self, records: Sequence[Record], end: int, now: Acted, cycle: Cycle) -> None:
        """Let time reach `now`, then process `records`; what must be committed goes into `cycle`."""
        start, before = self.position, len(cycle.effects.outputs)
        if self.agent.stateful and now.now_ms > self.acted.now_ms:
            self.shard.tick(now.now_ms, cycle.effects)
        self.acted = now
        if records:
            self.shard.process(records, cycle.effects)
        self.position = end
        if records or len(cycle.effects.outputs) > before:
            self._commit(start, cycle)

    def _commit(self, start: int, cycle: Cycle) -> None:
        if self.agent.stateful and self.acted != self.marked:
            cycle.effects.outputs.append(Mark(self.agent.name, start, *self.acted).output(self.place[1]))
            self.marked = self.acted
        self.sent = cycle.commits[self.place] = Committed(self.position, self.acted)

    def write_tick(self, cycle: Cycle) -> None:
        """Write engine time, under this shard's offsets so that a worker that lost them cannot."""
        cycle.effects.outputs.append(TICK)
        self.sent = self.sent or Committed(self.position, BEGINNING)
        cycle.commits.setdefault(self.place, self.sent)

    @property
    def clean(self) -> bool:
        """Nothing was processed that is not committed."""
        return self.sent == self.committed
