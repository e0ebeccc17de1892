"""Who sits where: turns an assignment into seats, in an order that lets work begin before all are restored."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping

from confluent_kafka.admin import AdminClient
from faust.types import TP

from agents.runtime.agent import Agent, Guards
from agents.runtime.batches import Identity
from agents.runtime.control import ControlLog
from agents.runtime.exits import GreenlaneError, die
from agents.runtime.logs import Place, stable_offsets
from agents.runtime.restore import Restorer
from agents.runtime.seats import Committed, Seat

Seek = Callable[[Identity, TP, int], Awaitable[bool]]


class Roster:
    """Makes, keeps and restores seats. `refusal` is set when this worker must not start."""

    seek_as: Seek

    def __init__(
        self, agents: Mapping[str, Agent], group: str, admin: AdminClient, restorer: Restorer, guards: Guards
    ) -> None:
        self._agents, self._group, self._admin = agents, group, admin
        self._restorer, self._guards = restorer, guards
        self.refusal: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def seats(
        self, places: Collection[Place], kept: Mapping[Place, Seat], control: ControlLog
    ) -> AsyncIterator[Seat]:
        """One seat after the other, ready to work: those without state first."""
        known = await stable_offsets(self._admin, self._group, places, require_stable=self._guards.stable_offsets)
        agents = {place: self._agents[place[0]] for place in places}
        for seat in [kept[place] for place in kept if still(kept[place], known[place])]:
            known.pop(seat.place)
            yield seat
        fresh = await self._restorer.seats(agents, known)
        for seat in sorted(fresh, key=lambda seat: seat.agent.stateful):
            if seat.agent.stateful and seat.committed:
                await self._restorer.restore(seat)
            await control.reached(seat.acted.control)
            yield seat

    async def seek(self, identity: Identity, seat: Seat) -> bool:
        return await self.seek_as(identity, TP(*seat.place), seat.position)

    def fail(self, task: "asyncio.Task[None]") -> None:
        """What a background task of the pump died of ends the worker, one way or the other."""
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, GreenlaneError) and not self.refusal.done():
            self.refusal.set_exception(error)
        else:
            die("a cycle failed", error=error)


def still(seat: Seat, known: Committed | None) -> bool:
    """Nobody committed anything for this shard since we did."""
    return known is not None and seat.committed == known
