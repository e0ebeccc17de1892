"""What undisturbed workers decide about the same filings in the same order: a disturbed run must decide the same."""

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from tests.chaos.load import decisions_due
from tests.chaos.matrix.stage import SETTLED_S, Stage, in_one_partition
from tests.chaos.matrix.worlds import World
from tests.outside.kafka import await_count, publish

Decided = dict[tuple[str, int], Any]


def check_against_reference(stage: Stage) -> None:
    """A decision follows from what was filed before it, so that a shorter run decides a part of the same."""
    if stage.happenings is not in_one_partition:
        return
    expected = undisturbed(stage.world, -(-stage.load.count // 4000) * 4000)
    others = sum(decision != expected[item] for item, decision in stage.decided().items())
    stage.require(others == 0, f"{others} decisions differ from those of an undisturbed run")
    stage.notes.append("decides as an undisturbed run does")


@cache
def undisturbed(world: World, filings: int) -> Decided:
    """One worker, left in peace."""
    with tempfile.TemporaryDirectory(prefix="chaos-reference-") as folder:
        stage = Stage(world, Path(folder), seed=0)
        worker = stage.worker(0).start()
        try:
            worker.await_ready()
            publish(stage.broker, (r for n in range(filings) for r in in_one_partition(stage.namespace, n)))
            await_count(stage.broker, [stage.topic("decisions.v1")], decisions_due(filings), SETTLED_S)
        finally:
            worker.stop()
        return stage.decided()
