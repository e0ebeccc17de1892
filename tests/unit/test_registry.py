"""Who is registered: a fold that forgets nobody for another and that nothing malformed can weaken."""

from typing import Any

import pytest

from streams.records.signature import Signature, preamble
from streams.registry import MAX_PROVIDERS, Providers
from streams.topics import feedback
from tests.signers import Signer, registration

KEY, OTHER = Signer(1), Signer(2)
NOON_MS = 1_787_313_600_000  # 2026-08-21T12:00:00Z


def registered(*said: dict[str, Any]) -> Providers:
    providers = Providers()
    for each in said:
        assert providers.register(each)
    return providers


def contents(providers: Providers) -> dict[str, bytes]:
    return {name: part.encode() for name, part in providers.parts().items()}


def counts(providers: Providers, signer: Signer, at_ms: int = NOON_MS) -> bool:
    provider, signature = providers.get("CNPOST"), Signature.read(signer.header(b"{}", namespace="customs")[1])
    assert provider
    assert signature
    return provider.signed(preamble("manifests.v1", "customs") + b"{}", signature, at_ms)


def test_the_newest_registration_of_a_provider_replaces_the_one_before() -> None:
    providers = registered(registration(KEY.as_registered()), registration(OTHER.as_registered()))

    assert (counts(providers, KEY), counts(providers, OTHER)) == (False, True)
    assert len(providers) == 1


def test_several_keys_are_valid_at_once() -> None:
    providers = registered(registration(KEY.as_registered(), OTHER.as_registered()))

    assert (counts(providers, KEY), counts(providers, OTHER)) == (True, True)


@pytest.mark.parametrize(
    ("window", "at_ms", "valid"),
    [
        ({"until": "2026-08-21T12:00:00Z"}, NOON_MS - 1, True),
        ({"until": "2026-08-21T12:00:00Z"}, NOON_MS, False),
        ({"since": "2026-08-21T14:00:00+02:00"}, NOON_MS, True),
        ({"since": "2026-08-21T12:00:00Z"}, NOON_MS - 1, False),
        ({"since": "2026-08-20T00:00:00Z", "until": "2026-08-22T00:00:00Z"}, NOON_MS, True),
    ],
)
def test_a_key_counts_within_its_time(window: dict[str, str], at_ms: int, valid: bool) -> None:
    assert counts(registered(registration(KEY.as_registered(**window))), KEY, at_ms) is valid


def test_a_suspended_provider_has_no_valid_signature() -> None:
    assert not counts(registered(registration(KEY.as_registered(), status="SUSPENDED")), KEY)


GOOD = registration(KEY.as_registered())


@pytest.mark.parametrize(
    "malformed",
    [
        None,
        [],
        "CNPOST",
        {"kind": "provider"},
        GOOD | {"providerId": ""},
        GOOD | {"providerId": "CN POST"},
        GOOD | {"providerId": 7},
        GOOD | {"role": "SMUGGLER"},
        GOOD | {"status": "active"},
        GOOD | {"publicKeys": []},
        GOOD | {"publicKeys": [KEY.as_registered()] * 2},
        GOOD | {"publicKeys": [Signer(seed).as_registered() for seed in range(17)]},
        GOOD | {"publicKeys": [KEY.as_registered() | {"ed25519": "AAAA"}]},
        GOOD | {"publicKeys": [KEY.as_registered() | {"ed25519": "?" * 43 + "="}]},
        GOOD | {"publicKeys": [KEY.as_registered() | {"keyId": "a b"}]},
        GOOD | {"publicKeys": [KEY.as_registered(until="tomorrow")]},
        GOOD | {"publicKeys": [KEY.as_registered(until="2026-02-30T00:00:00Z")]},
    ],
)
def test_what_is_malformed_changes_nothing(malformed: Any) -> None:
    providers = registered(GOOD)

    assert not providers.register(malformed)
    assert counts(providers, KEY)
    assert len(providers) == 1


def test_fields_of_a_later_version_do_not_make_a_provider_unregistered() -> None:
    later = registration(KEY.as_registered() | {"curve": "ed25519"}) | {"contact": "someone"}

    assert counts(registered(later), KEY)


def test_newcomers_beyond_the_bound_are_refused_and_nobody_is_forgotten() -> None:
    providers = registered(*(registration(KEY.as_registered(), provider_id=f"P{n}") for n in range(MAX_PROVIDERS)))

    assert not providers.register(GOOD)
    assert providers.register(registration(OTHER.as_registered(), provider_id="P0"))
    assert len(providers) == MAX_PROVIDERS


def test_what_was_saved_is_loaded_bit_for_bit_and_in_place() -> None:
    saved = registered(GOOD, registration(OTHER.as_registered(until="2030-01-01T00:00:00Z"), provider_id="DHL:1"))
    loaded = registered(registration(OTHER.as_registered(), provider_id="GONE"))

    loaded.load(contents(saved))

    assert contents(loaded) == contents(saved)
    assert [*loaded] == [*saved]


@pytest.mark.parametrize("saved", [b"", b"{", b"7", b"[7]", b'[{"kind":"provider"}]'])
def test_a_malformed_save_is_a_value_error_and_leaves_nobody_out(saved: bytes) -> None:
    providers = registered(GOOD)

    with pytest.raises(ValueError):  # noqa: PT011 - that is all a snapshot's reader needs to know
        providers.load({"providers": saved})

    assert counts(providers, KEY)


def test_topics_of_providers_differ_wherever_kafka_would_confuse_them() -> None:
    ids = ("A.B", "A_B", "A:B", "A_2eB", "A-B", "AB", "a.b")
    names = [feedback(provider_id, verified=True) for provider_id in ids]

    assert len({name.replace(".", "_").removeprefix("feedback_v1_") for name in names}) == len(ids)
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") for name in names)
