"""Ends a worker that is alive but does not work: Faust and its consumer can fall silent without an error.

It runs in its own thread and asks the broker itself, so neither a blocked main loop nor a dead fetcher deceives it.
"""

import threading
import time

from confluent_kafka import IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from agents.runtime.asking import REQUEST_S, SILENT_S
from agents.runtime.exits import die
from agents.runtime.pump import Pump
from agents.runtime.station import Station


class Watchdog(threading.Thread):
    """Ends the process when joining, restoring or a commit does not get on, or records wait and nothing moves."""

    def __init__(self, pump: Pump, station: Station) -> None:
        super().__init__(name="watchdog", daemon=True)
        limits = station.settings.runtime
        self._pump, self._config, self._limit_s = pump, station.client, limits.stall_limit_s
        # A join waits until every other member has finished its commit, or is thrown out.
        self._held_limit_s = max(limits.stall_limit_s, limits.commit_timeout_s + 2 * limits.session_timeout_s)
        self._stop_asked = threading.Event()

    def run(self) -> None:
        since, seen = time.monotonic(), 0.0
        while not self._stop_asked.wait(self._limit_s / 4):
            if (held_s := self._pump.held_s) > self._held_limit_s and self._answers():
                die(f"{'joining or restoring' if self._pump.joining else 'a commit'} has not got on for {held_s:.0f} s")
            if self._pump.progress_at != seen or not (self._pump.queue or self._lag()):
                since, seen = time.monotonic(), self._pump.progress_at
            elif time.monotonic() - since > self._limit_s:
                die(f"records wait and nothing has moved for {time.monotonic() - since:.0f} s")

    def stop(self) -> None:
        self._stop_asked.set()

    def _answers(self) -> bool:
        """Whether there is a broker: its absence is not our stall, for clients reconnect."""
        try:
            return bool(AdminClient(self._config).list_topics(timeout=REQUEST_S).brokers)
        except KafkaException:
            return False

    def _lag(self) -> bool:
        """Whether the broker holds committed records beyond our positions; False when it does not answer.

        With a client made for the question: one that lives through an outage may never answer again.
        """
        positions = {place: seat.position for place, seat in list(self._pump.seats.items())}
        asked = {TopicPartition(*place): OffsetSpec.latest() for place in positions}
        level = IsolationLevel.READ_COMMITTED
        try:
            admin = AdminClient(self._config)
            found = admin.list_offsets(asked, isolation_level=level, request_timeout=REQUEST_S) if asked else {}
            return any(end.result(SILENT_S).offset > positions[tp.topic, tp.partition] for tp, end in found.items())
        except (KafkaException, TimeoutError):
            return False
