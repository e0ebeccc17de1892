"""A control log that cannot be read is borne for a while, taken up where it was left, and then ends the worker."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import TopicAuthorizationFailedError

from agents.runtime import control as module
from agents.runtime.control import ControlLog
from agents.runtime.station import Station
from config.settings import load
from streams.log import LogRecord


class EndedError(Exception):
    """What became of the process."""


class Counted:
    """A fold that notes which offsets it took."""

    now_ms = 0

    def __init__(self) -> None:
        self.taken: list[int] = []

    @property
    def offset(self) -> int:
        return self.taken[-1] + 1 if self.taken else 0

    def fold(self, record: LogRecord) -> None:
        self.taken.append(record.offset)


class Broker:
    """Hands out one record a fetch, and an error where `fails` says so (by number of the fetch)."""

    def __init__(self, fails: Callable[[int], BaseException | None]) -> None:
        self.fails, self.fetches, self.opened_at = fails, 0, list[int]()

    @asynccontextmanager
    async def reader(self, _station: Any, _place: Any, start: int = 0) -> AsyncIterator[Any]:
        self.opened_at.append(start)
        at = iter(range(start, 1_000_000))

        async def getmany(**_wait: int) -> dict[str, list[LogRecord]]:
            await asyncio.sleep(0)
            self.fetches += 1
            if error := self.fails(self.fetches):
                raise error
            return {"control": [LogRecord(0, next(at), 0, None, b"{}")]}

        async def answer(value: Any) -> Any:
            return value

        yield SimpleNamespace(
            assignment=set,
            end_offsets=lambda _: answer({"control": 0}),
            position=lambda _: answer(start),
            getmany=getmany,
        )


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting between attempts, and an end that can be looked at."""

    def die(reason: str, *, error: BaseException) -> None:
        raise EndedError(reason) from error

    monkeypatch.setattr(module, "AGAIN_S", 0.0)
    monkeypatch.setattr(module, "die", die)


def following(monkeypatch: pytest.MonkeyPatch, broker: Broker, outage_s: float) -> ControlLog:
    monkeypatch.setattr(module, "reader", broker.reader)
    return ControlLog(Counted(), Station(load(runtime={"control_outage_s": outage_s})))


async def test_reading_goes_on_where_it_was_left_and_nothing_is_folded_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = Broker(lambda fetch: TopicAuthorizationFailedError("control") if fetch in {4, 5, 9} else None)
    log, enough = following(monkeypatch, broker, 60.0), asyncio.Event()
    task = asyncio.create_task(log.follow(lambda: enough.set() if broker.fetches >= 12 else None))

    async with asyncio.timeout(10):
        await enough.wait()
    task.cancel()
    await log.advance()

    assert broker.opened_at == [0, 3, 3, 6]
    assert log.fold.taken == list(range(9))


async def test_what_lasts_too_long_ends_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    log = following(monkeypatch, Broker(lambda _: TopicAuthorizationFailedError("control")), 0.0)

    with pytest.raises(EndedError, match="the control log cannot be read"):
        await log.follow(lambda: None)


async def test_a_bug_is_borne_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    log = following(monkeypatch, Broker(lambda _: ZeroDivisionError()), 60.0)

    with pytest.raises(EndedError):
        await log.follow(lambda: None)
