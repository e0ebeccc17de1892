"""sensors: one detector per device and quantity, and rules for seals, doors and temperature."""

from agents.runtime import Agent
from config.settings import Settings
from streams.sensors.settings import SensorSettings
from streams.sensors.shard import SensorsShard
from streams.topics import READINGS


def agent(settings: Settings) -> Agent:
    """The agent of `readings`; its shards keep what they know of each device."""
    limits = SensorSettings(**settings.sensors.model_dump())
    return Agent(
        name="sensors",
        source=READINGS,
        shard=lambda partition: SensorsShard(partition, limits),
        stateful=True,
        help="Watches devices and what they report, and raises and clears sensor alerts.",
    )
