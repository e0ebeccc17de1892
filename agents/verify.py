"""Folding the logs again, as an auditor would: does every decision follow from what stands in Kafka, bit for bit?

Not the recorded decisions are folded, as at a restart, but the model decides anew. It knows then what it knew at the
time, for each shard wrote down where in the control log it was.
"""

import asyncio
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import orjson
from confluent_kafka.admin import OffsetSpec

from agents.clients import require_topic
from agents.errors import BadDataError
from agents.runtime import Agent
from agents.runtime.asking import Admin
from agents.runtime.logs import Place, ends, reader, records, stable_offsets
from agents.runtime.positions import Mark
from agents.runtime.replay import Answers, Replay, nothing
from agents.runtime.seats import Seat
from agents.runtime.shelves import shelves
from agents.runtime.snapshots import Manifest, Part
from agents.runtime.station import Station
from streams.control import Control
from streams.log import Effects, Output, Saved
from streams.topics import CONTROL

Engine = tuple[Control, Sequence[Agent]]  # all agents, and the fold of the control log that they share
Moved = Callable[[int], None]
TOLD = 5  # differences of one shard
ENGINE = "engine"  # the field of a decision that names the software
TIME = "ce_time"  # a header by the runtime, which has a clock


class Difference(NamedTuple):
    """An answer that does not follow from the log: which record it should answer, and what about it differs."""

    offset: int
    differs: tuple[str, ...]


@dataclass(slots=True)
class Verified:
    """One shard, folded again up to the position it has committed.

    `differing` of its `answers` are others than were computed, `others` only say that another version of the software
    made them. `snapshot` is "equal", "none", or names the parts that are not those of the state computed here.
    """

    agent: str
    partition: int
    records: int = 0
    answers: int = 0
    differing: int = 0
    others: int = 0
    snapshot: str = "none"
    differences: list[Difference] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.differing and self.snapshot in {"equal", "none"}

    def compare(self, offset: int, computed: Sequence[Output], written: Sequence[Any]) -> None:
        """Take what was computed for the record at `offset` and what stands in the log."""
        self.answers += max(len(computed), len(written))
        for ours, theirs in zip(computed, written, strict=False):
            if differs := tuple(different(ours, theirs)):
                self._note(offset, differs)
        for _ in range(abs(len(computed) - len(written))):
            self._note(offset, ("missing" if len(written) < len(computed) else "not computed",))

    def _note(self, offset: int, differs: tuple[str, ...]) -> None:
        if differs == (ENGINE,):
            self.others += 1
            return
        self.differing += 1
        if len(self.differences) < TOLD:
            self.differences.append(Difference(offset, differs))


def different(ours: Output, theirs: Any) -> Iterator[str]:
    """What of an answer is not as it was computed: names of fields, never values."""
    timeless = [header for header in theirs.headers if header[0] != TIME]
    if (ours.key, list(ours.headers)) != (theirs.key, timeless):
        yield "key or headers"
    if ours.value != theirs.value:
        computed, written = orjson.loads(ours.value or b"{}"), orjson.loads(theirs.value or b"{}")
        names = [name for name in computed | written if computed.get(name) != written.get(name)]
        yield from names or ["spelling"]


class Verifier:
    """Folds shards again, one after the other; `make` makes a fresh engine for each. `moved` is told of records."""

    def __init__(self, station: Station, make: Callable[[], Engine], moved: Moved = lambda _records: None) -> None:
        self._station, self._make, self._moved = station, make, moved
        self._admin = Admin.of(station)
        self._replay = Replay(station, self._admin, lambda: None)

    async def shards(self) -> AsyncIterator[Verified]:
        """Every shard with a state, and the fold of the control log. Raises `BadDataError` where a log is cut off."""
        _, agents = self._make()
        for agent in agents:
            if agent.stateful:
                for partition in range(require_topic(self._station.access, self._station.topic(agent.source))):
                    yield await self.shard(agent.name, partition)
        yield await self.control()

    async def shard(self, name: str, partition: int) -> Verified:
        """Fold one shard up to where it has committed, and compare what it answers and the state it comes to."""
        control, agents = self._make()
        agent = next(agent for agent in agents if agent.name == name)
        place, verified = (self._station.topic(agent.source), partition), Verified(name, partition)
        offsets = await stable_offsets(self._admin, self._station.group, [place], require_stable=True)
        if (committed := offsets[place]) is None:
            return verified
        await self._whole(place)
        manifest = await self._manifest(name, partition)
        seat = Seat(agent, place, agent.shard(partition), committed.position, committed.acted)
        async with AsyncExitStack() as stack:
            answers = Answers(await self._answers(agent, partition, stack), compared=True)
            time = Time(
                seat,
                await self._replay.marks(seat, 0),
                await stack.enter_async_context(self._following(control)),
                verified,
                manifest,
                answers,
            )
            source = await stack.enter_async_context(reader(self._station, place))
            async for chunk in records(source, place, committed.position):
                for record in chunk:
                    await time.reach(record.offset)
                    effects = Effects()
                    seat.shard.process([record], effects)
                    verified.compare(record.offset, answering(effects, agent), await answers.of(record.offset))
                verified.records += len(chunk)
                self._moved(len(chunk))
            await time.reach(committed.position)
            verified.compare(committed.position, [], await answers.at_tick(sys.maxsize, committed.acted.control))
        return verified

    async def control(self) -> Verified:
        """Fold the control log up to where it was saved last, and compare the state."""
        control, _ = self._make()
        verified = Verified(CONTROL, 0)
        await self._whole((self._station.topic(CONTROL), 0))
        if manifest := await self._manifest(CONTROL, 0):
            async with self._following(control) as following:
                verified.records = await following.to(manifest.start.input)
            verified.snapshot = compared(control, manifest)
        return verified

    async def _whole(self, place: Place) -> None:
        first = (await ends(self._admin, [place], OffsetSpec.earliest()))[place]
        if first > 0:
            raise BadDataError(f"{place[0]}[{place[1]}] starts at {first}: what came before it cannot be verified")

    async def _manifest(self, agent: str, partition: int) -> Manifest | None:
        shelf = (await shelves(self._station, self._admin, partition, only=agent))[agent]
        return Manifest.read(shelf.manifest) if shelf.manifest else None

    def _following(self, control: Control) -> "Following":
        return Following(control, self._station, self._admin)

    async def _answers(self, agent: Agent, partition: int, stack: AsyncExitStack) -> AsyncIterator[list[Any]]:
        if agent.answers is None:
            return nothing()
        beside = (self._station.topic(agent.answers), partition)
        end = (await ends(self._admin, [beside], OffsetSpec.latest()))[beside]
        return records(await stack.enter_async_context(reader(self._station, beside)), beside, end)


class Following:
    """The control log, folded as far as is asked for."""

    def __init__(self, control: Control, station: Station, admin: Admin) -> None:
        self._control, self._station, self._admin = control, station, admin
        self._pending: deque[Any] = deque()
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        place = (self._station.topic(CONTROL), 0)
        end = (await ends(self._admin, [place], OffsetSpec.latest()))[place]
        self._chunks = records(await self._stack.enter_async_context(reader(self._station, place)), place, end)
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._stack.aclose()

    async def to(self, position: int) -> int:
        """Fold up to `position`; how many records that took."""
        folded = 0
        while self._control.offset < position:
            if not self._pending:
                self._pending.extend(await anext(self._chunks))
            self._control.fold(self._pending.popleft())
            folded += 1
        return folded


@dataclass(slots=True)
class Time:
    """Lets time pass for a shard where it passed at the time: compares what it writes then, and the state it saved."""

    seat: Seat
    marks: deque[Mark]
    control: Following
    verified: Verified
    manifest: Manifest | None
    answers: Answers
    now_ms: int = 0

    async def reach(self, offset: int) -> None:
        """All that happened before the record at `offset` was processed."""
        while self.marks and self.marks[0].input <= offset:
            mark = self.marks.popleft()
            await self.control.to(mark.control)
            if mark.now_ms > self.now_ms:
                effects = Effects()
                self.seat.shard.tick(mark.now_ms, effects)
                self.now_ms = mark.now_ms
                computed = answering(effects, self.seat.agent)
                self.verified.compare(mark.input, computed, await self.answers.at_tick(len(computed), mark.control))
            if self.manifest and mark == self.manifest.mark(self.seat.agent.name):
                self.verified.snapshot = compared(self.seat.shard, self.manifest)


def answering(effects: Effects, agent: Agent) -> list[Output]:
    """What of `effects` the agent's own output holds."""
    return [output for output in effects.outputs if output.topic == agent.answers]


def compared(state: object, manifest: Manifest) -> str:
    """ "equal", or which parts of `state` are not those that were saved."""
    if not isinstance(state, Saved):
        return "none"
    parts = {name: Part.of(content) for name, content in state.save().items() if content is not None}
    differing = sorted(name for name in {**parts, **manifest.parts} if parts.get(name) != manifest.parts.get(name))
    return f"differs in {', '.join(differing)}" if differing else "equal"


def verify(station: Station, make: Callable[[], Engine], moved: Moved = lambda _records: None) -> Iterator[Verified]:
    """`Verifier.shards`, for those who do not wait for anything else."""
    verifier = Verifier(station, make, moved)
    with asyncio.Runner() as runner:
        found = verifier.shards()
        while (verified := runner.run(_next(found))) is not None:
            yield verified


async def _next(found: AsyncIterator[Verified]) -> Verified | None:
    return await anext(found, None)
