"""The control log, followed by every worker and folded between turns, so that all shards of a cycle see one fold."""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import structlog
from aiokafka.errors import KafkaError

from agents.runtime.exits import die, told
from agents.runtime.logs import reader
from agents.runtime.positions import Acted
from agents.runtime.snapshots import Writer
from agents.runtime.station import Station
from streams.log import Fold
from streams.topics import CONTROL

log = structlog.get_logger(__name__)
FOLD_S = 0.05
AHEAD = 20_000
AGAIN_S = 1.0


class ControlLog:
    """Reads ahead in the background; `advance` folds what has come. `writer` saves the fold, if it can be saved."""

    writer: Writer | None = None

    def __init__(self, fold: Fold, station: Station) -> None:
        self.fold, self._station = fold, station
        self._pending: deque[Any] = deque()
        self._taken = asyncio.Event()
        self._moved = asyncio.Condition()
        self._read_at = time.monotonic()
        self._known: float = math.inf  # where all is folded that stood in the log when we began to read it

    @property
    def position(self) -> int:
        """Every record below it is folded."""
        return self.fold.offset

    @property
    def acted(self) -> Acted:
        """What a shard that takes its turn now acts on."""
        return Acted(self.position, self.fold.now_ms)

    @property
    def waiting(self) -> bool:
        return bool(self._pending)

    async def follow(self, arrived: Callable[[], None]) -> None:
        """Read for ever; call `arrived` when there is something to fold.

        What Kafka refuses is asked for again for `control_outage_s`: meanwhile decisions go on with what is known, and
        say that it is stale. Then, and on a bug, the process ends.
        """
        while True:
            try:
                await self._read(arrived)
            except KafkaError as error:
                if time.monotonic() - self._read_at > self._station.settings.runtime.control_outage_s:
                    die("the control log cannot be read", error=error)
                log.warning("control log cannot be read", **told(error))
                await asyncio.sleep(AGAIN_S)
            except Exception as error:  # noqa: BLE001
                die("the control log cannot be read", error=error)

    async def _read(self, arrived: Callable[[], None]) -> None:
        start = self._pending[-1].offset + 1 if self._pending else self.position
        async with reader(self._station, (self._station.topic(CONTROL), 0), start) as consumer:
            [(partition, end)] = (await consumer.end_offsets(consumer.assignment())).items()
            while True:
                if math.isinf(self._known) and await consumer.position(partition) >= end:
                    await self._read_all()
                for chunk in (await consumer.getmany(timeout_ms=1000)).values():
                    self._pending.extend(chunk)
                    arrived()
                self._read_at = time.monotonic()
                while len(self._pending) > AHEAD:
                    self._taken.clear()
                    await self._taken.wait()

    async def _read_all(self) -> None:
        async with self._moved:
            self._known = self._pending[-1].offset + 1 if self._pending else self.position
            self._moved.notify_all()

    async def advance(self) -> None:
        """Fold what has come, for a moment at most: a long log must not hold up what is due."""
        until = time.monotonic() + FOLD_S
        while self._pending and time.monotonic() < until:
            self.fold.fold(self._pending.popleft())
        self._taken.set()
        async with self._moved:
            self._moved.notify_all()

    async def reached(self, position: int, moved: Callable[[], None] = lambda: None) -> None:
        """Wait until the fold has come to `position`, and to where the log ended when this worker began to read it.

        So who was registered by then is known before the first record is judged. Calls `moved` on the way.
        """
        async with self._moved:
            while self.position < max(position, self._known):
                await self._moved.wait()
                moved()
