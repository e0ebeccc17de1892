"""What a whole intake shard writes: cases, rejects with their headers, feedback, counts."""

import json
from hashlib import sha256
from typing import Any

import pytest

from streams.intake import IntakeShard, Limits
from streams.intake.replies import KEPT_BYTES, LISTED_ITEMS
from streams.log import Effects, LogRecord
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
    "parcel", [PARCEL | {"itemId": 17}, PARCEL | {"itemId": " "}, changed(PARCEL, {"/itemId": GONE}), 7]
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
    effects = take(topic, value, key=None, headers=(("trace", b"abc"), ("ce_type", b"theirs"), ("dlq_code", b"NONE")))

    [rejected] = effects.outputs
    assert (rejected.topic, rejected.key, rejected.value) == (REJECTED, None, value)
    said = headers(rejected)
    assert len(said) == len(rejected.headers), "a name of ours is taken from whoever published the record"
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


@pytest.mark.parametrize("about", [{"key": b"k" * 9_000_000}, {"headers": [("h", b"x" * 9_000_000)]}])
def test_what_is_put_aside_fits_into_a_record_however_huge_its_key_or_headers(about: dict[str, Any]) -> None:
    [rejected] = take(MANIFESTS, b"{}", **about).outputs

    assert headers(rejected)["dlq_code"] == "FIELD_MISSING"

    size = len(rejected.key or b"") + len(rejected.value or b"") + sum(len(value) for _, value in rejected.headers)
    assert size < 4 * 1_048_576


def test_a_large_key_is_put_aside_as_received() -> None:
    [rejected] = take(MANIFESTS, b"{}", key=b"k" * 2_000_000).outputs

    assert rejected.key == b"k" * 2_000_000


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


def test_a_huge_key_does_not_spoil_what_is_well_declared() -> None:
    assert bodies(take(MANIFESTS, MANIFEST, key=b"k" * 2_000_000), CASES)[0]["kind"] == "filing"


@pytest.mark.parametrize(
    "spelling", ["NaN", "1e400", "-Infinity", "0.412000000000000000000000001", "-0.0", "1E2", "9" * 5_000]
)
@pytest.mark.parametrize("space", ["", " ", "\n\t "])
def test_a_refused_parcel_is_put_aside_as_it_was_spelt(spelling: str, space: str) -> None:
    bad = as_bytes(PARCEL | {"exportCountry": "ZZ"}).replace(b'"0.412"', space.encode() + spelling.encode())
    raw = as_bytes(with_parcels(PARCEL, "BAD", 1e3)).replace(b'"BAD"', space.encode() + bad + space.encode())

    first, second = written(take(MANIFESTS, raw), REJECTED)

    assert (first.value, second.value) == (bad, b"1000.0")


@pytest.mark.parametrize(
    ("good", "bad", "code", "field"),
    [
        (b'"itemId": ', b'"itemId": "x", "itemId": ', "DUPLICATE_KEY", "/itemId"),
        (b'"0.412"', b'1, "value": 2', "DUPLICATE_KEY", "/grossMass/value"),
        (b'"0.412"', b'1e400, "value": NaN', "DUPLICATE_KEY", "/grossMass/value"),
        (b"Erika", rb"\ud800", "JSON_INVALID", "/consignee/name"),
        (b'"typeOfPerson": "1"', rb'"\ud800": 1', "JSON_INVALID", "/consignee/?"),
        (b'"0.412"', b'{"a":' * 300 + b"1" + b"}" * 300, "JSON_INVALID", "/grossMass/value/a"),
    ],
)
def test_what_json_should_not_hold_spoils_one_parcel_alone(good: bytes, bad: bytes, code: str, field: str) -> None:
    spoilt = as_bytes(PARCEL).replace(good, bad)
    raw = as_bytes(with_parcels(PARCEL, "BAD", PARCEL)).replace(b'"BAD"', spoilt)

    effects = take(MANIFESTS, raw)

    assert [case["kind"] for case in bodies(effects, CASES)] == ["filing", "refusal", "filing"]
    [rejected] = written(effects, REJECTED)
    assert rejected.value == spoilt
    said = headers(rejected)
    assert (said["dlq_code"], said["dlq_index"]) == (code, "1")
    assert said["dlq_field"].startswith(f"/parcels/1{field}")
    assert bodies(effects, FEEDBACK)[0]["items"][0]["fixes"][0]["field"] == "/parcels/1"


def test_a_name_given_twice_outside_the_parcels_refuses_all_of_them_and_says_so() -> None:
    raw = as_bytes(FIVE).replace(b'"messageFunction"', b'"messageId": "M-2", "messageFunction"')

    effects = take(MANIFESTS, raw)

    assert [case["kind"] for case in bodies(effects, CASES)] == ["refusal"] * 5
    [rejected], [feedback] = written(effects, REJECTED), bodies(effects, FEEDBACK)
    assert (rejected.value, headers(rejected)["dlq_field"]) == (raw, "/messageId")
    assert (feedback["rejected"], feedback["fixes"][0]["code"]) == (5, "DUPLICATE_KEY")


def test_a_message_full_of_repeated_names_is_judged_in_reasonable_time() -> None:
    raw = b'{"parcels":[{' + b",".join(b'"k%d":0' % (n // 2) for n in range(90_000)) + b"}]}"

    [rejected] = take(MANIFESTS, raw).outputs

    assert headers(rejected)["dlq_code"] == "FIELD_MISSING"


@pytest.mark.parametrize("topic", [SENSORS, OUTCOMES])
def test_half_a_surrogate_pair_as_a_sender_is_no_way_out(topic: str) -> None:
    raw = rb'{"publisher": "\ud800", "customsOffice": "\ud800", "itemId": "\ud800"}'

    [rejected] = written(take(topic, raw), REJECTED)

    assert headers(rejected)["dlq_code"] == "JSON_INVALID"


@pytest.mark.parametrize(
    ("declared", "shown"),
    [("LZ551209645XX", True), ("LZ 551 209 644 CN", False), ("1Z#1", True), ("x" * 36, False), ("Erika Muster", False)],
)
def test_a_refused_item_is_named_by_itself_or_by_a_pseudonym(declared: str, shown: bool) -> None:
    [case] = bodies(take(MANIFESTS, with_parcels(PARCEL | {"itemId": declared})), CASES)

    assert (case["kind"], case["itemIdType"], case["itemId"] == declared) == ("refusal", "S10", shown)
    assert shown or case["itemId"].startswith("p1")


def test_places_in_the_log_are_told_by_the_name_the_topic_has_in_kafka() -> None:
    effects = Effects()
    record = LogRecord(3, 17, AT_MS, None, as_bytes(FIVE))
    IntakeShard(MANIFESTS, 3, Limits(), bytes(32), "customs.manifests.v1").process([record], effects)

    said = [*bodies(effects, CASES), *bodies(effects, FEEDBACK)]
    assert {body["source"]["topic"] for body in said} == {"customs.manifests.v1"}
    assert headers(written(effects, REJECTED)[0])["dlq_topic"] == "customs.manifests.v1"
    assert set(effects.counts) == {("records", MANIFESTS, "partial"), ("rejects", MANIFESTS, "COUNTRY_UNKNOWN")}
