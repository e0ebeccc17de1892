"""Ends a worker that is alive but does not work: Faust and its consumer can fall silent without an error.

It runs in its own thread and asks the broker itself, so neither a blocked main loop nor a dead fetcher deceives it.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Mapping

from confluent_kafka import IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from agents.runtime.asking import REQUEST_S, SILENT_S
from agents.runtime.exits import die
from agents.runtime.logs import Place
from agents.runtime.pump import Pump
from agents.runtime.station import Station

LOOKS = 4  # within the limit; counted, for time goes on while a process is stopped
AGAIN = 2  # looks at a broker that is there: who waited for it gets a moment to notice


class Watchdog(threading.Thread):
    """Ends the process when joining, restoring or a commit does not get on, records of a partition wait and it does
    not move, or the main loop never comes round."""

    def __init__(self, pump: Pump, station: Station) -> None:
        super().__init__(name="watchdog", daemon=True)
        limits = station.settings.runtime
        self._pump, self._station, self._limit_s = pump, station, limits.stall_limit_s
        # A join waits until every other member has finished its commit, or is thrown out.
        self._held_limit_s = max(limits.stall_limit_s, limits.commit_timeout_s + 2 * limits.session_timeout_s)
        self._stop_asked, self._reassured = threading.Event(), threading.Event()

    def run(self) -> None:
        seen: dict[Place, int] = {}
        stuck, silent, held = Counter[Place](), 0, 0
        while not self._stop_asked.wait(self._limit_s / LOOKS):
            held = held + 1 if (held_s := self._pump.held_s) > self._held_limit_s and self._answers() else 0
            if held == AGAIN:
                die(f"{'joining or restoring' if self._pump.joining else 'a commit'} has not got on for {held_s:.0f} s")
            silent = 0 if self._reassured.is_set() else silent + 1
            if silent == LOOKS:
                die(f"the main loop has not come round for {self._limit_s:.0f} s")
            self._reassured.clear()
            now = self._positions()
            behind = self._behind({place: at for place, at in now.items() if seen.get(place) == at})
            seen, stuck = now, Counter({place: stuck[place] + 1 for place in behind})
            if place := next((place for place, looks in stuck.items() if looks == LOOKS), None):
                die(f"records wait and nothing has moved in {place[0]}[{place[1]}] for {self._limit_s:.0f} s")

    def stop(self) -> None:
        self._stop_asked.set()

    async def reassure(self) -> None:
        """Say, from the main loop, that it comes round."""
        while True:
            self._reassured.set()
            await asyncio.sleep(self._limit_s / LOOKS / 2)

    def _positions(self) -> dict[Place, int]:
        return {place: seat.position for place, seat in list(self._pump.seats.items())}

    def _answers(self) -> bool:
        """Whether there is a broker: its absence is not our stall, for clients reconnect."""
        try:
            return bool(AdminClient(self._station.client).list_topics(timeout=REQUEST_S).brokers)
        except KafkaException:
            return False

    def _behind(self, positions: Mapping[Place, int]) -> set[Place]:
        """Where the broker holds committed records beyond these positions; nowhere when it does not answer.

        With a client made for the question: one that lives through an outage may never answer again.
        """
        asked = {TopicPartition(*place): OffsetSpec.latest() for place in positions}
        level = IsolationLevel.READ_COMMITTED
        try:
            admin = AdminClient(self._station.client)
            found = admin.list_offsets(asked, isolation_level=level, request_timeout=REQUEST_S) if asked else {}
            ends = {(tp.topic, tp.partition): end.result(SILENT_S).offset for tp, end in found.items()}
        except (KafkaException, TimeoutError):
            return set()
        return {place for place, end in ends.items() if end > positions[place]}
