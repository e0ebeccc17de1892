"""Results for programs: JSON Lines on stdout."""

import sys
from typing import Annotated, Any

import orjson
import typer

AsJson = Annotated[bool, typer.Option("--json", help="JSON Lines.")]


def say(**result: Any) -> None:
    """Write one line."""
    sys.stdout.write(orjson.dumps(result).decode() + "\n")
