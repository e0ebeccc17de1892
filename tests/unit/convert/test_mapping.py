"""Anybody's declarations by a mapping of columns."""

import re
from pathlib import Path

import pytest

from agents.convert.declarations import Declarations
from agents.convert.kcs import MAPPING
from agents.convert.mapping import read_mapping
from agents.errors import BadDataError
from streams import topics
from streams.intake.times import epoch_ms
from tests.unit.convert.test_kcs import intake

ROOT = Path(__file__).parents[3]
DOCUMENTED = re.findall(
    r"<!-- example: mapping -->\n```toml\n(.*?)```", (ROOT / "docs/backtest.md").read_text(encoding="utf-8"), re.DOTALL
)[0]
HEADER = (
    "MRN;Accepted;Statistical value;Net mass;Commodity code;Office;Procedure;Dispatched from;Origin;Transport;"
    "Declarant;Importer;Exporter;Duty rate;Result"
)
ROW = "24DE01;31.12.2020;1250.50;3.2;85183000;DE004851;4000;CN;CN;AIR;D7;I12;S3;4.5;conform"


@pytest.fixture
def declarations(tmp_path: Path) -> Declarations:
    path = tmp_path / "mapping.toml"
    path.write_text(DOCUMENTED, encoding="utf-8")
    return Declarations(read_mapping(path))


def written(tmp_path: Path, *rows: str, header: str = HEADER) -> Path:
    path = tmp_path / "history.csv"
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def test_the_documented_mapping_makes_records_that_intake_accepts(declarations: Declarations, tmp_path: Path) -> None:
    file = written(tmp_path, ROW, ROW.replace("24DE01", "24DE02").replace("conform", "seized"))
    (case, _), _ = intake(topics.MANIFESTS, list(declarations.manifests(file)))
    outcomes, _ = intake(topics.OUTCOMES, list(declarations.outcomes(file)))

    parcel = case["parcel"]
    assert (case["office"], case["submitted"]) == ("DE004851", epoch_ms("2020-12-31T00:00:00Z"))
    assert (parcel["totalValue"], parcel["transport"]) == (
        {"amount": 1250.5, "currency": "EUR"},
        {"modeOfTransport": "4"},
    )
    assert parcel["goodsItems"][0]["netMass"] == {"value": 3.2, "unitCode": "KGM"}
    assert [outcome["outcome"]["result"] for outcome in outcomes] == ["CONFORM", "NON_CONFORM"]
    assert outcomes[1]["outcome"]["findings"][0]["severity"] == "SERIOUS"


def test_a_declaration_without_a_label_has_no_outcome(declarations: Declarations, tmp_path: Path) -> None:
    (example,) = declarations.examples(written(tmp_path, ROW.removesuffix("conform")))
    assert example.outcome is None


@pytest.mark.parametrize(
    ("cell", "instead", "said"),
    [
        ("1250.50", "1.250,50", "line 3, column 'Statistical value': a number was expected"),
        ("31.12.2020", "2020-12-31", "line 3, column 'Accepted': a date like %d.%m.%Y was expected"),
        ("AIR", "BALLOON", "line 3, column 'Transport': one of SEA, AIR, ROAD was expected"),
        ("24DE01", "", "line 3, column 'MRN': something was expected"),
        ("4.5;", "free;", "line 3, column 'Duty rate': a number was expected"),
        ("I12", "Erika Mustermann, Ulm", "line 3, column 'Importer': a code of at most 17 characters was expected"),
        ("conform", "guilty", "line 3, column 'Result': one of irregular, seized, conform, or nothing, was expected"),
    ],
)
def test_a_cell_that_makes_no_sense_is_named_and_never_repeated(
    declarations: Declarations, tmp_path: Path, cell: str, instead: str, said: str
) -> None:
    file = written(tmp_path, ROW, ROW.replace(cell, instead))
    with pytest.raises(BadDataError) as caught:
        list(declarations.examples(file))
    assert str(caught.value) == f"{file}, {said}"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('id = "MRN"', ""), "the mapping: columns must name id"),
        (('mode = "Transport"', ""), "the mapping: codes are given for mode, which no column is"),
        (('currency = "EUR"', ""), "the mapping: currency must be told"),
        (('destination = "DE"', 'destination = "Germany"'), "destination: "),
        (('seller = "Exporter"', 'exporter = "Exporter"'), "columns.exporter.[key]: "),
        (("[label]", "[label"), "is not TOML"),
    ],
)
def test_a_mapping_that_makes_no_sense_says_where(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(DOCUMENTED.replace(*change), encoding="utf-8")
    with pytest.raises(BadDataError, match=re.escape(said)):
        read_mapping(path)


def test_a_file_without_a_mapped_column_is_refused(declarations: Declarations, tmp_path: Path) -> None:
    with pytest.raises(BadDataError, match=r"has no column 'Office'$"):
        list(declarations.manifests(written(tmp_path, header=HEADER.replace("Office", "Bureau"))))


def test_a_back_test_needs_to_know_where_labels_stand(tmp_path: Path) -> None:
    mapping = read_mapping(MAPPING).model_copy(update={"label": None})
    with pytest.raises(BadDataError, match="names no label column"):
        Declarations(mapping).examples(tmp_path / "any.csv")
