"""The heart of a worker: takes everything queued on all shards, lets pure code run, commits, repeats.

Cycles overlap by one: while a transaction is being committed in its own thread, pure work for the next goes on
here and gathers what arrives. Throughput comes from that; latency stays flat because nothing waits for a quota.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import structlog

from agents.runtime.agent import Observer
from agents.runtime.batches import NOBODY, Batch, Identity
from agents.runtime.control import ControlLog
from agents.runtime.exits import die
from agents.runtime.logs import Place
from agents.runtime.queue import Queue
from agents.runtime.roster import Roster
from agents.runtime.saving import Saving
from agents.runtime.seats import Cycle, Seat
from agents.runtime.station import Station
from agents.runtime.transactions import Transactions

log = structlog.get_logger(__name__)
GRACE_S = 2.0


class Pump:
    """Owns the seats of this worker. Everything here happens on the main loop, except the commit itself.

    `open` are the partitions that may be fetched.
    `on_end` gets every background task that ended, `on_halt` the reason when a shard wants a person to look first.
    """

    on_end: Callable[["asyncio.Task[None]"], None]
    on_halt: Callable[[str], None]

    def __init__(
        self, station: Station, control: ControlLog, roster: Roster, saving: Saving, observer: Observer
    ) -> None:
        self.station, self.limits = station, station.settings.runtime
        self._guards, self._control, self._roster, self._observer = station.guards, control, roster, observer
        self._saving = saving
        self.transactions = Transactions(station)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._identity = NOBODY
        self.open: set[Place] = set()
        self.seats: dict[Place, Seat] = {}
        self.queue = Queue(self.limits.cycle_max_records, self.limits.cycle_max_bytes)
        self.joining = True
        self._wake, self._turning = asyncio.Event(), asyncio.Lock()
        self._committing: asyncio.Task[None] | None = None
        self._commit_since = 0.0
        self._seating: asyncio.Task[None] | None = None
        self._tick_due = self._stopping = False

    async def start(self) -> None:
        """Take over the slot: whatever its last holder left unfinished is undone. Raises `KafkaException`."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self.transactions.open)

    async def stop(self) -> None:
        """Finish the cycle at hand, commit it, take nothing more."""
        self._stopping = True
        self._leave_seats()
        await self._quiet()
        self._wake.set()

    # What Faust's side calls.

    async def put(self, batch: Batch) -> None:
        """Queue what was fetched; what another assignment fetched is dropped, for we sought back since."""
        if batch.identity == self._identity or not self._guards.batch_identity:
            self.queue.put(batch)
            self._wake.set()

    async def revoke(self) -> None:
        """Before the partitions are given back: finish the cycle at hand, drop what is queued."""
        self.joining = True
        self._roster.moved()
        self._observer.readiness(ready=False)
        if self._guards.drain_on_revocation:
            self._identity = NOBODY
            self._leave_seats()
            await self._quiet()

    def assign(self, identity: Identity, places: Collection[Any]) -> None:
        """The partitions are ours: give each its seat, in the background."""
        if not identity.valid:
            die(f"partitions were assigned to nobody: {identity}")
        if self._stopping:  # another worker that ended as we do gave us its partitions
            return
        self._leave_seats()
        self._identity = identity
        self._roster.moved()
        log.info("assigned", generation=identity.generation, partitions=len(places))
        self._seating = self._task(self._seat(identity, {tuple(place) for place in places}))

    def nudge(self) -> None:
        """The control log has something to fold."""
        self._wake.set()

    def tick(self) -> None:
        """Time to write engine time, if that is ours to write."""
        self._tick_due = any(seat.agent.ticks and place[1] == 0 for place, seat in self.seats.items())
        self._wake.set()

    @property
    def busy(self) -> bool:
        """There is work that only this process can finish."""
        return bool(self.queue or self._committing)

    @property
    def held_s(self) -> float:
        """How long joining, restoring or a commit goes on without getting on; 0 when none of them does."""
        now, since = time.monotonic(), [self._roster.moved_at] if self.joining else []
        return max((now - at for at in [*since, *([self._commit_since] if self._committing else [])]), default=0.0)

    # Cycles.

    async def run(self) -> None:
        """Cycle until stopped."""
        while not self._stopping:
            if self._due:
                async with self._turning:
                    await self._cycle()
            else:
                await self._wake.wait()
                self._wake.clear()

    @property
    def _due(self) -> bool:
        work = self.queue or self._tick_due or self._saving.waiting(self.seated())
        return self._control.waiting or bool(self.open and work)

    def seated(self) -> list[Seat]:
        """The seats at work."""
        return [self.seats[place] for place in self.open]

    async def _cycle(self) -> None:
        await self._control.advance()
        self._observer.control(self._control.position)
        if self.queue:
            self.station.hooks("queued")
        cycle = Cycle(self._identity)
        self._pass_time(cycle)
        self._saving.share(cycle, self.seated())
        await self._fill(cycle)
        if cycle.commits:
            await self._settled()
            self._commit_since = time.monotonic()
            self._committing = self._task(self._commit(cycle))
        elif cycle.effects.halt:
            self._halt(cycle.effects.halt)

    def _halt(self, why: str) -> None:
        """What was decided is committed; what waits in Kafka goes on waiting there."""
        self._stopping = True
        self.on_halt(why)

    def _pass_time(self, cycle: Cycle) -> None:
        now = self._control.acted
        for seat in self.seated():
            if seat.agent.stateful and now.now_ms > seat.acted.now_ms:
                seat.turn((), seat.position, now, cycle)
            if self._tick_due and seat.agent.ticks and seat.place[1] == 0:
                seat.write_tick(cycle)
        self._tick_due = False

    async def _fill(self, cycle: Cycle) -> None:
        """Take turns until the cycle is full or nothing is queued; while the last commit goes on, wait for more."""
        until = time.monotonic() + self.limits.cycle_max_s
        while self._accepts(cycle) and (self._committing or time.monotonic() < until):
            if self.queue:
                self._turn(self.queue.take(), cycle)
                await asyncio.sleep(0)
            elif self._committing and cycle.commits:
                await self._more_or_committed(self._committing)
            else:
                return

    def _accepts(self, cycle: Cycle) -> bool:
        return (
            self._identity == cycle.identity
            and bool(self.open)
            and cycle.records < self.limits.cycle_max_records
            and len(cycle.effects.outputs) < 4 * self.limits.cycle_max_records
            and cycle.size_bytes < self.limits.cycle_max_bytes
        )

    async def _more_or_committed(self, committing: "asyncio.Task[None]") -> None:
        self._wake.clear()
        arrival = asyncio.ensure_future(self._wake.wait())
        await asyncio.wait([committing, arrival], return_when=asyncio.FIRST_COMPLETED)
        arrival.cancel()

    def _turn(self, batch: Batch, cycle: Cycle) -> None:
        if batch.identity != cycle.identity and self._guards.batch_identity:
            return
        seat = self.seats[batch.place]
        if batch.start != seat.position and self._guards.continuity:
            die(f"{batch.place} was left at {seat.position}, but the next batch starts at {batch.start}")
        seat.turn(batch.records, batch.end, self._control.acted, cycle)
        cycle.records += len(batch.records)
        cycle.size_bytes += batch.size_bytes

    async def _commit(self, cycle: Cycle) -> None:
        loop, effects = asyncio.get_running_loop(), cycle.effects
        commit = partial(self.transactions.commit, effects.outputs, cycle.commits, cycle.identity)
        await loop.run_in_executor(self._thread, self.transactions.reach)
        try:
            async with asyncio.timeout(self.limits.commit_timeout_s + GRACE_S):
                await loop.run_in_executor(self._thread, commit)
        except TimeoutError as error:  # the library does not keep its own limit when it lost its coordinator
            die(f"a commit took more than {self.limits.commit_timeout_s} s", error=error)
        for place in cycle.commits.keys() & self.seats.keys():
            self.seats[place].committed = cycle.commits[place]
        now_ms = int(time.time() * 1000)
        self._observer.committed(effects.counts, effects.caused_ms, records=cycle.records, now_ms=now_ms)
        self._committing = None
        if effects.halt:
            self._halt(effects.halt)
        self._wake.set()

    async def _settled(self) -> None:
        if self._committing:
            await asyncio.shield(self._committing)

    async def _quiet(self) -> None:
        async with self._turning:
            await self._settled()

    # Seats.

    async def _seat(self, identity: Identity, places: set[Place]) -> None:
        kept = {place: seat for place, seat in self.seats.items() if place in places and seat.clean}
        self.seats = {}
        self._saving.forget(kept.values())
        try:
            async with asyncio.timeout(self.limits.restore_timeout_s):
                async for seat in self._roster.seats(places, kept, self._control):
                    if not await self._roster.seek(identity, seat):
                        return
                    self.seats[seat.place] = seat
                    self._open(seat.place)
        except TimeoutError as error:
            die(f"restoring took more than {self.limits.restore_timeout_s} s", error=error)
        self.joining = False
        self._observer.readiness(ready=True)
        log.info("ready", partitions=sorted(f"{topic}[{number}]" for topic, number in places))

    def _open(self, place: Place) -> None:
        self.open.add(place)
        self._roster.moved()
        self.queue.wanted = True

    def _leave_seats(self) -> None:
        if self._seating:
            self._seating.remove_done_callback(self.on_end)  # whoever else cancels it ends the worker
            self._seating.cancel()
        self.open.clear()
        self.queue.clear()

    def _task(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self.on_end)
        return task
