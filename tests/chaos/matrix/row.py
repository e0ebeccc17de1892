"""A row of the matrix as data, and how it is run and told."""

import subprocess
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from tests.chaos.evidence import INPUTS
from tests.chaos.matrix.stage import Stage
from tests.chaos.matrix.worlds import MakeWorld, World, single
from tests.chaos.verified import faults, verified

Act = Callable[[Stage], None]


class Row(NamedTuple):
    """A fault, what must hold all the same, and the function that does it. `why_not` says why it cannot be run here.

    A row with `many` seeds is repeated when asked to. A `shared` world serves other rows too. What was decided with
    several versions or configurations is not `verified` with one.
    """

    name: str
    fault: str
    expected: str
    act: Act
    world: MakeWorld = single
    shared: bool = True
    env: Mapping[str, str] = {}
    many: bool = False
    verified: bool = True
    why_not: Callable[[], str] = lambda: ""


ROWS: dict[str, Row] = {}


def row(name: str, fault: str, expected: str, **more: object) -> Callable[[Act], Act]:
    """Enter a function as the row of this name."""

    def enter(act: Act) -> Act:
        ROWS[name] = Row(name, fault, expected, act, **more)  # type: ignore[arg-type]
        return act

    return enter


@dataclass(frozen=True)
class Outcome:
    """What a run came to, or several with seeds from `seed` on."""

    row: Row
    seed: int
    counts: Mapping[str, int] = field(default_factory=dict)
    recover_s: float | None = None
    took_s: float = 0.0
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    not_run: str = ""
    runs: int = 1

    @property
    def holds(self) -> bool:
        return not self.faults


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """Runs of one row as one: all their counts and faults, and the longest recovery."""
    if len(outcomes) == 1:
        return outcomes[0]
    counts = sum((Counter(outcome.counts) for outcome in outcomes), Counter[str]())
    return replace(
        outcomes[0],
        counts={name: counts[name] for name in outcomes[0].counts},
        recover_s=max((outcome.recover_s for outcome in outcomes if outcome.recover_s is not None), default=None),
        took_s=sum(outcome.took_s for outcome in outcomes),
        faults=tuple(f"seed {outcome.seed}: {fault}" for outcome in outcomes for fault in outcome.faults),
        notes=tuple(dict.fromkeys(note for outcome in outcomes for note in outcome.notes)),
        runs=len(outcomes),
    )


def play(row: Row, seed: int, world: World) -> Outcome:
    """Run a row once and draw up the accounts. What breaks the harness itself is a fault as well."""
    began, counts = time.monotonic(), dict[str, int]()
    with tempfile.TemporaryDirectory(prefix=f"chaos-{row.name}-") as folder, ExitStack() as after:
        stage = Stage(world, Path(folder), seed, row.env)
        try:
            row.act(stage)
        except Exception as error:  # noqa: BLE001 - whatever it was, the other rows are to be run
            stage.faults.append(f"{type(error).__name__}: {error} ({traceback.format_exc().splitlines()[-3].strip()})")
        after.callback(keep_logs, stage, row)
        counts = accounts(stage)
        if row.verified and counts:
            second_look(stage)
        return Outcome(
            row,
            seed,
            counts,
            max(stage.recoveries_s, default=None),
            time.monotonic() - began,
            tuple(stage.faults),
            tuple(stage.notes),
        )


def accounts(stage: Stage) -> dict[str, int]:
    """What the auditor counted; its faults join the others."""
    try:
        report = stage.audit()
    except Exception as error:  # noqa: BLE001 - no account is a fault too
        stage.faults.append(f"no audit: {type(error).__name__}: {error}")
        return {}
    return {
        "in": sum(report.counts[topic] for topic in INPUTS),
        "decided": report.counts["decisions.v1"],
        "rejected": report.counts["rejected.v1"],
        "missing": report.kinds["missing"],
        "duplicated": report.kinds["duplicated"],
    }


def second_look(stage: Stage) -> None:
    """Whether what was decided and saved follows from the logs."""
    try:
        shards = verified(stage.base | {"GREENLANE_BROKER": stage.broker})
    except (OSError, subprocess.TimeoutExpired) as error:
        stage.faults.append(f"not verified: {error}")
        return
    stage.faults += faults(shards)
    stage.notes.append("decisions follow from the log")
    if any(shard["snapshot"] == "equal" for shard in shards.values()):
        stage.notes.append("so do saved states")


KEPT = Path("build/chaos")


def keep_logs(stage: Stage, row: Row) -> None:
    """Where something did not hold, what the workers said."""
    if stage.faults:
        for log in stage.folder.glob("*.log"):
            kept = KEPT / f"{row.name}-{stage.seed}-{log.name}"
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_bytes(log.read_bytes())
