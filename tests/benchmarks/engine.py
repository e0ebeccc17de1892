"""A real `greenlane worker` to measure: started, asked how far it is, ended."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from prometheus_client.parser import text_string_to_metric_families

from agents.broker import free_port
from agents.processes import end, spawn
from agents.topics import create, full_name
from config.settings import Settings, load
from tests.benchmarks.loads import Load
from tests.benchmarks.measure import cpu_s, fill

GREENLANE = Path(sys.executable).with_name("greenlane")
READY_S = 60.0
EMPTY: Mapping[str, Sequence[Load]] = {}


class Engine:
    """One worker process in a namespace of its own."""

    def __init__(self, settings: Settings, process: subprocess.Popen[bytes], log: Path) -> None:
        self.settings = settings
        self._process = process
        self._log = log

    def topic(self, name: str) -> str:
        return f"{self.settings.namespace}.{name}"

    def cpu_s(self) -> float:
        """User and system time (s) so far."""
        return cpu_s(self._process.pid)

    def await_ready(self) -> None:
        deadline = time.monotonic() + READY_S
        while not self._answers("/readyz"):
            assert self._process.poll() is None, f"the worker ended:\n{self._log.read_text(encoding='utf-8')[-2000:]}"
            assert time.monotonic() < deadline, f"the worker is not ready after {READY_S} s"
            time.sleep(0.1)

    def processed(self) -> int:
        """Records of all topics whose transaction is committed."""
        return int(self._sample("greenlane_batch_records_sum"))

    def await_processed(self, records: int, timeout_s: float = 180.0) -> int:
        """Wait until `records` or more are committed; how many are."""
        deadline = time.monotonic() + timeout_s
        while (done := self.processed()) < records:
            assert time.monotonic() < deadline, f"{done} of {records} records after {timeout_s} s"
            time.sleep(0.05)  # the endpoint can only be asked again
        return done

    def _answers(self, page: str) -> bool:
        try:
            return bool(self._fetch(page))
        except OSError:
            return False

    def _fetch(self, page: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.settings.metrics_port}{page}", timeout=10) as answer:
            return str(answer.read().decode())

    def _sample(self, name: str) -> float:
        families = text_string_to_metric_families(self._fetch(f"/metrics?name[]={name}"))
        return next(sample.value for family in families for sample in family.samples if sample.name == name)


@contextmanager
def engine(broker: str, partitions: int = 4, waiting: Mapping[str, Sequence[Load]] = EMPTY) -> Iterator[Engine]:
    """A worker that has joined, with topics of its own, in which `waiting` was published before."""
    with TemporaryDirectory() as folder:
        secret = Path(folder) / "secret"
        secret.write_text("dGhlIHNhbWUgMzIgYnl0ZXMgaW4gZXZlcnkgYmVuY2g=\n", encoding="utf-8")
        settings = load(
            broker=broker, namespace=f"bench-{time.time_ns()}", secret_file=secret, metrics_port=free_port()
        )
        create(settings, partitions)
        for topic, records in waiting.items():
            fill(broker, full_name(settings.namespace, topic), records)
        names = ("broker", "namespace", "secret_file", "metrics_port")
        environment = {f"GREENLANE_{name.upper()}": str(getattr(settings, name)) for name in names}
        process = spawn([str(GREENLANE), "worker"], {**os.environ, **environment}, log := Path(folder) / "log")
        try:
            worker = Engine(settings, process, log)
            worker.await_ready()
            yield worker
        finally:
            end(process, patience_s=30)
