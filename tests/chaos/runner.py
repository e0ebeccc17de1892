"""Two supervised workers under load, and a seeded hand that kills, ends and stops them."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.chaos.load import load
from tests.outside.kafka import Send, publish
from tests.outside.processes import Worker

BLOWS = (signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP)
# How a worker may end: as asked, in doubt, without a broker to start with, killed, asked before it was awake.
LIVES = {0, 70, 69, -signal.SIGKILL, -signal.SIGTERM}
PAUSE_S = (2.0, 6.0)  # between blows


@dataclass
class Supervisor:
    """Restarts whatever ends, as systemd or Kubernetes would, and remembers how it ended; not while it is `resting`."""

    workers: list[Worker]
    endings: Counter[int] = field(default_factory=Counter)
    resting: bool = False
    _done: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self._done.wait(0.1):
            for worker in self.workers:
                if not self.resting and (code := worker.code) is not None:
                    self.endings[code] += 1
                    worker.start()

    @contextmanager
    def on_duty(self) -> Iterator["Supervisor"]:
        thread = threading.Thread(target=self.watch, name="supervisor")
        for worker in self.workers:
            worker.start()
        thread.start()
        try:
            yield self
        finally:
            self._done.set()
            thread.join()

    @property
    def misfits(self) -> dict[int, int]:
        """Exit codes that no worker should end with."""
        return {code: count for code, count in self.endings.items() if code not in LIVES}


def strike(workers: list[Worker], seed: int, stopped_s: float, until: threading.Event) -> Counter[str]:
    """Blow after blow at seeded times until told to end; a stopped worker is woken after `stopped_s`."""
    chance, dealt = Random(seed), Counter[str]()
    turn = 0
    while not until.wait(chance.uniform(*PAUSE_S)):
        blow = BLOWS[turn % len(BLOWS)]
        awake = [worker for worker in workers if worker.is_ready()] if blow is signal.SIGTERM else workers
        worker = chance.choice(awake or workers)
        turn += 1
        worker.signal(blow)
        dealt[blow.name] += 1
        if blow is signal.SIGSTOP:
            until.wait(stopped_s)
            worker.signal(signal.SIGCONT)
    return dealt


def paced(records: Iterator[Send], per_s: float) -> Iterator[Send]:
    """Hand out records at an even rate."""
    began_s = time.monotonic()
    for number, record in enumerate(records):
        ahead_s = began_s + number / per_s - time.monotonic()
        if ahead_s > 0.01:
            time.sleep(ahead_s)
        yield record


def make_workers(env: Mapping[str, str], folder: Path) -> list[Worker]:
    return [Worker(env, folder / f"worker-{slot}.log", slot) for slot in (0, 1)]


def run_load(
    broker: str, namespace: str, count: int, per_s: float, workers: list[Worker], **blows: float
) -> Counter[str]:
    """Publish `count` filings while blows fall; returns the blows."""
    published, dealt = threading.Event(), Counter[str]()
    seed, stopped_s = int(blows["seed"]), blows["stopped_s"]
    hand = threading.Thread(target=lambda: dealt.update(strike(workers, seed, stopped_s, published)), name="chaos")
    hand.start()
    try:
        publish(broker, paced(load(namespace, count), per_s))
    finally:
        published.set()
        hand.join()
    return dealt
