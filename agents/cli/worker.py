"""`greenlane worker`: the engine itself."""

import sys
from typing import Annotated

import typer

from agents.cli.surface import settings
from agents.errors import UsageError

LAST_SLOT = 999


def worker(
    slot: Annotated[
        int, typer.Option(min=0, max=LAST_SLOT, help="Number of this worker; each has its own, and keeps it.")
    ] = 0,
    processes: Annotated[
        int | None,
        typer.Option(min=1, help="Supervise this many workers, in slots from --slot on, and restart those that end."),
    ] = None,
    spare: Annotated[
        bool, typer.Option("--spare", hidden=True, help="Read the slot from stdin, once everything is loaded.")
    ] = False,
) -> None:
    """Run all agents until SIGTERM.

    Logs one line "ready" when partitions are assigned and state is restored. Metrics of slot N are served at
    GREENLANE_METRICS_PORT + N.

    Example: GREENLANE_SECRET_FILE=greenlane.secret greenlane worker --processes 2
    """
    from agents import logs

    logs.configure()
    raise typer.Exit(supervise(slot, processes) if processes else called_up() if spare else alone(slot))


def supervise(first: int, count: int) -> int:
    """Keep `count` workers going, in slots from `first` on; returns the exit code."""
    from agents import supervisor

    if first + count - 1 > LAST_SLOT:
        raise UsageError(f"slots go up to {LAST_SLOT}: {count} workers from slot {first} on are too many")
    settings()  # one sentence about a wrong setting, not one from each worker
    return supervisor.run(range(first, first + count))


def alone(slot: int) -> int:
    from agents import worker

    return worker.run(settings(), slot)


def called_up() -> int:
    """Load what takes long to load, then wait for a slot; none at the end of input."""
    from agents import worker

    slot = sys.stdin.readline()
    return worker.run(settings(), int(slot)) if slot else 0
