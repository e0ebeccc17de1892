"""Exactly once, whatever happens: two workers under SIGKILL, SIGTERM and SIGSTOP, then the auditor.

`GREENLANE_CHAOS_MANIFESTS` sets the size (200,000 in `make chaos`), `GREENLANE_CHAOS_SEED` the times of the blows.
"""

import os
import sys
from pathlib import Path

import pytest

from tests.chaos.auditor import audit
from tests.chaos.evidence import read
from tests.chaos.load import decisions_due, kind
from tests.chaos.runner import Supervisor, make_workers, run_load
from tests.chaos.verified import faults, verified
from tests.outside.kafka import await_count, await_quiet
from tests.outside.processes import free_ports, run

COUNT = int(os.environ.get("GREENLANE_CHAOS_MANIFESTS", "20000"))
SEED = int(os.environ.get("GREENLANE_CHAOS_SEED", "1"))
PER_S = 1000.0 if COUNT > 50_000 else 500.0
SESSION_S, STOPPED_S = 6.0, 9.0  # a stop outlasts the session: its partitions go to the other worker
SETTLED_S = 120.0


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.timeout(240 + COUNT / PER_S)
def test_every_parcel_is_decided_once_while_workers_are_killed_ended_and_stopped(
    broker: str, namespace: str, secret_file: Path, tmp_path: Path
):
    env = {
        "GREENLANE_BROKER": broker,
        "GREENLANE_NAMESPACE": namespace,
        "GREENLANE_SECRET_FILE": str(secret_file),
        "GREENLANE_METRICS_PORT": str(free_ports(2)),
        "GREENLANE_RUNTIME__SESSION_TIMEOUT_S": str(SESSION_S),
    }
    assert run(env, "topics", "create", "--partitions", "4").returncode == 0
    workers = make_workers(env, tmp_path)
    try:
        with Supervisor(workers).on_duty() as supervisor:
            for worker in workers:
                worker.await_ready()
            blows = run_load(broker, namespace, COUNT, PER_S, workers, seed=SEED, stopped_s=STOPPED_S)
            due = decisions_due(COUNT)
            decided = await_count(broker, [f"{namespace}.decisions.v1"], due, SETTLED_S)
            grown = ("decisions.v1", "alerts.v1", "rejected.v1", "feedback.v1")
            await_quiet(broker, [f"{namespace}.{topic}" for topic in grown])
        endings = [worker.stop() for worker in workers]
    finally:
        for worker in workers:
            worker.kill()

    report = audit(read(broker, namespace))
    sys.stdout.write(f"\nblows {dict(blows)}, endings {dict(supervisor.endings)}\n{report}\n")
    assert report.faults == [], report
    assert faults(verified(env)) == []
    assert decided == report.counts["decisions.v1"] == due
    assert report.counts["rejected.v1"] >= sum(kind(number) == "bad" for number in range(COUNT))
    assert supervisor.misfits == {}
    assert endings == [0, 0]
    assert min(blows[name] for name in ("SIGKILL", "SIGTERM", "SIGSTOP")) >= 1, "no chaos, no proof"
