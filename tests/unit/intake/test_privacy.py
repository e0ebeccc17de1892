"""Personal data ends here: pseudonyms, and nothing planted in any output but rejected.v1."""

from copy import deepcopy
from typing import Any

import pytest

from streams.intake.privacy import Pseudonyms
from streams.topics import CASES, FEEDBACK, MANIFESTS, OUTCOMES, REJECTED, SENSORS
from tests.intake_examples import (
    DECLARED_PARCEL,
    MANIFEST,
    OUTCOME,
    PARCEL,
    SECRET,
    SENSOR_EVENT,
    bodies,
    changed,
    take,
    with_parcels,
)

NAMES = Pseudonyms(SECRET)
ADDRESS = PARCEL["consignee"]["address"]
PLANTED = "Zacharias Quittenbaum"


def content(changes: dict[str, Any], manifest: dict[str, Any] = MANIFEST) -> str:
    [case] = bodies(take(MANIFESTS, changed(manifest, changes)), CASES)
    digest: str = case["content"]
    return digest


def parcel_of(parcel: dict[str, Any]) -> dict[str, Any]:
    [case] = bodies(take(MANIFESTS, with_parcels(parcel)), CASES)
    hidden: dict[str, Any] = case["parcel"]
    return hidden


def test_a_party_becomes_pseudonym_country_and_type_of_person() -> None:
    consignee = parcel_of(PARCEL)["consignee"]

    assert consignee.keys() == {"pseudonym", "country", "typeOfPerson"}
    assert consignee["pseudonym"].startswith("p1")


@pytest.mark.parametrize(
    "spelling",
    [
        {"/lines": ["BEISPIELSTRASSE 12"]},
        {"/lines": ["Beispielstraße  12."]},
        {"/lines": ["Beispiel-", "strasse 12"]},
        {"/city": "Frankfurt-am-Main"},
        {"/city": "Fránkfurt am Main"},
    ],
)
def test_one_address_has_one_delivery_point_however_it_is_spelt(spelling: dict[str, Any]) -> None:
    assert NAMES.delivery_point(changed(ADDRESS, spelling)) == NAMES.delivery_point(ADDRESS)


def test_another_house_is_another_delivery_point() -> None:
    assert NAMES.delivery_point(ADDRESS | {"lines": ["Beispielstrasse 13"]}) != NAMES.delivery_point(ADDRESS)


def test_a_party_with_an_identifier_is_known_by_it_alone() -> None:
    spelt, moved = PARCEL["consignor"] | {"identifier": "de-123 456"}, {"identifier": "DE123456"}

    assert NAMES.party(spelt)["pseudonym"] == NAMES.party(moved)["pseudonym"]


def test_declarants_and_importers_are_known_by_the_same_pseudonym_as_parties() -> None:
    hidden = parcel_of(changed(DECLARED_PARCEL, {"/consignor/identifier": "SHHZGSL"}))

    assert hidden["declaration"]["importerId"] == hidden["consignor"]["pseudonym"]
    assert hidden["declaration"]["officeId"] == "40"


def test_another_key_gives_other_pseudonyms_and_digests() -> None:
    others = Pseudonyms(bytes(32))

    assert others.identifier("DE1") != NAMES.identifier("DE1")
    assert others.content({"a": 1}) != NAMES.content({"a": 1})


@pytest.mark.parametrize(
    "changes",
    [
        {"/messageId": "another"},
        {"/submittedAt": "2026-08-21T00:00:00Z"},
        {"/manifestReference": "MAN-18"},
        {"/parcels/0/postalCharges/amount": "4.1"},
        {"/parcels/0/postalCharges/amount": 4.1},
        {"/parcels/0/postalCharges/amount": "4.100"},
        {"/messageFunction": "5"},
    ],
)
def test_what_makes_no_difference_leaves_the_content_unchanged(changes: dict[str, Any]) -> None:
    assert content(changes) == content({})


@pytest.mark.parametrize(
    "changes",
    [
        {"/parcels/0/postalCharges/amount": "4.11"},
        {"/parcels/0/consignee/name": "Erica Mustermann"},
        {"/parcels/0/goodsItems/0/description": "Wired earphones"},
        {"/transport/containerId": "CSQU3054383"},
        {"/customsOffice": "DE004852"},
    ],
)
def test_what_was_declared_otherwise_changes_the_content(changes: dict[str, Any]) -> None:
    assert content(changes) != content({})


TEXT_FIELDS = [
    "/messageId",
    "/manifestReference",
    "/transport/masterTransportDocument",
    "/parcels/0/consignor/name",
    "/parcels/0/consignor/address/lines/0",
    "/parcels/0/consignee/name",
    "/parcels/0/consignee/phone",
    "/parcels/0/consignee/email",
    "/parcels/0/consignee/address/lines/0",
    "/parcels/0/consignee/address/city",
    "/parcels/0/platform/name",
    "/parcels/0/platform/orderId",
    "/parcels/0/platform/sellerId",
    "/parcels/0/platform/listingUrl",
    "/parcels/0/goodsItems/0/description",
    "/parcels/0/goodsItems/0/sku",
    "/parcels/0/categoryExplanation",
]


def leaks(topic: str, record: dict[str, Any]) -> set[str]:
    """The output topics, other than rejected.v1, in which the planted name appears in any form."""
    forms = [PLANTED.encode(), PLANTED.upper().encode(), b"Quittenbaum", b"zachariasquittenbaum"]
    found = set()
    for output in take(topic, record).outputs:
        seen = (output.key or b"") + (output.value or b"") + b"".join(value for _, value in output.headers)
        if output.topic != REJECTED and any(form in seen for form in forms):
            found.add(output.topic)
    return found


@pytest.mark.parametrize("field", TEXT_FIELDS)
@pytest.mark.parametrize("spoil", [{}, {"/parcels/0/exportCountry": "ZZ"}, {"/submittedAt": "x"}])
def test_a_name_planted_in_any_text_of_a_manifest_goes_nowhere(field: str, spoil: dict[str, Any]) -> None:
    planted = changed(MANIFEST, {field: PLANTED})

    assert leaks(MANIFESTS, changed(planted, spoil)) == set()


@pytest.mark.parametrize(
    "changes",
    [
        {f"/parcels/0/{PLANTED}": "x"},
        {f"/{PLANTED}": "x"},
        {f"/parcels/0/consignee/{PLANTED}": {"a": "b"}},
        {"/provider/id": PLANTED},
        {"/parcels/0/itemId": PLANTED},
        {"/parcels/0/exportCountry": PLANTED},
        {"/messageFunction": PLANTED},
        {"/parcels/0/totalValue/amount": PLANTED},
    ],
)
def test_a_name_in_a_refused_place_goes_nowhere_but_to_the_rejects(changes: dict[str, Any]) -> None:
    assert leaks(MANIFESTS, changed(MANIFEST, changes)) == set()


@pytest.mark.parametrize(
    "field",
    [
        "/publisher",
        "/eventID",
        "/geoLocation/locationName",
        "/sensorReport/0/stringValue",
        "/sensorReport/0/component",
        "/retractedEventID",
        f"/{PLANTED}",
    ],
)
def test_a_name_planted_in_a_sensor_event_goes_nowhere(field: str) -> None:
    assert leaks(SENSORS, changed(SENSOR_EVENT, {field: PLANTED})) == set()
    assert leaks(SENSORS, changed(SENSOR_EVENT, {field: PLANTED, "/equipmentReference": "x"})) == set()


@pytest.mark.parametrize("field", ["/officerRef", "/findings/0/detail", "/outcomeId", f"/findings/0/{PLANTED}"])
def test_a_name_planted_in_an_outcome_goes_nowhere(field: str) -> None:
    assert leaks(OUTCOMES, changed(OUTCOME, {field: PLANTED})) == set()


@pytest.mark.parametrize(
    ("message_id", "echoed"), [("CNPOST-2026:08/20_7.a", True), (PLANTED, False), ("zoë", False), ("x" * 70, True)]
)
def test_feedback_repeats_a_message_id_only_when_it_looks_like_a_reference(message_id: str, echoed: bool) -> None:
    effects = take(MANIFESTS, MANIFEST | {"messageId": message_id})

    [feedback], [case] = bodies(effects, FEEDBACK), bodies(effects, CASES)
    assert feedback.get("messageId") == (message_id if echoed else "manifests.v1/3/17")
    assert case["messageId"] == (message_id if echoed else "manifests.v1/3/17")


def test_hiding_leaves_the_declared_parcel_as_it_was() -> None:
    declared = deepcopy(PARCEL)
    declared["transport"] = MANIFEST["transport"]

    before = deepcopy(declared)
    NAMES.parcel(declared, declared["transport"])

    assert declared == before
