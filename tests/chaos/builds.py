"""The real worker with a pause point in it, or broken on purpose, to see that the harness notices.

`python -m tests.chaos.builds ORDERS --slot N` is `greenlane worker --slot N` but for what ORDERS (JSON) say. Nothing
of this can be reached in production.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from copy import copy
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from confluent_kafka import Producer

from agents import logs, runtime, worker
from agents.errors import GreenlaneError
from agents.runtime import Guards
from agents.runtime.agent import unhindered
from agents.runtime.transactions import Transactions
from config.settings import load
from streams.risk import RiskShard

A_TICK = 10  # outputs: what a cycle without records writes at most


@dataclass(frozen=True)
class Orders:
    """`at` is a pause point; when it is passed for the `count`-th time, `action` follows: "kill", or "sleep" for_s.

    A worker is killed once: then `gate` exists. `every` makes each later pass sleep too. `broken` names a build, `off`
    guards of the runtime, `ahead_s` how far this process's clock is ahead.
    """

    at: str = ""
    count: int = 1
    action: str = ""
    for_s: float = 0.0
    every: bool = False
    gate: str = ""
    broken: str = ""
    off: list[str] = field(default_factory=list)
    ahead_s: float = 0.0

    @property
    def command(self) -> tuple[str, ...]:
        return (sys.executable, "-m", "tests.chaos.builds", json.dumps(asdict(self)))


class Points:
    """Does what was ordered when the pause point is passed."""

    def __init__(self, orders: Orders) -> None:
        self.orders, self.passed = orders, 0

    def __call__(self, point: str) -> None:
        self.passed += point == self.orders.at
        due = self.passed >= self.orders.count if self.orders.every else self.passed == self.orders.count
        if point == self.orders.at and due and not self._done:
            self._act()

    @property
    def _done(self) -> bool:
        return bool(self.orders.gate) and Path(self.orders.gate).exists()

    def _act(self) -> None:
        if self.orders.gate:
            Path(self.orders.gate).touch()
        if self.orders.action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(self.orders.for_s)


def commit_offsets_on_their_own() -> None:
    """Offsets in a transaction of their own, before that of the outputs they stand for; between them is "apart"."""
    whole, beside = Transactions.commit, dict[int, Transactions]()

    def apart(self: Transactions, outputs: Any, commits: Any, identity: Any) -> None:
        other = beside.get(id(self)) or beside.setdefault(id(self), twin(self))
        whole(other, (), commits, identity)
        if len(outputs) > A_TICK:
            self._station.hooks("apart")
        whole(self, outputs, {}, identity)

    Transactions.commit = apart  # type: ignore[method-assign]


def twin(transactions: Transactions) -> Transactions:
    """A second producer of the same worker; nobody pauses it."""
    other, station = copy(transactions), transactions._station
    other._station = replace(station, hooks=unhindered)
    other._producer = Producer({**station.client, "transactional.id": f"{station.instance}-beside"})
    other.open()
    return other


def forget_items_at_restart() -> None:
    """A restored shard knows nothing of the items of before."""
    RiskShard.replay = lambda *_: None  # type: ignore[method-assign]
    RiskShard.load = lambda *_: None


BUILDS: dict[str, Callable[[], None]] = {
    "": lambda: None,
    "offsets outside the transaction": commit_offsets_on_their_own,
    "duplicates not recognised after restart": forget_items_at_restart,
}


def shift_clock(ahead_s: float) -> None:
    true = time.time
    time.time = lambda: true() + ahead_s


def main() -> int:
    orders, slot = Orders(**json.loads(sys.argv[1])), int(sys.argv[3])
    guards = Guards(**dict.fromkeys(orders.off, False))
    runtime.run = partial(runtime.run, hooks=Points(orders), guards=guards)
    BUILDS[orders.broken]()
    shift_clock(orders.ahead_s)
    logs.configure()
    try:
        return worker.run(load(), slot)
    except GreenlaneError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
