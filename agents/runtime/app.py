"""The Faust app of a worker: membership, assignment and agents, which hand over batches and do nothing else."""

import asyncio
from collections.abc import Mapping
from typing import Any

import faust
from faust.app.base import BootStrategy

from agents.runtime.agent import Agent
from agents.runtime.exits import die
from agents.runtime.pump import Pump
from agents.runtime.slots import runtime_dir
from agents.runtime.transport import BatchConsumer, BatchSchema, BatchTransport

HEARTBEATS = 16  # in a session: a member hears with them that another has come or gone


class ConsumerOnly(BootStrategy):  # type: ignore[misc]  # faust publishes no types
    """Of Faust's services only what membership, assignment and agents need."""

    enable_kafka_producer = False
    enable_web = False
    enable_sensors = False


def faust_app(agents: Mapping[str, Agent], pump: Pump) -> Any:
    """A Faust app, not yet started, whose agents feed the pump; `agents` by topic as Kafka knows it."""
    station, limits = pump.station, pump.limits
    app = faust.App(
        station.group,
        **station.access.faust,
        consumer_group_instance_id=station.instance,
        canonical_url=f"http://{station.instance}",
        datadir=str(runtime_dir() / station.instance),
        key_serializer="raw",
        value_serializer="raw",
        broker_session_timeout=station.session_s,
        broker_heartbeat_interval=station.session_s / HEARTBEATS,
        broker_max_poll_interval=1000.0 + 2 * limits.restore_timeout_s,  # nothing is fetched while restoring
        broker_commit_interval=3600.0,
        consumer_auto_offset_reset="earliest",
        stream_buffer_maxsize=64,
        stream_wait_empty=True,
        topic_allow_declare=False,
        topic_disable_leader=True,
        web_enabled=False,
        loop=asyncio.get_running_loop(),
    )
    app.boot_strategy = ConsumerOnly(app)
    app.transport = transport(app, pump)
    for topic, agent in agents.items():
        app.agent(app.topic(topic, schema=BatchSchema(), acks=False), name=agent.name)(feeder(pump))
    return app


def transport(app: Any, pump: Pump) -> Any:
    """Faust's transport, with a consumer that knows this pump."""
    consumer = type("PumpedConsumer", (BatchConsumer,), {"pump": pump})
    return type("PumpedTransport", (BatchTransport,), {"Consumer": consumer})(app.conf.broker_consumer, app)


def feeder(pump: Pump) -> Any:
    """The body of a Faust agent. Faust would acknowledge what an exception leaves behind, so none may leave."""

    async def feed(stream: Any) -> None:
        async for event in stream.noack().events():
            try:
                await pump.put(event.value)
            except Exception as error:  # noqa: BLE001
                die("a batch could not be queued", error=error)

    return feed
