"""Kafka clients for tools: made quickly, or one plain sentence that no broker answers."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from agents.errors import UnreachableError, UsageError

PATIENCE_MS = 5000


def unreachable(broker: str) -> UnreachableError:
    return UnreachableError(f"no Kafka broker answers at {broker} (start one with: greenlane broker start)")


@contextmanager
def admin(broker: str, timeout_ms: int = PATIENCE_MS) -> Iterator[Any]:
    """A kafka-python admin client. Raises `UnreachableError` when nothing answers within `timeout_ms`."""
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaConnectionError, KafkaTimeoutError

    if not any(listens(address, timeout_ms / 1000) for address in broker.split(",")):
        raise unreachable(broker)
    try:
        client = KafkaAdminClient(bootstrap_servers=broker.split(","), bootstrap_timeout_ms=timeout_ms)
    except (KafkaTimeoutError, KafkaConnectionError) as error:
        raise unreachable(broker) from error
    try:
        yield client
    finally:
        client.close()


def listens(address: str, timeout_s: float) -> bool:
    """Whether anything accepts connections at `host:port`; saves waiting where nobody is."""
    host, _, port = address.rpartition(":")
    if not port.isdecimal():
        raise UsageError(f"GREENLANE_BROKER must be host:port[,host:port], not {address}")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout_s):
            return True
    except (OSError, OverflowError):
        return False


def answers(broker: str, timeout_ms: int = 1000) -> bool:
    """Whether a broker answers the admin protocol, not merely holds the port."""
    try:
        with admin(broker, timeout_ms) as client:
            return bool(client.describe_cluster()["brokers"])
    except UnreachableError:
        return False


def require_topic(broker: str, topic: str) -> int:
    """The number of partitions of a topic. Raises `UnreachableError`, or `UsageError` when there is none."""
    with admin(broker) as client:
        if topic not in client.list_topics():
            raise UsageError(f"there is no topic {topic} (make it with: greenlane topics create)")
        return len(client.describe_topics([topic])[0]["partitions"])
