"""`outcomes.v1`: what an officer found. The only source of labels, and operationally sensitive."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict

from streams.records import fields as f
from streams.records.parcel import Money

SelectionBasis = Literal["RISK_ENGINE", "RULE", "RANDOM", "INTELLIGENCE", "AGENCY_REFERRAL", "OFFICER"]
ControlType = Literal["DOCUMENTARY", "NII_XRAY", "NII_CT", "RADIATION", "CANINE", "PHYSICAL", "LABORATORY"]
Result = Literal["CONFORM", "NON_CONFORM", "INCONCLUSIVE", "NOT_PERFORMED"]
Disposition = Literal[
    "RELEASED", "RELEASED_AFTER_CORRECTION", "HELD", "DETAINED", "SEIZED", "RETURNED", "ABANDONED", "DESTROYED",
    "CONTROLLED_DELIVERY", "REFERRED_TO_AGENCY",
]  # fmt: skip
FindingCategory = Literal[
    "UNDERVALUATION", "MISDESCRIPTION", "MISCLASSIFICATION", "FALSE_ORIGIN", "SPLIT_CONSIGNMENT", "NARCOTICS",
    "PRECURSORS", "FIREARMS_WEAPONS", "EXPLOSIVES", "RADIOACTIVE", "DUAL_USE", "TOBACCO_ALCOHOL", "MEDICINES",
    "COUNTERFEIT_IPR", "CITES_WILDLIFE", "CULTURAL_GOODS", "CURRENCY", "FOOD_SPS", "WASTE_ENVIRONMENT",
    "DANGEROUS_GOODS", "PRODUCT_SAFETY", "SEAL_TAMPER", "OTHER",
]  # fmt: skip


@with_config(f.STRICT)
class Finding(TypedDict):
    category: FindingCategory
    severity: Literal["MINOR", "MODERATE", "SERIOUS"]
    goodsSequenceNumber: NotRequired[Annotated[int, Field(ge=1, le=99_999)]]
    actualHsCode: NotRequired[f.HsCode]
    actualValue: NotRequired[Money]
    quantity: NotRequired[f.Quantity]
    unitCode: NotRequired[f.Unit]
    detail: NotRequired[f.Text512]


@with_config(f.STRICT)
class AnyOutcome(TypedDict):
    """`selectionBasis` is required: without it the engine would learn its own bias."""

    schemaVersion: f.Version
    outcomeId: f.Reference
    supersedesOutcomeId: NotRequired[f.Reference]
    decisionId: NotRequired[f.Reference]
    itemId: f.ItemId
    customsOffice: f.Text17
    selectionBasis: SelectionBasis
    completedAt: f.Time
    result: Result
    officerRef: NotRequired[f.Text70]


@with_config(f.STRICT)
class InspectionOutcome(AnyOutcome):
    itemIdType: Literal["S10", "SSCC", "HAWB", "CARRIER_TRACKING"]
    controlTypes: Annotated[list[ControlType], Field(min_length=1, max_length=20)]
    startedAt: f.Time
    disposition: Disposition
    findings: NotRequired[Annotated[list[Finding], Field(max_length=100)]]


@with_config(f.STRICT)
class DeclarationOutcome(AnyOutcome):
    """The outcome of a formal declaration, often known only as a result."""

    itemIdType: Literal["DECLARATION"]
    controlTypes: NotRequired[Annotated[list[ControlType], Field(max_length=20)]]
    startedAt: NotRequired[f.Time]
    disposition: NotRequired[Disposition]
    findings: NotRequired[Annotated[list[Finding], Field(max_length=100)]]
