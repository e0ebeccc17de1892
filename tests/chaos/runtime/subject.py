"""The worker under test: trivial shards on the real runtime, with pause points and guards switched off on demand.

Started as a program with one JSON argument, see `Orders`. Nothing of this can be reached in production.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
import structlog

from agents.errors import GreenlaneError
from agents.runtime import Agent, Guards, run, saving, snapshots
from agents.runtime.control import ControlLog
from agents.runtime.positions import Acted
from agents.runtime.queue import Queue
from agents.runtime.snapshots import Start, Writer
from agents.runtime.transport import BatchThread
from config.settings import load
from streams.log import Effects, Output, Record

STILL_S = 0.01


@dataclass
class Orders:
    """What to run and what to do to it.

    `at` is a pause point and `count` how often it is passed before `action`: "kill", "freeze" (SIGSTOP; goes on when
    `gate` exists) or "hold" (as long as `gate` does not exist, heartbeats going on). `drop` is the number of a fetched
    batch to lose. `state` is where the shards' state is written at the end. `skew` shifts the position that snapshots
    name; `late` lets the control log be folded only when `gate` exists.
    """

    broker: str
    namespace: str
    slot: int = 0
    agents: str = "pass"
    off: list[str] = field(default_factory=list)
    at: str = ""
    count: int = 1
    action: str = ""
    gate: str = ""
    drop: int = 0
    state: str = ""
    skew: int = 0
    late: bool = False
    runtime: dict[str, float] = field(default_factory=dict)
    snapshots: dict[str, float] = field(default_factory=dict)

    def argument(self) -> str:
        return json.dumps(asdict(self))


class Pass:
    """Writes every record on, as it is."""

    def __init__(self, target: str) -> None:
        self.target = target

    def process(self, records: list[Record], effects: Effects) -> None:
        effects.outputs += [Output(self.target, r.key, r.value, r.headers) for r in records]

    def tick(self, now_ms: int, effects: Effects) -> None: ...
    def replay(self, record: Record, answers: list[Record]) -> None: ...


class Stuck(Pass):
    """Never comes back."""

    def process(self, records: list[Record], effects: Effects) -> None:
        del records, effects
        while True:
            time.sleep(STILL_S)


class Small(Pass):
    """Passes over what is large."""

    def process(self, records: list[Record], effects: Effects) -> None:
        super().process([record for record in records if len(record.value or b"") < 1000], effects)


class Parts:
    """Saves what changed of `parts()`, and knows what that was."""

    def __init__(self) -> None:
        self.saved: dict[str, bytes] = {}

    def parts(self) -> dict[str, bytes]:
        raise NotImplementedError

    def save(self) -> dict[str, bytes | None]:
        parts, before = self.parts(), self.saved
        self.saved = parts
        gone = dict.fromkeys(before.keys() - parts.keys())
        return gone | {name: part for name, part in parts.items() if before.get(name) != part}


class Tally(Parts):
    """Counts by key with a draw the replay cannot know (it stands in the answer), and forgets at a time of its own.

    Its parts: one for each last digit of the keys, and what is due, which is gone when nothing is. `replayed` is no
    part of the state: it says what a restore has read.
    """

    WAIT_MS = 2500

    def __init__(self, partition: int) -> None:
        super().__init__()
        self.partition, self.now_ms, self.replayed = partition, 0, 0
        self.counts: dict[str, int] = {}
        self.draws: dict[str, int] = {}
        self.due: list[tuple[int, str]] = []
        self.timeouts: list[tuple[int, str]] = []

    def process(self, records: list[Record], effects: Effects) -> None:
        for record in records:
            draw = int.from_bytes(os.urandom(4), "big")
            self._fold(record, draw)
            answer = orjson.dumps({"draw": draw, "value": record.value.decode()})
            cause = (("cause", str(record.offset).encode()),)
            effects.outputs.append(Output("decisions.v1", record.key, answer, cause, self.partition))

    def replay(self, record: Record, answers: list[Record]) -> None:
        self.replayed += 1
        (answer,) = answers
        self._fold(record, orjson.loads(answer.value)["draw"])

    def tick(self, now_ms: int, effects: Effects) -> None:
        assert now_ms > self.now_ms
        self.now_ms = now_ms
        while self.due and self.due[0][0] <= now_ms:
            _, key = self.due.pop(0)
            self.timeouts.append((now_ms, key))
            effects.outputs.append(Output("alerts.v1", key.encode(), str(now_ms).encode()))

    def _fold(self, record: Record, draw: int) -> None:
        key = record.key.decode()
        self.counts[key] = self.counts.get(key, 0) + 1
        self.draws[key] = draw
        self.due.append((self.now_ms + self.WAIT_MS, key))

    def state(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name not in ("now_ms", "saved", "replayed")}

    def parts(self) -> dict[str, bytes]:
        parts = {"head": orjson.dumps([self.now_ms, self.timeouts])}
        if self.due:
            parts["due"] = orjson.dumps(self.due)
        for digit in sorted({key[-1] for key in self.counts}):
            keys = [key for key in self.counts if key[-1] == digit]
            parts[f"keys-{digit}"] = orjson.dumps([(key, self.counts[key], self.draws[key]) for key in keys])
        return parts

    def load(self, parts: dict[str, bytes]) -> None:
        said = {name: orjson.loads(part) for name, part in parts.items()}
        self.saved = dict(parts)
        self.now_ms, timeouts = said.pop("head")
        self.timeouts = [(now_ms, key) for now_ms, key in timeouts]
        self.due = [(due_ms, key) for due_ms, key in said.pop("due", [])]
        for keys in said.values():
            self.counts |= {key: count for key, count, _ in keys}
            self.draws |= {key: draw for key, _, draw in keys}


class Clock(Parts):
    """Engine time as the ticks tell it; the time in the records counted, to see that each was folded once."""

    def __init__(self) -> None:
        super().__init__()
        self.folded = 0
        self.offset = self.now_ms = self.sum_ms = 0

    def fold(self, record: Record) -> None:
        self.offset, self.now_ms = record.offset + 1, max(self.now_ms, record.timestamp)
        self.sum_ms += record.timestamp
        self.folded += 1

    def parts(self) -> dict[str, bytes]:
        return {"clock": orjson.dumps([self.offset, self.now_ms, self.sum_ms])}

    def load(self, parts: dict[str, bytes]) -> None:
        self.saved = dict(parts)
        self.offset, self.now_ms, self.sum_ms = orjson.loads(parts["clock"])


class Points:
    """Does what was ordered when a pause point is passed for the n-th time."""

    def __init__(self, orders: Orders) -> None:
        self.orders, self.passed = orders, 0

    def __call__(self, point: str) -> None:
        self.passed += point == self.orders.at
        if point == self.orders.at and self.passed == self.orders.count:
            sys.stderr.write(f"point {point}\n")
            sys.stderr.flush()
            self.act()

    def act(self) -> None:
        if self.orders.action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.orders.action == "freeze":
            os.kill(os.getpid(), signal.SIGSTOP)
        while not Path(self.orders.gate).exists():
            time.sleep(STILL_S)


def lose_batch(number: int) -> None:
    """Let a fetched batch vanish on its way, as Faust does around rebalances."""
    put, seen = Queue.put, [0]

    def leaky(queue: Queue, batch: Any) -> None:
        seen[0] += 1
        if seen[0] != number:
            put(queue, batch)

    Queue.put = leaky  # type: ignore[method-assign]


def skew(by: int) -> None:
    """Let snapshots name another position than the one they are of."""
    begin = Writer.begin

    def skewed(writer: Writer, start: Start, acted: Acted) -> None:
        begin(writer, start._replace(input=start.input + by), acted)

    Writer.begin = skewed  # type: ignore[method-assign]


def hold_control(opened: Callable[[], bool]) -> None:
    """Let nothing of the control log be folded before then."""
    advance = ControlLog.advance

    async def held(control: ControlLog) -> None:
        await (advance(control) if opened() else asyncio.sleep(STILL_S))

    ControlLog.advance = held  # type: ignore[method-assign]


def deafen() -> None:
    """Let the consumer's thread die."""

    def dead(*_: Any) -> None:
        raise RuntimeError("deaf")

    BatchThread._drain = dead  # type: ignore[assignment]


def agents(kind: str, shards: list[Any]) -> list[Agent]:
    def kept(shard: Any) -> Any:
        shards.append(shard)
        return shard

    return {
        "pass": [Agent("pass", "manifests.v1", lambda _: Pass("decisions.v1"))],
        "deaf": [Agent("pass", "manifests.v1", lambda _: Pass("decisions.v1"))],
        "small": [Agent("small", "sensors.v1", lambda _: Small("decisions.v1"))],
        "stuck": [Agent("stuck", "manifests.v1", lambda _: Stuck("decisions.v1"))],
        "hops": [
            Agent("first", "manifests.v1", lambda _: Pass("cases")),
            Agent("second", "cases", lambda _: Pass("decisions.v1"), stateful=True),
        ],
        "tally": [Agent("tally", "cases", lambda p: kept(Tally(p)), stateful=True, answers="decisions.v1", ticks=True)],
    }[kind]


def main() -> int:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    orders = Orders(**json.loads(sys.argv[1]))
    settings = load(broker=orders.broker, namespace=orders.namespace)
    changes = {"runtime": orders.runtime, "snapshots": orders.snapshots}
    sections = {name: getattr(settings, name).model_copy(update=change) for name, change in changes.items()}
    settings = settings.model_copy(update=sections)
    guards = Guards(**dict.fromkeys(orders.off, False))
    if orders.drop:
        lose_batch(orders.drop)
    if orders.agents == "deaf":
        deafen()
    snapshots.CHUNK_BYTES, saving.SHARE_BYTES = 512, 2048  # so small states too come in chunks and in several cycles
    if orders.skew:
        skew(orders.skew)
    if orders.late:
        hold_control(Path(orders.gate).exists)
    shards, clock = list[Any](), Clock()
    try:
        hooks = Points(orders)
        code = run(agents(orders.agents, shards), clock, settings, slot=orders.slot, hooks=hooks, guards=guards)
    except GreenlaneError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return error.exit_code
    if orders.state:
        states = {shard.partition: shard.state() for shard in shards}
        Path(orders.state).write_text(json.dumps(states, sort_keys=True), encoding="utf-8")
    read = {"replayed": sum(getattr(shard, "replayed", 0) for shard in shards), "folded": clock.folded}
    sys.stderr.write(f"read {json.dumps(read | {'clock': [clock.offset, clock.now_ms, clock.sum_ms]})}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
