"""Every reject of an inspection outcome, and the case that becomes of a good one."""

from typing import Any

import pytest

from streams.intake import decode_outcome
from streams.records.codes import Reject
from streams.topics import CASES, FEEDBACK, OUTCOMES, REJECTED
from tests.intake_examples import GONE, OUTCOME, as_bytes, bodies, changed, take, written

CONTROLLED = {"/disposition": "CONTROLLED_DELIVERY"}
SPOILED: list[tuple[str, str, dict[str, Any]]] = [
    ("FIELD_MISSING", "/selectionBasis", {"/selectionBasis": GONE}),
    ("FIELD_MISSING", "/controlTypes", {"/controlTypes": GONE}),
    ("FIELD_MISSING", "/disposition", {"/disposition": GONE}),
    ("FIELD_MISSING", "/startedAt", {"/startedAt": GONE}),
    ("FIELD_UNKNOWN", "/officer", {"/officer": "J. Smith"}),
    ("FIELD_FORMAT", "/outcomeId", {"/outcomeId": "number one"}),
    ("FIELD_TOO_LONG", "/customsOffice", {"/customsOffice": "x" * 18}),
    ("CODE_NOT_IN_LIST", "/result", {"/result": "FINE"}),
    ("CODE_NOT_IN_LIST", "/controlTypes/0", {"/controlTypes/0": "SMELL"}),
    ("CODE_NOT_IN_LIST", "/findings/0/category", {"/findings/0/category": "BAD_LUCK"}),
    ("LIST_EMPTY", "/controlTypes", {"/controlTypes": []}),
    ("HS_CODE_FORMAT", "/findings/0/actualHsCode", {"/findings/0/actualHsCode": "12345"}),
    ("NUMBER_RANGE", "/findings/0/quantity", {"/findings/0/quantity": "-1"}),
    ("ITEM_ID_CHECK_DIGIT", "/itemId", {"/itemId": "EE471108152FR"}),
    ("TIME_NO_ZONE", "/completedAt", {"/completedAt": "2026-08-21T07:31:00"}),
    ("TIMES_REVERSED", "/completedAt", {"/completedAt": "2026-08-21T07:04:59Z"}),
    ("FINDINGS_MISSING", "/findings", {"/findings": GONE}),
    ("FINDINGS_MISSING", "/findings", {"/findings": []}),
    ("FINDINGS_CONTRADICT_RESULT", "/findings", {"/result": "CONFORM", "/disposition": "RELEASED"}),
    ("DISPOSITION_CONTRADICTS_RESULT", "/disposition", {"/result": "INCONCLUSIVE"} | CONTROLLED),
]  # fmt: skip


@pytest.mark.parametrize(("code", "field", "changes"), SPOILED)
def test_one_thing_wrong_yields_one_code_at_its_place(code: str, field: str, changes: dict[str, Any]) -> None:
    judged = decode_outcome(as_bytes(changed(OUTCOME, changes)))

    assert [(fault.code, fault.field) for fault in judged.faults] == [(Reject(code), field)]


def test_the_outcome_of_a_declaration_may_be_a_bare_result() -> None:
    thin = {"/itemIdType": "DECLARATION", "/itemId": "56839011"}
    thin |= dict.fromkeys(("/controlTypes", "/startedAt", "/disposition", "/findings"), GONE)

    assert decode_outcome(as_bytes(changed(OUTCOME, thin))).faults == []


def test_a_good_outcome_becomes_a_case_of_its_item_without_the_officers_words() -> None:
    effects = take(OUTCOMES, OUTCOME)

    [output], [case] = written(effects, CASES), bodies(effects, CASES)
    assert output.key == b"EE471108151FR"
    assert (case["kind"], case["provider"], case["messageId"]) == ("outcome", "DE004851", "DE004851-2026-0088123")
    assert case["outcome"]["officerRef"].startswith("p1")
    assert case["outcome"]["findings"][0] == {
        "category": "COUNTERFEIT_IPR",
        "severity": "MODERATE",
        "goodsSequenceNumber": 1,
        "quantity": 1.0,
        "unitCode": "C62",
    }
    assert case["flags"] == []


def test_an_inspection_completed_tomorrow_is_flagged() -> None:
    [case] = bodies(take(OUTCOMES, changed(OUTCOME, {"/completedAt": "2026-08-22T07:31:00Z"})), CASES)

    assert case["flags"] == ["TIME_IN_FUTURE"]


def test_dispositions_never_reach_feedback() -> None:
    good = take(OUTCOMES, OUTCOME)
    bad = take(OUTCOMES, changed(OUTCOME, {"/disposition": "CONTROLLED_DELIVERY", "/result": "INCONCLUSIVE"}))

    assert bodies(good, FEEDBACK)[0]["result"] == "ACCEPTED"
    assert bodies(bad, FEEDBACK)[0]["result"] == "REJECTED"
    assert all(b"DETAINED" not in (output.value or b"") for output in written(good, FEEDBACK))
    assert all(b"CONTROLLED" not in (output.value or b"") for output in written(bad, FEEDBACK))


@pytest.mark.parametrize("raw", [None, b"", b"[]", b'{"customsOffice": 7}'])
def test_an_unreadable_outcome_is_put_aside_and_nobody_is_told(raw: bytes | None) -> None:
    effects = take(OUTCOMES, raw)

    assert [(output.topic, output.value) for output in effects.outputs] == [(REJECTED, raw)]
