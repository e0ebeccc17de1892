"""Back-tests: figures promised for the public data, in time order, with the engine's own code."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from agents.backtest import scoring
from agents.backtest.history import unheard
from agents.backtest.scoring import backtest, filing
from agents.cli.app import app
from agents.convert import kcs
from agents.convert.declarations import is_found
from agents.errors import BadDataError
from config.settings import load
from streams import topics
from streams.features import HsMoments, risk_features
from streams.intake import IntakeShard, Limits
from streams.log import Effects, LogRecord
from streams.models import build

RATES = {"KRW": 1600.0}
HEADER = (
    "Declaration ID,Date,Office ID,Process Type,Import Type,Import Use,Payment Type,Mode of Transport,Declarant ID,"
    "Importer ID,Seller ID,Courier ID,HS6 Code,Country of Departure,Country of Origin,Tax Rate,Tax Type,"
    "Country of Origin Indicator,Net Mass,Item Price,Fraud,Critical Fraud"
)


def history(path: Path, days: range, found: str = "0") -> Path:
    """One declaration a day from seller S1 (never fraudulent) and S2 (`found`); after day 24 goods repeat."""
    rows = [
        f"{day}{seller},2020-01-{day:02},30,B,11,21,11,10,D,I,S{seller},,851830,CN,CN,8.0,A,G,"
        f"{min(day, 24)}.0,{seller}00.0,{fraud},{fraud}"
        for day in days
        for seller, fraud in ((1, "0"), (2, found))
    ]
    path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    return path


def test_figures_are_those_of_the_test_files_only(tmp_path: Path) -> None:
    early, late = history(tmp_path / "a.csv", range(1, 21), "1"), history(tmp_path / "b.csv", range(21, 29), "1")
    report = backtest([early], [late], RATES)
    assert (report["declarations"], report["history"], report["frauds"]) == (16, 56, 8)
    assert report["auc"] == 1.0
    assert report["dedup"]["declarations"] == 8  # days 21 to 24
    assert (report["blocklist"]["auc"], report["blocklist"]["recall"]["10"]) == (0.75, 0.25)


def test_a_label_is_not_known_to_its_own_score(tmp_path: Path) -> None:
    guilty, clean = history(tmp_path / "a.csv", range(1, 9), "1"), history(tmp_path / "b.csv", range(1, 9), "0")
    first = [next(scoring.replay([], [path], RATES, kcs.declarations(), unheard)) for path in (guilty, clean)]
    assert first[0].score == first[1].score


def test_files_are_merged_in_time_order(tmp_path: Path) -> None:
    early, late = history(tmp_path / "a.csv", range(1, 15)), history(tmp_path / "b.csv", range(5, 12))
    merged = [
        example.manifest["submittedAt"]
        for example, _ in scoring.in_time_order([late], [early], kcs.declarations(), unheard)
    ]
    assert merged == sorted(merged)
    assert len(merged) == 42


def test_a_file_out_of_order_is_refused(tmp_path: Path) -> None:
    path = history(tmp_path / "a.csv", range(9, 0, -1))
    with pytest.raises(BadDataError, match=r"line 4 .* sort the file by date"):
        backtest([], [path], RATES)


def test_json_is_one_object_and_the_table_names_the_controls(tmp_path: Path) -> None:
    files = ["--train", str(history(tmp_path / "a.csv", range(1, 9), "1"))]
    files += ["--test", str(history(tmp_path / "b.csv", range(9, 19), "1"))]
    as_json, as_table = (CliRunner().invoke(app, ["backtest", *files, *more]) for more in (["--json"], []))

    report = orjson.loads(as_json.stdout)

    assert {"auc", "precision", "recall", "revenue", "dedup", "blocklist", "declarations_per_s"} <= report.keys()
    assert report["precision"].keys() == {"1", "5", "10"}
    assert "never seen before" in as_table.stdout
    assert (as_json.exit_code, as_table.exit_code) == (0, 0)


@pytest.mark.parametrize(
    "spelling", [["--train", "A", "B", "--test", "C"], ["--train", "A", "--train", "B", "--test", "C"]]
)
def test_an_option_takes_one_or_more_files(tmp_path: Path, spelling: list[str]) -> None:
    days = {"A": range(1, 9), "B": range(9, 15), "C": range(15, 19)}
    files = {name: str(history(tmp_path / name, when, "1")) for name, when in days.items()}
    done = CliRunner().invoke(app, ["backtest", *(files.get(word, word) for word in spelling), "--json"])
    assert done.exit_code == 0, done.output
    assert (orjson.loads(done.stdout)["history"], orjson.loads(done.stdout)["declarations"]) == (36, 8)


@pytest.mark.parametrize(
    "arguments", [["--train"], ["--train", "/dev/null"], ["--train", "/dev/null", "--test"], ["x"]]
)
def test_a_missing_or_loose_file_is_wrong_usage(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, ["backtest", *arguments]).exit_code == 2


def test_features_of_the_back_test_are_those_of_the_engine(data_dir: Path) -> None:
    """Pseudonyms differ from names, and only they: so every score is the same, to the bit."""
    examples = list(kcs.declarations().examples(data_dir / "customs/declarations_valid.csv"))[:1500]
    labels = [is_found(outcome) for _, outcome in examples if outcome]
    ours = scores([filing(manifest) for manifest, _ in examples], labels)
    theirs = scores(cases([manifest for manifest, _ in examples]), labels)
    assert ours == theirs


def cases(manifests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    effects = Effects()
    log = [LogRecord(0, offset, 1_790_000_000_000, None, orjson.dumps(value)) for offset, value in enumerate(manifests)]
    IntakeShard(topics.MANIFESTS, 0, Limits(), b"a key only tests use, 32 bytes..").process(log, effects)
    return [orjson.loads(out.value or b"") for out in effects.outputs if out.topic == topics.CASES]


def scores(filings: list[dict[str, Any]], labels: list[bool]) -> list[float]:
    moments, model, scored = HsMoments(), build(), []
    for case, found in zip(filings, labels, strict=True):
        x = risk_features(case, RATES)
        x |= moments.transform_one(x)
        moments.learn_one(x)
        scored.append(model.explain_one(x).score)
        model.learn_one(x, found)
    return scored


@pytest.mark.slow
def test_the_public_data_is_selected_as_well_as_promised(data_dir: Path) -> None:
    train, test = data_dir / "customs/declarations_train.csv", data_dir / "customs/declarations_valid.csv"
    report = backtest([train], [test], load().euro_rates)
    assert report["declarations"] == 8_134
    assert report["auc"] >= 0.97
    assert report["precision"]["5"] >= 0.98
    assert report["precision"]["10"] >= 0.97
    assert report["calibration_error"] <= 0.02
    assert 0.55 < report["dedup"]["auc"] < 0.65  # memory is most of it: say so
    assert report["blocklist"]["precision"]["10"] < report["precision"]["10"]


def test_a_closed_loop_prints_one_json_object_or_a_line_a_week(tmp_path: Path) -> None:
    file = history(tmp_path / "a.csv", range(1, 29), "1")
    asked = ["backtest", "--selective", "--budget", "0.2", "--warm-up-weeks", "2", str(file)]
    as_json, as_table = (CliRunner().invoke(app, [*asked, *more]) for more in (["--json"], []))

    report = orjson.loads(as_json.stdout)

    assert (report["history"], report["undecided"], report["budget"]) == (56, 0, 0.2)
    assert [week["from"] for week in report["weeks"]] == ["2020-01-13", "2020-01-20", "2020-01-27"]
    assert report["total"]["declarations"] == 28
    assert report["total"].keys() >= {"precision", "recall", "missed"}
    assert "2020-01-27" in as_table.stdout
    assert (as_json.exit_code, as_table.exit_code) == (0, 0)


@pytest.mark.parametrize("options", [["--selective"], ["--train", "FILE", "--test", "FILE"]])
def test_other_columns_are_read_by_a_mapping(tmp_path: Path, options: list[str]) -> None:
    file = history(tmp_path / "a.csv", range(1, 29), "1")
    file.write_text(file.read_text(encoding="utf-8").replace("Declaration ID", "MRN"), encoding="utf-8")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(kcs.MAPPING.read_text(encoding="utf-8").replace('"Declaration ID"', '"MRN"'), encoding="utf-8")
    asked = ["backtest", *(str(file) if word == "FILE" else word for word in options), "--json"]
    asked += [str(file)] if "--selective" in options else []

    refused, done = CliRunner().invoke(app, asked), CliRunner().invoke(app, [*asked, "--mapping", str(mapping)])

    assert isinstance(refused.exception, BadDataError)
    assert done.exit_code == 0, done.output
    assert orjson.loads(done.stdout)["history"] in {56, 112}
