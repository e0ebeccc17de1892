"""`greenlane backtest --selective --report FILE.html`, as it is called."""

import csv
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from agents.cli.app import app
from tests.declared_history import COLUMNS, rows
from tests.parsed_page import Page


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    config = tmp_path / "config.toml"
    config.write_text("[report]\nbudgets = [0.2]\nofficer_eur_per_hour = 17.0\n", encoding="utf-8")
    monkeypatch.setenv("GREENLANE_CONFIG", str(config))
    path = tmp_path / "history.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS.split(","))
        writer.writeheader()
        writer.writerows(rows())
    return path


def test_the_page_tells_what_json_tells_at_the_budgets_of_the_configuration(history: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / "page.html"
    arguments = ["backtest", "--selective", "--budget", "0.1", "--json", str(history)]

    alone = orjson.loads(CliRunner().invoke(app, arguments).stdout)
    told = orjson.loads(CliRunner().invoke(app, [*arguments, "--report", str(file)]).stdout)

    text = file.read_text(encoding="utf-8")
    assert Page(text).figures == told
    assert [budget["budget"] for budget in told["budgets"]] == [0.1, 0.2]
    assert told["assumptions"]["officer_eur_per_hour"] == 17.0
    assert "17 EUR an hour" in text
    del alone["declarations_per_s"]
    assert {name: told[name] for name in alone} == alone


def test_a_page_is_made_of_closed_loops_only(history: Path, tmp_path: Path) -> None:
    arguments = ["backtest", "--train", str(history), "--test", str(history), "--report", str(tmp_path / "page.html")]

    result = CliRunner().invoke(app, arguments)

    assert result.exit_code == 2
    assert not (tmp_path / "page.html").exists()
