"""The subscription without a broker: which messages may still be acknowledged."""

from types import SimpleNamespace
from typing import Any

import pytest

from agents.access import TlsFiles
from agents.bridge.mqtt import MOST_UNASKED, Broker, Subscription
from agents.errors import UsageError

FINE = SimpleNamespace(is_failure=False)


class Client:
    """What paho was asked to acknowledge."""

    def __init__(self) -> None:
        self.acknowledged: list[tuple[int, int]] = []

    def ack(self, number: int, qos: int) -> None:
        self.acknowledged.append((number, qos))


@pytest.fixture
def subscription() -> Any:
    made = Subscription(Broker("127.0.0.1", 1, "us"), ["fleet/#"])
    made._client = Client()  # type: ignore[assignment]
    return made


def arrive(subscription: Any, number: int, qos: int = 1) -> None:
    message = SimpleNamespace(topic="fleet/a", payload=b"[]", mid=number, qos=qos, dup=False)
    subscription._on_message(None, None, message)


def test_what_came_over_a_lost_connection_is_left_to_come_again(subscription: Any) -> None:
    """Its number may by then be that of another message, which would be acknowledged unseen."""
    arrive(subscription, 1)
    arrive(subscription, 2)
    taken = subscription.next()
    subscription._on_disconnect(None, None, None, FINE, None)
    arrive(subscription, 1)

    subscription.acknowledge(taken)
    assert subscription._client.acknowledged == []
    again = subscription.next()
    subscription.acknowledge(again)
    assert (again.number, subscription._client.acknowledged) == (1, [(1, 1)])
    assert subscription.next() is None


def test_what_nobody_waits_for_is_carried_unacknowledged_and_beyond_a_bound_counted_as_lost(subscription: Any) -> None:
    for number in range(MOST_UNASKED + 3):
        arrive(subscription, number, qos=0)
    arrive(subscription, 1)

    subscription.acknowledge(subscription.next())
    assert (subscription.lost, subscription._client.acknowledged) == (3, [])
    assert subscription._arrived.qsize() == MOST_UNASKED


@pytest.mark.parametrize("more", [{"username": "us"}, {"password_file": "secret"}])
def test_a_name_and_a_password_go_together(more: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="go together"):
        Broker("127.0.0.1", 1883, "us", **more)


def test_what_is_wrong_with_a_certificate_is_told_by_the_name_of_the_option(tmp_path: Any) -> None:
    (tmp_path / "ca.pem").write_text("nothing of the kind")
    broker = Broker("broker.example", 8883, "us", tls=TlsFiles(tmp_path / "ca.pem", names=("--ca", "", "")))

    with pytest.raises(UsageError, match="cannot use --ca"):
        broker.client()
