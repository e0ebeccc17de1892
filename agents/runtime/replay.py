"""Folding a shard's committed logs again, with time passing where it passed before."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import orjson
from confluent_kafka.admin import OffsetSpec

from agents.runtime.asking import Admin
from agents.runtime.logs import Place, ends, reader, records
from agents.runtime.positions import Acted, Mark
from agents.runtime.seats import Seat
from agents.runtime.snapshots import Start
from agents.runtime.station import Station
from streams.log import Effects
from streams.topics import POSITIONS

SLICE = 500


class Answers:
    """The shard's own output, read alongside its input: each source record gets what it caused.

    Those caused before `first` belong to what is not folded again. What was written at a tick has no cause; it follows
    from the tick and is passed over, unless it is to be `compared`.
    """

    def __init__(self, chunks: AsyncIterator[list[Any]], first: int = 0, *, compared: bool = False) -> None:
        self._chunks, self._first = chunks, first
        self._read: deque[tuple[int, Any]] = deque()
        self._at_ticks: deque[Any] = deque(maxlen=None if compared else 0)

    async def at_tick(self, count: int, control: int) -> list[Any]:
        """The next records without cause, of which there should be `count`, written by position `control` at latest."""
        while len(self._at_ticks) < count and await self._read_on():
            pass
        found = []
        while self._at_ticks and orjson.loads(self._at_ticks[0].value)["controlOffset"] <= control:
            found.append(self._at_ticks.popleft())
        return found

    async def of(self, offset: int) -> list[Any]:
        """The records whose `cause` is `offset`; offsets must be asked for in ascending order."""
        while (not self._read or self._read[-1][0] <= offset) and await self._read_on():
            pass
        found = []
        while self._read and self._read[0][0] <= offset:
            cause, record = self._read.popleft()
            if cause < offset:
                raise RuntimeError(f"answer {record.offset} is caused by {cause}, which was replayed before")
            found.append(record)
        return found

    async def _read_on(self) -> bool:
        """Read some more, if there is more."""
        chunk = await anext(self._chunks, None)
        for record in chunk or ():
            cause = _cause(record)
            if cause is None:
                self._at_ticks.append(record)
            elif cause >= self._first:
                self._read.append((cause, record))
        return chunk is not None


def _cause(record: Any) -> int | None:
    return next((int(value) for name, value in record.headers if name == "cause"), None)


class Replay:
    """Folds logs silently; `moved` is called whenever it gets on."""

    def __init__(self, station: Station, admin: Admin, moved: Callable[[], None]) -> None:
        self._station, self._admin, self._moved = station, admin, moved

    def beside(self, place: Place, topic: str | None) -> Place | None:
        """The partition of another topic with the same number."""
        return (self._station.topic(topic), place[1]) if topic else None

    async def answered(self, beside: Place) -> bool:
        """Whether anything was committed there: what a killed worker left unfinished counts for nothing."""
        end = (await ends(self._admin, [beside], OffsetSpec.latest()))[beside]
        if end == 0:
            return False
        async with reader(self._station, beside) as consumer:
            async for chunk in self._chunks(consumer, beside, end):
                if chunk:
                    return True
        return False

    async def marks(self, seat: Seat, first: int) -> deque[Mark]:
        """Where the seat's agent let time pass, from offset `first` of `positions` on."""
        place = (self._station.topic(POSITIONS), seat.place[1])
        end = (await ends(self._admin, [place], OffsetSpec.latest()))[place]
        name = seat.agent.name.encode()
        async with reader(self._station, place, first) as consumer:
            return deque(
                [
                    Mark(**orjson.loads(record.value))
                    async for chunk in self._chunks(consumer, place, end)
                    for record in chunk
                    if record.key == name
                ]
            )

    async def fold(self, seat: Seat, marks: deque[Mark], start: Start) -> None:
        """Replay everything from `start` to the seat's position. Its own output is read to the end it has now.

        The high watermark counts, not the last stable offset: markers reach each partition in their own time.
        """
        beside = self.beside(seat.place, seat.agent.answers)
        if start.input < seat.position and beside:
            end = (await ends(self._admin, [beside], OffsetSpec.latest()))[beside]
            async with reader(self._station, beside, start.answers) as consumer:
                await self._replay(seat, marks, Answers(self._chunks(consumer, beside, end), start.input), start)
        elif start.input < seat.position:
            await self._replay(seat, marks, Answers(nothing()), start)
        self._pass_time(seat, marks, seat.position)

    async def _chunks(self, consumer: Any, place: Place, end: int) -> AsyncIterator[list[Any]]:
        async for chunk in records(consumer, place, end):
            self._moved()
            yield chunk

    async def _replay(self, seat: Seat, marks: deque[Mark], answers: Answers, start: Start) -> None:
        async with reader(self._station, seat.place, start.input) as consumer:
            async for chunk in self._chunks(consumer, seat.place, seat.position):
                self._station.hooks("restore")
                for first in range(0, len(chunk), SLICE):
                    await self._fold(seat, chunk[first : first + SLICE], marks, answers)
                    self._moved()
                    await asyncio.sleep(0)

    async def _fold(self, seat: Seat, chunk: Sequence[Any], marks: deque[Mark], answers: Answers) -> None:
        for record in chunk:
            self._pass_time(seat, marks, record.offset)
            seat.shard.replay(record, await answers.of(record.offset))

    def _pass_time(self, seat: Seat, marks: deque[Mark], offset: int) -> None:
        while marks and marks[0].input <= offset:
            mark = marks.popleft()
            if mark.now_ms > seat.marked.now_ms:
                seat.shard.tick(mark.now_ms, Effects(heard=False))
            seat.marked = max(seat.marked, Acted(mark.control, mark.now_ms))  # some are older than the snapshot


async def nothing() -> AsyncIterator[list[Any]]:
    """The output of a shard that has none."""
    for never in list[list[Any]]():
        yield never
