"""Kafka clients for tools: made quickly, or one plain sentence that no broker answers."""

import re
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

from agents.access import Access
from agents.errors import RefusedError, UnreachableError, UsageError
from streams.topics import OF_ONE_PROVIDER

PATIENCE_MS = 5000
ASK_S = 2.0
BESIDE_THE_POINT = re.compile(r"^\S+/\w+: | \(after \d+ms in state \w+\)$|error:[0-9A-F]+:SSL routines::")


def unreachable(access: Access) -> UnreachableError:
    """What to tell a person when no client got through, and why: that may take two seconds to find out."""
    if not any(listens(address, ASK_S) for address in access.addresses):
        return UnreachableError(f"no Kafka broker answers at {access.broker} (start one with: greenlane broker start)")
    if why := complaint(access):
        return RefusedError(why)
    return UnreachableError(
        f"what listens at {access.broker} does not answer (kafka.security_protocol {access.protocol}?)"
    )


def complaint(access: Access) -> str | None:
    """Why we are not let in, from the one client that says so; None when it does not know either."""
    from confluent_kafka import KafkaException
    from confluent_kafka.admin import AdminClient

    said: list[Any] = []
    client = AdminClient({**access.librdkafka, "error_cb": said.append, "log_level": 0})
    with suppress(KafkaException):
        client.list_topics(timeout=ASK_S)
    client.poll(0)
    for error in said:
        reason = BESIDE_THE_POINT.sub("", error.str())
        if error.name() == "_AUTHENTICATION":
            return f"{access.broker} does not let {access.user} in: {reason}"
        if "SSL" in reason:
            return f"no encrypted connection with {access.broker}: {reason}"
    return None


@contextmanager
def admin(access: Access, timeout_ms: int = PATIENCE_MS) -> Iterator[Any]:
    """A kafka-python admin client. Raises `UnreachableError` when nothing answers within `timeout_ms`, `RefusedError`
    when we are not let in, or ask in the block for what we may not have.
    """
    from kafka.errors import AuthorizationError, KafkaConnectionError, KafkaTimeoutError

    try:
        client = connect(access, timeout_ms)
    except (KafkaTimeoutError, KafkaConnectionError) as error:
        raise unreachable(access) from error
    try:
        yield client
    except AuthorizationError as error:
        raise forbidden(access) from error
    finally:
        client.close()


def forbidden(access: Access, what: str = "this") -> RefusedError:
    """What to tell a person whom the broker knows, but does not allow it."""
    return RefusedError(f"{access.broker} does not allow {access.user} {what} (rights by role: greenlane topics acls)")


def connect(access: Access, timeout_ms: int) -> Any:
    """A kafka-python admin client that has reached a broker. Raises that library's errors."""
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaConnectionError

    if not any(listens(address, timeout_ms / 1000) for address in access.addresses):
        raise KafkaConnectionError  # without waiting for somebody to come
    return KafkaAdminClient(**access.python, bootstrap_timeout_ms=timeout_ms)


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


def answers(access: Access, timeout_ms: int = 1000) -> bool:
    """Whether a broker answers the admin protocol, not merely holds the port."""
    from kafka.errors import KafkaConnectionError, KafkaTimeoutError

    try:
        with closing(connect(access, timeout_ms)) as client:
            return bool(client.describe_cluster()["brokers"])
    except (KafkaTimeoutError, KafkaConnectionError):
        return False


def require_topic(access: Access, topic: str) -> int:
    """The number of partitions of a topic. Raises `UnreachableError`, `RefusedError`, or `UsageError` when there is
    none.
    """
    from kafka.errors import TopicAuthorizationFailedError

    with admin(access) as client:
        found = client.describe_topics([topic])[0]
        if found["error_code"] == TopicAuthorizationFailedError.errno:
            raise forbidden(access, f"to see {topic}")
        if not found["partitions"]:
            own = any(prefix in topic for prefix in OF_ONE_PROVIDER)
            command = "provider register" if own else "topics create"
            raise UsageError(f"there is no topic {topic} (make it with: greenlane {command})")
        return len(found["partitions"])
