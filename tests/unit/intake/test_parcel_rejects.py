"""Every reject a manifest can earn, each made from the good example by one change."""

from typing import Any

import pytest

from streams.intake import decode_manifest
from streams.records.codes import Reject
from tests.intake_examples import (
    DECLARED_MANIFEST,
    GONE,
    MANIFEST,
    PARCEL,
    as_bytes,
    changed,
    with_parcels,
)

P = "/parcels/0"
GOODS = {"sequenceNumber": 1, "description": "Shoes", "quantity": 1, "value": {"amount": "1", "currency": "EUR"}}
SPOILED: list[tuple[str, str, dict[str, Any]]] = [
    # code, the field it is found at, what is changed
    ("FIELD_MISSING", "/messageId", {"/messageId": GONE}),
    ("FIELD_MISSING", "/provider/role", {"/provider/role": GONE}),
    ("FIELD_MISSING", f"{P}/itemId", {f"{P}/itemId": GONE}),
    ("FIELD_MISSING", f"{P}/consignee", {f"{P}/consignee": GONE}),
    ("FIELD_MISSING", f"{P}/consignor/address", {f"{P}/consignor/address": GONE}),
    ("FIELD_MISSING", f"{P}/grossMass", {f"{P}/grossMass": GONE}),
    ("FIELD_MISSING", f"{P}/goodsItems/1/quantity", {f"{P}/goodsItems/1/quantity": GONE}),
    ("FIELD_UNKNOWN", "/colour", {"/colour": "red"}),
    ("FIELD_UNKNOWN", f"{P}/consignee/nickname", {f"{P}/consignee/nickname": "Eri"}),
    ("FIELD_UNKNOWN", f"{P}/modeOfTransport", {f"{P}/modeOfTransport": "5"}),
    ("FIELD_TYPE", "/messageId", {"/messageId": 17}),
    ("FIELD_TYPE", "/messageFunction", {"/messageFunction": 9}),
    ("FIELD_TYPE", "/parcels", {"/parcels": {}}),
    ("FIELD_TYPE", P, {P: "parcel"}),
    ("FIELD_TYPE", f"{P}/numberOfPackages", {f"{P}/numberOfPackages": "3"}),
    ("FIELD_TYPE", f"{P}/numberOfPackages", {f"{P}/numberOfPackages": 3.0}),
    ("FIELD_TYPE", f"{P}/numberOfPackages", {f"{P}/numberOfPackages": True}),
    ("FIELD_TYPE", f"{P}/grossMass/value", {f"{P}/grossMass/value": True}),
    ("FIELD_TYPE", f"{P}/grossMass/value", {f"{P}/grossMass/value": None}),
    ("FIELD_TYPE", f"{P}/exportCountry", {f"{P}/exportCountry": 49}),
    ("FIELD_TYPE", f"{P}/platform/knownSeller", {f"{P}/platform/knownSeller": "yes"}),
    ("FIELD_TYPE", f"{P}/consignee/address/lines", {f"{P}/consignee/address/lines": "Beispielstrasse 12"}),
    ("FIELD_EMPTY", "/messageId", {"/messageId": ""}),
    ("FIELD_EMPTY", f"{P}/consignee/name", {f"{P}/consignee/name": " \u3000 "}),
    ("FIELD_EMPTY", f"{P}/totalValue/amount", {f"{P}/totalValue/amount": ""}),
    ("FIELD_EMPTY", f"{P}/exportCountry", {f"{P}/exportCountry": ""}),
    ("FIELD_EMPTY", f"{P}/categoryOfItem", {f"{P}/categoryOfItem": ""}),
    ("FIELD_TOO_LONG", "/messageId", {"/messageId": "x" * 71}),
    ("FIELD_TOO_LONG", "/customsOffice", {"/customsOffice": "x" * 18}),
    ("FIELD_TOO_LONG", f"{P}/goodsItems/0/description", {f"{P}/goodsItems/0/description": "x" * 513}),
    ("FIELD_FORMAT", f"{P}/exportCountry", {f"{P}/exportCountry": "DEU"}),
    ("FIELD_FORMAT", f"{P}/totalValue/currency", {f"{P}/totalValue/currency": "eur"}),
    ("FIELD_FORMAT", f"{P}/totalValue/amount", {f"{P}/totalValue/amount": "38,90"}),
    ("FIELD_FORMAT", f"{P}/totalValue/amount", {f"{P}/totalValue/amount": "\u0663\u0668"}),
    ("FIELD_FORMAT", f"{P}/totalValue/amount", {f"{P}/totalValue/amount": "1e2"}),
    ("FIELD_FORMAT", "/transport/placeOfLoading", {"/transport/placeOfLoading": "CN-SHA"}),
    ("FIELD_FORMAT", "/provider/id", {"/provider/id": "Erika Mustermann"}),
    ("FIELD_FORMAT", f"{P}/goodsItems/0/gtin", {f"{P}/goodsItems/0/gtin": "40063813339\u0663\u0661"}),
    ("CONTROL_CHARACTER", f"{P}/consignee/name", {f"{P}/consignee/name": "Erika\x00"}),
    ("CONTROL_CHARACTER", f"{P}/consignee/address/city", {f"{P}/consignee/address/city": "Frank\nfurt"}),
    ("CONTROL_CHARACTER", "/messageId", {"/messageId": "M\x85"}),
    ("CODE_NOT_IN_LIST", "/schemaVersion", {"/schemaVersion": "2.0"}),
    ("CODE_NOT_IN_LIST", "/messageFunction", {"/messageFunction": "7"}),
    ("CODE_NOT_IN_LIST", "/provider/role", {"/provider/role": "SMUGGLER"}),
    ("CODE_NOT_IN_LIST", "/transport/modeOfTransport", {"/transport/modeOfTransport": "90"}),
    ("CODE_NOT_IN_LIST", f"{P}/categoryOfItem", {f"{P}/categoryOfItem": "TOYS"}),
    ("CODE_NOT_IN_LIST", f"{P}/grossMass/unitCode", {f"{P}/grossMass/unitCode": "LBR"}),
    ("CODE_NOT_IN_LIST", f"{P}/itemIdType", {f"{P}/itemIdType": "DECLARATION"}),
    ("COUNTRY_UNKNOWN", f"{P}/exportCountry", {f"{P}/exportCountry": "ZZ"}),
    ("COUNTRY_UNKNOWN", f"{P}/goodsItems/0/originCountry", {f"{P}/goodsItems/0/originCountry": "QQ"}),
    ("COUNTRY_UNKNOWN", f"{P}/consignee/address/country", {f"{P}/consignee/address/country": "ZZ"}),
    ("LIST_EMPTY", "/parcels", {"/parcels": []}),
    ("LIST_EMPTY", f"{P}/goodsItems", {f"{P}/goodsItems": []}),
    ("LIST_EMPTY", f"{P}/consignee/address/lines", {f"{P}/consignee/address/lines": []}),
    ("LIST_TOO_LONG", "/parcels", {"/parcels": [{}] * 5_001}),
    ("LIST_TOO_LONG", f"{P}/consignee/address/lines", {f"{P}/consignee/address/lines": ["a"] * 4}),
    ("LIST_TOO_LONG", f"{P}/goodsItems", {f"{P}/goodsItems": [GOODS] * 1_000}),
    ("NUMBER_RANGE", f"{P}/grossMass/value", {f"{P}/grossMass/value": "0"}),
    ("NUMBER_RANGE", f"{P}/grossMass/value", {f"{P}/grossMass/value": 0.0}),
    ("NUMBER_RANGE", f"{P}/grossMass/value", {f"{P}/grossMass/value": "10000000000"}),
    ("NUMBER_RANGE", f"{P}/totalValue/amount", {f"{P}/totalValue/amount": "-0.01"}),
    ("NUMBER_RANGE", f"{P}/totalValue/amount", {f"{P}/totalValue/amount": "-0.00"}),
    ("NUMBER_RANGE", f"{P}/totalValue/amount", {f"{P}/totalValue/amount": -1}),
    ("NUMBER_RANGE", f"{P}/totalValue/amount", {f"{P}/totalValue/amount": 10**30}),
    ("NUMBER_NOT_FINITE", f"{P}/totalValue/amount", {f"{P}/totalValue/amount": 10**400}),
    ("NUMBER_RANGE", f"{P}/numberOfPackages", {f"{P}/numberOfPackages": 10**30}),
    ("NUMBER_RANGE", f"{P}/numberOfPackages", {f"{P}/numberOfPackages": -(10**30)}),
    ("NUMBER_RANGE", f"{P}/goodsItems/0/quantity", {f"{P}/goodsItems/0/quantity": 0}),
    ("NUMBER_RANGE", f"{P}/goodsItems/0/sequenceNumber", {f"{P}/goodsItems/0/sequenceNumber": 100_000}),
    ("NUMBER_PRECISION", f"{P}/totalValue/amount", {f"{P}/totalValue/amount": "38.9001"}),
    ("NUMBER_PRECISION", f"{P}/totalValue/amount", {f"{P}/totalValue/amount": 38.9001}),
    ("NUMBER_PRECISION", f"{P}/grossMass/value", {f"{P}/grossMass/value": "0.1234567"}),
    ("NUMBER_NOT_FINITE", f"{P}/grossMass/value", {f"{P}/grossMass/value": float("nan")}),
    ("NUMBER_NOT_FINITE", f"{P}/totalValue/amount", {f"{P}/totalValue/amount": float("inf")}),
    ("NUMBER_NOT_FINITE", f"{P}/totalValue/amount", {f"{P}/totalValue/amount": "-Infinity"}),
    ("NUMBER_NOT_FINITE", f"{P}/numberOfPackages", {f"{P}/numberOfPackages": float("nan")}),
    ("TIME_NO_ZONE", "/submittedAt", {"/submittedAt": "2026-08-20T08:14:31"}),
    ("TIME_NO_ZONE", f"{P}/postedAt", {f"{P}/postedAt": "2026-08-19T11:02:00.5"}),
    ("TIME_FORMAT", "/submittedAt", {"/submittedAt": 1_787_213_700}),
    ("TIME_FORMAT", "/submittedAt", {"/submittedAt": "1787213700"}),
    ("TIME_FORMAT", "/submittedAt", {"/submittedAt": "2026-02-30T08:14:31Z"}),
    ("TIME_FORMAT", "/submittedAt", {"/submittedAt": "0000-01-01T00:00:00Z"}),
    ("TIME_FORMAT", "/submittedAt", {"/submittedAt": "2026-08-20"}),
    ("ITEM_ID_FORMAT", f"{P}/itemId", {f"{P}/itemId": "EE47110815FR"}),
    ("ITEM_ID_FORMAT", f"{P}/itemId", {f"{P}/itemId": "EE\u0664\u0667\u0661\u0661\u0660\u0668\u0661\u0665\u0661FR"}),
    ("ITEM_ID_FORMAT", f"{P}/itemId", {f"{P}/itemIdType": "SSCC", f"{P}/itemId": "00361410600123"}),
    ("ITEM_ID_FORMAT", f"{P}/itemId", {f"{P}/itemIdType": "HAWB", f"{P}/itemId": "Erika Mustermann"}),
    ("ITEM_ID_CHECK_DIGIT", f"{P}/itemId", {f"{P}/itemId": "EE471108152FR"}),
    ("ITEM_ID_CHECK_DIGIT", f"{P}/itemId", {f"{P}/itemIdType": "SSCC", f"{P}/itemId": "340123450000000018"}),
    ("CONTAINER_ID_FORMAT", "/transport/containerId", {"/transport/containerId": "12_U1234567"}),
    ("CONTAINER_ID_FORMAT", "/transport/containerId", {"/transport/containerId": "ÉBCU1234567"}),
    ("CONTAINER_ID_CHECK_DIGIT", "/transport/containerId", {"/transport/containerId": "MSKU9070324"}),
    ("RECEPTACLE_ID_FORMAT", "/transport/receptacleId", {"/transport/receptacleId": "CNSHAADEFRAAA"}),
    ("IOSS_FORMAT", f"{P}/iossNumber", {f"{P}/iossNumber": "IN5280001234"}),
    ("IOSS_FORMAT", f"{P}/iossNumber", {f"{P}/iossNumber": "IM528000123"}),
    ("HS_CODE_FORMAT", f"{P}/goodsItems/0/hsCode", {f"{P}/goodsItems/0/hsCode": "8518301"}),
    ("HS_CODE_FORMAT", f"{P}/goodsItems/0/hsCode", {f"{P}/goodsItems/0/hsCode": "8518.30"}),
    ("HS_CODE_FORMAT", f"{P}/goodsItems/0/hsCode", {f"{P}/goodsItems/0/hsCode": "85183\u0660"}),
    ("GTIN_CHECK_DIGIT", f"{P}/goodsItems/0/gtin", {f"{P}/goodsItems/0/gtin": "4006381333932"}),
    ("GOODS_SEQUENCE_DUPLICATE", f"{P}/goodsItems/1/sequenceNumber", {f"{P}/goodsItems/1/sequenceNumber": 1}),
    ("CATEGORY_EXPLANATION_MISSING", f"{P}/categoryExplanation", {f"{P}/categoryOfItem": "OTHER"}),
]  # fmt: skip


def faults(raw: bytes | None) -> list[tuple[str, str]]:
    manifest = decode_manifest(raw)
    found = [*manifest.message.faults, *(fault for parcel in manifest.parcels for fault in parcel.faults)]
    return [(fault.code, fault.field) for fault in found]


@pytest.mark.parametrize(("code", "field", "changes"), SPOILED)
def test_one_thing_wrong_yields_one_code_at_its_place(code: str, field: str, changes: dict[str, Any]) -> None:
    assert faults(as_bytes(changed(MANIFEST, changes))) == [(Reject(code), field)]


@pytest.mark.parametrize("example", [MANIFEST, DECLARED_MANIFEST])
def test_the_good_examples_have_no_fault(example: dict[str, Any]) -> None:
    assert faults(as_bytes(example)) == []


@pytest.mark.parametrize(
    ("kind", "item_id"),
    [
        ("S10", "RR473124829GB"),
        ("S10", "EB000717618HK"),
        ("SSCC", "340123450000000017"),
        ("HAWB", "HAWB-1/7"),
        ("CARRIER_TRACKING", "1Z999AA10123456784"),
    ],
)
def test_items_are_named_in_several_ways(kind: str, item_id: str) -> None:
    assert faults(as_bytes(with_parcels(PARCEL | {"itemIdType": kind, "itemId": item_id}))) == []


@pytest.mark.parametrize(
    ("code", "raw"),
    [
        ("JSON_INVALID", None),
        ("JSON_INVALID", b""),
        ("JSON_INVALID", b"parcel, please"),
        ("JSON_INVALID", b"x" * 900_000),
        ("JSON_INVALID", b"\xef\xbb\xbf" + as_bytes(MANIFEST)),
        ("JSON_INVALID", as_bytes(MANIFEST).replace(b"Erika", b"Erik\xe4")),
        ("JSON_INVALID", as_bytes(MANIFEST).replace(b"Erika", b"Erika\x00")),
        ("JSON_INVALID", as_bytes(MANIFEST).decode().encode("utf-16")),
        ("JSON_INVALID", as_bytes(MANIFEST) + b"{}"),
        ("JSON_INVALID", b"[" * 10_000 + b"]" * 10_000),
        ("JSON_INVALID", b'{"parcels":' + b"[" * 10_000 + b"]" * 10_000 + b"}"),
        ("JSON_INVALID", b"1" * 5_000 + b"NaN"),
        ("FIELD_TYPE", b"[1,2,3]"),
        ("FIELD_TYPE", b"null"),
        ("FIELD_TYPE", b'"text"'),
        ("NUMBER_NOT_FINITE", b"NaN"),
        ("NUMBER_NOT_FINITE", b"-1e400"),
    ],
)
def test_what_is_no_message_is_refused_as_a_whole(code: str, raw: bytes | None) -> None:
    assert faults(raw) == [(Reject(code), "")]


@pytest.mark.parametrize(
    ("code", "field", "raw"),
    [
        ("JSON_INVALID", f"{P}/consignee/name", as_bytes(MANIFEST).replace(b"Erika", rb"Erika\ud800")),
        ("JSON_INVALID", "/messageId", as_bytes(MANIFEST).replace(b"-000184", rb"\udc00")),
        ("JSON_INVALID", "/a" * 128, b'{"a":' * 300 + b"1" + b"}" * 300),
        ("DUPLICATE_KEY", "/schemaVersion", as_bytes(MANIFEST).replace(b"{", b'{"schemaVersion": "x", ', 1)),
        ("DUPLICATE_KEY", f"{P}/itemId", as_bytes(MANIFEST).replace(b'"itemId": ', b'"itemId" : "x", "itemId": ')),
        (
            "DUPLICATE_KEY",
            f"{P}/itemId",
            as_bytes(MANIFEST).replace(b'"itemId": ', rb'"item\u0049d": "\u0022", "itemId": '),
        ),
        ("DUPLICATE_KEY", "/a", b'{"a": 1, "a": NaN}'),
        ("DUPLICATE_KEY", "/a", rb'{"a": 1, "a": "\u0022\u0022"}'),  # as many quotation marks after parsing as before
    ],
)
def test_what_json_should_not_hold_is_refused_where_it_stands(code: str, field: str, raw: bytes) -> None:
    assert faults(raw) == [(Reject(code), field)]


@pytest.mark.parametrize("kind", ["HAWB", "CARRIER_TRACKING"])
@pytest.mark.parametrize("item_id", ["AB#1/2", "HAWB 0012 (3)", "x" * 35, "7", "a,b;c=d"])
def test_a_carriers_own_identifiers_are_any_printable_ascii(kind: str, item_id: str) -> None:
    assert faults(as_bytes(with_parcels(PARCEL | {"itemIdType": kind, "itemId": item_id}))) == []


@pytest.mark.parametrize("item_id", ["erika7@example.org", "7\u00e4", "\u0667", "7\u00a0"])
def test_mail_and_what_is_not_ascii_is_no_items_name(item_id: str) -> None:
    parcel = PARCEL | {"itemIdType": "HAWB", "itemId": item_id}

    assert faults(as_bytes(with_parcels(parcel))) == [(Reject.ITEM_ID_FORMAT, f"{P}/itemId")]


def test_quotation_marks_in_texts_are_not_taken_for_repeated_keys() -> None:
    quoted = changed(MANIFEST, {"/parcels/0/consignee/name": 'Erika "die Rote" \\ Mustermann \\u0022'})

    assert faults(as_bytes(quoted)) == []
    assert faults(as_bytes(MANIFEST).replace(b"Erika", rb"\u0022Erika\u0022")) == []


@pytest.mark.parametrize("spelling", [1.1, "1.1", "1.10", "1.100"])
def test_an_amount_may_be_a_text_or_a_number(spelling: str | float) -> None:
    parcel = changed(PARCEL, {"/postalCharges/amount": spelling})

    judged = decode_manifest(as_bytes(with_parcels(parcel))).parcels[0]

    assert judged.record is not None
    assert judged.record["postalCharges"]["amount"] == 1.1


@pytest.mark.parametrize("amount", [88733267.96, 484329753519.358, 0.001, 9999999999999, 349329346.405])
def test_a_number_is_as_precise_as_it_is_spelt(amount: float) -> None:
    assert faults(as_bytes(with_parcels(changed(PARCEL, {"/postalCharges/amount": amount})))) == []


def test_a_bad_parcel_leaves_its_neighbours_alone() -> None:
    bad = PARCEL | {"exportCountry": "ZZ"}

    manifest = decode_manifest(as_bytes(with_parcels(PARCEL, bad, PARCEL)))

    assert [bool(parcel.record) for parcel in manifest.parcels] == [True, False, True]
    assert [fault.field for fault in manifest.parcels[1].faults] == ["/parcels/1/exportCountry"]


def test_a_fix_list_names_everything_wrong_with_a_parcel() -> None:
    bad = changed(PARCEL, {"/exportCountry": "ZZ", "/grossMass/value": "-1", "/itemId": GONE})

    assert faults(as_bytes(with_parcels(bad))) == [
        ("FIELD_MISSING", "/parcels/0/itemId"),
        ("COUNTRY_UNKNOWN", "/parcels/0/exportCountry"),
        ("NUMBER_RANGE", "/parcels/0/grossMass/value"),
    ]
