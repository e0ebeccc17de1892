"""`greenlane worker`: the engine itself."""

from typing import Annotated

import typer

from agents.cli.surface import settings


def worker(
    slot: Annotated[
        int, typer.Option(min=0, max=999, help="Number of this worker; each has its own, and keeps it.")
    ] = 0,
) -> None:
    """Run all agents until SIGTERM.

    Logs one line "ready" when partitions are assigned and state is restored. Metrics of slot N are served at
    GREENLANE_METRICS_PORT + N.

    Example: GREENLANE_SECRET_FILE=greenlane.secret greenlane worker --slot 1
    """
    from agents import logs, worker

    logs.configure()
    raise typer.Exit(worker.run(settings(), slot))
