"""Every command explains itself, with an example that can be typed."""

from collections.abc import Callable, Iterator
from subprocess import CompletedProcess
from typing import Any

import pytest
import typer

from agents.cli.app import app


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_an_example(path: tuple[str, ...]) -> None:
    assert "Example: " in COMMANDS[path].help
    assert f"greenlane {' '.join(path)}" in COMMANDS[path].help


@pytest.mark.parametrize(
    "group", ["", "broker", "topics", "secret", "provider", "device", "budget", "model", "convert", "bridge"]
)
def test_every_group_has_an_example(greenlane: Callable[..., CompletedProcess[bytes]], group: str) -> None:
    done = greenlane(*group.split(), "--help")

    assert done.returncode == 0
    assert f"Example: greenlane {group}".encode() in done.stdout


def test_the_commands_of_the_contract_exist() -> None:
    promised = {
        ("broker", "start"),
        ("broker", "stop"),
        ("broker", "status"),
        ("topics", "create"),
        ("topics", "show"),
        ("secret", "new"),
        ("worker",),
        ("publish",),
        ("read",),
        ("simulate",),
        ("convert", "kcs"),
        ("convert", "nab"),
        ("detect",),
        ("backtest",),
    }

    assert promised <= COMMANDS.keys()


def test_help_is_on_stdout_with_code_0(greenlane: Callable[..., CompletedProcess[bytes]]) -> None:
    done = greenlane("publish", "--help")

    assert done.returncode == 0
    assert b"Example" in done.stdout
    assert done.stderr == b""
