"""`feedback.v1`: what a provider hears about what it sent. Never a lane, a score, a selection or a disposition."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict

from streams.records import fields as f
from streams.records.decision import Source

Result = Literal["ACCEPTED", "PARTIAL", "REJECTED"]


@with_config(f.STRICT)
class Fix(TypedDict):
    """One thing to mend: where (a JSON pointer into the message), and what is wrong there."""

    code: f.Reference
    field: str
    message: f.Text256


@with_config(f.STRICT)
class ItemFeedback(TypedDict):
    """One parcel with something to say about; clean parcels are only counted."""

    index: Annotated[int, Field(ge=0)]
    itemId: NotRequired[f.ItemId]
    result: Literal["ACCEPTED", "REJECTED"]
    flags: list[f.Reference]
    fixes: list[Fix]


@with_config(f.STRICT)
class Feedback(TypedDict):
    """`accepted` and `rejected` count parcels (or the one event or outcome); `fixes` concern the message as such."""

    schemaVersion: f.Version
    feedbackId: f.Reference
    providerId: NotRequired[f.Text70]
    messageId: NotRequired[f.Reference]
    source: Source
    result: Result
    accepted: Annotated[int, Field(ge=0)]
    rejected: Annotated[int, Field(ge=0)]
    fixes: list[Fix]
    items: list[ItemFeedback]
