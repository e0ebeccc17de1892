"""`greenlane demo`: the whole engine for a minute."""

from typing import Annotated

import typer


def demo(
    seconds: Annotated[
        int | None, typer.Option(min=5, help="End by itself after so long, with a summary; else at Ctrl-C.")
    ] = None,
) -> None:
    """Start a broker, a worker and simulated border traffic, and show alerts as they come.

    Example: greenlane demo --seconds 60
    """
    from agents.demo import run

    run(seconds)
