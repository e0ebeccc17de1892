"""The table of commands. Importing it is cheap: commands import what they need when they run."""

import logging
from collections.abc import Callable

import typer

from agents import logs
from agents.cli import bridge, broker, budget, convert, device, incident, model, provider, secret, topics
from agents.cli.backtest import FilesCommand, backtest_command
from agents.cli.burden import burden
from agents.cli.demo import demo
from agents.cli.detect import detect
from agents.cli.publish import publish
from agents.cli.read import read
from agents.cli.simulate import simulate_command
from agents.cli.verify import verify
from agents.cli.worker import worker

COMMANDS: dict[str, Callable[..., None]] = {
    "demo": demo,
    "worker": worker,
    "publish": publish,
    "read": read,
    "simulate": simulate_command,
    "detect": detect,
    "backtest": backtest_command,
    "verify": verify,
    "burden": burden,
}
GROUPS = {
    "broker": broker.app,
    "topics": topics.app,
    "secret": secret.app,
    "provider": provider.app,
    "device": device.app,
    "budget": budget.app,
    "incident": incident.app,
    "model": model.app,
    "convert": convert.app,
    "bridge": bridge.app,
}

app = typer.Typer(
    help="Streaming risk engine for customs: parcel manifests and sensor events in, decisions and alerts out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Example: greenlane demo --seconds 60",
)


@app.callback()
def prepare() -> None:
    # What a library would log matters here only as the error a command ends with.
    logs.configure(libraries=logging.CRITICAL)


for name, command in COMMANDS.items():
    app.command(name, cls=FilesCommand if command is backtest_command else None)(command)
for name, group in GROUPS.items():
    app.add_typer(group, name=name)
