"""Giving a shard back its state: the newest snapshot, and the committed logs folded from there."""

import sys
import time
from collections.abc import Callable, Mapping

import structlog
from confluent_kafka.admin import OffsetSpec

from agents.runtime.agent import Agent, Observer
from agents.runtime.asking import Admin
from agents.runtime.control import ControlLog
from agents.runtime.exits import OffsetsLostError, told
from agents.runtime.logs import UNREAD, Place, ends
from agents.runtime.positions import BEGINNING, Acted, Committed
from agents.runtime.replay import Replay
from agents.runtime.seats import Seat
from agents.runtime.shelves import Shelves, shelves
from agents.runtime.snapshots import Manifest, Shelf, Start, UnusableError, Writer
from agents.runtime.station import Station
from streams.log import Saved
from streams.topics import CONTROL

log = structlog.get_logger(__name__)
FOREVER = Acted(sys.maxsize, sys.maxsize)


def recovery(group: str, place: Place) -> str:
    topic, partition = place
    return (
        f"restore the offsets of group {group} from a backup, or accept that records are decided again or left out "
        f"and set them with: kafka-consumer-groups.sh --group {group} --topic {topic}:{partition} "
        "--reset-offsets --to-earliest --execute"
    )


class Restorer:
    """Makes seats: fresh ones at the start of the log, restored ones at their committed position."""

    def __init__(self, station: Station, admin: Admin, observer: Observer, moved: Callable[[], None]) -> None:
        self._station, self._admin, self._observer, self._moved = station, admin, observer, moved
        self._replay = Replay(station, admin, moved)

    async def seats(self, agents: Mapping[Place, Agent], committed: Mapping[Place, Committed | None]) -> list[Seat]:
        """Seats at the right position, not yet restored. Raises `OffsetsLostError`."""
        firsts = await ends(self._admin, committed.keys(), OffsetSpec.earliest())
        lasts = await ends(self._admin, committed.keys(), OffsetSpec.latest())
        answers = {place: self._replay.beside(place, agents[place].answers) for place in committed}
        for place, known in committed.items():
            self._refuse_loss(place, known, firsts[place], lasts[place])
            if known is None and (beside := answers[place]) and await self._replay.answered(beside):
                raise self._lost(place, "its output names it as source, but it has no committed offset")
        return [self._seat(agents[place], place, known, firsts[place]) for place, known in committed.items()]

    def _seat(self, agent: Agent, place: Place, known: Committed | None, first: int) -> Seat:
        acted = known.acted if known else BEGINNING
        position = known.position if known else first
        return Seat(agent, place, agent.shard(place[1]), position, acted, sent=known, committed=known)

    def _refuse_loss(self, place: Place, known: Committed | None, first: int, last: int) -> None:
        if known is None and first > 0:
            raise self._lost(place, f"it has no committed offset and its log starts at {first}")
        if known is not None and not first <= known.position <= last:
            raise self._lost(place, f"its offset {known.position} lies outside the log ({first} to {last})")

    def _lost(self, place: Place, what: str) -> OffsetsLostError:
        return OffsetsLostError(f"{place[0]}[{place[1]}]: {what}; {recovery(self._station.group, place)}")

    async def shelves(self, partition: int) -> Shelves:
        """What stands in the snapshots of a partition."""
        return await shelves(self._station, self._admin, partition, moved=self._moved)

    async def restore(self, seat: Seat, shelf: Shelf) -> None:
        """Load the snapshot and fold what came after it; where that fails, fold everything.

        Raises `OffsetsLostError` when everything is no longer there.
        """
        began_s = time.monotonic()
        first = (await ends(self._admin, [seat.place], OffsetSpec.earliest()))[seat.place]
        if not await self._from_snapshot(seat, shelf, first):
            if first > 0:
                raise self._lost(seat.place, f"no snapshot can be used, and its log starts at {first}")
            if seat.committed:
                await self._replay.fold(seat, await self._replay.marks(seat, 0), Start())
        self._restored(seat.agent.name, seat.place[1], seat.position, began_s)

    async def _from_snapshot(self, seat: Seat, shelf: Shelf, first: int) -> bool:
        """Whether the seat has its state back from a snapshot; if not, its shard is a fresh one."""
        seat.writer = self._writer(seat, shelf)
        if seat.writer is None or not (shelf.manifest or self._overdue(seat.position)):
            return False
        try:
            manifest = Manifest.read(shelf.manifest)
            fits(manifest, seat.committed, first)
            seat.writer.load(shelf, manifest)
            await self._go_on(seat, manifest)
        except UNREAD:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a wrong state led to, the whole log leads to the right one
            self._unusable(seat.agent.name, seat.place[1], error)
            seat.shard, seat.marked = seat.agent.shard(seat.place[1]), BEGINNING
            seat.writer = self._writer(seat, shelf)
            return False
        return True

    def _writer(self, seat: Seat, shelf: Shelf) -> Writer | None:
        if not isinstance(seat.shard, Saved):
            return None
        return Writer(seat.agent.name, seat.place[1], seat.shard, {}, set(shelf.keys), seat.position)

    async def _go_on(self, seat: Seat, manifest: Manifest) -> None:
        seat.marked = manifest.acted
        marks = await self._replay.marks(seat, manifest.start.marks)
        if self._station.guards.snapshot_position and manifest.mark(seat.agent.name) not in marks:
            raise UnusableError(f"nobody was at {manifest.start.input} with {manifest.acted}")
        await self._replay.fold(seat, marks, manifest.start)

    async def restore_control(self, control: ControlLog) -> None:
        """Load the snapshot of the control fold; where that fails, all of its log will be folded.

        Raises `OffsetsLostError` when all of it is no longer there.
        """
        began_s, place = time.monotonic(), (self._station.topic(CONTROL), 0)
        shelf = (await shelves(self._station, self._admin, 0, only=CONTROL, moved=self._moved))[CONTROL]
        first = (await ends(self._admin, [place], OffsetSpec.earliest()))[place]
        last = (await ends(self._admin, [place], OffsetSpec.latest()))[place]
        self._load_control(control, shelf, Committed(last, FOREVER), first)
        if control.position < first:
            raise OffsetsLostError(f"{place[0]} starts at {first}, and no snapshot of its fold can be used")
        self._restored(CONTROL, 0, control.position, began_s)

    def _load_control(self, control: ControlLog, shelf: Shelf, last: Committed, first: int) -> None:
        if not isinstance(control.fold, Saved):
            return
        control.writer = Writer(CONTROL, 0, control.fold, {}, set(shelf.keys))
        try:
            if shelf.manifest or self._overdue(last.position):
                manifest = Manifest.read(shelf.manifest)
                fits(manifest, last, first)
                control.writer.load(shelf, manifest)
        except ValueError as error:
            self._unusable(CONTROL, 0, error)

    def _restored(self, agent: str, partition: int, position: int, began_s: float) -> None:
        took_s = time.monotonic() - began_s
        log.info("restored", agent=agent, partition=partition, position=position, took_s=round(took_s, 3))
        self._observer.restored(agent, took_s=took_s)

    def _overdue(self, position: int) -> bool:
        """So far on there must be a snapshot; in the first minutes of a namespace there is none."""
        return position > 2 * self._station.settings.snapshots.every_records

    def _unusable(self, agent: str, partition: int, error: Exception) -> None:
        why = {"reason": str(error)} if isinstance(error, UnusableError) else told(error)
        log.warning("a snapshot cannot be used: everything is folded again", agent=agent, partition=partition, **why)
        self._observer.snapshot_failed(agent)


def fits(manifest: Manifest, committed: Committed | None, first: int) -> None:
    """Raises `UnusableError` unless the snapshot lies between the log's start and what was committed."""
    position, acted = committed or Committed(first, BEGINNING)
    if manifest.start.input > position or manifest.acted > acted:
        raise UnusableError(f"it is of {manifest.start.input}, {manifest.acted}, but {position}, {acted} is committed")
    if manifest.start.input < first:
        raise UnusableError(f"it is of {manifest.start.input}, but its log starts at {first}")
