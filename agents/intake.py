"""intake: bytes to records or coded rejections; personal data ends here."""

from dataclasses import fields

from agents.runtime import Agent
from agents.secret import Secret
from agents.topics import full_name
from config.settings import Settings
from streams.control import Control
from streams.intake.limits import Limits
from streams.intake.shard import IntakeShard
from streams.topics import MANIFESTS, OUTCOMES, SENSORS


def agents(settings: Settings, control: Control, secret: Secret) -> list[Agent]:
    """One agent per input topic. They keep no state, so nothing is restored; who must sign stands in `control`."""
    wanted = {limit.name for limit in fields(Limits)}
    limits = Limits(**settings.intake.model_dump(include=wanted), euro_rates=settings.euro_rates)
    return [_agent(topic, settings.namespace, limits, control, secret) for topic in (MANIFESTS, OUTCOMES, SENSORS)]


def _agent(topic: str, namespace: str, limits: Limits, control: Control, secret: Secret) -> Agent:
    name_in_kafka = full_name(namespace, topic)

    def shard(partition: int) -> IntakeShard:
        return IntakeShard(
            topic,
            partition,
            limits,
            secret.key,
            name_in_kafka,
            providers=control.providers,
            former_key=secret.former,
        )

    return Agent(
        name=f"intake-{topic}",
        source=topic,
        shard=shard,
        help=f"Checks {topic}, replaces personal data by pseudonyms and passes on what can be identified.",
    )
