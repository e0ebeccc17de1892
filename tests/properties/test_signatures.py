"""A signature holds for one value, one topic, one installation and one key, and has one spelling."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from streams.intake.senders import Sender, Senders
from streams.log import LogRecord
from streams.records.signature import HEADER, Signature, preamble
from streams.registry import Providers
from tests.signers import Signer, registration

KEY = Signer(1)
TOPIC, NAMESPACE = "manifests.v1", "customs"
NAMES = st.text("abcdefghijklmnopqrstuvwxyz.-_0123456789", min_size=1, max_size=20)
PROVIDERS = Providers()
PROVIDERS.register(registration(KEY.as_registered(), Signer(2).as_registered()))


def sender(value: bytes, header: bytes, topic: str = TOPIC, namespace: str = NAMESPACE) -> Sender | None:
    record = LogRecord(0, 0, 0, None, value, ((HEADER, header),))
    return Senders(PROVIDERS, topic, namespace).of("CNPOST", record)


def header_of(value: bytes) -> bytes:
    return KEY.header(value, TOPIC, NAMESPACE)[1]


def mutated(text: bytes, place: int, bits: int) -> bytes:
    place %= len(text)
    return text[:place] + bytes([text[place] ^ bits]) + text[place + 1 :]


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_what_a_registered_provider_signed_is_its_own(value: bytes) -> None:
    assert sender(value, header_of(value)) == Sender("CNPOST", verified=True)


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=300), st.integers(0, 300), st.integers(1, 255))
def test_any_changed_byte_of_the_value_is_noticed(value: bytes, place: int, bits: int) -> None:
    assert sender(mutated(value, place, bits), header_of(value)) is None


def test_any_changed_bit_of_the_header_is_noticed() -> None:
    header = header_of(b"{}")
    changed = [mutated(header, place, 1 << bit) for place in range(len(header)) for bit in range(8)]

    assert [header for header in changed if sender(b"{}", header)] == []


@settings(deadline=None)
@given(st.binary(max_size=50), st.binary(min_size=1, max_size=50))
def test_a_value_cut_short_or_gone_on_with_is_noticed(value: bytes, more: bytes) -> None:
    assert sender(value + more, header_of(value)) is None
    assert sender(value, header_of(value + more)) is None


@settings(deadline=None)
@given(NAMES, NAMES)
def test_a_signature_counts_in_its_own_topic_and_namespace_only(topic: str, namespace: str) -> None:
    assume((topic, namespace) != (TOPIC, NAMESPACE))

    assert sender(b"{}", header_of(b"{}"), topic, namespace) is None


@settings(deadline=None)
@given(NAMES, NAMES, NAMES, NAMES, st.binary(max_size=20), st.binary(max_size=20))
def test_no_two_places_and_values_are_the_same_bytes(
    topic: str, namespace: str, topic2: str, namespace2: str, value: bytes, value2: bytes
) -> None:
    assume((topic, namespace, value) != (topic2, namespace2, value2))

    assert preamble(topic, namespace) + value != preamble(topic2, namespace2) + value2


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_header_makes_the_check_fail_in_another_way(header: bytes) -> None:
    assert sender(b"{}", header) is None


@settings(deadline=None)
@given(st.text("abcXYZ019._-", min_size=1, max_size=35), st.binary(min_size=64, max_size=64))
def test_a_signature_is_read_as_it_was_written(key_id: str, ed25519: bytes) -> None:
    assert Signature.read(Signature(key_id, ed25519).write()) == Signature(key_id, ed25519)
