"""patterns: what no single parcel and no single device shows, seen where all that touches one entity meets."""

from collections.abc import Iterator, Mapping
from typing import Any

from agents.runtime import Agent
from config.settings import Settings
from streams.control import Control
from streams.log import Output
from streams.patterns import PatternSettings, PatternsShard
from streams.sensors.sharing import to_caretakers
from streams.topics import TOUCHES


def agent(settings: Settings, control: Control) -> Agent:
    """The agent of `touches`; everything about one delivery point, seller, container or caretaker is in one shard.

    `control` knows how far each caretaker is believed, and who is told of which device.
    """
    limits = PatternSettings(**settings.patterns.model_dump())

    def share(alert: Mapping[str, Any], now_ms: float) -> Iterator[Output]:
        return to_caretakers(alert, control.devices, control.providers, now_ms)

    return Agent(
        name="patterns",
        source=TOUCHES,
        shard=lambda partition: PatternsShard(partition, limits, control.standing, share),
        stateful=True,
        help="Sees what many parcels or devices show together, and raises alerts and incidents about it.",
    )
