"""What happens to worker processes: F1 to F4, F7, F18."""

import signal
import sys
from pathlib import Path

from tests.chaos.builds import Orders
from tests.chaos.matrix.reference import check_against_reference
from tests.chaos.matrix.row import row
from tests.chaos.matrix.stage import PARTITIONS, SESSION_S, Stage, in_one_partition
from tests.chaos.matrix.traffic import Moment
from tests.chaos.matrix.versions import former_version, no_former_version
from tests.outside.processes import Worker

SLOT_BACK_S = 5.0  # after a kill, when a supervisor starts the worker again, and what a machine under load adds
LOADED_S = 7.0
EXIT_S = 30.0
TAKEN_OVER_S = 5.0


POINTS = ("queued", "offsets", "commit", "restore")


def as_fits_the_seed(stage: Stage) -> None:
    """Every second seed publishes in one order without labels, so that another run must decide the same."""
    if stage.seed % 2 == 0:
        stage.happenings = in_one_partition


@row(
    "F1",
    "SIGKILL, at random and between the steps of a commit",
    f"decisions in every partition within {SLOT_BACK_S + LOADED_S:.0f} s",
    many=True,
)
def killed(stage: Stage) -> None:
    as_fits_the_seed(stage)
    point = POINTS[stage.seed // 2 % len(POINTS)]
    gate = stage.folder / "gate"
    passed = 1 if point == "restore" else stage.chance.randint(3, 30)
    aimed = Orders(at=point, count=passed, action="kill", gate=str(gate))
    with stage.on_duty(stage.worker(0, *aimed.command), stage.worker(1)):
        for _ in range(2):
            stage.play(0.3, 1.5)
            stage.chance.choice(stage.workers).signal(signal.SIGKILL)
            stage.recovers(Moment.now(), SLOT_BACK_S + LOADED_S)
    stage.require(gate.exists(), f"nobody was killed at {point}")
    # Two, not three: a random kill may hit who was just killed at the point.
    stage.require(stage.supervisor.endings[-signal.SIGKILL] >= 2, f"endings were {dict(stage.supervisor.endings)}")
    stage.notes.append(f"killed at {point} and twice at random")
    check_against_reference(stage)


@row("F2", "SIGTERM under load", f"exit 0 within {EXIT_S:.0f} s, decisions within {3 + LOADED_S:.0f} s")
def ended(stage: Stage) -> None:
    with stage.on_duty():
        for asked_so_far, worker in enumerate(stage.workers):
            stage.play(0.5, 1.5)
            asked = Moment.now()
            worker.signal(signal.SIGTERM)
            stage.has_ended(0, asked_so_far + 1, EXIT_S)
            stage.recovers(asked, 3 + LOADED_S)
            stage.until(worker.is_ready, EXIT_S, "its successor is ready")
    stage.require(set(stage.supervisor.endings) == {0}, f"exit codes were {dict(stage.supervisor.endings)}")
    stage.require(stage.supervisor.endings[0] == 2, f"two were asked to end: {dict(stage.supervisor.endings)}")


@row(
    "F3",
    f"SIGSTOP for longer than the session of {SESSION_S:.0f} s, then SIGCONT",
    f"decisions within the session timeout + {TAKEN_OVER_S:.0f} s; the sleeper commits nothing",
    many=True,
)
def stopped(stage: Stage) -> None:
    as_fits_the_seed(stage)
    with stage.on_duty():
        stage.play(0.5, 1.5)
        sleeper = stage.chance.choice(stage.workers)
        stopped = Moment.now()
        sleeper.signal(signal.SIGSTOP)
        try:
            stage.recovers(stopped, SESSION_S + TAKEN_OVER_S)
            stage.play(0.1, 1.0)
        finally:
            sleeper.signal(signal.SIGCONT)
        stage.until(lambda: sleeper.code is not None or sleeper.is_ready(), EXIT_S, "the sleeper joined again or ended")
        stage.flows(Moment.now())
    check_against_reference(stage)


BLOCKED_S, STALL_LIMIT_S = 60.0, 4.0


@row(
    "F4",
    f"the main loop blocked for {BLOCKED_S:.0f} s while heartbeats go on",
    f"the watchdog ends it (70) within four stall limits of {STALL_LIMIT_S:.0f} s",
    env={"GREENLANE_RUNTIME__STALL_LIMIT_S": str(STALL_LIMIT_S)},
)
def blocked(stage: Stage) -> None:
    gate = stage.folder / "gate"
    aimed = Orders(at="queued", count=40, action="sleep", for_s=BLOCKED_S, gate=str(gate))
    with stage.on_duty(stage.worker(0, *aimed.command), stage.worker(1)):
        stage.until(gate.exists, EXIT_S, "the loop is blocked")
        blocked = Moment.now()
        stage.has_ended(70, 1, 4 * STALL_LIMIT_S)
        stage.recovers(blocked, 4 * STALL_LIMIT_S + SLOT_BACK_S + LOADED_S)
    stage.require(stage.supervisor.endings[70] == 1, f"endings were {dict(stage.supervisor.endings)}")


STORM = 8


@row(
    "F7",
    f"workers come and go, up to {PARTITIONS + 1} for {PARTITIONS} partitions",
    "decisions in every partition within 30 s of the last change",
    many=True,
)
def stormed(stage: Stage) -> None:
    as_fits_the_seed(stage)
    guests: list[Worker] = []
    with stage.on_duty():
        try:
            for turn in range(STORM):
                come_or_go(stage, guests, turn)
                stage.play(0.3, 2.0)
            last = Moment.now()
        finally:
            for guest in guests:
                guest.kill()
        stage.recovers(last, 30.0)
    stage.notes.append(f"{STORM} changes")
    check_against_reference(stage)


def come_or_go(stage: Stage, guests: list[Worker], turn: int) -> None:
    """Someone joins, leaves, or is killed."""
    if turn < 3 or (len(guests) < 3 and stage.chance.random() < 0.5):
        guests.append(stage.worker(2 + turn % 6).start())
    elif guests and stage.chance.random() < 0.7:
        guest = guests.pop(stage.chance.randrange(len(guests)))
        guest.signal(stage.chance.choice((signal.SIGTERM, signal.SIGKILL)))
        guest.process.wait(EXIT_S)  # type: ignore[union-attr]
    else:
        stage.chance.choice(stage.workers).signal(stage.chance.choice((signal.SIGTERM, signal.SIGKILL)))


@row(
    "F18",
    "rolling restart from the version before to this one",
    "nothing lost, nothing twice; decisions go on",
    why_not=no_former_version,
)
def rolled(stage: Stage) -> None:
    former = former_version(stage.folder)
    old = [stage.worker(slot, sys.executable, "-m", "agents.cli", "worker", PYTHONPATH=str(former)) for slot in (0, 1)]
    with stage.on_duty(*old):
        for asked_so_far, worker in enumerate(stage.workers):
            stage.play(0.5, 1.5)
            renew(worker)
            asked = Moment.now()
            worker.signal(signal.SIGTERM)
            stage.has_ended(0, asked_so_far + 1, EXIT_S)
            stage.recovers(asked, 3 + LOADED_S)
            stage.until(worker.is_ready, EXIT_S, "the new one is ready")
    engines = {decision["engine"] for decision in stage.decisions()}
    stage.notes.append(f"{len(engines)} fingerprints in the decisions")


def renew(worker: Worker) -> None:
    """From its next start on it is the present version."""
    fresh = Worker({}, Path())
    worker.command, worker.env = fresh.command, {k: v for k, v in worker.env.items() if k != "PYTHONPATH"}
