"""Topics in a real broker."""

from collections.abc import Callable

import pytest

from agents import topics as kafka_topics
from agents.access import Access
from agents.clients import admin
from agents.errors import UnreachableError, UsageError
from config.settings import Settings, load
from streams.topics import CONTROL, TOPICS

pytestmark = pytest.mark.kafka


def test_all_topics_come_with_the_asked_number_of_partitions_and_control_with_one(settings: Settings) -> None:
    created = kafka_topics.create(settings, partitions=3)

    assert len(created) == len(TOPICS)
    counts = {state.name: state.partitions for state in kafka_topics.show(settings)}
    assert counts.pop(f"{settings.namespace}.{CONTROL}") == 1
    assert set(counts.values()) == {3}


def test_creating_again_changes_nothing(settings: Settings, topics: Callable[..., list[str]]) -> None:
    topics(partitions=2)

    assert kafka_topics.create(settings) == []
    assert kafka_topics.create(settings, partitions=2) == []


def test_another_number_of_partitions_is_refused_with_the_reason(
    settings: Settings, topics: Callable[..., list[str]]
) -> None:
    topics(partitions=2)

    with pytest.raises(UsageError, match=r"has 2 partitions and keeps them.*history"):
        kafka_topics.create(settings, partitions=3)

    assert {state.partitions for state in kafka_topics.show(settings)} == {1, 2}


def test_a_missing_topic_is_made_with_the_number_its_namespace_has(
    settings: Settings, topics: Callable[..., list[str]]
) -> None:
    topics(partitions=2)
    lost = f"{settings.namespace}.alerts.v1"
    with admin(Access.of(settings)) as client:
        client.delete_topics([lost])

    assert kafka_topics.create(settings) == [lost]
    assert {state.name: state.partitions for state in kafka_topics.show(settings)}[lost] == 2


def test_logs_that_state_is_folded_from_never_expire(settings: Settings, topics: Callable[..., list[str]]) -> None:
    from kafka.admin import ConfigResource, ConfigResourceType

    topics()
    names = [f"{settings.namespace}.{topic.name}" for topic in TOPICS if topic.folded]

    with admin(Access.of(settings)) as client:
        found = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names])

    retention = {name: found["topic"][name]["retention.ms"]["value"] for name in names}
    assert set(retention.values()) == {"-1"}


def test_an_absent_broker_is_one_sentence() -> None:
    with pytest.raises(UnreachableError, match=r"no Kafka broker answers at 127\.0\.0\.1:1 "):
        kafka_topics.show(load(broker="127.0.0.1:1"))
