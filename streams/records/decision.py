"""`decisions.v1`: what the engine proposes for one version of one item, and why."""

from collections.abc import Iterator
from typing import Annotated, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict

from streams.records import fields as f
from streams.records.codes import Reject
from streams.records.parcel import ItemIdType

Lane = Literal["GREEN", "BLUE", "YELLOW", "RED"]
"""Release; release and audit later; documentary check; physical inspection (ASYCUDA)."""

Action = Literal[
    "RELEASE", "POST_CLEARANCE_AUDIT", "DOCUMENTARY_CHECK", "NII_SCAN", "PHYSICAL_INSPECTION", "HOLD"
]  # fmt: skip
SelectedBy = Literal["RISK", "RULE", "INCIDENT", "RANDOM", "NONE"]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


@with_config(f.STRICT)
class Source(TypedDict):
    """Where the public input stands in the log; `index` is the parcel's place in its manifest."""

    topic: str
    partition: Annotated[int, Field(ge=0)]
    offset: Annotated[int, Field(ge=0)]
    index: Annotated[int, Field(ge=0)]


@with_config(f.STRICT)
class Reason(TypedDict):
    """`text` is a sentence for an officer, `normal` what would be usual where `value` stands."""

    code: f.Reference
    source: Literal["RULE", "MODEL", "SENSOR", "PATTERN", "DATA_QUALITY", "RANDOM"]
    text: f.Text512
    value: NotRequired[str | float]
    normal: NotRequired[str | float]
    contribution: NotRequired[f.Real]


@with_config(f.STRICT)
class Named(TypedDict):
    name: f.Text70
    version: f.Text70


@with_config(f.STRICT)
class RiskDecision(TypedDict):
    schemaVersion: f.Version
    decisionId: f.Reference
    supersedesDecisionId: NotRequired[f.Reference]
    version: Annotated[int, Field(ge=1)]
    decidedAt: f.Time
    itemIdType: ItemIdType
    itemId: f.ItemId
    status: Literal["PROVISIONAL", "FINAL"]
    riskScore: Probability
    riskBand: Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]
    lane: Lane
    recommendedAction: Action
    ics2Referral: NotRequired[Literal["RFI", "RFS", "DNL"]]
    humanReviewRequired: bool
    selectedBy: SelectedBy
    propensity: Probability
    reasons: Annotated[list[Reason], Field(max_length=50)]
    dataQualityFlags: list[f.Reference]
    features: dict[str, f.Real]
    source: Source
    controlOffset: Annotated[int, Field(ge=-1)]
    model: NotRequired[Named]
    ruleSet: NotRequired[Named]
    engine: f.Text100
    inputEventIds: Annotated[list[f.Text100], Field(min_length=1, max_length=1_000)]
    validUntil: NotRequired[f.Time]


def contradictions(decision: RiskDecision) -> Iterator[Reject]:
    """What a decision of the right shape may still get wrong about itself; the engine tests itself with this."""
    adverse = decision["lane"] in {"RED", "YELLOW"}
    if decision["lane"] != "GREEN" and not decision["reasons"]:
        yield Reject.REASONS_MISSING
    if adverse and decision["recommendedAction"] in {"RELEASE", "POST_CLEARANCE_AUDIT"}:
        yield Reject.LANE_ACTION_CONTRADICTION
    if decision.get("ics2Referral") == "DNL" and not decision["humanReviewRequired"]:
        yield Reject.DNL_NEEDS_HUMAN_REVIEW
