"""Where a worker stands: the names it has in Kafka, made in one place from namespace and slot."""

from dataclasses import dataclass
from typing import Any

from agents.access import Access
from agents.runtime.agent import Guards, Hooks, unhindered
from config.settings import Settings

NOTICED = 0.8  # of the session timeout; the rest is for hearing of it, joining and restoring


def group_name(namespace: str) -> str:
    """The consumer group of all workers of a namespace.

    >>> group_name("customs")
    'customs.engine'
    """
    return f"{namespace}.engine"


@dataclass(frozen=True, slots=True)
class Station:
    """Settings and slot of one worker, and what tests change about it."""

    settings: Settings
    slot: int = 0
    guards: Guards = Guards()  # noqa: RUF009
    hooks: Hooks = unhindered

    @property
    def group(self) -> str:
        return group_name(self.settings.namespace)

    @property
    def instance(self) -> str:
        """Transactional id and group instance: a restarted worker takes over what its predecessor left."""
        return f"{self.settings.namespace}-{self.slot}"

    @property
    def session_s(self) -> float:
        """How long the group waits for a member: so much less that others are at work when the time is over."""
        return NOTICED * self.settings.runtime.session_timeout_s

    @property
    def access(self) -> Access:
        return Access.of(self.settings)

    @property
    def client(self) -> dict[str, Any]:
        """What every librdkafka client of the runtime is told.

        Re-bootstrapping throws away brokers that requests still wait for, and those then hang (librdkafka#5511).
        """
        return {
            **self.access.librdkafka,
            "metadata.recovery.strategy": "none",
            "reconnect.backoff.max.ms": 1000,
            "log_level": 2,  # what matters comes as an exception
        }

    @property
    def isolation(self) -> str:
        return "read_committed" if self.guards.read_committed else "read_uncommitted"

    def topic(self, name: str) -> str:
        """The name Kafka knows."""
        return f"{self.settings.namespace}.{name}"

    def plain(self, topic: str) -> str:
        """The name without namespace."""
        return topic.removeprefix(f"{self.settings.namespace}.")
