"""Ends a worker that is alive but does not work: Faust and its consumer can fall silent without an error.

It runs in its own thread and asks the broker itself, so neither a blocked main loop nor a dead fetcher deceives it.
"""

import threading
import time

from confluent_kafka import IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from agents.runtime.exits import die
from agents.runtime.logs import REQUEST_S
from agents.runtime.pump import Pump
from config.settings import Runtime


class Watchdog(threading.Thread):
    """Ends the process when records wait, or the group is not joined, and nothing moves for too long."""

    def __init__(self, pump: Pump, admin: AdminClient, limits: Runtime) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._pump, self._admin, self._limit_s = pump, admin, limits.stall_limit_s
        self._join_limit_s = max(limits.stall_limit_s, limits.restore_timeout_s)
        self._stop_asked = threading.Event()

    def run(self) -> None:
        since, seen = time.monotonic(), 0.0
        while not self._stop_asked.wait(self._limit_s / 4):
            joining = self._pump.joining
            if self._pump.progress_at != seen or not (joining or self._pump.busy or self._lag()):
                since, seen = time.monotonic(), self._pump.progress_at
            elif time.monotonic() - since > (self._join_limit_s if joining else self._limit_s):
                what = "the group is not joined" if joining else "records wait"
                die(f"{what} and nothing has moved for {time.monotonic() - since:.0f} s")

    def stop(self) -> None:
        self._stop_asked.set()

    def _lag(self) -> bool:
        """Whether the broker holds committed records beyond our positions; False when it does not answer."""
        positions = {place: seat.position for place, seat in list(self._pump.seats.items())}
        asked = {TopicPartition(*place): OffsetSpec.latest() for place in positions}
        level = IsolationLevel.READ_COMMITTED
        try:
            found = self._admin.list_offsets(asked, isolation_level=level, request_timeout=REQUEST_S) if asked else {}
            return any(end.result().offset > positions[tp.topic, tp.partition] for tp, end in found.items())
        except KafkaException:
            return False  # the broker's absence is not our stall: clients reconnect
