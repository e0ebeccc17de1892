"""Two workers pass records over two hops while a seeded hand kills, ends and stops them; then the auditor counts.

`GREENLANE_CHAOS_MANIFESTS` sets the size, `GREENLANE_CHAOS_SEED` the blows.
"""

import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest

from tests.chaos.runtime.crew import PATIENT, SESSION_S, Crew, Worker, eventually

RECORDS = int(os.environ.get("GREENLANE_CHAOS_MANIFESTS", "20000"))
SEED = int(os.environ.get("GREENLANE_CHAOS_SEED", "1"))
PER_S = 1500
BLOWS = (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP)
SETTLE_S = 90.0


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.timeout(180 + 3 * RECORDS / PER_S)
def test_nothing_is_lost_or_doubled_while_workers_are_killed_ended_and_stopped(
    broker: str, namespace: str, topics: Callable[..., list[str]]
) -> None:
    topics(4)
    rng, blows = random.Random(SEED), Counter[str]()
    runtime = {**PATIENT, "transaction_timeout_s": 3 * SESSION_S}
    with Crew(broker, namespace) as crew:
        for slot in range(2):
            crew.hire(slot=slot, agents="hops", runtime=runtime)
        for worker in crew.workers:
            worker.await_said("ready")
        load = threading.Thread(target=publish_slowly, args=(crew,))
        load.start()
        while load.is_alive():
            blows[strike(rng, crew)] += 1
        load.join()
        audit = crew.settle(SETTLE_S)
        endings = Counter(worker.code for worker in crew.workers)
        sys.stdout.write(f"seed {SEED}, blows {dict(blows)}, endings {dict(endings)}, {audit}\n")

        assert audit.clean, crew.report()
        assert len(crew.published) == RECORDS
        assert endings.keys() <= {None, 0, 70, -signal.SIGKILL}, crew.report()


def publish_slowly(crew: Crew) -> None:
    for first in range(0, RECORDS, PER_S):
        crew.publish(range(first, min(first + PER_S, RECORDS)))
        time.sleep(1)


def strike(rng: random.Random, crew: Crew) -> str:
    """One blow to one living worker; whoever ended is started again, and is ready, before the next."""
    worker: Worker = rng.choice([worker for worker in crew.workers if worker.code is None])
    blow = rng.choice(BLOWS)
    time.sleep(rng.uniform(0.2, 1.5))
    worker.signal(blow)
    if blow == signal.SIGSTOP:
        time.sleep(SESSION_S * rng.choice((0.5, 2.0)))
        worker.signal(signal.SIGCONT)
        eventually(lambda: worker.code is not None, SESSION_S)
    else:
        worker.ends()
    crew.supervise()
    for living in [worker for worker in crew.workers if worker.code is None]:
        eventually(lambda living=living: living.said("ready") > 0 or living.code is not None, 30)  # type: ignore[misc]
    return blow.name
