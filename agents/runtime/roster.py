"""Who sits where: turns an assignment into seats, in an order that lets work begin before all are restored."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from itertools import groupby

from faust.types import TP

from agents.runtime.agent import Agent, Observer
from agents.runtime.asking import Admin
from agents.runtime.batches import Identity
from agents.runtime.control import ControlLog
from agents.runtime.logs import Place, stable_offsets
from agents.runtime.restore import Restorer
from agents.runtime.seats import Seat
from agents.runtime.station import Station


def partition(seat: Seat) -> int:
    return seat.place[1]


Seek = Callable[[Identity, TP, int], Awaitable[bool]]


class Roster:
    """Makes, keeps and restores seats. `moved_at` is when a restore last got on (monotonic seconds)."""

    seek_as: Seek

    def __init__(self, agents: Mapping[str, Agent], station: Station, admin: Admin, observer: Observer) -> None:
        self._agents, self._station, self._admin = agents, station, admin
        self.restorer = Restorer(station, admin, observer, self.moved)
        self.moved()

    def moved(self) -> None:
        self.moved_at = time.monotonic()

    async def seats(
        self, places: Collection[Place], kept: Mapping[Place, Seat], control: ControlLog
    ) -> AsyncIterator[Seat]:
        """One seat after the other, ready to work: those kept first, then those without state."""
        require_stable = self._station.guards.stable_offsets
        known = await stable_offsets(self._admin, self._station.group, places, require_stable=require_stable)
        for place, seat in kept.items():
            if seat.committed and seat.committed == known[place]:  # nobody went on from where we stopped
                del known[place]
                yield seat
        fresh = await self.restorer.seats({place: self._agents[place[0]] for place in known}, known)
        for seat in fresh:
            if not seat.agent.stateful:
                await self._caught_up(seat, control)
                yield seat
        with_state = sorted((seat for seat in fresh if seat.agent.stateful), key=partition)
        for number, seats in groupby(with_state, key=partition):
            shelves = await self.restorer.shelves(number)  # of all agents, read once
            for seat in seats:
                await self.restorer.restore(seat, shelves[seat.agent.name])
                await self._caught_up(seat, control)
                yield seat

    async def _caught_up(self, seat: Seat, control: ControlLog) -> None:
        """Nobody acts on less of the control log than was acted on before."""
        if self._station.guards.control_position:
            await control.reached(seat.acted.control, self.moved)

    async def seek(self, identity: Identity, seat: Seat) -> bool:
        """Let fetching go on where the seat is; False when the assignment has changed."""
        return await self.seek_as(identity, TP(*seat.place), seat.position)
