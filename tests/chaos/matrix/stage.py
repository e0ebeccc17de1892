"""One run of one row: a namespace of its own, supervised workers under load, a fault, and then the accounts."""

import json
import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from confluent_kafka.admin import AdminClient, TopicMetadata

from tests.chaos.auditor import audit
from tests.chaos.evidence import Audit, read
from tests.chaos.load import decisions_due, filing, happenings
from tests.chaos.matrix.traffic import Happenings, Load, Moment, Witness
from tests.chaos.matrix.worlds import World
from tests.chaos.runner import Supervisor
from tests.outside.kafka import Send, await_quiet
from tests.outside.processes import Worker, free_ports, run

PARTITIONS, SLOTS, PER_S = 4, 8, 200.0
SESSION_S = 3.0  # production waits longer; here a run is to be short
ANSWER_S = 30.0
SETTLED_S, QUIET_S, STOPPED_S = 90.0, 1.5, 30.0
STEP_S = 0.05
# Limits are for a machine of two cores that does nothing else; on a busy one they may be stretched.
PATIENCE = float(os.environ.get("GREENLANE_CHAOS_PATIENCE", "1"))
KEY_MATERIAL = "dGhlIHNhbWUgMzIgYnl0ZXMgaW4gZXZlcnkgY2hhb3M=\n"  # draws and pseudonyms follow from it
PLACED = {"decisionId", "supersedesDecisionId", "source", "decidedAt", "controlOffset", "engine"}
OUTPUTS = ("decisions.v1", "alerts.v1", "rejected.v1", "feedback.v1")
ENV = {
    "GREENLANE_RUNTIME__SESSION_TIMEOUT_S": str(SESSION_S),
    "GREENLANE_RUNTIME__TRANSACTION_TIMEOUT_S": "5",
    "GREENLANE_SNAPSHOTS__EVERY_S": "2",  # so that faults meet them
    "GREENLANE_SNAPSHOTS__EVERY_RECORDS": "50",
}


def in_one_partition(namespace: str, number: int) -> Iterator[Send]:
    """Filings alone, in one order: then nothing races, and another run must decide the same."""
    yield filing(namespace, number)._replace(partition=0)


@dataclass
class Stage:
    """What a row acts on. `faults` are sentences about what did not hold, `notes` what is worth telling."""

    world: World
    folder: Path
    seed: int
    env: Mapping[str, str] = field(default_factory=dict)
    happenings: Happenings = happenings
    due: Callable[[int], int] = decisions_due
    namespace: str = field(default_factory=lambda: f"chaos-{uuid.uuid4().hex[:8]}")
    workers: list[Worker] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    recoveries_s: list[float] = field(default_factory=list)
    load: Load = field(init=False)
    witness: Witness = field(init=False)
    supervisor: Supervisor = field(init=False)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)
        self.base = ENV | {
            "GREENLANE_NAMESPACE": self.namespace,
            "GREENLANE_SECRET_FILE": str(self.folder / "secret"),
            "GREENLANE_METRICS_PORT": str(free_ports(SLOTS)),
            **self.env,
        }
        secret = self.folder / "secret"
        secret.write_text(KEY_MATERIAL, encoding="utf-8")
        secret.chmod(0o600)
        self.command("topics", "create", "--partitions", str(PARTITIONS))

    @property
    def broker(self) -> str:
        return self.world.address

    def topic(self, name: str) -> str:
        return f"{self.namespace}.{name}"

    def command(self, *arguments: str) -> str:
        """Run `greenlane`, which must end well; what it said."""
        done = run(self.base | {"GREENLANE_BROKER": self.broker}, *arguments)
        if done.returncode:
            raise OSError(
                f"greenlane {' '.join(arguments)} ended with {done.returncode}: {done.stderr.decode()[-500:]}"
            )
        return done.stdout.decode()

    def worker(self, slot: int, *command: str, **env: str) -> Worker:
        """A worker that is not started yet."""
        entrance = {"GREENLANE_BROKER": self.world.entrance(slot)}
        more = {"command": command} if command else {}
        return Worker(self.base | entrance | env, self.folder / f"worker-{slot}.log", slot, **more)

    @contextmanager
    def on_duty(self, *workers: Worker) -> Iterator[None]:
        """Workers (two, unless given) restarted whenever they end, load and witness; at the end all is stopped."""
        self.workers = list(workers) or [self.worker(0), self.worker(1)]
        self.supervisor = Supervisor(self.workers)
        self.load = Load(self.broker, self.namespace, self.happenings, PER_S)
        self.witness = Witness(self.broker, self.namespace, PARTITIONS)
        try:
            with self.supervisor.on_duty():
                for worker in self.workers:
                    worker.await_ready()
                self.witness.start()
                self.load.start()
                self.flows(Moment.now())
                yield
                self._settle()
            self._end()
        finally:
            for worker in self.workers:
                worker.kill()

    # What a row does between its blows.

    def admin(self, ask: Callable[[AdminClient], Any]) -> Any:
        """What the broker answers; with a client made for the question, for none may trip over an outage before."""
        client = AdminClient({"bootstrap.servers": self.broker, "log_level": 0})
        answer = ask(client)
        return answer.result(ANSWER_S) if isinstance(answer, Future) else answer

    def layout(self, *topics: str) -> dict[str, TopicMetadata]:
        """Topics as the cluster has them, all of them unless named."""
        known = self.admin(lambda client: client.list_topics(timeout=ANSWER_S)).topics
        return {name: known[name] for name in map(self.topic, topics)} if topics else known

    def play(self, least_s: float, most_s: float) -> None:
        """Let it go on for a seeded while."""
        time.sleep(self.chance.uniform(least_s, most_s))

    @contextmanager
    def all_stopped(self) -> Iterator[None]:
        """While the block lasts no worker of ours runs, and nobody starts one."""
        self.supervisor.resting = True
        for worker in self.workers:
            worker.signal(signal.SIGTERM)
        self.until(lambda: all(worker.code is not None for worker in self.workers), STOPPED_S, "all workers ended")
        yield
        self.supervisor.resting = False

    def flows(self, since: Moment, within_s: float = 30.0) -> float:
        """Wait until what is published after `since` is decided in every partition; the seconds it took."""
        self.until(lambda: self.witness.recovered_s(since) is not None, within_s, "decisions flow in every partition")
        return self.witness.recovered_s(since) or float("inf")

    def recovers(self, since: Moment, within_s: float) -> None:
        """As `flows`, counted as this run's time to recover, and a fault where it takes longer."""
        allowed_s = within_s * PATIENCE
        self.recoveries_s.append(took_s := self.flows(since, max(2 * within_s, 30.0)))
        self.require(took_s <= allowed_s, f"recovered after {took_s:.1f} s, allowed are {allowed_s:.0f} s")

    def until(self, holds: Callable[[], bool], within_s: float, what: str) -> None:
        """Wait for something; a fault when it does not come."""
        within_s *= PATIENCE
        until = time.monotonic() + within_s
        while not holds():
            if time.monotonic() > until:
                self.faults.append(f"after {within_s:.0f} s still not: {what}")
                return
            time.sleep(STEP_S)  # other processes can only be looked at again

    def has_ended(self, code: int, times: int, within_s: float) -> None:
        """Wait until so many workers in all have ended with this code."""
        endings = self.supervisor.endings
        self.until(lambda: endings[code] >= times, within_s, f"{times} workers have ended with {code}")

    def require(self, holds: object, sentence: str) -> None:
        if not holds:
            self.faults.append(sentence)

    # The end of a run.

    def _settle(self) -> None:
        due = self.due(self.load.finish())
        self.require(not self.load.error, self.load.error)
        seen = self.witness.await_count(due, SETTLED_S * PATIENCE)
        self.require(seen >= due, f"{seen} decisions of {due} within {SETTLED_S:.0f} s")
        await_quiet(self.broker, [self.topic(name) for name in OUTPUTS], QUIET_S, SETTLED_S)
        self.until(lambda: all(worker.is_ready() for worker in self.workers), SETTLED_S, "all workers are ready")

    def _end(self) -> None:
        for worker in self.workers:
            code = worker.stop(STOPPED_S)
            self.require(code == 0, f"slot {worker.slot} ended with {code} when asked to")
        self.witness.stop()
        self.require(not self.supervisor.misfits, f"workers ended with {self.supervisor.misfits}")

    def audit(self) -> Audit:
        """The accounts, by somebody who knows nothing of the engine."""
        report = audit(read(self.broker, self.namespace))
        self.faults += report.faults
        return report

    def decisions(self) -> list[Any]:
        """Every decision of the run."""
        return [json.loads(e.value or b"") for e in read(self.broker, self.namespace, ["decisions.v1"])["decisions.v1"]]

    def decided(self) -> dict[tuple[str, int], Any]:
        """What was decided about each version of each item, without what names a place or a time."""
        return {(d["itemId"], d["version"]): {k: v for k, v in d.items() if k not in PLACED} for d in self.decisions()}
