"""`manifests.v1`: what a platform, post or carrier files, one to 5,000 parcels in one message."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict

from streams.records import fields as f
from streams.records.parcel import CancelledParcel, DeclaredParcel, Parcel

MessageFunction = Literal["9", "4", "5", "1"]
"""9 original (when absent), 4 amend, 5 replace, 1 cancel."""

Parcels = Field(min_length=1, max_length=5_000)


@with_config(f.STRICT)
class Provider(TypedDict):
    """Who files: a claim, unless the provider is registered; then the record's signature proves it."""

    id: f.ProviderId
    role: Literal["PLATFORM", "POST", "CARRIER", "BROKER", "GATEWAY"]


@with_config(f.STRICT)
class Transport(TypedDict):
    modeOfTransport: Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
    containerId: NotRequired[f.ContainerId]
    sealNumber: NotRequired[f.Text35]
    receptacleId: NotRequired[f.ReceptacleId]
    masterTransportDocument: NotRequired[f.Text70]
    placeOfLoading: NotRequired[f.Locode]
    routingCountries: NotRequired[Annotated[list[f.Country], Field(max_length=99)]]


@with_config(f.STRICT)
class Message(TypedDict):
    """What a manifest says besides its parcels."""

    schemaVersion: f.Version
    messageId: f.Text70
    messageFunction: NotRequired[MessageFunction]
    submittedAt: f.Time
    provider: Provider
    manifestReference: NotRequired[f.Text70]
    customsOffice: NotRequired[f.Text17]
    transport: NotRequired[Transport]


@with_config(f.STRICT)
class Envelope(Message):
    """A manifest whose parcels have not been looked at: each is judged on its own."""

    parcels: Annotated[list[Any], Parcels]


@with_config(f.STRICT)
class ParcelManifest(Message):
    """A whole manifest; its parcels are of the shape that `declaration` and `messageFunction` ask for."""

    parcels: Annotated[list[Parcel | DeclaredParcel | CancelledParcel], Parcels]
