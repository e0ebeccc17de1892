"""`greenlane worker`, killed while parcels are decided anew because of an incident, at a point that is named.

`python -m tests.chaos.at_incident POINT --slot N`: POINT is "deciding", when all of them are decided and nothing is
sent, or one of the runtime's pause points after that: "offsets" or "commit". Nothing of this can be reached in
production.
"""

import os
import signal
import sys
from functools import partial
from typing import Any

from agents import logs, runtime, worker
from config.settings import load
from streams.risk.overruling import Overruling
from streams.topics import DECISIONS

POINTS = ("deciding", "offsets", "commit")


class Killer:
    """Strikes at the first passing of `point` after an incident has led to a decision."""

    def __init__(self, point: str) -> None:
        self.point, self.armed = point, False

    def __call__(self, point: str) -> None:
        if self.armed and point == self.point:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """See to it that this worker tells when an incident has led to a decision."""
        apply = Overruling.apply

        def watched(overruling: Overruling, incidents: Any, turn_of: Any, progress: Any) -> Any:
            turns = [turn_of(incident) for incident in incidents]
            come_to = apply(overruling, incidents, turn_of, progress)
            self.armed |= any(_decided(turn) for turn in turns)
            self("deciding")
            return come_to

        Overruling.apply = watched  # type: ignore[method-assign]


def _decided(turn: Any) -> bool:
    return turn.effects.heard and any(output.topic == DECISIONS for output in turn.effects.outputs)


def main() -> int:
    killer, slot = Killer(sys.argv[1]), int(sys.argv[3])
    killer.watch()
    runtime.run = partial(runtime.run, hooks=killer)
    logs.configure()
    return worker.run(load(), slot)


if __name__ == "__main__":
    sys.exit(main())
