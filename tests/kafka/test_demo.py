"""The demo leaves nothing behind, however it ends."""

import os
import re
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = [pytest.mark.kafka, pytest.mark.slow]
MARK = "GREENLANE_TEST_MARK"


class Demo:
    """A running demo and all processes that carry its mark in their environment."""

    def __init__(self, scratch: Path, *arguments: str) -> None:
        self.mark = f"{MARK}={uuid.uuid4().hex}"
        name, mark = self.mark.split("=")
        environment = {key: text for key, text in os.environ.items() if not key.startswith("GREENLANE_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "agents.cli", "demo", *arguments],
            env=environment | {name: mark, "PYTHONUNBUFFERED": "1", "TMPDIR": str(scratch)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def await_line(self, words: str) -> None:
        assert self.process.stdout
        said = []
        for line in self.process.stdout:
            said.append(line)
            if words in line:
                return
        pytest.fail("".join(said))

    def rest(self) -> str:
        return self.process.communicate(timeout=240)[0]

    def processes(self) -> list[int]:
        return [int(path.name) for path in Path("/proc").glob("[0-9]*") if self._is_ours(path)]

    def _is_ours(self, path: Path) -> bool:
        try:
            return self.mark.encode() in path.joinpath("environ").read_bytes()
        except OSError:
            return False

    def await_silence(self, patience_s: float = 20.0) -> None:
        deadline = time.monotonic() + patience_s
        while left := self.processes():
            assert time.monotonic() < deadline, f"still running: {left}"
            time.sleep(0.05)


@pytest.fixture
def demo(broker: str, tmp_path: Path) -> Iterator[Callable[..., Demo]]:
    assert broker  # Java and Maven are there; the demo starts a broker of its own
    started: list[Demo] = []

    def start(*arguments: str) -> Demo:
        started.append(Demo(tmp_path, *arguments))
        return started[-1]

    yield start
    for one in started:
        for pid in one.processes():
            os.kill(pid, signal.SIGKILL)
        one.process.wait()


def test_the_demo_ends_by_itself_with_a_summary_that_holds(demo: Callable[..., Demo]) -> None:
    shown = demo("--seconds", "12")

    page = " ".join(shown.rest().split())

    assert shown.process.returncode == 0, page
    assert re.search(r"Manifests [1-9]", page), page
    assert "every parcel filed was decided or refused, no version decided twice" in page, page
    assert shown.processes() == []


@pytest.mark.parametrize(
    ("how", "code"),
    [(signal.SIGINT, 0), (signal.SIGTERM, 128 + signal.SIGTERM)],
    ids=["Ctrl-C", "SIGTERM"],
)
def test_a_demo_told_to_end_takes_everything_with_it(demo: Callable[..., Demo], how: signal.Signals, code: int) -> None:
    shown = demo()
    shown.await_line("Traffic flows")
    assert len(shown.processes()) >= 3  # itself, the broker, the worker

    shown.process.send_signal(how)
    page = shown.rest()

    assert shown.process.returncode == code, page
    assert "Traceback" not in page
    shown.await_silence()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends the children of a killed parent")
def test_a_killed_demo_takes_everything_with_it(demo: Callable[..., Demo]) -> None:
    shown = demo()
    shown.await_line("The engine is ready")

    shown.process.kill()

    shown.await_silence()
