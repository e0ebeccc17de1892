"""`alerts.v1`: what operators on duty should see now. A new episode has a new `alertId`."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict

from streams.records import fields as f
from streams.records.decision import Lane, Probability, Reason, Source
from streams.records.events import event_id


@with_config(f.STRICT)
class Subject(TypedDict):
    """Whom or what the alert is about: identifiers and pseudonyms only."""

    itemId: NotRequired[f.ItemId]
    itemIds: NotRequired[list[f.ItemId]]
    equipmentReference: NotRequired[f.Text17]
    deviceID: NotRequired[f.Text256]
    deliveryPoint: NotRequired[f.Text70]
    sellerId: NotRequired[f.Text70]
    providerId: NotRequired[f.Text70]


@with_config(f.STRICT)
class Alert(TypedDict):
    schemaVersion: f.Version
    alertId: f.Reference
    raisedAt: f.Time
    kind: Literal["PARCEL", "SENSOR", "PATTERN", "SYSTEM"]
    severity: Literal["INFO", "WARNING", "HIGH", "CRITICAL"]
    state: Literal["RAISED", "CLEARED"]
    subject: Subject
    title: f.Text256
    decisionId: NotRequired[f.Reference]
    lane: NotRequired[Lane]
    riskScore: NotRequired[Probability]
    reasons: Annotated[list[Reason], Field(max_length=50)]
    eventTime: f.Time
    source: Source


def alert_id(*about: str | int) -> str:
    """An id that follows from `about` alone (`streams.records.events.event_id`).

    >>> alert_id("PARCEL", "dec-530b12c76a45870b36f8b452")
    'alt-151461a48ae0d5f545c4719b'
    """
    return "alt-" + event_id(*about)
