"""What the watchdog ends a worker for, and what it lets pass."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from agents.runtime import watchdog
from agents.runtime.logs import Place
from agents.runtime.station import Station
from agents.runtime.watchdog import LOOKS, Watchdog
from config.settings import load

CASES, SENSORS = ("ns.cases", 0), ("ns.sensors.v1", 0)
MANY = 5 * LOOKS


class DiedError(Exception):
    """The worker was ended."""


def died(reason: str) -> None:
    raise DiedError(reason)


class Script:
    """A worker as the watchdog sees it, one change a look: `moves` and `waits` name places, look by look."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(watchdog, "die", died)
        self.seats = {CASES: SimpleNamespace(position=0), SENSORS: SimpleNamespace(position=0)}
        self.pump = SimpleNamespace(seats=self.seats, held_s=0.0, joining=False)
        self.dog = Watchdog(self.pump, Station(load()))  # type: ignore[arg-type]
        monkeypatch.setattr(self.dog, "_behind", lambda asked: self.waits & asked.keys())
        monkeypatch.setattr(self.dog, "_answers", lambda: self.answers)
        self.waits: set[Place] = set()
        self.answers = True
        self.looks = 0

    def run(self, each: Callable[[int], None], looks: int = MANY) -> int:
        """Let the dog look so often, `each` having its say before; returns how often it looked."""

        def wait(_: float) -> bool:
            self.looks += 1
            self.dog._reassured.set()
            each(self.looks)
            return self.looks > looks

        self.dog._stop_asked = SimpleNamespace(wait=wait)  # type: ignore[assignment]
        self.dog.run()
        return self.looks

    def move(self, place: Place) -> None:
        self.seats[place].position += 1


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    return Script(monkeypatch)


@contextmanager
def ends(reason: str) -> Iterator[None]:
    with pytest.raises(DiedError, match=reason):
        yield


def test_one_partition_that_stands_still_ends_the_worker_although_others_move(script: Script) -> None:
    script.waits = {CASES, SENSORS}

    with ends(r"nothing has moved in ns.sensors.v1\[0\] for 60 s"):
        script.run(lambda _: script.move(CASES))

    assert script.looks == LOOKS + 1  # the first only shows where all stand


def test_a_partition_without_work_may_stand_still(script: Script) -> None:
    assert script.run(lambda _: None) > MANY


def test_a_partition_that_moves_now_and_then_is_left_alone(script: Script) -> None:
    script.waits = {CASES}

    assert script.run(lambda look: script.move(CASES) if look % LOOKS == 0 else None) > MANY


def test_a_main_loop_that_never_comes_round_ends_the_worker_although_nothing_waits(script: Script) -> None:
    with ends("main loop has not come round for 60 s"):
        script.run(lambda _: script.dog._reassured.clear())


def test_a_worker_that_was_stopped_gets_the_time_to_come_round(script: Script) -> None:
    """After SIGCONT this thread may be the first to run: one look at a silent loop proves nothing."""
    assert script.run(lambda look: script.dog._reassured.clear() if look % LOOKS else None) > MANY


def hold(script: Script, held_s: float) -> None:
    script.pump.held_s = held_s


def test_a_commit_that_does_not_get_on_ends_the_worker(script: Script) -> None:
    with ends("a commit has not got on for 100 s"):
        script.run(lambda _: hold(script, 100.0))


def test_the_absence_of_the_broker_is_no_stall_and_its_return_gives_a_moment(script: Script) -> None:
    script.waits, script.answers = set(), False

    def back_at_last(look: int) -> None:
        script.answers = look > MANY - 2
        hold(script, 0.0 if look > MANY - 1 else 1000.0)

    assert script.run(back_at_last) > MANY
