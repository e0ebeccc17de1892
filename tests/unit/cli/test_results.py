"""What a command leaves on stdout, and who may stop reading it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Greenlane = Callable[..., CompletedProcess[bytes]]
DAY = "2013-12-02 21:15:00"
HEADER = b"timestamp,value,anomaly_score\n"


def series(path: Path, *lines: str) -> Path:
    file = path / "series.csv"
    file.write_text("\n".join(["timestamp,value", *lines]) + "\n", encoding="utf-8")
    return file


@pytest.mark.parametrize("length", [1, 20_000], ids=["within a buffer", "beyond all buffers"])
def test_a_reader_that_has_had_enough_is_no_error(tmp_path: Path, length: int) -> None:
    file = series(tmp_path, *[f"{DAY},{n}" for n in range(length)])
    command = [sys.executable, "-m", "agents.cli", "detect", str(file)]

    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        told = process.stderr.read()
        code = process.wait(timeout=60)

    assert (code, told) == (0, b"")


def test_what_is_no_series_yields_no_header(greenlane: Greenlane, tmp_path: Path) -> None:
    file = tmp_path / "letter.csv"
    file.write_text("dear sirs\n", encoding="utf-8")

    done = greenlane("detect", str(file))

    assert (done.returncode, done.stdout) == (65, b"")


def test_a_number_that_is_none_is_bad_data(greenlane: Greenlane, tmp_path: Path) -> None:
    done = greenlane("detect", str(series(tmp_path, f"{DAY},1.0", f"{DAY},warm")))

    assert done.returncode == 65
    assert b"series.csv line 3" in done.stderr


@pytest.mark.parametrize("value", ["nan", "inf", ""])
def test_a_number_that_is_missing_is_not(greenlane: Greenlane, tmp_path: Path, value: str) -> None:
    done = greenlane("detect", str(series(tmp_path, f"{DAY},{value}")))

    assert (done.returncode, done.stdout) == (0, HEADER + f"{DAY},{value},0.000000\n".encode())


def test_a_series_without_rows_is_a_header(greenlane: Greenlane, tmp_path: Path) -> None:
    done = greenlane("detect", str(series(tmp_path)))

    assert (done.returncode, done.stdout) == (0, HEADER)
