"""Questions to the broker outside of any consumer group, asked until there is an answer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from agents.runtime.station import Station

log = structlog.get_logger(__name__)
REQUEST_S = 5.0
SILENT_S = REQUEST_S + 2.0  # the library's own limit has passed, and it has not kept it
RETRY_S = 0.05
NOT_READY = {
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
    KafkaError._TIMED_OUT,
    KafkaError._TRANSPORT,
}
OUTDATED = {KafkaError.FENCED_LEADER_EPOCH, KafkaError.UNKNOWN_LEADER_EPOCH}  # what the client knew of before an outage
Answer = TypeVar("Answer")


class Admin:
    """An admin client that is replaced when it falls silent.

    A request to a coordinator that went away with its broker may never end, whatever its timeout says
    (librdkafka#5511); a new client has forgotten where the coordinator was.
    """

    def __init__(self, make: Callable[[], AdminClient], silent_s: float = SILENT_S) -> None:
        self._make, self._silent_s = make, silent_s
        self._given_up: list[AdminClient] = []  # kept: closing one may wait for what it still waits for
        self.client = make()

    @classmethod
    def of(cls, station: Station) -> "Admin":
        return cls(lambda: AdminClient(station.client))

    async def answer(self, question: Callable[[AdminClient], Awaitable[Answer]]) -> Answer:
        """Ask again while the broker is merely not ready; the caller's limit ends it. Raises `KafkaException`."""
        while True:
            try:
                async with asyncio.timeout(self._silent_s):
                    return await question(self.client)
            except TimeoutError:
                self.replace()
            except KafkaException as error:
                if error.args[0].code() in OUTDATED:
                    self.replace()
                elif not (error.args[0].retriable() or error.args[0].code() in NOT_READY):
                    raise
                await asyncio.sleep(RETRY_S)

    def replace(self) -> None:
        """Go on with a new client."""
        log.warning("no use asking the broker with this client, taking a new one", given_up=len(self._given_up) + 1)
        self._given_up.append(self.client)
        self.client = self._make()
