"""The keys that providers sign with: Ed25519 in PEM files, as openssl makes and reads them."""

import os
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from agents.errors import UsageError
from streams.log import Headers
from streams.records.signature import HEADER, Signature, key_id, preamble

MAKE_ONE = "make one with: greenlane provider new-key FILE"


def new_key(file: Path) -> tuple[Path, str]:
    """Write a new key to `file`, for its owner only, and its public half beside it; the latter's file and the key's id.

    Raises `UsageError` where one of the files exists or cannot be written.
    """
    private, public_file = Ed25519PrivateKey.generate(), file.with_name(f"{file.name}.pub")
    if file.exists():
        raise UsageError(f"{file} exists and is not overwritten: who trusts that key would refuse its owner")
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    _write(public_file, private.public_key().public_bytes(pem, spki), 0o644)
    _write(file, private.private_bytes(pem, pkcs8, serialization.NoEncryption()), 0o600)
    return public_file, key_id(private.public_key().public_bytes_raw())


def _write(file: Path, content: bytes, mode: int) -> None:
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as key:
            key.write(content)
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error


def public_key(file: Path) -> bytes:
    """The 32 bytes of the public key in a PEM file. Raises `UsageError`."""
    try:
        key = serialization.load_pem_public_key(_read(file))
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"{file} holds no public Ed25519 key in PEM ({MAKE_ONE})")
    return key.public_bytes_raw()


def signer(file: Path, topic: str, namespace: str) -> Callable[[bytes], Headers]:
    """What makes the headers of a record of `topic` (without namespace) from its value. Raises `UsageError`."""
    private, before = private_key(file), preamble(topic, namespace)
    name = key_id(private.public_key().public_bytes_raw())
    return lambda value: [(HEADER, Signature(name, private.sign(before + value)).write())]


def private_key(file: Path) -> Ed25519PrivateKey:
    """The key in a PEM file. Raises `UsageError`, and never quotes what it read."""
    try:
        key = serialization.load_pem_private_key(_read(file), password=None)
    except (ValueError, TypeError):  # not PEM; under a passphrase
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{file} holds no private Ed25519 key in PEM without passphrase ({MAKE_ONE})")
    return key


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error
