"""Formal declarations may be thin; the same parcel without its declaration is refused."""

from typing import Any

import pytest

from streams.intake import decode_manifest
from tests.intake_examples import DECLARED_PARCEL, GONE, PARCEL, as_bytes, changed, with_parcels

WITH_DECLARATION = PARCEL | {"declaration": {"declarationId": "D-1"}}
RELAXED: list[tuple[str, dict[str, Any]]] = [
    ("FIELD_MISSING", {"/consignee": GONE}),
    ("FIELD_MISSING", {"/consignor": {"identifier": "DE1"}}),
    ("FIELD_MISSING", {"/categoryOfItem": GONE}),
    ("FIELD_MISSING", {"/numberOfPackages": GONE}),
    ("FIELD_MISSING", {"/grossMass": GONE}),
    ("FIELD_MISSING", {"/goodsItems/0/description": GONE}),
    ("FIELD_MISSING", {"/goodsItems/0/quantity": GONE}),
    ("NUMBER_RANGE", {"/grossMass/value": "0"}),
    ("NUMBER_RANGE", {"/goodsItems/0/netMass/value": 0}),
    ("COUNTRY_UNKNOWN", {"/exportCountry": "ZZ"}),
    ("COUNTRY_UNKNOWN", {"/goodsItems/0/originCountry": "ZZ"}),
    ("CODE_NOT_IN_LIST", {"/itemIdType": "DECLARATION", "/itemId": "D-1"}),
]


def codes(parcel: dict[str, Any], **message: Any) -> set[str]:
    [judged] = decode_manifest(as_bytes(with_parcels(parcel, **message))).parcels
    return {fault.code for fault in judged.faults}


@pytest.mark.parametrize(("code", "changes"), RELAXED)
def test_what_a_declaration_relaxes_is_refused_without_one(code: str, changes: dict[str, Any]) -> None:
    assert codes(changed(WITH_DECLARATION, changes)) == set()
    assert codes(changed(PARCEL, changes)) == {code}


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("FIELD_MISSING", {"/totalValue": GONE}),
        ("FIELD_MISSING", {"/declaration/declarationId": GONE}),
        ("FIELD_MISSING", {"/consignor": {}}),
        ("FIELD_MISSING", {"/consignor": {"name": "Nobody"}}),
        ("FIELD_UNKNOWN", {"/declaration/mood": "good"}),
        ("FIELD_TOO_LONG", {"/declaration/officeId": "x" * 18}),
        ("FIELD_TYPE", {"/declaration": None}),
        ("TIME_FORMAT", {"/declaration/date": "2021-02-29"}),
        ("TIME_FORMAT", {"/declaration/date": "01.01.2021"}),
        ("NUMBER_RANGE", {"/declaration/taxRate": "-7.2"}),
        ("ITEM_ID_FORMAT", {"/itemId": "56839012"}),
        ("NUMBER_RANGE", {"/goodsItems/0/netMass/value": "-1"}),
    ],
)
def test_a_declaration_is_checked_too(code: str, changes: dict[str, Any]) -> None:
    assert codes(changed(DECLARED_PARCEL, changes)) == {code}


@pytest.mark.parametrize("parcel", [{"itemIdType": "S10", "itemId": "EE471108151FR"}, PARCEL, DECLARED_PARCEL])
def test_a_cancellation_needs_no_more_than_the_item(parcel: dict[str, Any]) -> None:
    assert codes(parcel, messageFunction="1") == set()


@pytest.mark.parametrize("function", ["9", "4", "5"])
def test_a_filing_or_amendment_carries_the_parcel_whole(function: str) -> None:
    named = {"itemIdType": "S10", "itemId": "EE471108151FR"}

    assert codes(named, messageFunction=function) == {"FIELD_MISSING"}


@pytest.mark.parametrize(
    ("code", "changes"),
    [("ITEM_ID_CHECK_DIGIT", {"/itemId": "EE471108152FR"}), ("FIELD_UNKNOWN", {"/reason": "mistake"})],
)
def test_a_cancellation_is_checked_too(code: str, changes: dict[str, Any]) -> None:
    named = changed({"itemIdType": "S10", "itemId": "EE471108151FR"}, changes)

    assert codes(named, messageFunction="1") == {code}
