"""A worker from start to end: one slot, one Faust app, one pump."""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from typing import Any

import faust
import structlog
import uvloop
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from faust.app.base import BootStrategy

from agents.clients import unreachable
from agents.errors import EnvironmentLacksError
from agents.runtime.agent import Agent, Guards, Hooks, Observer, Silent, unhindered
from agents.runtime.control import ControlLog
from agents.runtime.exits import die
from agents.runtime.pump import Pump
from agents.runtime.restore import Restorer
from agents.runtime.roster import Roster
from agents.runtime.slots import held, runtime_dir, slot_name
from agents.runtime.transactions import Transactions, check_layout
from agents.runtime.transport import BatchConsumer, BatchSchema, BatchTransport
from agents.runtime.watchdog import Watchdog
from config.settings import Settings
from streams.log import Fold
from streams.topics import CONTROL, POSITIONS

log = structlog.get_logger(__name__)
STOP_S = 25.0
REPORT_S = 1.0
PATIENCE_S = 10.0


def group_name(namespace: str) -> str:
    """The consumer group of all workers of a namespace."""
    return f"{namespace}.engine"


def run(  # noqa: PLR0913
    agents: Sequence[Agent],
    fold: Fold,
    settings: Settings,
    *,
    slot: int,
    observer: Observer | None = None,
    hooks: Hooks = unhindered,
    guards: Guards = Guards(),  # noqa: B008
) -> int:
    """Run `agents` until SIGTERM or SIGINT; returns 0 then. Doubt ends the process with 70 at once.

    Raises `SlotInUseError`, `OffsetsLostError`, `UnreachableError`, `EnvironmentLacksError`: the worker could not
    start, and the message says what to do.
    """
    check_layout()
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())  # the consumer's thread makes its own loop of it
    with held(settings.broker, settings.namespace, slot):
        worker = Worker(agents, settings, slot, observer or Silent(), hooks, guards)
        return asyncio.run(worker.run(fold))


class Worker:
    """Puts the parts together; each of them knows only those it needs."""

    def __init__(  # noqa: PLR0913
        self,
        agents: Sequence[Agent],
        settings: Settings,
        slot: int,
        observer: Observer,
        hooks: Hooks,
        guards: Guards,
    ) -> None:
        self._settings, self._slot, self._observer = settings, slot, observer
        self._hooks, self._guards = hooks, guards
        self._group = group_name(settings.namespace)
        self._agents = {f"{settings.namespace}.{agent.source}": agent for agent in agents}
        self._admin = AdminClient({"bootstrap.servers": settings.broker})

    async def run(self, fold: Fold) -> int:
        self._check_topics()
        stop = self._signals()
        transactions = Transactions(self._settings, self._group, self._slot, self._guards, self._hooks)
        await asyncio.to_thread(transactions.open)
        control = ControlLog(fold, (f"{self._settings.namespace}.{CONTROL}", 0), self._guards)
        roster = self._roster()
        pump = Pump(self._settings.runtime, control, transactions, roster, self._observer, self._guards, self._hooks)
        app = faust_app(self._settings, self._slot, self._agents, pump, self._guards)
        roster.seek_as = lambda *where: app.consumer.seek_as(*where)
        async with AsyncExitStack() as stack:
            watchdog = Watchdog(pump, self._admin, *self._patience())
            stack.callback(watchdog.stop)
            watchdog.start()
            for work in (
                control.follow(self._settings.broker, pump.nudge),
                self._tick(pump),
                self._report(pump, app),
                pump.run(),
            ):
                task = asyncio.create_task(work)
                task.add_done_callback(roster.fail)
                stack.callback(task.cancel)
            await self._live(app, stop, roster.refusal)
            await self._end(app, pump)
        return 0

    def _patience(self) -> tuple[float, float]:
        runtime = self._settings.runtime
        return runtime.stall_limit_s, max(runtime.stall_limit_s, runtime.restore_timeout_s)

    def _roster(self) -> Roster:
        broker, namespace = self._settings.broker, self._settings.namespace
        restorer = Restorer(broker, namespace, self._group, self._admin, self._guards, self._hooks)
        return Roster(self._agents, self._group, self._admin, restorer, self._guards)

    def _check_topics(self) -> None:
        prefix = f"{self._settings.namespace}."
        agents = self._agents.values()
        wanted = {CONTROL, POSITIONS} | {a.source for a in agents} | {a.answers for a in agents if a.answers}
        try:
            existing = self._admin.list_topics(timeout=PATIENCE_S).topics
        except KafkaException as error:
            raise unreachable(self._settings.broker) from error
        if missing := sorted(prefix + topic for topic in wanted if prefix + topic not in existing):
            raise EnvironmentLacksError(f"topics are missing: {', '.join(missing)} (run: greenlane topics create)")

    def _signals(self) -> asyncio.Event:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        return stop

    async def _live(self, app: Any, stop: asyncio.Event, refusal: "asyncio.Future[None]") -> None:
        """Until somebody asks us to stop. Faust's end is our end, whatever it died of."""
        faust_life = asyncio.create_task(lifetime(app))
        asked = asyncio.create_task(stop.wait())
        await asyncio.wait({faust_life, asked, refusal}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if refusal.done():
            refusal.result()
        if faust_life.done():
            die("Faust ended", error=faust_life.exception() or app.crash_reason)
        faust_life.cancel()

    async def _end(self, app: Any, pump: Pump) -> None:
        try:
            async with asyncio.timeout(STOP_S):
                await pump.stop()
                await app.stop()
        except TimeoutError:
            die(f"stopping took more than {STOP_S} s")
        log.info("stopped", slot=self._slot)

    async def _tick(self, pump: Pump) -> None:
        while True:
            await asyncio.sleep(self._settings.runtime.tick_s)
            pump.tick()

    async def _report(self, pump: Pump, app: Any) -> None:
        prefix = len(self._settings.namespace) + 1
        while True:
            await asyncio.sleep(REPORT_S)
            ends = {} if pump.joining else app.consumer.stable_ends()
            self._observer.report(
                {
                    (topic[prefix:], number): (seat.position, max((ends.get((topic, number)) or 0) - seat.position, 0))
                    for (topic, number), seat in pump.seats.items()
                }
            )


async def lifetime(app: Any) -> None:
    await app.start()
    await app.wait_until_stopped()


class ConsumerOnly(BootStrategy):
    """Of Faust's services only what membership, assignment and agents need."""

    enable_kafka_producer = False
    enable_web = False
    enable_sensors = False


def faust_app(settings: Settings, slot: int, agents: dict[str, Agent], pump: Pump, guards: Guards) -> Any:
    """A Faust app whose agents hand batches to the pump."""
    runtime, instance = settings.runtime, slot_name(settings.namespace, slot)
    app = faust.App(
        group_name(settings.namespace),
        broker=[f"kafka://{address}" for address in settings.broker.split(",")],
        consumer_group_instance_id=instance,
        canonical_url=f"http://{instance}",
        datadir=str(runtime_dir() / instance),
        key_serializer="raw",
        value_serializer="raw",
        broker_session_timeout=runtime.session_timeout_s,
        broker_heartbeat_interval=runtime.session_timeout_s / 6,
        broker_commit_interval=3600.0,
        consumer_auto_offset_reset="earliest",
        stream_buffer_maxsize=64,
        stream_wait_empty=True,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        loop=asyncio.get_running_loop(),
    )
    app.BootStrategy = ConsumerOnly
    app.boot_strategy = ConsumerOnly(app)
    app.transport = transport(app, pump, guards)
    for topic, agent in agents.items():
        channel = app.topic(topic, schema=BatchSchema(), acks=False)
        app.agent(channel, name=agent.name)(feeder(pump))
    return app


def transport(app: Any, pump: Pump, guards: Guards) -> Any:
    level = "read_committed" if guards.read_committed else "read_uncommitted"
    consumer = type("PumpedConsumer", (BatchConsumer,), {"pump": pump, "isolation": level})
    made = type("PumpedTransport", (BatchTransport,), {"Consumer": consumer})
    return made(app.conf.broker_consumer, app)


def feeder(pump: Pump) -> Any:
    async def feed(stream: Any) -> None:
        async for event in stream.noack().events():
            try:
                await pump.put(event.value)
            except Exception as error:  # noqa: BLE001
                die("a batch could not be queued", error=error)

    return feed
