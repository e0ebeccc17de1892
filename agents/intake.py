"""intake: bytes to records or coded rejections; personal data ends here."""

from dataclasses import fields

from agents.runtime import Agent
from agents.topics import full_name
from config.settings import Settings
from streams.intake.limits import Limits
from streams.intake.shard import IntakeShard
from streams.topics import MANIFESTS, OUTCOMES, SENSORS


def agents(settings: Settings, key: bytes) -> list[Agent]:
    """One agent per input topic. They keep no state, so nothing is restored."""
    wanted = {limit.name for limit in fields(Limits)}
    limits = Limits(**settings.intake.model_dump(include=wanted), euro_rates=settings.euro_rates)
    return [
        _agent(topic, full_name(settings.namespace, topic), limits, key) for topic in (MANIFESTS, OUTCOMES, SENSORS)
    ]


def _agent(topic: str, name_in_kafka: str, limits: Limits, key: bytes) -> Agent:
    return Agent(
        name=f"intake-{topic}",
        source=topic,
        shard=lambda partition: IntakeShard(topic, partition, limits, key, name_in_kafka),
        help=f"Checks {topic}, replaces personal data by pseudonyms and passes on what can be identified.",
    )
