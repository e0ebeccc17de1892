"""Every topic as data: names without namespace, and who may grow, compact or forget them."""

import re
from typing import NamedTuple

MANIFESTS = "manifests.v1"
SENSORS = "sensors.v1"
OUTCOMES = "outcomes.v1"
DECISIONS = "decisions.v1"
ALERTS = "alerts.v1"
REJECTED = "rejected.v1"
FEEDBACK = "feedback.v1"
CARETAKER_ALERTS = "caretaker-alerts.v1"
CASES = "cases"
READINGS = "readings"
CONTROL = "control"
POSITIONS = "positions"
TALLIES = "tallies"
TOUCHES = "touches"
SNAPSHOTS = "snapshots"


def without_namespace(full_name: str) -> str:
    """The name of a public topic here, given its name in Kafka.

    >>> without_namespace("customs.eu.manifests.v1")
    'manifests.v1'
    """
    return ".".join(full_name.split(".")[-2:])


class Topic(NamedTuple):
    """One topic. `folded`: state is restored from it, so it never expires. `event`: carries CloudEvents headers.

    `compacted`: the newest record of a key replaces those before it.
    """

    name: str
    folded: bool = False
    event: bool = False
    single: bool = False
    compacted: bool = False


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
    Topic(TOUCHES, folded=True),  # pages of what shards found about entities; the writer names the partition
    Topic(TALLIES, folded=True),  # how much of each public topic was refused, keyed by that topic
    Topic(CONTROL, folded=True, single=True),  # ticks and labelled examples: what every shard must know
    Topic(POSITIONS, folded=True),  # (input, control) positions: how a shard interleaved the two
    Topic(SNAPSHOTS, compacted=True),  # state at a position, so that less is folded; snapshots[p] is of cases[p]
)
EVENTS = frozenset(topic.name for topic in TOPICS if topic.event)
OF_ONE_PROVIDER = (f"{FEEDBACK}.", f"{CARETAKER_ALERTS}.")
UNSAFE = re.compile(r"[^A-Za-z0-9-]")


def feedback(provider_id: str, *, verified: bool) -> str:
    """Where a provider hears what became of its records: a topic of its own once it is registered and signs.

    Kafka takes two names that differ only in dot and underscore for one, and no colons; so whatever is no letter,
    digit or hyphen becomes an underscore and two hex digits, from which the id can be read again.

    >>> feedback("CNPOST", verified=False), feedback("urn:eu.acme_1", verified=True)
    ('feedback.v1', 'feedback.v1.urn_3aeu_2eacme_5f1')
    """
    return f"{FEEDBACK}.{_own(provider_id)}" if verified else FEEDBACK


def caretaker_alerts(publisher: str) -> str:
    """Where a caretaker reads the alerts about its own devices, and about those that are shared with it.

    >>> caretaker_alerts("BLUE.FLEET")
    'caretaker-alerts.v1.BLUE_2eFLEET'
    """
    return f"{CARETAKER_ALERTS}.{_own(publisher)}"


def _own(provider_id: str) -> str:
    return UNSAFE.sub(_spelt, provider_id)


def _spelt(unsafe: re.Match[str]) -> str:
    return f"_{ord(unsafe[0]):02x}"


def carries_events(topic: str) -> bool:
    """Whether the records of a topic bear CloudEvents headers."""
    return topic in EVENTS or topic.startswith(OF_ONE_PROVIDER)
