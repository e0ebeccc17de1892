"""No transaction is begun while no broker answers: nothing that is open then can run out."""

import time
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from agents.runtime import transactions
from agents.runtime.station import Station
from agents.runtime.transactions import FRESH_S, Transactions
from config.settings import load


class Producer:
    """Answers from the n-th question on."""

    def __init__(self, absent: int) -> None:
        self.absent, self.asked = absent, 0

    def list_topics(self, *_: Any, **__: Any) -> None:
        self.asked += 1
        if self.asked <= self.absent:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))


def reached(absent: int, rested_s: float) -> int:
    """How often the broker was asked until it was there."""
    producer = Producer(absent)
    Transactions.reach(
        SimpleNamespace(_heard_at=time.monotonic() - rested_s, _producer=producer, _station=Station(load()))  # type: ignore[arg-type]
    )
    return producer.asked


def test_after_a_rest_the_broker_is_asked_until_it_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "REST_S", 0.0)

    assert reached(absent=7, rested_s=FRESH_S + 0.1) == 8


def test_right_after_a_commit_nobody_asks() -> None:
    assert reached(absent=0, rested_s=0.0) == 0
