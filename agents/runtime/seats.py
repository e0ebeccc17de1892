"""A shard at its place in the worker: what it has processed, at which position of the control log, and the proof."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.runtime.agent import Agent
from agents.runtime.batches import Identity
from agents.runtime.positions import BEGINNING, Acted, Committed, Mark
from agents.runtime.snapshots import Writer
from streams.log import Effects, Output, Record, Shard

TICK = Output("control", None, b'{"kind":"tick"}')


@dataclass(slots=True)
class Cycle:
    """Everything one transaction will hold."""

    identity: Identity
    effects: Effects = field(default_factory=Effects)
    commits: dict[tuple[str, int], Committed] = field(default_factory=dict)
    records: int = 0
    size_bytes: int = 0


@dataclass(slots=True, eq=False)
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
    writer: Writer | None = None

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
            if self.agent.stateful and self.acted != self.marked:
                self._mark(start, cycle)
            self._commit(cycle)

    def witness(self, cycle: Cycle) -> None:
        """Commit and mark where the shard is now, whether or not anything has moved: a snapshot is taken here."""
        self._mark(self.position, cycle)
        self._commit(cycle)

    def write_tick(self, cycle: Cycle) -> None:
        """Write engine time, under this shard's offsets."""
        cycle.effects.outputs.append(TICK)
        self.vouch(cycle)

    def vouch(self, cycle: Cycle) -> None:
        """Let the cycle hold this shard's offsets, so that a worker that lost the shard cannot write what is in it."""
        self.sent = self.sent or Committed(self.position, BEGINNING)
        cycle.commits.setdefault(self.place, self.sent)

    def _mark(self, start: int, cycle: Cycle) -> None:
        cycle.effects.outputs.append(Mark(self.agent.name, start, *self.acted).output(self.place[1]))
        self.marked = self.acted

    def _commit(self, cycle: Cycle) -> None:
        self.sent = cycle.commits[self.place] = Committed(self.position, self.acted)

    @property
    def clean(self) -> bool:
        """Nothing was processed that is not committed."""
        return self.sent == self.committed
