"""A namespace with a worker in it, for tests that can share one."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.chaos.evidence import Entry, read
from tests.outside.kafka import Send, await_count, publish
from tests.outside.processes import Worker, free_ports, run

DECIDED_S = 60.0


@dataclass(frozen=True)
class Engine:
    """What tests do with a running worker."""

    broker: str
    namespace: str
    worker: Worker

    def topic(self, name: str) -> str:
        return f"{self.namespace}.{name}"

    def ends(self, *topics: str) -> int:
        """How many records `topics` hold by now."""
        return sum(len(entries) for entries in read(self.broker, self.namespace, topics).values())

    def publish(self, records: list[Send], compression: str = "lz4", *, answers: int) -> None:
        """Publish, and wait for as many decisions and rejects to come of it as are due."""
        before = self.ends("decisions.v1", "rejected.v1")
        publish(self.broker, records, compression)
        due = before + answers
        seen = await_count(self.broker, [self.topic("decisions.v1"), self.topic("rejected.v1")], due, DECIDED_S)
        assert seen == due, f"{seen - before} answers came, {answers} were due"

    def read(self, topic: str) -> list[Entry]:
        return read(self.broker, self.namespace, [topic])[topic]

    def values(self, topic: str) -> list[Any]:
        """The records of a JSON topic."""
        return [json.loads(entry.value or b"") for entry in self.read(topic)]


@contextmanager
def running(broker: str, folder: Path, partitions: int = 2) -> Iterator[Engine]:
    """An engine of one worker in a namespace of its own; ends as asked, with code 0, or the test fails."""
    secret, namespace = folder / "secret", f"test-{uuid.uuid4().hex[:10]}"
    env = {
        "GREENLANE_BROKER": broker,
        "GREENLANE_NAMESPACE": namespace,
        "GREENLANE_SECRET_FILE": str(secret),
        "GREENLANE_METRICS_PORT": str(free_ports(1)),
    }
    for command in (["secret", "new", str(secret)], ["topics", "create", "--partitions", str(partitions)]):
        done = run(env, *command)
        assert done.returncode == 0, done.stderr
    worker = Worker(env, folder / "worker.log").start()
    try:
        yield Engine(broker, namespace, worker.await_ready())
        assert worker.stop() == 0
    finally:
        worker.kill()
