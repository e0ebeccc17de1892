"""`greenlane detect`: one line out for each line in, scored before it is learnt."""

from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from agents.cli.app import app
from agents.errors import BadDataError


def series(tmp_path: Path, values: list[float]) -> Path:
    path = tmp_path / "series.csv"
    lines = [f"2013-12-{2 + n // 1440:02} {n // 60 % 24:02}:{n % 60:02}:00,{value!r}" for n, value in enumerate(values)]
    path.write_text("\n".join(["timestamp,value", *lines]), encoding="utf-8")
    return path


def detected(path: Path) -> list[list[str]]:
    result = CliRunner().invoke(app, ["detect", str(path)], catch_exceptions=False)
    assert result.exit_code == 0
    header, *lines = result.stdout.splitlines()
    assert header == "timestamp,value,anomaly_score"
    return [line.split(",") for line in lines]


def values(extra: float, length: int = 700) -> list[float]:
    rng = Random(2)
    return [20 + rng.gauss(0, 0.5) + extra * (600 <= n < 620) for n in range(length)]


def test_every_line_keeps_its_time_and_value_and_gets_a_score(tmp_path: Path) -> None:
    path = series(tmp_path, values(15.0))
    lines = detected(path)
    assert [line[:2] for line in lines] == [line.split(",") for line in path.read_text().splitlines()[1:]]
    assert all(0 <= float(score) <= 1 for *_, score in lines)


def test_the_spell_is_announced_where_it_begins_and_seldom_elsewhere(tmp_path: Path) -> None:
    loud = [n for n, (*_, score) in enumerate(detected(series(tmp_path, values(15.0)))) if float(score) > 0.4]
    assert loud
    assert set(loud) <= set(range(600, 620))


def test_scores_do_not_depend_on_what_comes_later(tmp_path: Path) -> None:
    whole = detected(series(tmp_path, values(15.0)))
    assert detected(series(tmp_path, values(15.0)[:610])) == whole[:610]


@pytest.mark.parametrize("missing", ["", "NaN", "inf"])
def test_what_was_not_measured_scores_nothing_and_the_rest_as_if_it_were_not_there(
    tmp_path: Path, missing: str
) -> None:
    path = series(tmp_path, values(15.0))
    header, *lines = path.read_text().splitlines()
    holes = [f"{line.split(',')[0]},{missing}" if n in {300, 650} else line for n, line in enumerate(lines)]
    path.write_text("\n".join([header, *(line for n, line in enumerate(lines) if n not in {300, 650})]))
    without = detected(path)
    path.write_text("\n".join([header, *holes]))
    scored = detected(path)
    assert [scored.pop(n) for n in (650, 300)] == [[*holes[n].split(","), "0.000000"] for n in (650, 300)]
    assert scored == without


def test_a_file_of_another_kind_is_bad_data(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(BadDataError):
        CliRunner().invoke(app, ["detect", str(path)], catch_exceptions=False)
