"""`greenlane` within the process of a test: what is patched, or logged, is seen."""

from collections.abc import Mapping
from typing import Any

from typer.testing import CliRunner

from agents.cli.app import app


def run(*words: str, env: Mapping[str, str] | None = None, **options: Any) -> str:
    """What a command prints that has to succeed."""
    done = CliRunner(env=env).invoke(app, words, catch_exceptions=False, **options)
    assert done.exit_code == 0, done.output
    return done.stdout
