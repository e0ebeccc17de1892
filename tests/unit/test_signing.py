"""Keys are files as openssl makes them; what our tools sign, the engine takes."""

import shutil
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest

from agents.errors import UsageError
from agents.providers import registration
from agents.signing import new_key, public_key, signer
from agents.topics import create_own
from config.settings import load
from streams.intake.senders import Senders
from streams.log import LogRecord
from streams.records.signature import HEADER, key_id
from streams.registry import Providers
from streams.topics import feedback


def counts(registered: dict, value: bytes, headers: object) -> bool:
    providers = Providers()
    assert providers.register(registered)
    sender = Senders(providers, "manifests.v1", "customs").of("CNPOST", LogRecord(0, 0, 0, None, value, headers))
    return sender is not None and sender.verified


def test_what_is_signed_with_a_new_key_counts_once_its_public_half_is_registered(tmp_path: Path) -> None:
    public, name = new_key(tmp_path / "post.key")
    headers = signer(tmp_path / "post.key", "manifests.v1", "customs")(b"{}")

    said = registration("CNPOST", "POST", [f"{public},until=2030-01-01T00:00:00Z"])

    assert said["publicKeys"][0]["keyId"] == name == key_id(public_key(public))
    assert counts(said, b"{}", headers)
    assert not counts(said, b"[]", headers)


def test_a_private_key_is_its_owners_alone_and_nothing_is_overwritten(tmp_path: Path) -> None:
    new_key(tmp_path / "a")

    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600
    for file in (tmp_path / "a", tmp_path / "absent" / "b"):
        with pytest.raises(UsageError):
            new_key(file)
    (tmp_path / "c.pub").touch()
    with pytest.raises(UsageError, match="exists"):
        new_key(tmp_path / "c")
    assert not (tmp_path / "c").exists()


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
def test_openssl_makes_keys_and_signatures_that_count(tmp_path: Path) -> None:
    private, public, payload = tmp_path / "p.key", tmp_path / "p.pub", tmp_path / "payload"
    payload.write_bytes(b"greenlane/v1\0manifests.v1\0customs\0{}")

    def openssl(*words: str | Path) -> bytes:
        return subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True).stdout

    openssl("genpkey", "-algorithm", "ed25519", "-out", private)
    openssl("pkey", "-in", private, "-pubout", "-out", public)
    made = openssl("pkeyutl", "-sign", "-inkey", private, "-rawin", "-in", payload)
    said = registration("CNPOST", "POST", [str(public)])
    header = said["publicKeys"][0]["keyId"].encode() + b":" + b64encode(made)

    assert counts(said, b"{}", [(HEADER, header)])
    assert signer(private, "manifests.v1", "customs")(b"{}") == [(HEADER, header)]


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_file_that_holds_no_key_is_named_and_never_quoted(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd").write_bytes(content)

    for read in (public_key, lambda file: signer(file, "manifests.v1", "customs")):
        with pytest.raises(UsageError, match="odd holds no") as told:
            read(tmp_path / "odd")
        assert "AAAA" not in str(told.value)
        assert told.value.__cause__ is None


def test_a_private_key_is_not_registered_for_a_public_one(tmp_path: Path) -> None:
    new_key(tmp_path / "a")

    with pytest.raises(UsageError, match="no public"):
        registration("CNPOST", "POST", [str(tmp_path / "a")])


@pytest.mark.parametrize(
    ("provider_id", "more", "told"),
    [
        ("CN POST", "", "providerId"),
        ("", "", "providerId"),
        ("CNPOST", ",until=tomorrow", "until"),
        ("CNPOST", ",untl=2030-01-01T00:00:00Z", "not of the form"),
        ("CNPOST", ",until", "not of the form"),
    ],
)
def test_what_cannot_be_registered_is_named(tmp_path: Path, provider_id: str, more: str, told: str) -> None:
    public, _ = new_key(tmp_path / "a")

    with pytest.raises(UsageError, match=told):
        registration(provider_id, "POST", [f"{public}{more}"])


def test_a_key_given_twice_is_a_mistake(tmp_path: Path) -> None:
    public, _ = new_key(tmp_path / "a")

    with pytest.raises(UsageError, match="twice"):
        registration("CNPOST", "POST", [str(public)] * 2)


def test_an_id_too_long_for_the_name_of_a_topic_is_refused_before_kafka_is_asked() -> None:
    with pytest.raises(UsageError, match="too long"):
        create_own(load(broker="127.0.0.1:1", namespace="n" * 50), feedback("A" + 69 * ":", verified=True))
