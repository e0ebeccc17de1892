"""Giving a shard back its state: the committed logs folded again, with time passing where it passed before."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import orjson
from confluent_kafka.admin import OffsetSpec

from agents.runtime.agent import Agent
from agents.runtime.asking import Admin
from agents.runtime.exits import OffsetsLostError
from agents.runtime.logs import Place, ends, reader, records
from agents.runtime.seats import BEGINNING, Acted, Committed, Mark, Seat
from agents.runtime.station import Station
from streams.log import Effects
from streams.topics import POSITIONS

SLICE = 500


def recovery(group: str, place: Place) -> str:
    topic, partition = place
    return (
        f"restore the offsets of group {group} from a backup, or accept that records are decided again or left out "
        f"and set them with: kafka-consumer-groups.sh --group {group} --topic {topic}:{partition} "
        "--reset-offsets --to-earliest --execute"
    )


class Answers:
    """The shard's own output, read alongside its input: each source record gets what it caused."""

    def __init__(self, chunks: AsyncIterator[list[Any]]) -> None:
        self._chunks = chunks
        self._read: deque[tuple[int, Any]] = deque()

    async def of(self, offset: int) -> list[Any]:
        """The records whose `cause` is `offset`; offsets must be asked for in ascending order."""
        while not self._read or self._read[-1][0] <= offset:
            try:
                chunk = await anext(self._chunks)
            except StopAsyncIteration:
                break
            self._read.extend((cause, record) for record in chunk if (cause := _cause(record)) is not None)
        found = []
        while self._read and self._read[0][0] <= offset:
            cause, record = self._read.popleft()
            if cause < offset:
                raise RuntimeError(f"answer {record.offset} is caused by {cause}, which was replayed before")
            found.append(record)
        return found


def _cause(record: Any) -> int | None:
    return next((int(value) for name, value in record.headers if name == "cause"), None)


class Restorer:
    """Makes seats: fresh ones at the start of the log, restored ones at their committed position."""

    def __init__(self, station: Station, admin: Admin, moved: Callable[[], None]) -> None:
        self._station, self._admin, self._moved = station, admin, moved

    async def seats(self, agents: Mapping[Place, Agent], committed: Mapping[Place, Committed | None]) -> list[Seat]:
        """Seats at the right position, not yet restored. Raises `OffsetsLostError`."""
        firsts = await ends(self._admin, committed.keys(), OffsetSpec.earliest())
        lasts = await ends(self._admin, committed.keys(), OffsetSpec.latest())
        answers = {place: self._beside(place, agents[place].answers) for place in committed}
        written = await ends(self._admin, [place for place in answers.values() if place], OffsetSpec.latest())
        for place, known in committed.items():
            self._refuse_loss(agents[place], place, known, firsts[place], lasts[place])
            if known is None and written.get(answers[place] or place):
                raise self._lost(place, "its output names it as source, but it has no committed offset")
        return [self._seat(agents[place], place, known, firsts[place]) for place, known in committed.items()]

    def _seat(self, agent: Agent, place: Place, known: Committed | None, first: int) -> Seat:
        acted = known.acted if known else BEGINNING
        position = known.position if known else first
        return Seat(agent, place, agent.shard(place[1]), position, acted, sent=known, committed=known)

    def _refuse_loss(self, agent: Agent, place: Place, known: Committed | None, first: int, last: int) -> None:
        if known is None and first > 0:
            raise self._lost(place, f"it has no committed offset and its log starts at {first}")
        if known is not None and not first <= known.position <= last:
            raise self._lost(place, f"its offset {known.position} lies outside the log ({first} to {last})")
        if agent.stateful and first > 0:
            raise self._lost(place, f"the log its state is folded from starts at {first}")

    def _lost(self, place: Place, what: str) -> OffsetsLostError:
        return OffsetsLostError(f"{place[0]}[{place[1]}]: {what}; {recovery(self._station.group, place)}")

    def _beside(self, place: Place, topic: str | None) -> Place | None:
        return (self._station.topic(topic), place[1]) if topic else None

    async def restore(self, seat: Seat) -> None:
        """Replay everything before the seat's position. Its own output is read to the end it has now.

        The high watermark counts, not the last stable offset: markers reach each partition in their own time.
        """
        marks = await self._marks(seat)
        beside = self._beside(seat.place, seat.agent.answers)
        if beside is None:
            await self._replay(seat, marks, Answers(_nothing()))
            return
        end = (await ends(self._admin, [beside], OffsetSpec.latest()))[beside]
        async with reader(self._station, beside) as consumer:
            await self._replay(seat, marks, Answers(self._chunks(consumer, beside, end)))

    async def _marks(self, seat: Seat) -> deque[Mark]:
        place = (self._station.topic(POSITIONS), seat.place[1])
        end = (await ends(self._admin, [place], OffsetSpec.latest()))[place]
        name = seat.agent.name.encode()
        async with reader(self._station, place) as consumer:
            return deque(
                [
                    Mark(**orjson.loads(record.value))
                    async for chunk in self._chunks(consumer, place, end)
                    for record in chunk
                    if record.key == name
                ]
            )

    async def _chunks(self, consumer: Any, place: Place, end: int) -> AsyncIterator[list[Any]]:
        async for chunk in records(consumer, place, end):
            self._moved()
            yield chunk

    async def _replay(self, seat: Seat, marks: deque[Mark], answers: Answers) -> None:
        async with reader(self._station, seat.place) as consumer:
            async for chunk in self._chunks(consumer, seat.place, seat.position):
                self._station.hooks("restore")
                for first in range(0, len(chunk), SLICE):
                    await self._fold(seat, chunk[first : first + SLICE], marks, answers)
                    self._moved()
                    await asyncio.sleep(0)
        self._pass_time(seat, marks, seat.position)

    async def _fold(self, seat: Seat, chunk: Sequence[Any], marks: deque[Mark], answers: Answers) -> None:
        for record in chunk:
            self._pass_time(seat, marks, record.offset)
            seat.shard.replay(record, await answers.of(record.offset))

    def _pass_time(self, seat: Seat, marks: deque[Mark], offset: int) -> None:
        while marks and marks[0].input <= offset:
            mark = marks.popleft()
            if mark.now_ms > seat.marked.now_ms:
                seat.shard.tick(mark.now_ms, Effects())
            seat.marked = Acted(mark.control, mark.now_ms)


async def _nothing() -> AsyncIterator[list[Any]]:
    for never in list[list[Any]]():
        yield never
