"""Registered providers: who must sign, and with which keys. A fold over the control log's registrations."""

from base64 import b64decode
from collections.abc import Iterator, Mapping
from datetime import datetime
from math import inf
from typing import Any, NamedTuple

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pydantic import ValidationError

from streams.records.registration import Registration
from streams.records.schema import validator
from streams.records.signature import Signature
from streams.state.members import Place
from streams.state.parts import Part

MAX_PROVIDERS = 10_000
PART = "providers"
REGISTRATION = validator(Registration)


class Key(NamedTuple):
    """A public key, for records of `from_ms` <= Kafka timestamp < `until_ms`."""

    ed25519: Ed25519PublicKey
    from_ms: float = -inf
    until_ms: float = inf


class Provider(NamedTuple):
    """A registered provider: `said` as it was registered, and its keys by id."""

    said: Registration
    keys: Mapping[str, Key]

    @property
    def active(self) -> bool:
        return self.said["status"] == "ACTIVE"

    def signed(self, payload: bytes, signature: Signature, at_ms: int) -> bool:
        """Whether `signature` is ours, of `payload`, by a key for records of `at_ms`. Costs some 70 µs for 1 kB."""
        key = self.keys.get(signature.key_id)
        if not self.active or key is None or not key.from_ms <= at_ms < key.until_ms:
            return False
        try:
            key.ed25519.verify(signature.ed25519, payload)
        except InvalidSignature:
            return False
        return True


class Providers:
    """All registered providers by id, 10,000 at most: nobody is forgotten for another, newcomers are refused.

    >>> providers = Providers()
    >>> said = {"kind": "provider", "providerId": "CNPOST", "role": "POST", "status": "ACTIVE"}
    >>> providers.register(said | {"publicKeys": [{"keyId": "k1", "ed25519": "A" * 43 + "="}]})
    True
    >>> providers.register(said | {"publicKeys": []})  # malformed: what was registered before stays in force
    False
    >>> sorted(providers.get("CNPOST").keys)
    ['k1']
    """

    def __init__(self) -> None:
        self._by_id: dict[str, Provider] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[Provider]:
        return iter(self._by_id.values())

    def get(self, provider_id: str) -> Provider | None:
        """The provider as registered last, None for whom nobody vouches."""
        return self._by_id.get(provider_id)

    def register(self, said: Any) -> bool:
        """Take a registration, in place of an earlier one of the same id. False: it is malformed, or one too many."""
        try:
            registration: Registration = REGISTRATION.validate_python(said)
        except ValidationError:
            return False
        name, keys = registration["providerId"], _keys(registration)
        if len(keys) < len(registration["publicKeys"]) or (name not in self._by_id and len(self) >= MAX_PROVIDERS):
            return False
        self._by_id[name] = Provider(registration, keys)
        return True

    def fold(self, said: Mapping[str, Any], _place: Place) -> bool:
        """Take a registration from the control log (`streams.state.members`)."""
        return self.register(said)

    def parts(self) -> Mapping[str, Part]:
        """All registrations, for `load`."""
        return {PART: Part.json([provider.said for provider in self])}

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved. Raises `ValueError`, and stays as it was, when that is malformed."""
        registrations, loaded = orjson.loads(parts[PART]), Providers()
        if not isinstance(registrations, list) or not all(map(loaded.register, registrations)):
            raise ValueError("the saved registrations are malformed")
        self._by_id = loaded._by_id

    def figures(self) -> Mapping[tuple[str, ...], float]:
        """Nothing that `sizes` does not say."""
        return {}

    def sizes(self) -> Mapping[str, int]:
        """How many are registered."""
        return {PART: len(self)}


def _keys(registration: Registration) -> dict[str, Key]:
    return {
        key["keyId"]: Key(
            Ed25519PublicKey.from_public_bytes(b64decode(key["ed25519"])),
            _epoch_ms(key["from"]) if "from" in key else -inf,
            _epoch_ms(key["until"]) if "until" in key else inf,
        )
        for key in registration["publicKeys"]
    }


def _epoch_ms(time: str) -> float:
    return datetime.fromisoformat(time).timestamp() * 1000
