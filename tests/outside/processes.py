"""`greenlane` as a process: commands that end, and workers that stay."""

import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

GREENLANE = str(Path(sys.executable).with_name("greenlane"))
READY_S = 60.0


def run(
    env: Mapping[str, str], *arguments: str, stdin: bytes | None = None, timeout_s: float = 120.0
) -> subprocess.CompletedProcess[bytes]:
    """A command that ends by itself."""
    return subprocess.run(
        [GREENLANE, *arguments],
        env={**os.environ, **env},
        input=stdin,
        capture_output=True,
        timeout=timeout_s,
        check=False,
    )


GIVEN: set[int] = set()


def free_ports(count: int) -> int:
    """The first of `count` neighbouring ports that nobody listens on, below those that outgoing connections get.

    Each process that tests side by side with others has a range of its own, and gives no port twice: until a worker is
    up, its port looks free.
    """
    tester = int(os.environ.get("PYTEST_XDIST_WORKER", f"gw{random.randrange(8)}").removeprefix("gw")) % 8
    ports = range(12_000 + 1_000 * tester, 13_000 + 1_000 * tester - count, count)
    for first in random.sample(ports, k=len(ports)):
        wanted = range(first, first + count)
        if GIVEN.isdisjoint(wanted) and all(map(_is_free, wanted)):
            GIVEN.update(wanted)
            return first
    raise OSError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@dataclass
class Worker:
    """`greenlane worker --slot N`, or another `command` in its place; everything it says goes to `log`."""

    env: Mapping[str, str]
    log: Path
    slot: int = 0
    command: tuple[str, ...] = (GREENLANE, "worker")
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> "Worker":
        command = [*self.command, "--slot", str(self.slot)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, **self.env},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    @property
    def code(self) -> int | None:
        """The exit code, None while it lives."""
        return self.process.poll() if self.process else None

    def signal(self, number: signal.Signals) -> None:
        if self.process and self.code is None:
            self.process.send_signal(number)

    def fetch(self, page: str) -> str:
        """A page of its HTTP endpoint; raises `OSError` when it does not answer 200."""
        port = int(self.env["GREENLANE_METRICS_PORT"]) + self.slot
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{page}", timeout=5) as answer:
            return str(answer.read().decode())

    @property
    def lag_records(self) -> float:
        """Of all its partitions, as its metrics say."""
        lags = re.findall(r"^greenlane_consumer_lag_records\{.*\} (\S+)$", self.fetch("/metrics"), re.MULTILINE)
        return sum(map(float, lags))

    @property
    def memory_mib(self) -> float:
        """Resident."""
        assert self.process
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024

    def is_ready(self) -> bool:
        try:
            return bool(self.fetch("/readyz"))
        except OSError:
            return False

    def await_ready(self, timeout_s: float = READY_S) -> "Worker":
        deadline = time.monotonic() + timeout_s
        while not self.is_ready():
            assert self.code is None, f"worker ended with {self.code}:\n{self.said()[-3000:]}"
            assert time.monotonic() < deadline, f"worker not ready after {timeout_s} s:\n{self.said()[-3000:]}"
            time.sleep(0.1)  # the endpoint can only be asked again
        return self

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self, timeout_s: float = 35.0) -> int:
        """SIGTERM, as a supervisor would; the exit code."""
        assert self.process
        self.signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout_s)
        finally:
            self.kill()

    def kill(self) -> None:
        if self.process:
            self.signal(signal.SIGKILL)
            self.process.wait()
