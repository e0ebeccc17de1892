"""Converters as commands: JSON Lines on stdout, and bad files named by code 65."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import orjson
import pytest

Greenlane = Callable[..., CompletedProcess[bytes]]


def test_a_series_becomes_one_json_object_a_line(greenlane: Greenlane, tmp_path: Path) -> None:
    file = tmp_path / "series.csv"
    file.write_text("timestamp,value\n2014-01-01 00:00:00,1.5\n2014-01-01 00:05:00,2.5\n", encoding="utf-8")

    done = greenlane("convert", "nab", str(file), "--device", "PUMP-1")

    assert (done.returncode, done.stderr) == (0, b"")
    events = [orjson.loads(line) for line in done.stdout.splitlines()]
    assert [event["deviceID"] for event in events] == ["PUMP-1", "PUMP-1"]


@pytest.mark.parametrize(
    "command", [("convert", "kcs"), ("convert", "nab", "--device", "X"), ("detect",)], ids=" ".join
)
def test_a_file_that_is_something_else_is_bad_data_in_one_line(
    greenlane: Greenlane, tmp_path: Path, command: tuple[str, ...]
) -> None:
    file = tmp_path / "poem.csv"
    file.write_text("Shall I compare thee\nto a summer's day?\n", encoding="utf-8")

    done = greenlane(*command, str(file))

    assert done.returncode == 65
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_is_not_there_is_wrong_usage(greenlane: Greenlane, tmp_path: Path) -> None:
    assert greenlane("convert", "kcs", str(tmp_path / "absent.csv")).returncode == 2
