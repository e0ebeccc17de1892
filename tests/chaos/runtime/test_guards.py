"""Every guard of the runtime is needed: with it, an aimed attack does no harm; without it, the same attack does.

All attacks run side by side, for they mostly wait. What caught what is printed at the end of the run.
"""

import json
import signal
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest

from agents.topics import create
from config.settings import load
from tests.chaos.runtime.crew import PATIENT, Crew, eventually
from tests.chaos.runtime.folded import fresh, log, saved

RECORDS = 3000
WAIT_S, LONG_S = 3.0, 60.0  # to see that something does not happen; to wait for what must

Attack = Callable[[Crew, list[str], Path], str]


class Result(NamedTuple):
    """What harm was done, if any, and what the workers said."""

    harm: str
    report: str


Results = dict[tuple[str, bool], Future[Result]]


def frozen(crew: Crew, off: list[str], gate: Path, point: str, awake: str, times: int = 1) -> str:
    """A worker freezes at `point` until its partitions are somebody else's and all is done there; then it wakes up.

    Its heartbeat finds out first what happened: the pump stays at `point` until the log has said `awake`.
    """
    sleeper = crew.hire(at=point, action="freeze", gate=str(gate), off=off).await_said("ready")
    crew.publish(range(RECORDS))
    sleeper.await_said(f"point {point}")
    crew.hire(slot=1, off=off).await_said("assigned")
    blocked = point == "commit" and "stable_offsets" not in off  # what was sent may yet be committed: all wait for it
    eventually(lambda: crew.processed() >= RECORDS, WAIT_S if blocked else LONG_S)
    sleeper.signal(signal.SIGCONT)
    sleeper.await_said(awake, times=times)
    ready = sleeper.said("ready")
    sleeper.open_gate()
    eventually(lambda: sleeper.code is not None or sleeper.said("ready") > ready or crew.audit().twice > 0, LONG_S)
    return harm(crew)


def stopped_and_back_in_the_group(crew: Crew, off: list[str], gate: Path) -> str:
    """Without the drain, a worker is a member again, with a valid name, while it still holds what it was to commit."""
    return frozen(crew, [*off, "drain_on_revocation"], gate, "offsets", "ready", times=2)


def stopped_before_offsets_are_sent(crew: Crew, off: list[str], gate: Path) -> str:
    return frozen(crew, off, gate, "offsets", "Heartbeat failed")


def stopped_between_offsets_and_commit(crew: Crew, off: list[str], gate: Path) -> str:
    return frozen(crew, off, gate, "commit", "Heartbeat failed")


def rebalanced_in_the_middle_of_a_transaction(crew: Crew, off: list[str], gate: Path) -> str:
    """A worker joins while another is about to send offsets. Nobody needs to die of that."""
    busy = crew.hire(at="offsets", action="hold", gate=str(gate), off=off).await_said("ready")
    crew.publish(range(RECORDS))
    busy.await_said("point offsets")
    joiner = crew.hire(slot=1, off=off)
    busy.await_said("it is rebalancing")
    eventually(lambda: bool(joiner.said("assigned")), LONG_S if "drain_on_revocation" in off else WAIT_S)
    busy.open_gate()
    joiner.await_said("ready")
    outcome = harm(crew)
    return outcome if busy.code is None else f"{outcome} and a worker died: {busy.code}"


def a_batch_lost_inside_faust(crew: Crew, off: list[str], gate: Path) -> str:
    del gate
    crew.hire(drop=2, off=off).await_said("ready")
    for part in range(3):
        crew.publish(range(part * RECORDS, (part + 1) * RECORDS))
        eventually(lambda part=part: crew.processed() >= (part + 1) * RECORDS, WAIT_S)  # type: ignore[misc]
    return harm(crew)


def input_that_was_aborted(crew: Crew, off: list[str], gate: Path) -> str:
    del gate
    crew.publish(range(RECORDS, 2 * RECORDS), aborted=True)
    crew.publish(range(RECORDS))
    crew.hire(off=off).await_said("ready")
    return harm(crew)


def a_snapshot_that_names_another_position(crew: Crew, off: list[str], gate: Path) -> str:
    """Its writer is broken: the record at the position it was taken at would be folded by nobody."""
    crew.hire(agents="tally", snapshots={"every_s": 0.2}, skew=1, off=off).await_said("ready")
    crew.publish(range(300), topic="cases")
    crew.await_records(300)
    eventually(lambda: saved(crew) > crew.processed("cases") > 0, LONG_S)
    unsaved = {"agents": "tally", "snapshots": {"every_s": 3600.0}, "off": off}
    crew.workers[0].stop()
    crew.hire(**unsaved).await_said("ready")
    crew.publish(range(300, 400), topic="cases")
    crew.await_records(400)
    crew.workers[1].stop()
    crew.hire(state=str(gate), runtime={**PATIENT, "tick_s": 3600.0}, **unsaved).await_said("ready").stop()
    return "" if json.loads(gate.read_text()) == fresh(crew) else "the restored state is not that of the log"


def a_control_log_that_is_long_in_folding(crew: Crew, off: list[str], gate: Path) -> str:
    """A restored shard knows of a time that its worker's fold has not yet come to."""
    first = crew.hire(agents="tally", off=off).await_said("ready")
    crew.publish(range(100), topic="cases")
    crew.await_records(2, "control")
    crew.publish(range(100, 200), topic="cases")  # with a mark of that time
    crew.await_records(200)
    first.signal(signal.SIGKILL)
    first.ends()
    crew.publish(range(200, 300), topic="cases")
    second = crew.hire(agents="tally", late=True, gate=str(gate), off=off).await_said("agent=tally")
    eventually(lambda: len(log(crew, "decisions.v1")) >= 300, WAIT_S)
    gate.touch()
    eventually(lambda: second.code is not None or len(log(crew, "decisions.v1")) >= 300, LONG_S)
    acted = [(record.partition, orjson.loads(record.value)["control"]) for record in log(crew, "positions")]
    return "" if sorted(acted) == sorted(acted, key=itemgetter(0)) else "a shard acted on less than it had acted on"


def harm(crew: Crew) -> str:
    """What the auditor finds once all is done, with those who ended started again."""
    audit = crew.settle(LONG_S)
    return "" if audit.clean else str(audit)


ATTACKS: dict[str, Attack] = {
    "batch_identity": stopped_and_back_in_the_group,
    "generation": stopped_before_offsets_are_sent,
    "stable_offsets": stopped_between_offsets_and_commit,
    "drain_on_revocation": rebalanced_in_the_middle_of_a_transaction,
    "continuity": a_batch_lost_inside_faust,
    "read_committed": input_that_was_aborted,
    "snapshot_position": a_snapshot_that_names_another_position,
    "control_position": a_control_log_that_is_long_in_folding,
}


@pytest.fixture(scope="module")
def harms(broker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    """What each attack did, by guard and whether it was on."""
    gates = tmp_path_factory.mktemp("gates")

    def attacked(guard: str, on: bool) -> Result:
        namespace = f"test-{uuid.uuid4().hex[:10]}"
        create(load(broker=broker, namespace=namespace), 2)
        with Crew(broker, namespace) as crew:
            outcome = ATTACKS[guard](crew, [] if on else [guard], gates / f"{guard}-{on}")
            return Result(outcome, crew.report())

    with ThreadPoolExecutor(4) as pool:
        yield {(guard, on): pool.submit(attacked, guard, on) for guard in ATTACKS for on in (True, False)}


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("guard", ATTACKS)
def test_an_attack_does_no_harm_where_its_guard_stands(guard: str, harms: Results) -> None:
    harm, report = harms[guard, True].result()

    assert harm == "", report


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("guard", ATTACKS)
def test_the_same_attack_does_harm_where_the_guard_is_off(
    guard: str, harms: Results, record_property: Callable[[str, object], None]
) -> None:
    harm, report = harms[guard, False].result()

    record_property("proof", f"without {guard}, {ATTACKS[guard].__name__.replace('_', ' ')}: {harm}")
    assert harm, report
