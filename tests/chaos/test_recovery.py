"""How soon decisions flow again, through every partition, after a worker or the broker was gone.

`GREENLANE_CHAOS_MEASURE=1` (as `make chaos` sets) measures against the promised times, on a machine that does nothing
else. Otherwise only a worker is killed, and a machine busy with other tests is given three times as long.
"""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agents.broker import local
from tests.chaos.flow import Flow
from tests.chaos.runtime.crew import eventually
from tests.outside.processes import GREENLANE, Worker, free_ports, run

MEASURE = bool(os.environ.get("GREENLANE_CHAOS_MEASURE"))
SLACK = 1 if MEASURE else 3
SESSION_S = 10.0
BACK_S, STOPPED_S, RETURN_S = 5.0, 3.0, 20.0  # what is promised
PARTITIONS = 4
FLOWING_S = 60.0

pytestmark = [pytest.mark.kafka, pytest.mark.slow, pytest.mark.timeout(300)]
Env = dict[str, str]
Proof = Callable[[str, object], None]


def environment(broker: str, namespace: str, secret_file: Path) -> Env:
    env = {
        "GREENLANE_BROKER": broker,
        "GREENLANE_NAMESPACE": namespace,
        "GREENLANE_SECRET_FILE": str(secret_file),
        "GREENLANE_METRICS_PORT": str(free_ports(2)),
    }
    made = run(env, "topics", "create", "--partitions", str(PARTITIONS))
    assert made.returncode == 0, made.stderr
    return env


@contextmanager
def alive(*workers: Worker) -> Iterator[None]:
    """Workers that are ready when the block begins, and gone when it ends."""
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.await_ready()
        yield
    finally:
        for worker in workers:
            worker.kill()


@contextmanager
def supervised(env: Env, folder: Path) -> Iterator[Worker]:
    """Two workers under a supervisor, both ready; killing it leaves none of them."""
    supervisor = Worker(env, folder / "supervisor.log", command=(GREENLANE, "worker", "--processes", "2"))
    with alive(supervisor):
        Worker(env, folder / "nobody.log", slot=1).await_ready()
        yield supervisor


def told(supervisor: Worker, event: str) -> list[Mapping[str, Any]]:
    """What a supervisor logged of this kind."""
    lines = [line for line in supervisor.said().splitlines() if f'"event": "{event}"' in line]
    return [json.loads(line) for line in lines]


def living(supervisor: Worker) -> dict[int, int]:
    """Process ids by slot, as they were last started."""
    return {line["slot"]: line["pid"] for line in told(supervisor, "worker started")}


@contextmanager
def flowing(env: Env) -> Iterator[Flow]:
    """Parcels in, decisions out, through all partitions."""
    with Flow(env["GREENLANE_BROKER"], env["GREENLANE_NAMESPACE"], PARTITIONS).going() as flow:
        flow.resumed_s(time.monotonic(), FLOWING_S)
        yield flow


def test_a_killed_worker_is_back_in_its_slot_and_decides(
    broker: str, namespace: str, secret_file: Path, tmp_path: Path, record_property: Proof
) -> None:
    env = environment(broker, namespace, secret_file)
    with supervised(env, tmp_path) as supervisor:
        with flowing(env) as flow:
            assert eventually(lambda: bool(told(supervisor, "spare started")), FLOWING_S)
            before = living(supervisor)
            os.kill(before[1], signal.SIGKILL)
            back_s = flow.resumed_s(time.monotonic(), SLACK * BACK_S)
        after = living(supervisor)
        code = supervisor.stop()
        ended = told(supervisor, "worker ended")

    record_property("proof", f"killed, restarted in its slot: decisions again after {back_s:.1f} s")
    assert (after[0], after[1] != before[1]) == (before[0], True)
    assert [(line["slot"], line["code"]) for line in ended[:1]] == [(1, -signal.SIGKILL)]
    assert code == 0, supervisor.said()
    assert not any(Path(f"/proc/{pid}").exists() for pid in after.values())


@pytest.mark.skipif(not MEASURE, reason="measured by make chaos")
def test_others_take_over_from_a_worker_that_stops_and_from_one_that_is_killed_for_good(
    broker: str, namespace: str, secret_file: Path, tmp_path: Path, record_property: Proof
) -> None:
    env = environment(broker, namespace, secret_file)
    stays, goes = (Worker(env, tmp_path / f"worker-{slot}.log", slot) for slot in (0, 1))
    with alive(stays, goes), flowing(env) as flow:
        goes.signal(signal.SIGTERM)
        stopped_s = flow.resumed_s(time.monotonic(), STOPPED_S)
        assert eventually(lambda: goes.code == 0, 30)
        goes.start().await_ready()
        flow.resumed_s(time.monotonic(), FLOWING_S)

        goes.signal(signal.SIGKILL)
        killed_s = flow.resumed_s(time.monotonic(), SESSION_S)

        assert stays.code is None
    record_property("proof", f"stopped: decisions again after {stopped_s:.1f} s, killed for good: {killed_s:.1f} s")


@pytest.mark.skipif(not MEASURE, reason="measured by make chaos")
@pytest.mark.parametrize("away_s", [0.0, 15.0, 40.0])
def test_decisions_flow_again_by_themselves_after_the_broker_was_away(
    away_s: float, namespace: str, secret_file: Path, tmp_path: Path, record_property: Proof
) -> None:
    """Meanwhile no worker says that it is well or ready for longer than it may take to notice."""
    with local() as node:
        env = environment(node.address, namespace, secret_file)
        with supervised(env, tmp_path) as supervisor, flowing(env) as flow:
            node.stop()
            noticed = away_s < SESSION_S or eventually(lambda: not supervisor.is_ready(), away_s)
            time.sleep(away_s)  # the fault itself
            node.start(tied=True)
            back_s = flow.resumed_s(time.monotonic(), RETURN_S)
            codes = {line["code"] for line in told(supervisor, "worker ended")}
            assert eventually(supervisor.is_ready, RETURN_S)

    record_property(
        "proof", f"broker away for {away_s:.0f} s: decisions again {back_s:.1f} s after its return, {codes}"
    )
    assert noticed
    assert codes <= {69, 70}
