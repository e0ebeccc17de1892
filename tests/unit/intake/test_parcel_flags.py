"""Every flag of a parcel, each made from the good example by one change; none of them refuses anything."""

from typing import Any

import pytest

from streams.intake.parcel_flags import FLAGS
from streams.records.codes import Flag
from streams.topics import CASES, MANIFESTS
from tests.intake_examples import AT_MS, DECLARED_PARCEL, GONE, MANIFEST, PARCEL, bodies, changed, take, with_parcels

P = "/parcels/0"
MONEYS = ("totalValue", "postalCharges", "goodsItems/0/value", "goodsItems/1/value")
ODD: list[tuple[str, dict[str, Any]]] = [
    ("HS_CODE_MISSING", {f"{P}/goodsItems/1/hsCode": GONE}),
    ("DESCRIPTION_VAGUE", {f"{P}/goodsItems/1/description": "Gift"}),
    ("DESCRIPTION_VAGUE", {f"{P}/goodsItems/1/description": "Samples, no value!"}),
    ("DESCRIPTION_VAGUE", {f"{P}/goodsItems/1/description": "---"}),
    ("VALUE_SUM_MISMATCH", {f"{P}/totalValue/amount": "38.00"}),
    ("CURRENCY_MIXED", {f"{P}/postalCharges/currency": "USD"}),
    ("CURRENCY_MIXED", {f"{P}/goodsItems/0/value/currency": "USD"}),
    ("CURRENCY_UNKNOWN", {f"{P}/{money}/currency": "ABC" for money in MONEYS}),
    ("NET_MASS_EXCEEDS_GROSS", {f"{P}/goodsItems/1/netMass/value": "0.203"}),
    ("NET_MASS_EXCEEDS_GROSS", {f"{P}/grossMass": {"value": "239", "unitCode": "GRM"}}),
    ("NET_MASS_EXCEEDS_GROSS", {f"{P}/goodsItems/1/grossMass": {"value": "29", "unitCode": "GRM"}}),
    ("S10_ORIGIN_MISMATCH", {f"{P}/exportCountry": "CN"}),
    ("DESTINATION_MISMATCH", {f"{P}/destinationCountry": "NL"}),
    ("ORIGIN_MISSING", {f"{P}/goodsItems/1/originCountry": GONE}),
    ("COUNTRY_UNKNOWN", {"/transport/routingCountries/1": "ZZ"}),
    ("TIME_IN_FUTURE", {"/submittedAt": "2026-08-21T08:05:00.001Z"}),
    ("IOSS_OVER_THRESHOLD", {f"{P}/totalValue/amount": "150.01", f"{P}/goodsItems/0/value/amount": "141.01"}),
]  # fmt: skip


def flags(manifest: dict[str, Any], **record: Any) -> list[str]:
    [case] = bodies(take(MANIFESTS, manifest, **record), CASES)
    found: list[str] = case["flags"]
    return found


def test_the_good_example_has_no_flag() -> None:
    assert flags(MANIFEST) == []


@pytest.mark.parametrize(("code", "changes"), ODD)
def test_one_thing_odd_yields_one_flag(code: str, changes: dict[str, Any]) -> None:
    assert flags(changed(MANIFEST, changes)) == [Flag(code)]


def test_a_parcel_worth_nothing_is_flagged() -> None:
    nothing = {
        f"{P}/totalValue/amount": 0,
        f"{P}/goodsItems/0/value/amount": "0.00",
        f"{P}/goodsItems/1/value/amount": 0.0,
    }

    assert flags(changed(MANIFEST, nothing)) == ["VALUE_ZERO"]


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("MASS_MISSING", {"/goodsItems/0/netMass": GONE}),
        ("MASS_MISSING", {"/goodsItems/0/netMass/value": 0}),
        ("MASS_MISSING", {"/goodsItems/0/netMass": GONE, "/grossMass": {"value": "0.0", "unitCode": "KGM"}}),
        ("COUNTRY_UNKNOWN", {"/exportCountry": "ZZ"}),
        ("COUNTRY_UNKNOWN", {"/goodsItems/0/originCountry": "ZZ"}),
        ("HS_CODE_MISSING", {"/goodsItems/0/hsCode": GONE}),
    ],
)
def test_under_a_declaration_thin_data_is_flagged_not_refused(code: str, changes: dict[str, Any]) -> None:
    assert flags(with_parcels(changed(DECLARED_PARCEL, changes))) == [Flag(code)]


def test_every_flag_of_the_table_is_tried_here() -> None:
    tried = {code for code, _ in ODD} | {"VALUE_ZERO", "MASS_MISSING"}

    assert tried == {code for code, _ in FLAGS}


def test_a_gift_needs_no_hs_code_and_kosovo_is_a_country() -> None:
    gift = changed(
        MANIFEST,
        {f"{P}/categoryOfItem": "GIFT", f"{P}/goodsItems/0/hsCode": GONE, f"{P}/goodsItems/0/originCountry": "XK"},
    )

    assert flags(gift) == []


def test_words_of_another_script_are_not_vague() -> None:
    assert flags(changed(MANIFEST, {f"{P}/goodsItems/0/description": "无线蓝牙耳机"})) == []


def test_cents_lost_to_rounding_do_not_count() -> None:
    assert flags(changed(MANIFEST, {f"{P}/totalValue/amount": "38.91"})) == []


def test_the_ioss_threshold_is_in_euro() -> None:
    dollars = {f"{P}/{money}/currency": "USD" for money in MONEYS}
    lines = {f"{P}/totalValue/amount": "187.50", f"{P}/goodsItems/0/value/amount": "178.50"}

    assert flags(changed(MANIFEST, {**dollars, **lines})) == []  # 150 euro at 1.25


def test_the_future_begins_where_clocks_may_not_differ_any_more() -> None:
    ahead = changed(MANIFEST, {"/submittedAt": "2026-08-21T08:05:00Z"})

    assert flags(ahead, at_ms=AT_MS) == []
    assert flags(ahead, at_ms=AT_MS - 1) == ["TIME_IN_FUTURE"]


def test_a_flag_reaches_the_provider_with_its_item() -> None:
    effects = take(MANIFESTS, with_parcels(PARCEL, PARCEL | {"exportCountry": "CN"}))

    [feedback] = bodies(effects, "feedback.v1")
    assert feedback["result"] == "ACCEPTED"
    assert feedback["items"] == [
        {"index": 1, "result": "ACCEPTED", "flags": ["S10_ORIGIN_MISMATCH"], "fixes": [], "itemId": "EE471108151FR"}
    ]
