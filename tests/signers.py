"""Providers who sign, as outsiders would: by `docs/providers.md` alone, without the engine's code."""

import hashlib
from base64 import b64encode
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


class Signer:
    """One key, the same for the same `seed` (0..255)."""

    def __init__(self, seed: int = 1) -> None:
        self.key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        raw = self.key.public_key().public_bytes_raw()
        self.key_id, self.public = hashlib.sha256(raw).hexdigest()[:16], b64encode(raw).decode()

    def header(self, value: bytes, topic: str = "manifests.v1", namespace: str = "") -> tuple[str, bytes]:
        """What `value` bears when it goes to `topic` of `namespace`."""
        payload = b"greenlane/v1\0" + topic.encode() + b"\0" + namespace.encode() + b"\0" + value
        return "greenlane-signature", self.key_id.encode() + b":" + b64encode(self.key.sign(payload))

    def as_registered(self, **window: str) -> dict[str, str]:
        """The key in a registration; `window` are `since` and `until`."""
        named = {"from" if name == "since" else name: time for name, time in window.items()}
        return {"keyId": self.key_id, "ed25519": self.public, **named}


def registration(*keys: dict[str, str], provider_id: str = "CNPOST", status: str = "ACTIVE") -> dict[str, Any]:
    return {"kind": "provider", "providerId": provider_id, "role": "POST", "publicKeys": [*keys], "status": status}
