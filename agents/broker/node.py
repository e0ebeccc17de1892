"""One Kafka node as a process: format, start, wait until it answers, stop."""

import fcntl
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agents.access import Access
from agents.broker.jars import classpath, program
from agents.clients import answers
from agents.errors import EnvironmentLacksError, GreenlaneError
from agents.processes import die_with_parent

HERE = Path(__file__).parent
HOST = "127.0.0.1"
# Below the ports Linux and macOS hand out for outgoing connections: nothing else takes a port while we restart,
# and a client that keeps trying an absent broker cannot end up connected to itself.
PORTS = range(20_000, 32_000)
START_S = 60.0
STOP_S = 30.0
HEAP = ("-Xms256m", "-Xmx1g", "-XX:+UseSerialGC", "-Djava.awt.headless=true")  # one node, few cores: no helper threads


def free_port() -> int:
    """A loopback port nobody listens on."""
    for port in random.sample(PORTS, k=len(PORTS)):
        if is_free(port):
            return port
    raise EnvironmentLacksError(f"every port from {PORTS.start} to {PORTS.stop} is taken")


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def state_dir() -> Path:
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "greenlane"


@dataclass
class Node:
    """A node listening on `port`, its data, log and process id in `home`.

    The process holds a lock on its pid file for as long as it lives, so a stale file is never mistaken for a
    running node and a second start is noticed.
    """

    home: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    def at(cls, port: int) -> "Node":
        """The node of this user at `port`, whoever started it."""
        return cls(state_dir() / f"broker-{port}", port)

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def access(self) -> Access:
        """How its owner gets in."""
        return Access(self.address)

    @property
    def log(self) -> Path:
        return self.home / "broker.log"

    @property
    def pid(self) -> int | None:
        """The process id, None unless the process lives."""
        try:
            with self._pid_file.open() as file:
                return None if lock(file.fileno()) else int(file.read() or 0) or None
        except FileNotFoundError:
            return None

    @property
    def _pid_file(self) -> Path:
        return self.home / "pid"

    @property
    def _config(self) -> Path:
        return self.home / "server.properties"

    def start(self, *, tied: bool = False) -> None:
        """Start and return once the node answers; where one answers already, nothing is done.

        A `tied` node dies with the thread that started it, however that ends (Linux). Raises `GreenlaneError`.
        """
        if not self.pid and not answers(self.access):
            self._refuse_a_taken_port()
            self._format()
            self._launch(die_with_parent if tied else None)
        self._await_answer(time.monotonic() + START_S)

    def stop(self, patience_s: float = STOP_S) -> None:
        """Let the node finish what it does, and return when it is gone."""
        if not self._end(signal.SIGTERM, patience_s):
            self.kill()

    def kill(self) -> None:
        """End the node as a power cut would."""
        if not self._end(signal.SIGKILL, STOP_S):
            raise GreenlaneError(f"the broker at {self.address} (process {self.pid}) does not end")

    def _refuse_a_taken_port(self) -> None:
        if not is_free(self.port):
            raise EnvironmentLacksError(f"something else listens at {self.address}")

    def _format(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self._config.write_text(self._properties(), encoding="utf-8")
        options = ["format", "--ignore-formatted", "-t", "greenlane-local-broker", "-c", str(self._config)]
        options += self._first_users()
        done = subprocess.run(self._java("kafka.tools.StorageTool", *options), capture_output=True, check=False)  # noqa: S603
        if done.returncode:
            raise EnvironmentLacksError(f"cannot prepare {self.home}: {done.stderr.decode(errors='replace')[-300:]}")

    def _first_users(self) -> list[str]:
        """Options of `StorageTool format` for users that exist from the start; here everybody is let in."""
        return []

    def _properties(self) -> str:
        controller = f"{HOST}:{free_port()}"
        return HERE.joinpath("server.properties").read_text(encoding="utf-8") + (
            f"\n{self._listeners(controller)}controller.quorum.voters=1@{controller}\nlog.dirs={self.home / 'data'}\n"
        )

    def _listeners(self, controller: str) -> str:
        """Who may come in where."""
        return (
            f"listeners=PLAINTEXT://{self.address},CONTROLLER://{controller}\n"
            f"advertised.listeners=PLAINTEXT://{self.address}\n"
        )

    def _java(self, main: str, *arguments: str) -> list[str]:
        logging = [f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}", f"-Dgreenlane.log={self.log}"]
        return [program("java"), *HEAP, *logging, "-cp", classpath(), main, *arguments]

    def _launch(self, prepare: Callable[[], None] | None) -> None:
        command = self._java("kafka.Kafka", str(self._config))
        with self._pid_file.open("a") as pid_file, self.log.open("ab") as log:
            if not lock(pid_file.fileno()):
                return  # another start was quicker; wait for that one
            pid_file.truncate(0)
            self.process = subprocess.Popen(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal is ours to handle
                pass_fds=[pid_file.fileno()],
                preexec_fn=prepare,  # noqa: PLW1509 - one system call, on purpose
            )
            pid_file.write(str(self.process.pid))

    def _await_answer(self, deadline: float) -> None:
        while not answers(self.access):
            if self.process and not self.pid:
                raise EnvironmentLacksError(f"the broker ended while starting; its last words: {self._last_words()}")
            if time.monotonic() > deadline:
                raise EnvironmentLacksError(f"the broker does not answer at {self.address}; see {self.log}")
            time.sleep(0.05)

    def _last_words(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return next((line for line in reversed(lines) if " ERROR " in line or " FATAL " in line), f"see {self.log}")

    def _end(self, how: signal.Signals, patience_s: float) -> bool:
        deadline = time.monotonic() + patience_s
        if pid := self.pid:
            os.kill(pid, how)
        while self.pid and time.monotonic() < deadline:
            time.sleep(0.05)
        if self.process and not self.pid:
            self.process.wait()
        return not self.pid


def lock(descriptor: int) -> bool:
    """Take the lock of an open file if nobody holds it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def local(port: int | None = None) -> Iterator[Node]:
    """A throwaway node on `port` (default: a free one) that is gone, with its data, when the block ends."""
    home = Path(tempfile.mkdtemp(prefix="greenlane-broker-"))
    node = Node(home, port or free_port())
    try:
        node.start(tied=True)
        yield node
    finally:
        node.kill()
        shutil.rmtree(home, ignore_errors=True)
