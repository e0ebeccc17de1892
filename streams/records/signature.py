"""How a record says who made it: the header `greenlane-signature`, and the bytes that are signed.

What is signed begins with the topic and the namespace, so a signature counts in one topic of one installation only.
"""

from base64 import b64decode, b64encode
from binascii import Error
from hashlib import sha256
from typing import NamedTuple, Self

from streams.log import Headers

HEADER = "greenlane-signature"
LONGEST_BYTES = 128  # of the header: a key's id, a colon, 88 of base64


def preamble(topic: str, namespace: str) -> bytes:
    """What comes before the value in the bytes that are signed; `topic` without namespace.

    >>> preamble("manifests.v1", "customs")
    b'greenlane/v1\\x00manifests.v1\\x00customs\\x00'
    """
    return b"\0".join((b"greenlane/v1", topic.encode(), namespace.encode(), b""))


def key_id(public_key: bytes) -> str:
    """The name our tools give a key: 16 hex digits of the SHA-256 of its 32 bytes.

    >>> key_id(bytes(32))
    '66687aadf862bd77'
    """
    return sha256(public_key).hexdigest()[:16]


class Signature(NamedTuple):
    """An Ed25519 signature (64 bytes) and the name of the key that made it.

    >>> Signature.read(Signature("k1", bytes(64)).write()) == Signature("k1", bytes(64))
    True
    """

    key_id: str
    ed25519: bytes

    def write(self) -> bytes:
        """The header's value."""
        return f"{self.key_id}:".encode() + b64encode(self.ed25519)

    @classmethod
    def read(cls, value: bytes) -> Self | None:
        """None where `value` is not exactly what `write` makes: one signature has one spelling."""
        name, _, text = value[:LONGEST_BYTES].partition(b":")
        try:
            found = cls(name.decode(), b64decode(text, validate=True))
        except (UnicodeDecodeError, Error):
            return None
        return found if found.write() == value else None

    @classmethod
    def of(cls, headers: Headers) -> Self | None:
        """The signature among a record's headers; as everywhere in Kafka the last of a name counts."""
        value = next((value for name, value in reversed(headers) if name == HEADER), None)
        return cls.read(value) if value else None
