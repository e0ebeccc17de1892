"""What a whole intake shard writes: cases, rejects with their headers, feedback, counts."""

import json
from hashlib import sha256
from typing import Any

import pytest

from streams.intake import Limits
from streams.intake.replies import KEPT_BYTES, LISTED_ITEMS
from streams.records.feedback import Feedback
from streams.records.schema import check
from streams.topics import CASES, FEEDBACK, MANIFESTS, OUTCOMES, REJECTED, SENSORS
from tests.intake_examples import (
    AT_MS,
    DECLARED_MANIFEST,
    GONE,
    MANIFEST,
    PARCEL,
    as_bytes,
    bodies,
    changed,
    take,
    with_parcels,
    written,
)

BAD_PARCEL = PARCEL | {"exportCountry": "ZZ"}
FIVE = with_parcels(PARCEL, PARCEL, BAD_PARCEL, PARCEL, PARCEL)


def headers(output: Any) -> dict[str, str]:
    return {name: value.decode() for name, value in output.headers}


def test_a_manifest_becomes_one_case_a_parcel_keyed_by_item() -> None:
    effects = take(MANIFESTS, with_parcels(PARCEL, PARCEL | {"itemId": "EB000717618HK", "exportCountry": "HK"}))

    assert [output.key for output in written(effects, CASES)] == [b"EE471108151FR", b"EB000717618HK"]
    case = bodies(effects, CASES)[1]
    assert case["source"] == {"topic": "manifests.v1", "partition": 3, "offset": 17, "index": 1}
    assert (case["kind"], case["function"], case["at"]) == ("filing", "9", AT_MS)
    assert (case["provider"], case["messageId"]) == ("CNPOST", "CNPOST-20260820-000184")
    assert case["parcel"]["transport"]["containerId"] == "MSKU9070323"
    assert effects.counts == {("records", MANIFESTS, "accepted"): 1}


@pytest.mark.parametrize(
    ("manifest", "office"),
    [
        (MANIFEST, "DE004851"),
        (DECLARED_MANIFEST, "40"),
        (DECLARED_MANIFEST | {"customsOffice": "DE004851"}, "DE004851"),
        (changed(MANIFEST, {"/customsOffice": GONE}), ""),
    ],
)
def test_the_office_is_the_manifests_or_the_declarations_or_none(manifest: dict[str, Any], office: str) -> None:
    [case] = bodies(take(MANIFESTS, manifest), CASES)

    assert case["office"] == office


def test_a_cancellation_is_a_case_that_says_no_more_than_the_item() -> None:
    named = {"itemIdType": "S10", "itemId": "EE471108151FR"}

    [case] = bodies(take(MANIFESTS, with_parcels(named, messageFunction="1")), CASES)

    assert case["kind"] == "cancel"
    assert case.keys() == {"kind", "source", "at", "provider", "messageId", "itemIdType", "itemId"}


def test_one_bad_parcel_of_five_is_put_aside_alone() -> None:
    effects = take(MANIFESTS, FIVE)

    [rejected] = written(effects, REJECTED)
    assert json.loads(rejected.value or b"") == BAD_PARCEL
    assert rejected.key == b"as received"
    said = headers(rejected)
    assert (said["dlq_index"], said["dlq_field"]) == ("2", "/parcels/2/exportCountry")
    assert said["dlq_code"] == "COUNTRY_UNKNOWN"
    assert [case["kind"] for case in bodies(effects, CASES)] == ["filing", "filing", "refusal", "filing", "filing"]
    assert effects.counts[("records", MANIFESTS, "partial")] == 1
    assert effects.counts[("rejects", MANIFESTS, "COUNTRY_UNKNOWN")] == 1


def test_the_only_parcel_of_a_message_is_put_aside_as_the_bytes_it_came_in() -> None:
    raw = as_bytes(with_parcels(BAD_PARCEL))

    effects = take(MANIFESTS, raw)

    [rejected] = written(effects, REJECTED)
    assert rejected.value == raw
    assert "dlq_index" not in headers(rejected)
    assert headers(rejected)["dlq_field"] == "/parcels/0/exportCountry"
    assert effects.counts[("records", MANIFESTS, "rejected")] == 1


def test_a_refused_filing_whose_item_can_be_read_becomes_a_refusal() -> None:
    effects = take(MANIFESTS, with_parcels(BAD_PARCEL))

    assert bodies(effects, CASES) == [
        {
            "kind": "refusal",
            "source": {"topic": "manifests.v1", "partition": 3, "offset": 17, "index": 0},
            "at": AT_MS,
            "provider": "CNPOST",
            "messageId": "CNPOST-20260820-000184",
            "itemIdType": "S10",
            "itemId": "EE471108151FR",
            "code": "COUNTRY_UNKNOWN",
            "field": "/parcels/0/exportCountry",
        }
    ]


def test_all_items_of_a_refused_message_become_refusals() -> None:
    effects = take(MANIFESTS, changed(FIVE, {"/submittedAt": "yesterday"}))

    assert [case["source"]["index"] for case in bodies(effects, CASES)] == [0, 1, 2, 3, 4]
    assert {case["code"] for case in bodies(effects, CASES)} == {"TIME_FORMAT"}
    assert len(written(effects, REJECTED)) == 1


@pytest.mark.parametrize(
    "parcel", [PARCEL | {"itemId": 17}, PARCEL | {"itemId": "Erika Mustermann"}, changed(PARCEL, {"/itemId": GONE}), 7]
)
def test_no_refusal_without_a_readable_item(parcel: Any) -> None:
    assert written(take(MANIFESTS, with_parcels(parcel)), CASES) == []


@pytest.mark.parametrize(
    "changes", [{"/parcels/0": {"itemIdType": "S10", "itemId": "EE471108152FR"}}, {"/submittedAt": ""}]
)
def test_a_refused_cancellation_is_no_refused_filing(changes: dict[str, Any]) -> None:
    effects = take(MANIFESTS, changed(MANIFEST, {"/messageFunction": "1", **changes}))

    assert written(effects, CASES) == []
    assert len(written(effects, REJECTED)) == 1


@pytest.mark.parametrize("topic", [MANIFESTS, SENSORS, OUTCOMES])
@pytest.mark.parametrize("value", [None, b"", b"not JSON", b"[]"])
def test_what_cannot_be_read_is_put_aside_as_it_came(topic: str, value: bytes | None) -> None:
    effects = take(topic, value, key=None, headers=(("trace", b"abc"), ("ce_type", b"theirs")))

    [rejected] = effects.outputs
    assert (rejected.topic, rejected.key, rejected.value) == (REJECTED, None, value)
    said = headers(rejected)
    assert said["trace"] == "abc"
    assert said["ce_type"] == "org.greenlane.rejected.v1"
    assert {name: said[name] for name in said if name.startswith("dlq_")} == {
        "dlq_topic": topic,
        "dlq_partition": "3",
        "dlq_offset": "17",
        "dlq_timestamp": str(AT_MS),
        "dlq_code": "FIELD_TYPE" if value == b"[]" else "JSON_INVALID",
        "dlq_field": "",
        "dlq_message": said["dlq_message"],
        "dlq_truncated": "false",
    }
    assert effects.counts[("records", topic, "rejected")] == 1


def test_a_record_over_the_limit_is_refused_by_reference() -> None:
    raw = b'{"padding":"' + b"a" * 200_000 + b'"}'
    limits = Limits(max_message_bytes=100_000)

    effects = take(MANIFESTS, raw, limits=limits)

    [rejected] = effects.outputs
    said = headers(rejected)
    assert rejected.value == raw[:KEPT_BYTES]
    assert (said["dlq_code"], said["dlq_truncated"]) == ("MESSAGE_TOO_LARGE", "true")
    assert (said["dlq_size"], said["dlq_sha256"]) == (str(len(raw)), sha256(raw).hexdigest())


def test_the_limit_itself_is_allowed() -> None:
    raw = as_bytes(MANIFEST)

    assert written(take(MANIFESTS, raw, key=None, limits=Limits(max_message_bytes=len(raw))), CASES)
    assert not written(take(MANIFESTS, raw, key=None, limits=Limits(max_message_bytes=len(raw) - 1)), CASES)


@pytest.mark.parametrize("about", [{"key": b"k" * 2_000_000}, {"headers": [("h", b"x" * 2_000_000)]}])
def test_a_huge_key_or_header_does_not_get_through_either(about: dict[str, Any]) -> None:
    [rejected] = take(MANIFESTS, MANIFEST, **about).outputs

    size = len(rejected.key or b"") + len(rejected.value or b"") + sum(len(value) for _, value in rejected.headers)
    assert size < 3 * KEPT_BYTES


def test_feedback_is_keyed_by_provider_and_counts_parcels() -> None:
    effects = take(MANIFESTS, FIVE)

    [output], [feedback] = written(effects, FEEDBACK), bodies(effects, FEEDBACK)
    assert output.key == b"CNPOST"
    assert (feedback["result"], feedback["accepted"], feedback["rejected"]) == ("PARTIAL", 4, 1)
    assert feedback["items"] == [
        {
            "index": 2,
            "itemId": "EE471108151FR",
            "result": "REJECTED",
            "flags": [],
            "fixes": [
                {
                    "code": "COUNTRY_UNKNOWN",
                    "field": "/parcels/2/exportCountry",
                    "message": "There is no such country code in ISO 3166-1.",
                }
            ],
        }
    ]


def test_a_refused_message_is_answered_where_its_provider_can_be_read() -> None:
    effects = take(MANIFESTS, changed(MANIFEST, {"/submittedAt": "yesterday"}))

    [feedback] = bodies(effects, FEEDBACK)
    assert (feedback["result"], feedback["rejected"]) == ("REJECTED", 1)
    assert [fix["field"] for fix in feedback["fixes"]] == ["/submittedAt"]


@pytest.mark.parametrize("manifest", [MANIFEST, FIVE, with_parcels(BAD_PARCEL), MANIFEST | {"submittedAt": "x"}])
def test_feedback_keeps_to_its_own_record(manifest: dict[str, Any]) -> None:
    for feedback in bodies(take(MANIFESTS, manifest), FEEDBACK):
        check(Feedback, feedback)


def test_feedback_on_thousands_of_bad_parcels_stays_small_and_names_refused_ones_first() -> None:
    odd = PARCEL | {"exportCountry": "CN"}
    effects = take(MANIFESTS, with_parcels(*[odd] * 10, *[{"a": 1}] * 4_990), limits=Limits(max_message_bytes=10**8))

    [output], [feedback] = written(effects, FEEDBACK), bodies(effects, FEEDBACK)
    assert (feedback["accepted"], feedback["rejected"]) == (10, 4_990)
    assert len(feedback["items"]) == LISTED_ITEMS
    assert {item["result"] for item in feedback["items"]} == {"REJECTED"}
    assert len(output.value or b"") < 1_000_000


def test_equal_records_have_equal_effects_and_other_places_other_ids() -> None:
    again, elsewhere = take(MANIFESTS, FIVE), take(MANIFESTS, FIVE, offset=18)

    assert take(MANIFESTS, FIVE).outputs == again.outputs
    ids = [dict(output.headers)["ce_id"] for output in again.outputs + elsewhere.outputs if output.headers]
    assert len(ids) == len(set(ids)) == 4


def test_a_refused_nan_is_put_aside_as_nan() -> None:
    bad = changed(PARCEL, {"/grossMass/value": float("nan")})

    [rejected] = written(take(MANIFESTS, with_parcels(PARCEL, bad)), REJECTED)

    assert b'"value":NaN' in (rejected.value or b"")
