"""Who sent a record: whoever signed it; and what becomes of what nobody stands behind."""

from dataclasses import replace
from typing import Any

import pytest

from streams.intake import IntakeShard, Limits
from streams.log import Effects, Headers, LogRecord
from streams.registry import Providers
from streams.topics import CASES, FEEDBACK, MANIFESTS, OUTCOMES, READINGS, REJECTED, SENSORS
from tests.intake_examples import (
    AT_MS,
    LIMITS,
    MANIFEST,
    OUTCOME,
    PARCEL,
    SECRET,
    SENSOR_EVENT,
    as_bytes,
    bodies,
    changed,
    with_parcels,
    written,
)
from tests.signers import Signer, registration

KEY, STRANGER = Signer(1), Signer(2)
BY_CNPOST = SENSOR_EVENT | {"publisher": "CNPOST"}
CNPOSTS_OWN = "feedback.v1.CNPOST"
REGISTERED_ONLY = replace(LIMITS, registered_only=True)


def take(
    topic: str, value: Any, *headers: tuple[str, bytes], limits: Limits = LIMITS, status: str = "ACTIVE"
) -> Effects:
    """What a shard of the namespace `customs` makes of one record, CNPOST being registered."""
    raw = value if isinstance(value, bytes) else as_bytes(value)
    providers, effects = Providers(), Effects()
    assert providers.register(registration(KEY.as_registered(), status=status))
    shard = IntakeShard(topic, 3, limits, SECRET, f"customs.{topic}", providers=providers)
    shard.process([LogRecord(3, 17, AT_MS, None, raw, headers)], effects)
    return effects


def signed(topic: str, value: Any, by: Signer = KEY, **known: Any) -> Effects:
    return take(topic, value, by.header(as_bytes(value), topic, "customs"), **known)


def refusal(effects: Effects) -> tuple[str, str]:
    """The code and the field of the one refusal there is."""
    [rejected] = written(effects, REJECTED)
    headers = dict(rejected.headers)
    return headers["dlq_code"].decode(), headers["dlq_field"].decode()


def feedback_topics(effects: Effects) -> list[str]:
    return [output.topic for output in effects.outputs if output.topic.startswith(FEEDBACK)]


def test_a_signed_manifest_is_filed_and_answered_in_its_providers_own_topic() -> None:
    effects = signed(MANIFESTS, MANIFEST)

    [case] = bodies(effects, CASES)
    assert (case["kind"], case["provider"], case["verified"]) == ("filing", "CNPOST", True)
    assert feedback_topics(effects) == [CNPOSTS_OWN]
    assert bodies(effects, CNPOSTS_OWN)[0]["providerId"] == "CNPOST"


OTHER_BYTES = as_bytes(MANIFEST | {"messageId": "another"})
FORGERIES: dict[str, Headers] = {
    "unsigned": (),
    "of other content": (KEY.header(OTHER_BYTES, MANIFESTS, "customs"),),
    "of another topic": (KEY.header(as_bytes(MANIFEST), SENSORS, "customs"),),
    "of another namespace": (KEY.header(as_bytes(MANIFEST), MANIFESTS, "demo"),),
    "by a key nobody registered": (STRANGER.header(as_bytes(MANIFEST), MANIFESTS, "customs"),),
    "without content": (("greenlane-signature", b""),),
    "of no bytes at all": (("greenlane-signature", None),),  # type: ignore[dict-item] # Kafka allows it
    "that is none": (("greenlane-signature", b"\xff:\xff"),),
    "under another header": (("signature", KEY.header(as_bytes(MANIFEST), MANIFESTS, "customs")[1]),),
    "of which the last is wrong": (KEY.header(as_bytes(MANIFEST), MANIFESTS, "customs"), ("greenlane-signature", b"x")),
}


@pytest.mark.parametrize("headers", FORGERIES.values(), ids=FORGERIES)
def test_a_manifest_in_a_registered_name_is_refused_whole_and_answered_to_nobody(headers: Headers) -> None:
    effects = take(MANIFESTS, MANIFEST, *headers)

    assert refusal(effects) == ("PROVIDER_UNVERIFIED", "/provider/id")
    assert feedback_topics(effects) == []
    [case] = bodies(effects, CASES)
    assert (case["kind"], case["code"], case["provider"]) == ("refusal", "PROVIDER_UNVERIFIED", "")
    assert "verified" not in case
    assert effects.counts["records", MANIFESTS, "rejected"] == 1
    assert effects.counts["rejects", MANIFESTS, "PROVIDER_UNVERIFIED"] == 1


def test_the_refused_record_is_put_aside_as_it_came() -> None:
    [rejected] = written(take(MANIFESTS, MANIFEST, ("note", b"n")), REJECTED)

    assert rejected.value == as_bytes(MANIFEST)
    assert dict(rejected.headers)["note"] == b"n"


def test_a_suspended_providers_own_signature_does_not_count() -> None:
    assert refusal(signed(MANIFESTS, MANIFEST, status="SUSPENDED"))[0] == "PROVIDER_UNVERIFIED"


def test_a_forged_cancellation_reaches_no_item() -> None:
    named = {"itemIdType": "S10", "itemId": "EE471108151FR"}

    effects = take(MANIFESTS, with_parcels(named, messageFunction="1"))

    assert refusal(effects)[0] == "PROVIDER_UNVERIFIED"
    assert bodies(effects, CASES) == []


@pytest.mark.parametrize("spoilt", [{"/messageId": ""}, {"/provider/role": "QUEEN"}, {"/unknown": 1}])
def test_a_faulty_message_must_be_signed_too_before_it_is_answered(spoilt: dict[str, Any]) -> None:
    message = changed(MANIFEST, spoilt)

    assert refusal(take(MANIFESTS, message))[0] == "PROVIDER_UNVERIFIED"
    assert refusal(signed(MANIFESTS, message))[0] != "PROVIDER_UNVERIFIED"
    assert feedback_topics(signed(MANIFESTS, message)) == [CNPOSTS_OWN]


def test_a_faulty_parcel_of_a_signed_message_is_refused_alone_and_told_to_its_provider() -> None:
    effects = signed(MANIFESTS, with_parcels(PARCEL, PARCEL | {"exportCountry": "ZZ"}))

    assert refusal(effects)[0] == "COUNTRY_UNKNOWN"
    assert feedback_topics(effects) == [CNPOSTS_OWN]
    assert [case["verified"] for case in bodies(effects, CASES)] == [True, True]


def test_a_claim_of_who_is_not_registered_goes_on_as_a_claim() -> None:
    effects = take(MANIFESTS, changed(MANIFEST, {"/provider/id": "SWIFTLINE"}))

    [case] = bodies(effects, CASES)
    assert (case["kind"], case["provider"]) == ("filing", "SWIFTLINE")
    assert "verified" not in case
    assert feedback_topics(effects) == [FEEDBACK]


@pytest.mark.parametrize("provider", ["cnpost", "CNPOST.", "CNPOS", "CNPOST2"])
def test_a_name_like_a_registered_one_is_another_name(provider: str) -> None:
    assert feedback_topics(take(MANIFESTS, changed(MANIFEST, {"/provider/id": provider}))) == [FEEDBACK]


@pytest.mark.parametrize("value", [changed(MANIFEST, {"/provider/id": "SWIFTLINE"}), {}, {"provider": 7}])
def test_where_only_the_registered_count_all_others_are_refused(value: Any) -> None:
    effects = take(MANIFESTS, value, limits=REGISTERED_ONLY)

    assert refusal(effects) == ("PROVIDER_UNVERIFIED", "/provider/id")
    assert feedback_topics(effects) == []


def test_where_only_the_registered_count_they_do() -> None:
    assert feedback_topics(signed(MANIFESTS, MANIFEST, limits=REGISTERED_ONLY)) == [CNPOSTS_OWN]
    assert written(signed(SENSORS, BY_CNPOST, limits=REGISTERED_ONLY), READINGS)


def test_a_signed_sensor_event_is_read_and_answered_in_its_publishers_own_topic() -> None:
    effects = signed(SENSORS, BY_CNPOST | {"sequence": 1, "geoLocation": {"latitude": 0.0, "longitude": 0.0}})

    assert written(effects, READINGS)
    assert feedback_topics(effects) == [CNPOSTS_OWN]


@pytest.mark.parametrize("event", [BY_CNPOST, BY_CNPOST | {"eventTime": "yesterday"}])
def test_a_sensor_event_in_a_registered_name_is_refused_and_answered_to_nobody(event: Any) -> None:
    effects = take(SENSORS, event)

    assert refusal(effects) == ("PROVIDER_UNVERIFIED", "/publisher")
    assert written(effects, READINGS) == []
    assert feedback_topics(effects) == []


def test_a_sensor_event_that_names_nobody_counts_unless_only_the_registered_do() -> None:
    anonymous = {name: value for name, value in SENSOR_EVENT.items() if name != "publisher"}

    assert written(take(SENSORS, anonymous), READINGS)
    assert refusal(take(SENSORS, anonymous, limits=REGISTERED_ONLY)) == ("PROVIDER_UNVERIFIED", "/publisher")


@pytest.mark.parametrize("limits", [LIMITS, REGISTERED_ONLY])
def test_outcomes_are_customs_own_and_need_no_signature(limits: Limits) -> None:
    effects = take(OUTCOMES, OUTCOME | {"customsOffice": "CNPOST"}, limits=limits)

    assert bodies(effects, CASES)[0]["kind"] == "outcome"
    assert feedback_topics(effects) == [FEEDBACK]


def test_what_is_too_large_or_no_json_keeps_its_own_code() -> None:
    small = replace(LIMITS, max_message_bytes=100)

    assert refusal(take(MANIFESTS, MANIFEST, limits=small))[0] == "MESSAGE_TOO_LARGE"
    assert refusal(take(MANIFESTS, b"\xff"))[0] == "JSON_INVALID"
