"""What holds for every public record: it takes its good example, forbids strangers, and has a JSON Schema."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from streams.records.codes import Flag, Reject
from streams.records.decision import contradictions
from streams.records.schema import RECORDS, check, json_schema
from tests.intake_examples import (
    DECLARED_MANIFEST,
    GONE,
    MANIFEST,
    OUTCOME,
    SENSOR_EVENT,
    bodies,
    changed,
    take,
    with_parcels,
)

SOURCE = {"topic": "manifests.v1", "partition": 0, "offset": 17, "index": 0}
REASON = {
    "code": "VALUE_BELOW_PEER_GROUP",
    "source": "MODEL",
    "text": "A kilogram of these goods is declared at a tenth of what is usual.",
    "value": 3.1,
    "normal": 31.0,
    "contribution": 0.28,
}
DECISION: dict[str, Any] = {
    "schemaVersion": "1.0",
    "decisionId": "dec-01J5T7",
    "version": 1,
    "decidedAt": "2026-08-21T02:41:12.480Z",
    "itemIdType": "S10",
    "itemId": "EE471108151FR",
    "status": "FINAL",
    "riskScore": 0.87,
    "riskBand": "HIGH",
    "lane": "RED",
    "recommendedAction": "PHYSICAL_INSPECTION",
    "ics2Referral": "RFS",
    "humanReviewRequired": True,
    "selectedBy": "RISK",
    "propensity": 1.0,
    "reasons": [REASON],
    "dataQualityFlags": ["HS_CODE_MISSING"],
    "features": {"mass_kg": 0.412},
    "source": SOURCE,
    "controlOffset": 41,
    "model": {"name": "parcels", "version": "41"},
    "ruleSet": {"name": "core", "version": "1"},
    "engine": "greenlane-0.1.0",
    "inputEventIds": ["CNPOST-20260820-000184"],
}
ALERT: dict[str, Any] = {
    "schemaVersion": "1.0",
    "alertId": "alt-1",
    "raisedAt": "2026-08-21T02:41:12.480Z",
    "kind": "PARCEL",
    "severity": "HIGH",
    "state": "RAISED",
    "subject": {"itemId": "EE471108151FR"},
    "title": "Physical inspection proposed for EE471108151FR",
    "decisionId": "dec-01J5T7",
    "lane": "RED",
    "riskScore": 0.87,
    "reasons": [REASON],
    "eventTime": "2026-08-21T02:41:12.480Z",
    "source": SOURCE,
}
EXAMPLES: list[tuple[str, dict[str, Any]]] = [
    ("manifests.v1", MANIFEST),
    ("manifests.v1", DECLARED_MANIFEST),
    ("manifests.v1", with_parcels({"itemIdType": "S10", "itemId": "EE471108151FR"}, messageFunction="1")),
    ("sensors.v1", SENSOR_EVENT),
    ("outcomes.v1", OUTCOME),
    ("decisions.v1", DECISION),
    ("alerts.v1", ALERT),
    ("feedback.v1", bodies(take("manifests.v1", MANIFEST), "feedback.v1")[0]),
]


def test_every_public_record_has_an_example_here() -> None:
    assert {topic for topic, _ in EXAMPLES} == set(RECORDS)


@pytest.mark.parametrize(("topic", "example"), EXAMPLES)
def test_a_record_takes_its_good_example(topic: str, example: dict[str, Any]) -> None:
    check(RECORDS[topic], example)


@pytest.mark.parametrize(("topic", "example"), EXAMPLES)
def test_a_record_forbids_unknown_fields(topic: str, example: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(RECORDS[topic], example | {"stranger": 1})


@pytest.mark.parametrize(("topic", "example"), EXAMPLES)
def test_a_record_of_another_schema_version_is_refused(topic: str, example: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(RECORDS[topic], example | {"schemaVersion": "1.1"})


@pytest.mark.parametrize(("topic", "example"), EXAMPLES)
def test_required_fields_are_required(topic: str, example: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        check(RECORDS[topic], changed(example, {"/schemaVersion": GONE}))


@pytest.mark.parametrize("topic", RECORDS)
def test_every_record_has_a_json_schema_that_forbids_unknown_fields(topic: str) -> None:
    schema = json_schema(topic)

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].endswith(topic)
    objects = [schema, *schema.get("$defs", {}).values()]
    assert all(part["additionalProperties"] is False for part in objects if "properties" in part)
    json.dumps(schema)


def test_every_code_has_a_sentence_of_its_own() -> None:
    for codes in (Reject, Flag):
        sentences = [code.sentence for code in codes]
        assert all(sentence.endswith(".") for sentence in sentences)
        assert len(set(sentences)) == len(sentences)


def test_a_good_decision_does_not_contradict_itself() -> None:
    assert list(contradictions(DECISION)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("REASONS_MISSING", {"/reasons": []}),
        ("LANE_ACTION_CONTRADICTION", {"/recommendedAction": "RELEASE"}),
        ("DNL_NEEDS_HUMAN_REVIEW", {"/ics2Referral": "DNL", "/humanReviewRequired": False}),
    ],
)
def test_a_decision_that_contradicts_itself_is_noticed(code: str, changes: dict[str, Any]) -> None:
    assert list(contradictions(changed(DECISION, changes))) == [code]  # type: ignore[arg-type]


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan"), "0.5", True])
def test_a_risk_score_is_a_probability(score: Any) -> None:
    with pytest.raises(ValidationError):
        check(RECORDS["decisions.v1"], DECISION | {"riskScore": score})
