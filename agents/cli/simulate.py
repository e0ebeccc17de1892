"""`greenlane simulate`: live border traffic with planted schemes, sensors and reporting officers."""

import contextlib
import json
import random
import signal
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from agents.cli.surface import settings


def simulate_command(
    seconds: Annotated[float | None, typer.Option(min=0, help="How long; until interrupted unless told.")] = None,
    rate: Annotated[
        float, typer.Option(min=0.1, max=20_000, help="Manifests per second; sensors in proportion.")
    ] = 50.0,
    seed: Annotated[int | None, typer.Option(help="Equal seeds give equal worlds; drawn unless told.")] = None,
    truth: Annotated[Path | None, typer.Option(help="Write what is really in each parcel here, as JSON Lines.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object.")] = False,
) -> None:
    """Invent a border day and publish it live; officers inspect what is RED or YELLOW and report.

    Example: greenlane simulate --seconds 60 --rate 50 --truth truth.jsonl
    """
    from agents.access import Access
    from agents.simulator.live import Simulator
    from agents.simulator.world import World

    chosen = settings()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    drawn = random.SystemRandom().randrange(2**31) if seed is None else seed
    world = World(drawn, rate, datetime.now(UTC))
    with truth.open("wb") if truth else contextlib.nullcontext() as truth_file:
        summary = Simulator(world, Access.of(chosen), chosen.namespace, truth_file).run(seconds, stopped.is_set)
    typer.echo(json.dumps(summary.as_json()) if as_json else summary.line())
    summary.raise_for_losses()
