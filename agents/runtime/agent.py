"""What the rest of the code hands to the runtime, and what it may listen to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from streams.log import Shard

Hooks = Callable[[str], None]
"""Called with the name of a point: "queued", "snapshot", "offsets", "commit" or "restore". Tests pause there."""


@dataclass(frozen=True, slots=True)
class Agent:
    """One processing agent: the topic it reads and how a fresh shard of it is made.

    Topics are named without namespace. `answers` is the agent's own output topic whose partition p is written by
    shard p only; a record there carries a header `cause`, the decimal offset of the source record in whose turn it
    was written, and so the causes of a partition never go down; what was written at a tick carries none, and follows
    from the tick. `ticks` marks the agent whose partition 0 writes engine time to the control log.
    """

    name: str
    source: str
    shard: Callable[[int], Shard]
    stateful: bool = False
    answers: str | None = None
    ticks: bool = False
    help: str = ""


@dataclass(frozen=True, slots=True)
class Guards:
    """What keeps a record from being lost or counted twice. Tests switch one off to prove that it is needed."""

    batch_identity: bool = True
    continuity: bool = True
    generation: bool = True
    stable_offsets: bool = True
    drain_on_revocation: bool = True
    read_committed: bool = True
    snapshot_position: bool = True
    control_position: bool = True


class Observer(Protocol):
    """Told what happened; called from the worker's main thread, so it must be quick.

    Topics come without namespace.
    """

    def committed(
        self, counts: Mapping[tuple[str, ...], int], caused_ms: Sequence[int], *, records: int, now_ms: int
    ) -> None:
        """A transaction with `records` inputs was committed at wall clock `now_ms` (ms since 1970)."""

    def report(self, standings: Mapping[tuple[str, int], tuple[int, int]], *, held_s: float) -> None:
        """Once a second: (position, lag in records) of every partition at work here.

        For `held_s` seconds joining, restoring or a commit has been going on without getting on.
        """

    def entries(self, held: Mapping[tuple[str, str], int]) -> None:
        """Once a second: how many entries each (agent, store) holds, over all shards at work here."""

    def figures(self, told: Mapping[tuple[str, ...], float]) -> None:
        """Once a second: what the fold that all shards share says of itself, by gauge and labels."""

    def readiness(self, *, ready: bool) -> None:
        """The worker has joined and restored all it owns (also when that is nothing), or no longer so."""

    def control(self, offset: int) -> None:
        """The control log is folded up to here."""

    def restored(self, agent: str, *, took_s: float) -> None:
        """A shard of `agent` (or the fold, `control`) has its state back."""

    def snapshot_failed(self, agent: str) -> None:
        """A snapshot could not be used, or not be written: the next restart folds more than it should."""


class Silent:
    """An observer that listens to nothing."""

    def committed(
        self, counts: Mapping[tuple[str, ...], int], caused_ms: Sequence[int], *, records: int, now_ms: int
    ) -> None: ...
    def report(self, standings: Mapping[tuple[str, int], tuple[int, int]], *, held_s: float) -> None: ...
    def entries(self, held: Mapping[tuple[str, str], int]) -> None: ...
    def figures(self, told: Mapping[tuple[str, ...], float]) -> None: ...
    def readiness(self, *, ready: bool) -> None: ...
    def control(self, offset: int) -> None: ...
    def restored(self, agent: str, *, took_s: float) -> None: ...
    def snapshot_failed(self, agent: str) -> None: ...


def unhindered(point: str) -> None:
    """The hooks of production: nothing stops anywhere."""
