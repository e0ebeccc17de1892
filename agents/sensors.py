"""sensors: one detector per device and quantity, rules for seals, doors and temperature, and trust in the device."""

from agents.runtime import Agent
from config.settings import Settings
from streams.control import Control
from streams.sensors.settings import SensorSettings
from streams.sensors.shard import SensorsShard
from streams.topics import READINGS


def agent(settings: Settings, control: Control, *, partitions: int) -> Agent:
    """The agent of `readings`; its shards keep what they know of each device.

    `control` has the registries of devices and providers, `partitions` is the number of partitions of `touches`.
    """
    limits = SensorSettings(**settings.sensors.model_dump(), terminals=tuple(settings.patterns.terminals))
    return Agent(
        name="sensors",
        source=READINGS,
        shard=lambda partition: SensorsShard(partition, limits, control, partitions),
        stateful=True,
        help="Watches devices and what they report, and raises and clears sensor alerts.",
    )
