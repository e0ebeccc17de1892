"""The topics of one namespace in Kafka: made, checked and shown.

Partition counts never change: records are keyed, and with another count every item would move away from its
history.
"""

from typing import Any, NamedTuple

from agents.access import Access
from agents.clients import admin
from agents.errors import UsageError
from config.settings import Settings
from streams.topics import CASES, TOPICS, Topic

PARTITIONS = 4
LONGEST_NAME = 249
# A publisher's record over 1 MiB deserves a coded refusal rather than a broken connection.
INPUT_BYTES = 16 * 1024 * 1024
# The largest legal input with its headers, and room.
OUTPUT_BYTES = 4 * 1024 * 1024
NEVER_EXPIRES = {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}
# The segment being written is never compacted, and all that is not compacted is read at every restart.
COMPACTED = {
    "cleanup.policy": "compact",
    "segment.bytes": str(64 * 1024 * 1024),
    "segment.ms": str(10 * 60 * 1000),
    "min.cleanable.dirty.ratio": "0.3",
    "delete.retention.ms": str(10 * 60 * 1000),
}


class TopicState(NamedTuple):
    """One topic as the broker has it; `records` counts offsets, transaction markers included."""

    name: str
    partitions: int
    records: int


def full_name(namespace: str, topic: str) -> str:
    """The name Kafka knows.

    >>> full_name("customs", "alerts.v1")
    'customs.alerts.v1'
    """
    return f"{namespace}.{topic}"


def configs(topic: Topic) -> dict[str, str]:
    """What the broker is told about a topic; the rest is its own default."""
    is_input = not (topic.folded or topic.event or topic.compacted)
    limit = {"max.message.bytes": str(INPUT_BYTES if is_input else OUTPUT_BYTES)}
    return limit | (NEVER_EXPIRES if topic.folded else {}) | (COMPACTED if topic.compacted else {})


def create(settings: Settings, partitions: int | None = None) -> list[str]:
    """Create what is missing and return the names created, with namespace.

    `partitions` defaults to what the namespace has, else 4. Raises `UsageError` when a topic exists with another
    count, and then creates nothing; `UnreachableError` without a broker.
    """
    with admin(Access.of(settings)) as client:
        existing = {state.name: state for state in states(client, settings.namespace)}
        cases = existing.get(full_name(settings.namespace, CASES))
        count = partitions or (cases.partitions if cases else PARTITIONS)
        wanted = {full_name(settings.namespace, topic.name): topic for topic in TOPICS}
        _refuse_growth(existing, wanted, count)
        missing = {name: topic for name, topic in wanted.items() if name not in existing}
        _create(client, missing, count)
        return sorted(missing)


def create_own(settings: Settings, *topics: str) -> list[str]:
    """Create, where they are missing, topics of one provider each (`streams.topics`); their names in Kafka.

    Raises `UsageError` when Kafka knows no topics with so long a name, `UnreachableError` without a broker.
    """
    own = {full_name(settings.namespace, name): Topic(name, event=True, single=True) for name in topics}
    if (longest := max(own, key=len)) and len(longest) > LONGEST_NAME:
        raise UsageError(f"{longest} is too long for the name of a topic: take a shorter id or namespace")
    with admin(Access.of(settings)) as client:
        existing = set(client.list_topics())
        _create(client, {name: topic for name, topic in own.items() if name not in existing}, 1)
    return list(own)


def show(settings: Settings) -> list[TopicState]:
    """The topics of the namespace that exist, by name."""
    with admin(Access.of(settings)) as client:
        return states(client, settings.namespace)


def states(client: Any, namespace: str) -> list[TopicState]:
    from kafka import TopicPartition
    from kafka.admin import OffsetSpec

    names = {full_name(namespace, topic.name) for topic in TOPICS} & set(client.list_topics())
    if not names:
        return []
    counts = {topic["name"]: len(topic["partitions"]) for topic in client.describe_topics(sorted(names))}
    partitions = [TopicPartition(name, p) for name, count in counts.items() for p in range(count)]
    firsts, ends = (
        client.list_partition_offsets(dict.fromkeys(partitions, spec))
        for spec in (OffsetSpec.EARLIEST, OffsetSpec.LATEST)
    )
    held = {tp: ends[tp].offset - firsts[tp].offset for tp in partitions}
    return [
        TopicState(name, count, sum(held[TopicPartition(name, p)] for p in range(count)))
        for name, count in sorted(counts.items())
    ]


def _refuse_growth(existing: dict[str, TopicState], wanted: dict[str, Topic], count: int) -> None:
    for name in sorted(existing.keys() & wanted.keys()):
        has, asked = existing[name].partitions, 1 if wanted[name].single else count
        if has != asked:
            raise UsageError(
                f"{name} has {has} partition{'s' * (has != 1)} and keeps them, {asked} cannot be had: keyed records "
                "would move away from their history (use a new namespace and publish again)"
            )


def _create(client: Any, missing: dict[str, Topic], count: int) -> None:
    from kafka.errors import TopicAlreadyExistsError

    orders = {
        name: {"num_partitions": 1 if topic.single else count, "configs": configs(topic)}
        for name, topic in missing.items()
    }
    for name, order in orders.items():
        try:
            client.create_topics({name: order})
        except TopicAlreadyExistsError:  # somebody creates the same namespace at this moment
            continue
    if orders:
        client.wait_for_topics(sorted(orders))
