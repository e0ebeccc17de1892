"""Workers that end are started again, in their slots, by a supervisor that knows when that is of no use."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.cli.worker import supervise
from agents.errors import UsageError
from agents.supervisor import Backoff, Supervisor
from tests.chaos.runtime.crew import eventually

QUICK = Backoff(first_s=0.01, longest_s=0.02, good_run_s=60.0)
SOON_S = 10.0


# Reads its slot, as a worker does, and then does what its n-th start is to do; the last script is for all further ones.
SHELL = """
    read slot || exit 0
    diary=$0/slot-$slot
    echo start >> $diary
    turn=$(grep -c start $diary)
    shift $((turn < $# ? turn - 1 : $# - 1))
    eval "$1"
"""
GOES_ON = "trap 'echo drained >> $diary; exit 0' TERM; echo awake >> $diary; while :; do sleep 0.01; done"
DEAF = "trap '' TERM; echo awake >> $diary; while :; do sleep 0.01; done"


class Scripts:
    """Workers that are shell scripts; `by_start` says what each start of a slot does."""

    def __init__(self, folder: Path, *by_start: str) -> None:
        self.folder, self.command = folder, ["/bin/sh", "-c", SHELL, str(folder), *by_start]

    def starts(self, slot: int) -> int:
        return self.said(slot, "start")

    def said(self, slot: int, word: str) -> int:
        path = self.folder / f"slot-{slot}"
        return path.read_text().split().count(word) if path.exists() else 0


Make = Callable[..., Scripts]


@pytest.fixture
def scripts(tmp_path: Path) -> Make:
    return lambda *by_start: Scripts(tmp_path, *by_start)


async def supervised(scripts: Scripts, slots: range = range(1), drain_s: float = SOON_S) -> int:
    async with asyncio.timeout(SOON_S):
        return await Supervisor(slots, scripts.command, QUICK, drain_s).run()


async def until(true: Callable[[], bool]) -> None:
    assert await asyncio.to_thread(eventually, true, SOON_S)


def test_pauses_double_up_to_a_bound_and_differ_by_slot() -> None:
    backoff = Backoff(first_s=1.0, longest_s=30.0)

    pauses = [backoff.pause_s(early_ends, slot=0) for early_ends in range(1, 9)]
    by_slot = {backoff.pause_s(3, slot) for slot in range(50)}

    assert pauses == [0, 1, 2, 4, 8, 16, 30, 30]
    assert len(by_slot) == 50
    assert (min(by_slot), max(by_slot) < 3) == (2, True)
    assert backoff.pause_s(100_000, slot=0) == 30


def test_a_good_run_makes_up_for_all_early_ends_before() -> None:
    backoff = Backoff(good_run_s=60.0)

    assert backoff.early_ends(7, ran_s=59.9) == 8
    assert backoff.early_ends(7, ran_s=60.0) == 1


@pytest.mark.parametrize("end", ["exit 70", "exit 0", "kill -9 $$", "exit 1"])
async def test_a_worker_that_ends_unasked_is_started_again(scripts: Make, end: str) -> None:
    crew = scripts(end, end, "exit 2")

    assert await supervised(crew) == 2
    assert crew.starts(0) == 3


async def test_the_pause_before_a_start_is_kept(scripts: Make) -> None:
    crew, began = scripts("exit 70", "exit 70", "exit 2"), time.monotonic()

    await Supervisor(range(1), crew.command, Backoff(first_s=0.5)).run()

    assert time.monotonic() - began >= 0.5  # none before the second start, one before the third


@pytest.mark.parametrize("code", [2, 65, 69])
async def test_what_no_restart_can_mend_ends_the_supervisor_with_the_same_code(scripts: Make, code: int) -> None:
    crew = scripts(f"exit {code}")

    assert await supervised(crew) == code
    assert crew.starts(0) == 1


async def test_a_broker_that_is_away_later_is_waited_for(scripts: Make) -> None:
    crew = scripts("exit 70", "exit 69", "exit 69", "exit 65")

    assert await supervised(crew) == 65
    assert crew.starts(0) == 4


async def test_the_refusal_of_one_worker_drains_the_others(scripts: Make, tmp_path: Path) -> None:
    awake = f"until grep -q awake {tmp_path / 'slot-0'}; do sleep 0.01; done"
    crew = scripts(f"[ $slot = 1 ] && {{ {awake}; exit 65; }}; {GOES_ON}")

    assert await supervised(crew, range(2)) == 65
    assert crew.said(0, "drained") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_is_handed_on_and_all_have_drained_at_the_end(scripts: Make, number: signal.Signals) -> None:
    crew = scripts(GOES_ON)
    life = asyncio.create_task(supervised(crew, range(5, 8)))
    await until(lambda: all(crew.said(slot, "awake") > 0 for slot in range(5, 8)))

    os.kill(os.getpid(), number)

    assert await life == 0
    assert [crew.said(slot, "drained") for slot in range(5, 8)] == [1, 1, 1]
    assert [crew.starts(slot) for slot in range(5, 8)] == [1, 1, 1]


async def test_a_signal_in_the_pause_between_two_starts_ends_it_too(scripts: Make) -> None:
    crew, ended = scripts("exit 70"), asyncio.Event()

    class Resting(Backoff):
        def pause_s(self, *_: int) -> float:
            ended.set()
            return 1000.0

    life = asyncio.create_task(Supervisor(range(1), crew.command, Resting()).run())
    await ended.wait()
    os.kill(os.getpid(), signal.SIGTERM)

    async with asyncio.timeout(SOON_S):
        assert await life == 0
    assert crew.starts(0) == 1


async def test_a_worker_that_does_not_drain_in_time_is_killed_and_that_shows(scripts: Make) -> None:
    crew = scripts(DEAF)
    life = asyncio.create_task(supervised(crew, drain_s=0.1))
    await until(lambda: crew.said(0, "awake") > 0)

    os.kill(os.getpid(), signal.SIGTERM)

    assert await life == 70


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing tells a child that its parent was killed")
def test_no_worker_outlives_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f"read slot; echo $$ >> {pids}; exec sleep 30"
    program = f"from agents import supervisor; supervisor.run(range(2), ['/bin/sh', '-c', {script!r}])"
    supervisor = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)
    try:
        assert eventually(lambda: pids.exists() and len(pids.read_text().split()) == 2, SOON_S)
        children = [int(pid) for pid in pids.read_text().split()]
        lived = [alive(pid) for pid in children]
    finally:
        supervisor.kill()
        supervisor.wait()

    assert lived == [True, True]
    assert eventually(lambda: not any(map(alive, children)), SOON_S)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_slots_beyond_the_last_one_are_refused() -> None:
    with pytest.raises(UsageError, match="slots go up to 999"):
        supervise(998, 3)


async def test_a_spare_takes_the_place_of_the_lost_and_is_gone_at_the_end(scripts: Make) -> None:
    crew = scripts(GOES_ON)
    supervisor = Supervisor(range(1), crew.command, QUICK, spare_s=0.05)
    life = asyncio.create_task(supervisor.run())
    await until(lambda: crew.said(0, "awake") > 0 and supervisor._spare is not None)
    spare = supervisor._spare
    assert spare is not None

    os.kill(supervisor._workers[0].pid, signal.SIGKILL)
    await until(lambda: crew.said(0, "awake") == 2 and supervisor._spare not in {None, spare})
    successor, next_spare = supervisor._workers[0].pid, supervisor._spare
    os.kill(os.getpid(), signal.SIGTERM)

    assert await life == 0
    assert successor == spare.pid
    assert next_spare is not None
    assert next_spare.returncode == -signal.SIGKILL
