"""When snapshots are written: one state at a time, a share of it in each cycle, so that no decision waits for long."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import structlog
from confluent_kafka.admin import OffsetSpec

from agents.runtime.agent import Observer
from agents.runtime.asking import Admin
from agents.runtime.control import ControlLog
from agents.runtime.exits import told
from agents.runtime.logs import UNREAD, ends
from agents.runtime.seats import Cycle, Seat
from agents.runtime.shelves import shelves
from agents.runtime.snapshots import Manifest, Start, UnusableError, Writer
from agents.runtime.station import Station
from streams.topics import CONTROL, POSITIONS

log = structlog.get_logger(__name__)
BEGINNING = Start()
LOOK_S = 1.0
SHARE_BYTES = 1024 * 1024


@dataclass(slots=True, eq=False)
class Order:
    """A snapshot to write. What `seat` has stays its own only under its offsets, so they go into every cycle of it."""

    seat: Seat
    writer: Writer
    since: Start = BEGINNING
    begun: bool = False


class Saving:
    """Chooses whose state is written next; `share` is then called in every cycle until all of it is."""

    def __init__(self, station: Station, admin: Admin, control: ControlLog, observer: Observer) -> None:
        self._station, self._admin, self._control, self._observer = station, admin, control, observer
        self._limits = station.settings.snapshots
        self._order: Order | None = None
        self._done = asyncio.Event()
        self._knows_control = False

    def waiting(self, seats: Iterable[Seat]) -> bool:
        """There is something to write, and its seat is among these."""
        return self._order is not None and self._order.seat in seats

    def forget(self, kept: Iterable[Seat]) -> None:
        """Seats have changed: only these go on where they were."""
        self._knows_control = False
        if self._order and self._order.seat not in kept:
            self._finish()

    async def run(self, seated: Callable[[], list[Seat]], nudge: Callable[[], None]) -> None:
        """Look for ever for what has moved, and have it written; while no broker answers, later."""
        while True:
            await asyncio.sleep(min(LOOK_S, self._limits.every_s / (4 + 4 * len(seated()))))
            try:
                await self._look(seated(), nudge)
            except UNREAD as error:
                log.warning("no snapshot can be written yet", **told(error))

    async def _look(self, seats: Sequence[Seat], nudge: Callable[[], None]) -> None:
        """Have one state written, if any is due: the one that waits longest."""
        for seat in seats:
            await self._know_control(seat)
        if orders := [order for seat in seats for order in self._orders(seat)]:
            await self._have_written(min(orders, key=lambda order: order.writer.at_s), nudge)

    def share(self, cycle: Cycle, seats: Iterable[Seat]) -> None:
        """Put a share of what is to be written into `cycle`: of a shard so much, of the control fold everything."""
        if not self.waiting(seats) or (order := self._order) is None:
            return
        if not order.begun:
            self._begin(order, cycle)
        order.seat.vouch(cycle)
        try:
            if self._written(order, cycle):
                self._finish()
        except UnusableError as error:
            log.warning("a snapshot cannot be written", agent=order.writer.agent, reason=str(error))
            self._observer.snapshot_failed(order.writer.agent)
            self._finish()

    def _orders(self, seat: Seat) -> Iterable[Order]:
        if seat.writer and self._due(seat.writer, seat.position):
            yield Order(seat, seat.writer)
        control = self._control
        if control.writer and leads(seat) and self._knows_control and self._far_on(control.writer, control.position):
            yield Order(seat, control.writer)

    def _due(self, writer: Writer, position: int) -> bool:
        waited_s = time.monotonic() - writer.at_s
        return self._far_on(writer, position) or (position > writer.position and waited_s >= self._limits.every_s)

    def _far_on(self, writer: Writer, position: int) -> bool:
        """The only rule for the fold of the control log: each lesson changes all that its model has learnt."""
        return position - writer.position >= self._limits.every_records

    async def _have_written(self, order: Order, nudge: Callable[[], None]) -> None:
        order.since = await self._since(order.seat)
        self._done.clear()
        self._order = order
        nudge()
        await self._done.wait()

    async def _since(self, seat: Seat) -> Start:
        """Where the logs end before the state is taken: marks and answers after it stand later."""
        topics = [POSITIONS, *([seat.agent.answers] if seat.agent.answers else [])]
        places = [(self._station.topic(topic), seat.place[1]) for topic in topics]
        found = await ends(self._admin, places, OffsetSpec.latest())
        return Start(0, *(found[place] for place in places))

    def _begin(self, order: Order, cycle: Cycle) -> None:
        seat, writer = order.seat, order.writer
        order.begun = True
        if writer is seat.writer:
            seat.witness(cycle)
            writer.begin(order.since._replace(input=seat.position), seat.acted)
        else:
            writer.begin(Start(self._control.position), self._control.acted)

    def _written(self, order: Order, cycle: Cycle) -> bool:
        size_bytes = 0
        for output in order.writer.left:
            cycle.effects.outputs.append(output)
            size_bytes += len(output.value or b"")
            if size_bytes >= SHARE_BYTES and order.writer is order.seat.writer:
                return False
        return True

    def _finish(self) -> None:
        self._order = None
        self._done.set()

    async def _know_control(self, seat: Seat) -> None:
        """What stands in the log of the fold: another worker may have written it until this moment."""
        if self._knows_control or not leads(seat) or (writer := self._control.writer) is None:
            return
        self._knows_control = True
        try:
            shelf = (await shelves(self._station, self._admin, 0, only=CONTROL))[CONTROL]
        except UNREAD:
            self._knows_control = False
            raise
        writer.stored = shelf.keys
        writer.position = newest(shelf.manifest)


def leads(seat: Seat) -> bool:
    """Whether the owner of this seat writes engine time, and so the snapshots of the control fold."""
    return seat.agent.ticks and seat.place[1] == 0


def newest(manifest: bytes | None) -> int:
    """The position of a manifest; 0 when there is none that can be read."""
    try:
        return Manifest.read(manifest).start.input if manifest else 0
    except UnusableError:
        return 0
