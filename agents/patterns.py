"""patterns: what no single parcel and no single device shows, seen where all that touches one entity meets."""

from agents.runtime import Agent
from config.settings import Settings
from streams.control import Control
from streams.patterns import PatternSettings, PatternsShard
from streams.topics import TOUCHES


def agent(settings: Settings, control: Control) -> Agent:
    """The agent of `touches`; everything about one delivery point, seller, container or caretaker is in one shard.

    `control` knows how far each caretaker is believed.
    """
    limits = PatternSettings(**settings.patterns.model_dump())
    return Agent(
        name="patterns",
        source=TOUCHES,
        shard=lambda partition: PatternsShard(partition, limits, control.standing),
        stateful=True,
        help="Sees what many parcels or devices show together, and raises alerts and incidents about it.",
    )
