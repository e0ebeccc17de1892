"""`make chaos`: every row of the fault matrix against real workers and a real broker; one line each, then a page."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, nullcontext
from functools import cache
from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree as ET

import typer

from agents.errors import GreenlaneError
from tests.chaos.matrix import ROWS, Outcome, Row, play, together
from tests.chaos.matrix.report import line, page
from tests.chaos.matrix.worlds import World

PAGE = Path("build/chaos.md")
# The long mixed runs, every broken build, and kills wherever an incident has led to decisions.
TESTS = ("tests/chaos", "tests/kafka/test_snapshots.py", "tests/kafka/test_incidents.py")
AT_LENGTH = {"GREENLANE_CHAOS_MEASURE": "1", "GREENLANE_CHAOS_OVERLOAD_S": "120"}  # times as promised, two minutes


def main(
    rows: Annotated[list[str] | None, typer.Argument(help="Only these rows, such as F1 F8.")] = None,
    runs: Annotated[int, typer.Option(min=1, help="Runs of F1, F3 and F7, each with a seed of its own.")] = 2,
    seed: Annotated[int, typer.Option(help="Of the first run.")] = 1,
) -> None:
    """Exits with 0 only if all that could be run holds. GREENLANE_CHAOS_PATIENCE=3 stretches limits on a busy machine.

    Example: python -m tests.chaos --runs 50 F1 F3 F7
    """
    if unknown := set(rows or ()) - ROWS.keys():
        raise typer.BadParameter(f"no such row: {', '.join(sorted(unknown))}")
    outcomes = []
    for outcome in outcomes_of([ROWS[name] for name in rows or sorted(ROWS, key=by_number)], runs, seed):
        outcomes.append(outcome)
        sys.stdout.write(line(outcome) + "\n")
        sys.stdout.flush()
    proofs, passed = ([], True) if rows else tested()
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(outcomes, proofs), encoding="utf-8")
    sys.stdout.write("".join(f"{text}\n" for text in (*proofs, f"The page is {PAGE}.")))
    raise typer.Exit(not (passed and all(outcome.holds for outcome in outcomes)))


def by_number(name: str) -> int:
    return int(name.removeprefix("F"))


def outcomes_of(rows: Sequence[Row], runs: int, seed: int) -> Iterator[Outcome]:
    """Run the rows one after the other; those that share a world find it as the one before left it."""
    with ExitStack() as everybodys:
        shared = cache(lambda make: everybodys.enter_context(make()))
        for row in rows:
            if reason := row.why_not():
                yield Outcome(row, seed, not_run=reason)
                continue
            seeds = range(seed, seed + (runs if row.many else 1))
            try:
                with nullcontext(shared(row.world)) if row.shared else row.world() as world:
                    yield repeated(row, seeds, world)
            except (GreenlaneError, OSError) as error:  # no broker: the other rows are to be run all the same
                yield Outcome(row, seed, faults=(f"{type(error).__name__}: {error}",))


def repeated(row: Row, seeds: range, world: World) -> Outcome:
    """One run a seed; where there are many, each is told on stderr."""
    outcomes = []
    for seed in seeds:
        outcomes.append(play(row, seed, world))
        if len(seeds) > 1:
            sys.stderr.write(f"  {line(outcomes[-1])}\n")
    return together(outcomes)


def tested() -> tuple[list[str], bool]:
    """What caught each broken build, and whether all tests pass; pytest runs them, with a broker of its own."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder, "told.xml")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={told}", *TESTS],
            check=False,
            env=os.environ | AT_LENGTH,
        )
        found = ET.parse(told).iter("property")  # noqa: S314 - written by us a moment ago
        return [at.get("value", "") for at in found if at.get("name") == "proof"], done.returncode == 0


if __name__ == "__main__":
    typer.run(main)
