"""The public customs declarations as our records."""

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pytest

from agents.convert import kcs
from agents.errors import BadDataError
from streams import topics
from streams.intake import IntakeShard, Limits
from streams.log import Effects, LogRecord

HEADER = (
    "Declaration ID,Date,Office ID,Process Type,Import Type,Import Use,Payment Type,Mode of Transport,Declarant ID,"
    "Importer ID,Seller ID,Courier ID,HS6 Code,Country of Departure,Country of Origin,Tax Rate,Tax Type,"
    "Country of Origin Indicator,Net Mass,Item Price,Fraud,Critical Fraud"
)
FULL = "97061800,2020-01-01,30,B,11,21,11,10,ZZR1LT6,QLRUBN9,0VKY2BR,MWIDNS,040890,BE,NL,8.0,FEU1,G,108.0,372254.4,0,0"
THIN = "85945189,2020-01-02,40,B,11,21,11,90,SWF9S4X,7JD1S2X,,,690722,CN,ZZ,0.0,A,Y,0.0,2610.3000000000002,1,2"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "declarations.csv"
    path.write_text(f"{HEADER}\n{FULL}\n{THIN}\n", encoding="utf-8")
    return path


def with_row(path: Path, row: str) -> Path:
    path.write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
    return path


def test_a_row_becomes_a_manifest_of_one_parcel_under_its_declaration(file: Path) -> None:
    manifest, _ = kcs.declarations().manifests(file)
    assert manifest == {
        "schemaVersion": "1.0",
        "messageId": "KCS-97061800",
        "messageFunction": "9",
        "submittedAt": "2020-01-01T00:00:00Z",
        "provider": {"id": "KCS", "role": "GATEWAY"},
        "transport": {"modeOfTransport": "1"},
        "parcels": [
            {
                "itemIdType": "DECLARATION",
                "itemId": "97061800",
                "exportCountry": "BE",
                "destinationCountry": "KR",
                "seller": {"identifier": "0VKY2BR"},
                "totalValue": {"amount": "372254.4", "currency": "KRW"},
                "goodsItems": [
                    {
                        "sequenceNumber": 1,
                        "hsCode": "040890",
                        "originCountry": "NL",
                        "value": {"amount": "372254.4", "currency": "KRW"},
                        "netMass": {"value": "108.0", "unitCode": "KGM"},
                    }
                ],
                "declaration": {
                    "declarationId": "97061800",
                    "date": "2020-01-01",
                    "officeId": "30",
                    "procedure": "B",
                    "importType": "11",
                    "importUse": "21",
                    "paymentType": "11",
                    "declarantId": "ZZR1LT6",
                    "importerId": "QLRUBN9",
                    "courierId": "MWIDNS",
                    "taxRate": "8.0",
                    "taxType": "FEU1",
                    "originIndicator": "G",
                },
            }
        ],
    }


def test_what_is_absent_is_left_out(file: Path) -> None:
    _, manifest = kcs.declarations().manifests(file)
    parcel = manifest["parcels"][0]
    assert "seller" not in parcel
    assert "courierId" not in parcel["declaration"]
    assert "netMass" not in parcel["goodsItems"][0]


def test_amounts_have_three_decimals_and_other_transport_is_nine(file: Path) -> None:
    _, manifest = kcs.declarations().manifests(file)
    assert manifest["parcels"][0]["totalValue"]["amount"] == "2610.3"
    assert manifest["transport"] == {"modeOfTransport": "9"}


def test_outcomes_say_what_an_officer_found_and_how_bad_it_was(file: Path) -> None:
    clean, found = kcs.declarations().outcomes(file)
    assert clean == {
        "schemaVersion": "1.0",
        "outcomeId": "KCS-97061800",
        "itemIdType": "DECLARATION",
        "itemId": "97061800",
        "customsOffice": "30",
        "selectionBasis": "OFFICER",
        "completedAt": "2020-01-01T00:00:00Z",
        "result": "CONFORM",
    }
    assert found["result"] == "NON_CONFORM"
    assert found["findings"] == [{"category": "OTHER", "severity": "SERIOUS"}]


def test_progress_tells_every_byte_once(file: Path) -> None:
    told: list[int] = []
    list(kcs.declarations().manifests(file, told.append))
    assert sum(told) == file.stat().st_size


def test_another_file_is_refused_with_a_column_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("timestamp,value\n1,2\n", encoding="utf-8")
    with pytest.raises(BadDataError, match="no column 'Country of Departure', nor 21 others"):
        list(kcs.declarations().manifests(path))


@pytest.mark.parametrize("price", ["", "dear", "nan", "inf"])
def test_a_price_that_is_no_number_is_bad_data_and_names_its_line(file: Path, price: str) -> None:
    with pytest.raises(BadDataError, match="line 2, column 'Item Price': a number was expected"):
        list(kcs.declarations().manifests(with_row(file, FULL.replace("372254.4", price))))


def test_a_file_that_is_not_text_is_bad_data(file: Path) -> None:
    file.write_bytes(f"{HEADER}\n".encode() + b"\xff\xfe\x00\x01")
    with pytest.raises(BadDataError, match="UTF-8"):
        list(kcs.declarations().manifests(file))


def intake(topic: str, records: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], Effects]:
    """What intake makes of records: the cases it writes, and all its effects."""
    effects = Effects()
    log = [LogRecord(0, offset, 1_790_000_000_000, None, orjson.dumps(record)) for offset, record in enumerate(records)]
    IntakeShard(topic, 0, Limits(), b"a key only tests use, 32 bytes..").process(log, effects)
    return [orjson.loads(out.value or b"") for out in effects.outputs if out.topic == topics.CASES], effects


def test_intake_accepts_every_declaration_of_the_public_file(data_dir: Path) -> None:
    cases, effects = intake(
        topics.MANIFESTS, list(kcs.declarations().manifests(data_dir / "customs/declarations_valid.csv"))
    )
    flags = Counter(flag for case in cases for flag in case["flags"])
    assert [case["kind"] for case in cases] == ["filing"] * 8_134
    assert not [out for out in effects.outputs if out.topic == topics.REJECTED]
    assert (flags["MASS_MISSING"], flags["COUNTRY_UNKNOWN"]) == (55, 12)


def test_intake_accepts_every_outcome_of_the_public_file(data_dir: Path) -> None:
    cases, effects = intake(
        topics.OUTCOMES, list(kcs.declarations().outcomes(data_dir / "customs/declarations_valid.csv"))
    )
    results = Counter(case["outcome"]["result"] for case in cases)
    assert results == {"CONFORM": 6_430, "NON_CONFORM": 1_704}
    assert not [out for out in effects.outputs if out.topic == topics.REJECTED]
