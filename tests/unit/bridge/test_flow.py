"""The loop of the bridge with both ends in memory: what is acknowledged when, and in which order."""

from collections import deque
from typing import Any

import orjson
import pytest

from agents.access import Access
from agents.bridge.flow import MOST_PENDING, Bridge, Kafka, Payloads
from agents.bridge.mqtt import Broker, Message
from agents.errors import BadDataError, UsageError
from agents.publishing import Report
from streams.vocabularies.draft import Setting
from streams.vocabularies.translate import VOCABULARIES


class Gateway:
    """A subscription in memory."""

    connected = 1
    lost = 0

    def __init__(self, payloads: list[bytes]) -> None:
        self.waiting = deque(
            Message("fleet/MSKU9070323", payload, 1_787_000_000_000, 0, number, 1, again=False)
            for number, payload in enumerate(payloads)
        )
        self.acknowledged: list[int] = []

    def next(self) -> Message | None:
        return self.waiting.popleft() if self.waiting else None

    def acknowledge(self, message: Message) -> None:
        self.acknowledged.append(message.number)


class Refusal:
    def name(self) -> str:
        return "MSG_SIZE_TOO_LARGE"


class Producer:
    """A producer whose broker answers when the test says so."""

    def __init__(self, room: int = 100_000) -> None:
        self.sent: list[bytes] = []
        self.unanswered: list[Any] = []
        self.room = room
        self.answer: Any = lambda _producer: None

    def produce(self, _topic: str, value: bytes, _key: bytes | None, headers: Any, on_delivery: Any) -> None:
        assert headers == []
        if len(self.unanswered) >= self.room:
            raise BufferError
        self.sent.append(value)
        self.unanswered.append(on_delivery)

    def poll(self, _wait_s: float) -> None:
        self.answer(self)

    def flush(self, _wait_s: float) -> None:
        """Nothing more comes."""


def all_answered(producer: Producer) -> None:
    while producer.unanswered:
        producer.unanswered.pop(0)(None, None)


def carried(gateway: Gateway, producer: Producer, turns: int = 20, **payloads: Any) -> Bridge:
    left = iter(range(turns))
    words = Payloads(VOCABULARIES["senml"](), Setting(), **{"max_bytes": 1000, **payloads})
    bridge = Bridge(gateway, words, Kafka(producer, "sensors.v1", Report(Access("here:1"))))  # type: ignore[arg-type]
    bridge.run(lambda: next(left, None) is None, report_every_s=1000.0)
    return bridge


def pack(*values: float) -> bytes:
    return orjson.dumps([{"n": f"BOX-{n}", "t": 1.7e9, "u": "Cel", "v": value} for n, value in enumerate(values)])


def test_nothing_is_acknowledged_before_kafka_has_all_of_it() -> None:
    gateway, producer = Gateway([pack(1, 2), pack(3)]), Producer()
    carried(gateway, producer)
    assert (len(producer.sent), gateway.acknowledged) == (3, [])

    gateway, producer = Gateway([pack(1, 2), pack(3)]), Producer()
    producer.answer = all_answered
    assert carried(gateway, producer).figures()["acknowledged"] == 2
    assert gateway.acknowledged == [0, 1]


def test_acknowledgements_keep_the_order_of_arrival_whatever_kafka_answers_first() -> None:
    def last_first(producer: Producer) -> None:
        if len(producer.sent) == 3 and producer.unanswered:
            producer.unanswered.pop()(None, None)

    gateway, producer = Gateway([pack(1), pack(2), pack(3)]), Producer()
    producer.answer = last_first
    carried(gateway, producer)

    assert gateway.acknowledged == [0, 1, 2]


def test_a_message_that_could_not_be_sent_whole_before_the_end_is_not_acknowledged() -> None:
    gateway, producer = Gateway([pack(1, 2, 3)]), Producer(room=2)
    bridge = carried(gateway, producer)

    assert (len(producer.sent), gateway.acknowledged) == (2, [])
    assert bridge.figures()["pending"] == 1


def test_while_kafka_is_silent_only_so_many_messages_are_taken() -> None:
    gateway, producer = Gateway([b"[]"] * (MOST_PENDING + 10)), Producer()
    carried(gateway, producer, turns=3 * MOST_PENDING)

    assert len(gateway.waiting) == 10


def test_what_kafka_refuses_for_good_ends_the_bridge_unacknowledged() -> None:
    gateway, producer = Gateway([pack(1)]), Producer()
    producer.answer = lambda made: made.unanswered.pop()(Refusal(), None) if made.unanswered else None

    with pytest.raises(BadDataError):
        carried(gateway, producer)
    assert gateway.acknowledged == []


@pytest.mark.parametrize("payload", [b"", b"[]", b"no json", b"y" * 2000])
def test_each_message_leaves_something_in_kafka(payload: bytes) -> None:
    producer = Producer()
    carried(Gateway([payload]), producer)

    assert producer.sent == [payload[:1001]]


def test_payloads_in_our_own_words_go_on_as_they_are() -> None:
    records = Payloads(None, Setting(), 1000).records(Message("t", b'{"a": 1}', 0, 0, 0, 1, again=False))

    assert [record.value for record in records] == [b'{"a": 1}']


def test_a_password_never_travels_in_the_clear(tmp_path: Any) -> None:
    with pytest.raises(UsageError, match="--tls"):
        Broker("broker.example", 1883, "us", "user", tmp_path / "password")
