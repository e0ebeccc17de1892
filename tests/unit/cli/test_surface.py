"""Whatever goes wrong comes out as one line and the exit code of the contract."""

import os
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from agents.cli import surface
from agents.errors import BadDataError, UnreachableError, UsageError

Greenlane = Callable[..., CompletedProcess[bytes]]
BROKER_COMMANDS = [
    ("broker", "status"),
    ("topics", "create"),
    ("topics", "show"),
    ("publish", "manifests", os.devnull),
    ("read", "decisions"),
    ("read", "alerts", "--follow"),
]


def one_line(stderr: bytes) -> str:
    lines = stderr.decode().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


@pytest.mark.parametrize("command", BROKER_COMMANDS, ids=" ".join)
def test_without_a_broker_every_command_says_so_in_one_line(greenlane: Greenlane, command: tuple[str, ...]) -> None:
    done = greenlane(*command)

    assert done.returncode == 69
    assert one_line(done.stderr).startswith("greenlane: no Kafka broker answers at 127.0.0.1:1")
    assert done.stdout == b""


@pytest.mark.parametrize(
    "arguments", [("publish", "gossip", "-"), ("read",), ("nonsense",), ("read", "alerts", "--jso")]
)
def test_wrong_usage_is_code_2(greenlane: Greenlane, arguments: tuple[str, ...]) -> None:
    done = greenlane(*arguments)

    assert done.returncode == 2
    assert b"Traceback" not in done.stderr


def test_a_wrong_setting_is_named(greenlane: Greenlane) -> None:
    done = greenlane("topics", "show", environment={"GREENLANE_METRICS_PORT": "99999"})

    assert done.returncode == 2
    assert "metrics_port" in one_line(done.stderr)


def test_a_configuration_file_that_is_not_there_is_named(greenlane: Greenlane, tmp_path: Path) -> None:
    done = greenlane("topics", "show", environment={"GREENLANE_CONFIG": str(tmp_path / "absent.toml")})

    assert done.returncode == 2
    assert "absent.toml" in one_line(done.stderr)


@pytest.mark.parametrize("content", ["not toml at all", "[lanes]\nviolet_rate = 1\n"])
def test_a_broken_configuration_file_is_usage(greenlane: Greenlane, tmp_path: Path, content: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(content, encoding="utf-8")

    done = greenlane("topics", "show", environment={"GREENLANE_CONFIG": str(file)})

    assert done.returncode == 2
    one_line(done.stderr)


def test_a_worker_refuses_to_start_without_key_material(greenlane: Greenlane) -> None:
    done = greenlane("worker")

    assert done.returncode == 2
    assert "greenlane secret new" in one_line(done.stderr)


@pytest.mark.parametrize(
    ("error", "code"),
    [(UsageError("a"), 2), (BadDataError("a"), 65), (UnreachableError("a"), 69), (KeyError("Erika Mustermann"), 70)],
)
def test_errors_become_exit_codes_and_bugs_quote_no_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, code: int
) -> None:
    def broken(**_: object) -> None:
        raise error

    monkeypatch.setattr("agents.cli.app.app", broken)
    monkeypatch.delenv("GREENLANE_DEBUG", raising=False)

    with pytest.raises(SystemExit) as ended:
        surface.main()

    assert ended.value.code == code
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "Mustermann" not in said


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("GREENLANE_DEBUG", "1")

    def broken(**_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("agents.cli.app.app", broken)
    with pytest.raises(SystemExit):
        surface.main()

    assert "Traceback" in capsys.readouterr().err
