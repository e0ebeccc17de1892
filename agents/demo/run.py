"""Start everything, watch, sum up, and leave no process behind however it ends."""

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import Popen
from threading import Event
from urllib.error import URLError
from urllib.request import urlopen

from rich.console import Console

from agents.broker import free_port, local
from agents.broker.node import is_free
from agents.demo.page import show
from agents.demo.tally import Tally
from agents.demo.watch import Watch
from agents.errors import GreenlaneError
from agents.processes import end, spawn
from agents.secret import new_secret
from agents.topics import create
from config.settings import Settings, load

NAMESPACE = "demo"
METRICS_PORT = 9464  # the default of a worker, as config/prometheus scrapes it
READY_S = 90.0
DRAIN_S = 20.0
ENDING_S = 30.0


def run(seconds: int | None) -> None:
    """Show the engine at work for `seconds`, or until Ctrl-C, then sum up. Raises `GreenlaneError`."""
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGHUP, leave)
    console = Console(highlight=False, soft_wrap=True)
    with ExitStack() as stack:
        home = stack.enter_context(kept_on_failure())
        settings = prepare(stack, console, home)
        worker = stack.enter_context(child(settings, home, "worker"))
        await_ready(worker, settings, home)
        console.print(f"The engine is ready; its metrics: http://127.0.0.1:{settings.metrics_port}/metrics")
        tally = Tally()
        watch = stack.enter_context(Watch.over(settings, tally, console))
        simulator = stack.enter_context(child(settings, home, "simulate", *limit(seconds)))
        with interrupts() as asked:  # without an end of its own, Ctrl-C is how it ends
            console.print("Traffic flows; the most urgent alerts of the moment follow (Ctrl-C ends it).\n")
            watch.show(seconds, lambda: not asked.is_set() and check(simulator, worker, home))
        end(simulator, ENDING_S)
        watch.drain(DRAIN_S)
    show(tally, console)


@contextmanager
def interrupts() -> Iterator[Event]:
    """Ctrl-C as a flag to look at: as an exception it can get lost in a library's callback."""
    asked = Event()
    before = signal.signal(signal.SIGINT, lambda *_: asked.set())
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def leave(*_: object) -> None:
    """Unwind everything on the first signal; the next ones find us already leaving."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    sys.exit(128 + signal.SIGTERM)


@contextmanager
def kept_on_failure() -> Iterator[Path]:
    """A directory for the logs, gone afterwards unless something went wrong."""
    home = Path(tempfile.mkdtemp(prefix="greenlane-demo-"))
    try:
        yield home
    except (SystemExit, KeyboardInterrupt):
        shutil.rmtree(home, ignore_errors=True)
        raise
    shutil.rmtree(home, ignore_errors=True)


def prepare(stack: ExitStack, console: Console, home: Path) -> Settings:
    """A broker that answers, the topics, and a secret nobody needs afterwards."""
    broker = os.environ.get("GREENLANE_BROKER")
    if not broker:
        console.print("Starting Apache Kafka (the first time it is downloaded, about 60 MB) ...")
        broker = stack.enter_context(local()).address
    new_secret(home / "secret")
    port = METRICS_PORT if is_free(METRICS_PORT) else free_port()
    settings = load(broker=broker, namespace=NAMESPACE, metrics_port=port, secret_file=home / "secret")
    create(settings)
    console.print(f"Apache Kafka answers at {broker}; topics are in the namespace {NAMESPACE}.")
    return settings


@contextmanager
def child(settings: Settings, home: Path, *command: str) -> Iterator[Popen[bytes]]:
    """One greenlane command as a process of its own, ended with the block."""
    process = spawn([sys.executable, "-m", "agents.cli", *command], environment(settings), home / f"{command[0]}.log")
    try:
        yield process
    finally:
        end(process, ENDING_S)


def environment(settings: Settings) -> dict[str, str]:
    return os.environ | {
        "GREENLANE_BROKER": settings.broker,
        "GREENLANE_NAMESPACE": settings.namespace,
        "GREENLANE_METRICS_PORT": str(settings.metrics_port),
        "GREENLANE_SECRET_FILE": str(settings.secret_file),
    }


def limit(seconds: int | None) -> list[str]:
    return [] if seconds is None else ["--seconds", str(seconds)]


def await_ready(worker: Popen[bytes], settings: Settings, home: Path) -> None:
    deadline = time.monotonic() + READY_S
    while not ready(settings.metrics_port):
        refuse_the_dead(worker, "worker", home)
        if time.monotonic() > deadline:
            raise GreenlaneError(f"the worker is not ready after {READY_S:.0f} s; see {home / 'worker.log'}")
        time.sleep(0.1)


def ready(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def check(simulator: Popen[bytes], worker: Popen[bytes], home: Path) -> bool:
    """Whether traffic still flows. Raises `GreenlaneError` when a process died."""
    refuse_the_dead(worker, "worker", home)
    if simulator.poll():
        refuse_the_dead(simulator, "simulate", home)
    return simulator.poll() is None


def refuse_the_dead(process: Popen[bytes], name: str, home: Path) -> None:
    if process.poll() is not None:
        log = home / f"{name}.log"
        last = (log.read_text(encoding="utf-8", errors="replace").splitlines() or ["nothing"])[-1]
        raise GreenlaneError(f"greenlane {name} ended with code {process.returncode} ({log}): {last[:300]}")
