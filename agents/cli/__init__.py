"""The command line: `greenlane --help`. Every command is one file here; the work is done elsewhere."""

from agents.cli.surface import main

__all__ = ["main"]
