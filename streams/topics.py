"""Every topic as data: names without namespace, and who may grow, compact or forget them."""

from typing import NamedTuple

MANIFESTS = "manifests.v1"
SENSORS = "sensors.v1"
OUTCOMES = "outcomes.v1"
DECISIONS = "decisions.v1"
ALERTS = "alerts.v1"
REJECTED = "rejected.v1"
FEEDBACK = "feedback.v1"
CASES = "cases"
READINGS = "readings"
CONTROL = "control"
POSITIONS = "positions"


def without_namespace(full_name: str) -> str:
    """The name of a public topic here, given its name in Kafka.

    >>> without_namespace("customs.eu.manifests.v1")
    'manifests.v1'
    """
    return ".".join(full_name.split(".")[-2:])


class Topic(NamedTuple):
    """One topic. `folded`: state is restored from it, so it never expires. `event`: carries CloudEvents headers."""

    name: str
    folded: bool = False
    event: bool = False
    single: bool = False


TOPICS = (
    Topic(MANIFESTS),
    Topic(SENSORS),
    Topic(OUTCOMES),
    Topic(DECISIONS, folded=True, event=True),  # decisions[p] answers cases[p]
    Topic(ALERTS, event=True),
    Topic(REJECTED, event=True),
    Topic(FEEDBACK, event=True),
    Topic(CASES, folded=True),  # everything that happened to one item, keyed by itemId
    Topic(READINGS, folded=True),  # sensor events, keyed by deviceID
    Topic(CONTROL, folded=True, single=True),  # ticks and labelled examples: what every shard must know
    Topic(POSITIONS, folded=True),  # (input, control) positions: how a shard interleaved the two
)
EVENTS = frozenset(topic.name for topic in TOPICS if topic.event)
