"""The table of commands. Importing it is cheap: commands import what they need when they run."""

import logging
from importlib import import_module
from importlib.util import find_spec

import typer

from agents import logs
from agents.cli import broker, convert, secret, topics
from agents.cli.demo import demo
from agents.cli.publish import publish
from agents.cli.read import read
from agents.cli.worker import worker

app = typer.Typer(
    help="Streaming risk engine for customs: parcel manifests and sensor events in, decisions and alerts out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: greenlane demo --seconds 60",
)


@app.callback()
def prepare() -> None:
    # What a library would log matters here only as the error a command ends with.
    logs.configure(libraries=logging.CRITICAL)


for name, group in {"broker": broker, "topics": topics, "secret": secret, "convert": convert}.items():
    app.add_typer(group.app, name=name)
for command in (worker, publish, read, demo):
    app.command()(command)
for name in ("simulate", "detect", "backtest"):
    if find_spec(f"agents.cli.{name}"):
        import_module(f"agents.cli.{name}").register(app)
