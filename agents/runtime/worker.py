"""A worker from start to end: one slot, one Faust app, one pump."""

import asyncio
import gc
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractContextManager, AsyncExitStack, nullcontext
from typing import Any

import structlog
import uvloop
from confluent_kafka import KafkaException

from agents.clients import unreachable
from agents.errors import GreenlaneError, UsageError
from agents.runtime.agent import Agent, Guards, Hooks, Observer, Silent, unhindered
from agents.runtime.app import faust_app
from agents.runtime.asking import Admin
from agents.runtime.control import ControlLog
from agents.runtime.exits import HaltError, die
from agents.runtime.pump import Pump
from agents.runtime.roster import Roster
from agents.runtime.saving import Saving
from agents.runtime.slots import held
from agents.runtime.station import Station
from agents.runtime.transactions import check_layout
from agents.runtime.watchdog import Watchdog
from config.settings import Settings
from streams.log import Fold
from streams.topics import CONTROL, POSITIONS, SNAPSHOTS

log = structlog.get_logger(__name__)
STOP_S = 12.0  # of the pump, and of Faust: together less than a supervisor waits
REPORT_S = 1.0
PATIENCE_S = 5.0
# A cycle makes hundreds of thousands of objects that die with it, none in a circle; looking for circles among them at
# the default pace costs a fifth of the CPU, once a cycle still a fiftieth.
RARELY = (1_000_000, 5, 10)
HANDOVER_S = 0.001  # pure work holds the interpreter; threads that fetch and commit need it often, for microseconds


def run(  # noqa: PLR0913
    agents: Sequence[Agent],
    fold: Fold,
    settings: Settings,
    *,
    slot: int,
    observer: Observer | None = None,
    beside: AbstractContextManager[object] | None = None,
    hooks: Hooks = unhindered,
    guards: Guards = Guards(),  # noqa: B008
) -> int:
    """Run `agents` until SIGTERM or SIGINT; returns 0 then. Doubt ends the process with 70 at once.

    `beside` is entered once the slot is ours, and left at the end.

    Raises `SlotInUseError`, `OffsetsLostError`, `UnreachableError`, `UsageError`, `LayoutError`: the worker could not
    start, and the message says what to do.
    """
    check_layout()
    gc.freeze()
    gc.set_threshold(*RARELY)
    sys.setswitchinterval(HANDOVER_S)
    station = Station(settings, slot, guards, hooks)
    if not station.access.encrypted:  # uvloop 0.23 now and then takes 30 s to close an encrypted connection
        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())  # Faust's consumer thread makes its own loop of it
    with held(station), beside or nullcontext():
        return asyncio.run(Worker(agents, station, observer or Silent()).run(fold))


class Worker:
    """Puts the parts together and keeps them going; each of them knows only those it needs."""

    def __init__(self, agents: Sequence[Agent], station: Station, observer: Observer) -> None:
        self._station, self._limits, self._observer = station, station.settings.runtime, observer
        self._agents = {station.topic(agent.source): agent for agent in agents}
        self._admin = Admin.of(station)

    async def run(self, fold: Fold) -> int:
        self._check_topics()
        self._refusal: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        stop = self._signals()
        control = ControlLog(fold, self._station)
        roster = Roster(self._agents, self._station, self._admin, self._observer)
        saving = Saving(self._station, self._admin, control, self._observer)
        pump = Pump(self._station, control, roster, saving, self._observer)
        pump.on_end, pump.on_halt = self._ended, self._halted
        await pump.start()
        app = faust_app(self._agents, pump)
        roster.seek_as = lambda *where: app.consumer.seek_as(*where)  # noqa: PLW0108 (app.consumer comes later)
        pump.transactions.present = lambda: app.consumer.present()  # noqa: PLW0108
        try:
            async with AsyncExitStack() as stack:
                self._watch(pump, stack)
                self._begin(self._follow(control, roster, pump), stack)
                self._begin(saving.run(pump.seated, pump.nudge), stack)
                for work in pump.run(), self._tick(pump), self._report(pump, fold, app):
                    self._begin(work, stack)
                stack.push_async_callback(self._in_time, pump.stop)
                await self._live(app, stop)
        finally:
            await self._in_time(app.stop)  # and only then is a start still going on cancelled, with the loop
        log.info("stopped", slot=self._station.slot)
        return 0

    async def _follow(self, control: ControlLog, roster: Roster, pump: Pump) -> None:
        if any(agent.stateful for agent in self._agents.values()):
            await roster.restorer.restore_control(control)
        await control.follow(pump.nudge)

    def _check_topics(self) -> None:
        """Before anything is joined or written. Raises `UnreachableError`, `UsageError`."""
        try:
            existing = self._admin.client.list_topics(timeout=PATIENCE_S).topics
        except KafkaException as error:
            raise unreachable(self._station.access) from error
        counts = {self._station.plain(name): len(topic.partitions) for name, topic in existing.items()}
        agents = self._agents.values()
        beside = {topic: a.source for a in agents if a.stateful for topic in (a.answers, POSITIONS, SNAPSHOTS) if topic}
        if missing := sorted(({CONTROL} | {a.source for a in agents} | beside.keys()) - counts.keys()):
            rights = ", or grant its rights: greenlane topics acls" if self._station.access.encrypted else ""
            raise UsageError(f"topics are missing: {', '.join(missing)} (run: greenlane topics create{rights})")
        for topic, source in beside.items():
            if counts[topic] != counts[source]:
                raise UsageError(f"{topic} needs as many partitions as {source}: make a new namespace")

    def _signals(self) -> asyncio.Event:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        return stop

    def _begin(self, work: Coroutine[Any, Any, None], stack: AsyncExitStack) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(self._ended)
        stack.callback(task.cancel)
        stack.callback(task.remove_done_callback, self._ended)  # comes first: from here on its end is ours

    def _watch(self, pump: Pump, stack: AsyncExitStack) -> None:
        watchdog = Watchdog(pump, self._station)
        stack.callback(watchdog.stop)
        watchdog.start()
        self._begin(watchdog.reassure(), stack)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        """What a background task died of ends the worker: with a reason a person can act on, or at once."""
        if task.cancelled():
            die("a background task was cancelled, but not by us")
        if (error := task.exception()) is None:
            return
        if isinstance(error, GreenlaneError) and not self._refusal.done():
            self._refusal.set_exception(error)
        else:
            die("a cycle failed", error=error)

    def _halted(self, why: str) -> None:
        """A shard has seen what a person should look at before anything goes on."""
        if not self._refusal.done():
            self._refusal.set_exception(HaltError(why))

    async def _live(self, app: Any, stop: asyncio.Event) -> None:
        """Until somebody asks us to stop. Faust's end is our end, whatever it died of."""
        faust_life, asked = asyncio.create_task(lifetime(app)), asyncio.create_task(stop.wait())
        waits: set[asyncio.Future[Any]] = {faust_life, asked, self._refusal}
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if self._refusal.done():
            self._refusal.result()
        if faust_life.done():
            die("Faust ended", error=faust_life.exception() or app.crash_reason)

    async def _in_time(self, stop: Callable[[], Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(STOP_S):
                await stop()
        except TimeoutError:
            die(f"stopping took more than {STOP_S} s")

    async def _tick(self, pump: Pump) -> None:
        while True:
            await asyncio.sleep(self._limits.tick_s)
            pump.tick()

    async def _report(self, pump: Pump, fold: Fold, app: Any) -> None:
        while True:
            await asyncio.sleep(REPORT_S)
            ends = {} if pump.joining else await app.consumer.stable_ends()
            unheard_s = 0.0 if pump.joining else app.consumer.unheard_s
            self._observer.readiness(ready=not (pump.joining or unheard_s))
            self._observer.report(self._standings(pump, ends), held_s=max(pump.held_s, unheard_s))
            self._observer.entries(_entries(pump, fold))
            self._observer.figures(getattr(fold, "figures", dict)())

    def _standings(self, pump: Pump, ends: Mapping[Any, int]) -> dict[tuple[str, int], tuple[int, int]]:
        return {
            (self._station.plain(place[0]), place[1]): (seat.position, max(ends.get(place, 0) - seat.position, 0))
            for place, seat in pump.seats.items()
        }


def _entries(pump: Pump, fold: Fold) -> Counter[tuple[str, str]]:
    """What the shards and the fold they share remember, by agent and store; who remembers nothing has no `sizes`."""
    held: Counter[tuple[str, str]] = Counter()
    for name, state in [("control", fold), *((seat.agent.name, seat.shard) for seat in pump.seats.values())]:
        for store, entries in getattr(state, "sizes", dict)().items():
            held[name, store] += entries
    return held


async def lifetime(app: Any) -> None:
    """Faust from start to end."""
    await app.start()
    await app.wait_until_stopped()
