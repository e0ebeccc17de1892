"""Incidents: the record of the control log by which what happened to cargo reaches the parcels it happened to."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field, ValidationError, with_config
from typing_extensions import TypedDict

from streams.records import fields as f
from streams.records.decision import Source
from streams.records.parcel import ItemIdType
from streams.records.registration import TOLERANT
from streams.records.schema import validator

MOST_ITEMS = 1_000  # that one incident names
MOST_WEIGHT = 6.0  # of one incident, in log-odds
Who = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


@with_config(TOLERANT)
class IncidentReason(TypedDict):
    """Why, as it will stand first among the reasons of every decision that the incident leads to."""

    code: f.Reference
    source: Literal["SENSOR", "PATTERN", "RULE"]
    text: f.Text512
    value: NotRequired[str | float]
    normal: NotRequired[str | float]


@with_config(TOLERANT)
class IncidentItem(TypedDict):
    """A parcel; without `itemIdType`, as sensors name it, any that bears this id."""

    itemIdType: NotRequired[ItemIdType]
    itemId: f.ItemId


@with_config(TOLERANT)
class IncidentLinks(TypedDict):
    """What it happened to, at least one of these. The container may be any reference that a manifest can name."""

    equipmentReference: NotRequired[f.Text17]
    receptacleId: NotRequired[f.Text35]
    itemIds: NotRequired[Annotated[list[IncidentItem], Field(min_length=1, max_length=MOST_ITEMS)]]


@with_config(TOLERANT)
class IncidentRaised(TypedDict):
    """Something happened; said again under the same id it has become worse, or concerns more.

    `lane` is the least one of parcels it concerns, RED with trustworthy evidence only; `weight` is added to their
    score in log-odds. `eventTimeMs` is the event's own time; only of what is `historical`, a backlog read in later,
    does that decide which voyage it belongs to, else when the engine heard of it. `by` is the agent that says so,
    `officer` or a role, never a name; `origin` the caretaker whose device told of it,
    `registered` whether somebody registered that device. No text may hold personal data.
    """

    kind: Literal["incident"]
    incidentId: f.Reference
    state: Literal["RAISED"]
    type: f.Reference
    severity: Literal["WARNING", "HIGH", "CRITICAL"]
    lane: Literal["YELLOW", "RED"]
    weight: Annotated[float, Field(ge=0, le=MOST_WEIGHT, allow_inf_nan=False)]
    reason: IncidentReason
    links: IncidentLinks
    eventTimeMs: Annotated[int, Field(ge=0, le=2**53)]
    historical: NotRequired[bool]
    alertId: NotRequired[f.Reference]
    by: Who
    origin: NotRequired[f.Text70]
    registered: NotRequired[bool]
    source: NotRequired[Source]


@with_config(TOLERANT)
class IncidentCleared(TypedDict):
    """It is over: parcels filed from now on are not concerned. What was decided because of it stands."""

    kind: Literal["incident"]
    incidentId: f.Reference
    state: Literal["CLEARED"]
    by: Who
    reason: NotRequired[IncidentReason]


Incident = IncidentRaised | IncidentCleared
RAISED, CLEARED = validator(IncidentRaised), validator(IncidentCleared)


def understood(said: Mapping[str, Any]) -> Incident | None:
    """The incident that a record tells of; None where it is malformed.

    >>> understood({"kind": "incident", "incidentId": "inc-1", "state": "CLEARED", "by": "officer"})["state"]
    'CLEARED'
    >>> understood({"kind": "incident", "incidentId": "inc-1", "state": "RAISED", "by": "officer"}) is None
    True
    """
    try:
        if said.get("state") == "CLEARED":
            cleared: IncidentCleared = CLEARED.validate_python(said)
            return cleared
        raised: IncidentRaised = RAISED.validate_python(said)
    except ValidationError:
        return None
    return raised if raised["links"] else None
