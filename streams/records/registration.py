"""Who may speak for a provider: the record of the control log that `greenlane provider register` writes."""

from typing import Annotated, Literal, NotRequired

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from streams.records import fields as f

# Fields of a later version are passed over: a worker that is not yet renewed must not take a registered provider
# for an unregistered one.
TOLERANT = ConfigDict(extra="ignore", strict=True)

Role = Literal["PLATFORM", "POST", "CARRIER", "BROKER", "GATEWAY"]
KeyId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,35}$")]
Base64Of32 = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/]{43}=$")]
_Window = TypedDict("_Window", {"from": NotRequired[f.Time], "until": NotRequired[f.Time]})


@with_config(TOLERANT)
class PublicKey(_Window):
    """An Ed25519 key (RFC 8032), for records whose Kafka timestamp lies at or after `from` and before `until`."""

    keyId: KeyId  # noqa: N815
    ed25519: Base64Of32


@with_config(TOLERANT)
class Registration(TypedDict):
    """The newest one of a provider counts; what it does not repeat is gone."""

    kind: Literal["provider"]
    providerId: f.ProviderId
    role: Role
    publicKeys: Annotated[list[PublicKey], Field(min_length=1, max_length=16)]
    status: Literal["ACTIVE", "SUSPENDED"]
