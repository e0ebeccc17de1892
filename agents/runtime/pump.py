"""The heart of a worker: takes everything queued on all shards, lets pure code run, commits, repeats.

Cycles overlap by one: while a transaction is being committed in its own thread, pure work for the next goes on
here and gathers what arrives. Throughput comes from that; latency stays flat because nothing waits for a quota.
"""

import asyncio
import time
from collections import deque
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog

from agents.runtime.agent import Agent, Guards, Hooks, Observer
from agents.runtime.batches import NOBODY, Batch, Identity
from agents.runtime.control import ControlLog
from agents.runtime.exits import die
from agents.runtime.logs import Place
from agents.runtime.roster import Roster
from agents.runtime.seats import Cycle, Seat
from agents.runtime.transactions import Transactions
from config.settings import Runtime

log = structlog.get_logger(__name__)


class Pump:
    """Owns the seats of this worker. Everything here happens on the main loop, except the commit itself."""

    def __init__(  # noqa: PLR0913
        self,
        limits: Runtime,
        control: ControlLog,
        transactions: Transactions,
        roster: Roster,
        observer: Observer,
        guards: Guards,
        hooks: Hooks,
    ) -> None:
        self.limits, self._control, self._transactions = limits, control, transactions
        self._roster, self._observer, self._guards, self._hooks = roster, observer, guards, hooks
        self.hungry = asyncio.Event()  # fetching makes sense: there is room, and a seat to feed
        self.open: set[Place] = set()
        self.seats: dict[Place, Seat] = {}
        self.progress_at = time.monotonic()
        self.joining = True
        self._identity = NOBODY
        self._queue: deque[Batch] = deque()
        self._queued_records = self._queued_bytes = 0
        self._wake, self._turning = asyncio.Event(), asyncio.Lock()
        self._committing: asyncio.Task[None] | None = None
        self._seating: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._tick_due = self._stopping = False

    # What Faust's side calls.

    async def put(self, batch: Batch) -> None:
        """Queue what was fetched."""
        if batch.identity != self._identity and self._guards.batch_identity:
            return
        for part in batch.slices():
            self._queue.append(part)
            self._queued_records += len(part.records)
            self._queued_bytes += part.size_bytes
        self._feed()
        self._wake.set()

    async def revoke(self) -> None:
        """Before the partitions are given back: finish the cycle at hand, drop what is queued."""
        self.joining = True
        self._observer.readiness(False)
        if self._seating:
            self._seating.cancel()
        if not self._guards.drain_on_revocation:
            return
        self._identity = NOBODY
        self.open.clear()
        self._clear()
        await self._quiet()

    def assign(self, identity: Identity, places: set[Any]) -> None:
        """The partitions are ours: give each its seat, in the background."""
        if not identity.valid:
            die(f"partitions assigned to nobody: {identity}")
        self._identity = identity
        self.progress_at = time.monotonic()
        self._seating = self._task(self._seat(identity, {tuple(place) for place in places}))

    async def stop(self) -> None:
        """Finish the cycle at hand, commit it, take nothing more."""
        self._stopping = True
        self.hungry.clear()
        self._wake.set()
        await self._quiet()

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
        return bool(self._queue or self._committing or (self._seating and not self._seating.done()))

    # Cycles.

    async def run(self) -> None:
        """Cycle until stopped."""
        while not self._stopping:
            if self._due:
                async with self._turning:
                    await self._cycle()
            else:
                await self._woken()

    @property
    def _due(self) -> bool:
        owned = self._identity != NOBODY and bool(self.open)
        return self._control.waiting or (owned and bool(self._queue or self._tick_due))

    async def _woken(self) -> None:
        await self._wake.wait()
        self._wake.clear()

    async def _cycle(self) -> None:
        await self._control.advance()
        self._observer.control(self._control.position)
        if self._queue:
            self._hooks("queued")
        if self._identity == NOBODY or self._stopping:
            return
        cycle = Cycle(self._identity)
        self._pass_time(cycle)
        await self._fill(cycle)
        if cycle.commits:
            await self._settled()
            self._committing = self._task(self._commit(cycle))

    def _pass_time(self, cycle: Cycle) -> None:
        now = self._control.acted
        for place in self.open:
            seat = self.seats[place]
            if seat.agent.stateful and now.now_ms > seat.acted.now_ms:
                seat.turn((), seat.position, now, cycle)
            if self._tick_due and seat.agent.ticks and place[1] == 0:
                seat.write_tick(cycle)
                self._tick_due = False

    async def _fill(self, cycle: Cycle) -> None:
        """Take turns until nothing is queued, or the cycle is full; longer while the last commit is under way."""
        until = time.monotonic() + self.limits.cycle_max_s
        while self._accepts(cycle) and (time.monotonic() < until):
            if self._queue:
                self._turn(self._next(), cycle)
                await asyncio.sleep(0)
            elif self._committing and cycle.commits:
                await self._more_or_committed()
            else:
                return

    def _accepts(self, cycle: Cycle) -> bool:
        return (
            self._identity == cycle.identity
            and cycle.records < self.limits.cycle_max_records
            and len(cycle.effects.outputs) < 4 * self.limits.cycle_max_records
            and cycle.size_bytes < self.limits.cycle_max_bytes
        )

    async def _more_or_committed(self) -> None:
        assert self._committing is not None  # noqa: S101
        self._wake.clear()
        arrival = asyncio.ensure_future(self._wake.wait())
        await asyncio.wait([self._committing, arrival], return_when=asyncio.FIRST_COMPLETED)
        arrival.cancel()

    def _next(self) -> Batch:
        batch = self._queue.popleft()
        self._queued_records -= len(batch.records)
        self._queued_bytes -= batch.size_bytes
        self._feed()
        return batch

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
        loop = asyncio.get_running_loop()
        outputs, commits = cycle.effects.outputs, cycle.commits
        await loop.run_in_executor(self._thread, self._transactions.commit, outputs, commits, cycle.identity)
        for place, committed in commits.items():
            if seat := self.seats.get(place):
                seat.committed = committed
        self.progress_at = time.monotonic()
        self._observer.committed(
            cycle.effects.counts, cycle.effects.caused_ms, records=cycle.records, now_ms=int(time.time() * 1000)
        )
        self._committing = None
        self._wake.set()

    async def _settled(self) -> None:
        if self._committing:
            await self._committing

    async def _quiet(self) -> None:
        async with self._turning:
            await self._settled()

    # Seats.

    async def _seat(self, identity: Identity, places: set[Place]) -> None:
        kept = {place: seat for place, seat in self.seats.items() if place in places and seat.clean}
        self.seats = {}
        async with asyncio.timeout(self.limits.restore_timeout_s):
            async for seat in self._roster.seats(places, kept, self._control):
                if not await self._roster.seek(identity, seat):
                    return
                self.seats[seat.place] = seat
                self.open.add(seat.place)
                self.progress_at = time.monotonic()
                self._feed()
                self._wake.set()
        self.joining = False
        self._observer.readiness(True)
        log.info("ready", partitions=sorted(f"{topic}[{number}]" for topic, number in places))

    def _clear(self) -> None:
        self._queue.clear()
        self._queued_records = self._queued_bytes = 0
        self._feed()

    def _feed(self) -> None:
        room = self._queued_records < self.limits.cycle_max_records and self._queued_bytes < self.limits.cycle_max_bytes
        (self.hungry.set if room and self.open and not self._stopping else self.hungry.clear)()

    def _task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self._roster.fail)
        return task
