"""A steady flow of parcels from partition to partition, and when each of them was decided."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from confluent_kafka import Producer

from tests.outside.kafka import follow
from tests.outside.records import a_manifest, a_parcel, as_bytes

PER_S = 100.0
LOOK_S = 0.02


class Decided(NamedTuple):
    """A parcel sent and decided (monotonic seconds), and the partitions it went through."""

    sent_s: float
    decided_s: float
    filed: int
    case: int


class Flow:
    """Sends parcels evenly to all partitions of `manifests.v1` and watches `decisions.v1`."""

    def __init__(self, broker: str, namespace: str, partitions: int, per_s: float = PER_S) -> None:
        self._broker, self._namespace, self._partitions, self._per_s = broker, namespace, partitions, per_s
        self._sent_s: list[float] = []
        self.decided: list[Decided] = []
        self._over = threading.Event()

    @contextmanager
    def going(self) -> Iterator["Flow"]:
        threads = [threading.Thread(target=work, daemon=True) for work in (self._send, self._watch)]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            self._over.set()
            for thread in threads:
                thread.join(30)

    def _send(self) -> None:
        producer = Producer({"bootstrap.servers": self._broker, "reconnect.backoff.max.ms": 500, "log_level": 2})
        began_s = time.monotonic()
        while not self._over.wait(max(began_s + len(self._sent_s) / self._per_s - time.monotonic(), 0)):
            number = len(self._sent_s)
            value = as_bytes(a_manifest(a_parcel(f"F{number}")))
            self._sent_s.append(time.monotonic())
            producer.produce(f"{self._namespace}.manifests.v1", value, partition=number % self._partitions)
            producer.poll(0)
        producer.flush(20)

    def _watch(self) -> None:
        for message in follow(self._broker, f"{self._namespace}.decisions.v1"):
            if self._over.is_set():
                return
            if message is not None:
                self._note(message)

    def _note(self, message: Any) -> None:
        number = int(json.loads(message.value())["itemId"][1:])
        sent_s, filed = self._sent_s[number], number % self._partitions
        self.decided.append(Decided(sent_s, time.monotonic(), filed, message.partition()))

    def resumed_s(self, since_s: float, within_s: float) -> float:
        """Seconds from `since_s` until parcels sent after that had been decided through every partition of both topics.

        Raises `AssertionError` when that takes longer than `within_s`.
        """
        while len(first := self._firsts(since_s)) < 2 * self._partitions:
            waited_s = time.monotonic() - since_s
            assert waited_s < within_s, f"{2 * self._partitions - len(first)} partitions stand still after {waited_s} s"
            time.sleep(LOOK_S)  # the watcher can only be looked at
        return max(first.values()) - since_s

    def _firsts(self, since_s: float) -> dict[tuple[str, int], float]:
        first: dict[tuple[str, int], float] = {}
        for parcel in reversed(list(self.decided)):
            if parcel.sent_s > since_s:
                first["filed", parcel.filed] = first["case", parcel.case] = parcel.decided_s
        return first
