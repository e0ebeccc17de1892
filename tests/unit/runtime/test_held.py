"""A worker that joins, restores or commits without getting on says so; one that is cancelled by nobody ends."""

import asyncio
import sys
import time
from types import SimpleNamespace
from typing import Any

import pytest

from agents.health import Progress
from agents.metrics import Metrics
from agents.runtime import worker
from agents.runtime.agent import Silent
from agents.runtime.batches import Identity
from agents.runtime.control import ControlLog
from agents.runtime.pump import Pump
from agents.runtime.saving import Saving
from agents.runtime.station import Station
from config.settings import load
from tests.unit.runtime.test_seats import Fold

LONG_S = 100.0


class Endless:
    """A roster that never gives anybody a seat."""

    moved_at = 0.0

    def moved(self) -> None:
        self.moved_at = time.monotonic()

    async def seats(self, *_: Any) -> Any:
        await asyncio.Event().wait()
        yield


@pytest.fixture
def pump() -> Pump:
    station = Station(load(broker="127.0.0.1:1"))
    control = ControlLog(Fold(), station)
    saving = Saving(station, None, control, Silent())  # type: ignore[arg-type]
    pump = Pump(station, control, Endless(), saving, Silent())  # type: ignore[arg-type]
    pump.on_end = lambda _: None
    return pump


def healthy(pump: Pump) -> bool:
    progress = Progress(limit_s=30)
    Metrics(progress).report({}, held_s=pump.held_s)
    return progress.healthy


async def test_a_worker_whose_partitions_get_no_seat_is_unwell_after_a_while(pump: Pump) -> None:
    pump.assign(Identity(1, "m"), [("ns.cases", 0)])
    await asyncio.sleep(0)
    before = healthy(pump)

    pump._roster.moved_at -= LONG_S

    assert (before, healthy(pump)) == (True, False)
    assert pump.held_s >= LONG_S


async def test_a_commit_in_flight_for_long_makes_a_worker_unwell(pump: Pump) -> None:
    pump.joining = False
    idle = pump.held_s
    pump._committing, pump._commit_since = asyncio.create_task(asyncio.sleep(0)), time.monotonic() - LONG_S

    assert idle == 0
    assert not healthy(pump)


def test_a_hold_goes_on_growing_between_reports() -> None:
    now = [0.0]
    progress = Progress(limit_s=30, clock=lambda: now[0])
    progress.report({}, held_s=5.0)
    now[0] += 2

    assert progress.stalled_s() == 7
    progress.report({})
    assert progress.stalled_s() == 0


async def cancelled() -> asyncio.Task[None]:
    task = asyncio.create_task(asyncio.sleep(LONG_S))
    task.cancel()
    await asyncio.wait([task])
    return task


async def test_a_background_task_cancelled_by_nobody_ends_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "die", sys.exit)
    task = await cancelled()

    with pytest.raises(SystemExit, match="cancelled, but not by us"):
        worker.Worker._ended(SimpleNamespace(), task)  # type: ignore[arg-type]


async def test_seating_that_a_revocation_cancels_is_no_reason_to_die(pump: Pump) -> None:
    ended: list[Any] = []
    pump.on_end = ended.append
    pump.assign(Identity(1, "m"), [("ns.cases", 0)])
    await asyncio.sleep(0)
    seating = pump._seating
    assert seating is not None

    await pump.revoke()
    await asyncio.wait([seating])
    await asyncio.sleep(0)

    assert seating.cancelled()
    assert ended == []


async def test_what_is_assigned_to_a_worker_on_its_way_out_is_not_taken_up(pump: Pump) -> None:
    """Workers that are stopped together leave one after the other, and each gives its partitions to those left."""
    await pump.stop()

    pump.assign(Identity(2, "m"), [("ns.cases", 0)])

    assert pump._seating is None
