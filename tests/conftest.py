"""What tests share: one real broker, a namespace each, topics in it, and a way to read what was committed."""

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Message, TopicPartition

from agents.topics import create, full_name
from config.settings import Settings, load

CI = bool(os.environ.get("CI"))


@pytest.fixture(scope="session")
def broker() -> Iterator[str]:
    """The address of one Apache Kafka node for the whole session (`GREENLANE_TEST_BROKER`: use that one)."""
    if address := os.environ.get("GREENLANE_TEST_BROKER"):
        yield address
        return
    if not CI and (missing := [name for name in ("java", "mvn") if not shutil.which(name)]):
        pytest.skip(f"no local broker without {' and '.join(missing)}")
    from agents.broker import local

    with local() as node:
        yield node.address


@pytest.fixture
def namespace() -> str:
    """A prefix of topics, groups and transactional ids that no other test has."""
    return f"test-{uuid.uuid4().hex[:10]}"


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    """Key material, the same in every test."""
    path = tmp_path / "secret"
    path.write_text("dGhlIHNhbWUgMzIgYnl0ZXMgaW4gZXZlcnkgdGVzdCE=\n", encoding="utf-8")
    path.chmod(0o600)
    return path


@pytest.fixture
def settings(broker: str, namespace: str, secret_file: Path) -> Settings:
    """Settings of a worker or command that uses the session's broker and the test's namespace."""
    return load(broker=broker, namespace=namespace, secret_file=secret_file, metrics_port=0)


@pytest.fixture
def topics(settings: Settings) -> Callable[..., list[str]]:
    """Create all topics of the namespace: `topics()` or `topics(partitions=2)`."""

    def make(partitions: int = 4) -> list[str]:
        return create(settings, partitions)

    return make


@pytest.fixture
def read_committed(broker: str, namespace: str) -> Callable[..., list[Message]]:
    """Read a topic (`read_committed("decisions.v1")`): every committed record up to the last stable offset."""

    def read(topic: str, timeout_s: float = 30.0) -> list[Message]:
        return committed(broker, full_name(namespace, topic), timeout_s)

    return read


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The public data sets; without them a test skips, or fails where `GREENLANE_REQUIRE_DATA=1`."""
    path = Path(os.environ.get("GREENLANE_DATA", Path(__file__).parents[1] / "../shared/data")).resolve()
    if not path.is_dir():
        end = pytest.fail if os.environ.get("GREENLANE_REQUIRE_DATA") == "1" else pytest.skip
        end(f"no public data sets at {path} (set GREENLANE_DATA)")
    return path


def committed(broker: str, topic: str, timeout_s: float) -> list[Message]:
    consumer = Consumer(
        {
            "bootstrap.servers": broker,
            "group.id": f"reader-{uuid.uuid4().hex}",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    try:
        partitions = consumer.list_topics(topic, timeout=timeout_s).topics[topic].partitions
        consumer.assign([TopicPartition(topic, p, 0) for p in partitions])
        return drained(consumer, len(partitions), timeout_s)
    finally:
        consumer.close()


def drained(consumer: Consumer, partitions: int, timeout_s: float) -> list[Message]:
    """Everything up to the end of each partition: the end is an event here, not a silence."""
    records, ended = [], set()
    while len(ended) < partitions:
        batch = consumer.consume(10_000, timeout=timeout_s)
        assert batch, f"nothing read for {timeout_s} s"
        for message in batch:
            if message.error() is None:
                records.append(message)
            else:
                assert message.error().name() == "_PARTITION_EOF", message.error()
                ended.add(message.partition())
    return records
