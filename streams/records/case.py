"""The internal records between intake and the shards: personal data is gone from them, numbers are JSON numbers.

`cases` holds everything that happens to one item, keyed by `itemId`; `readings` the sensor events of one device.
"""

from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from streams.records.decision import Source
from streams.records.outcome import Finding
from streams.records.parcel import Declaration, Mass, Money


class CaseParty(TypedDict):
    """A party without its name: `pseudonym` is the same for the same identifier, else for the same name and address."""

    pseudonym: str
    country: NotRequired[str]
    typeOfPerson: NotRequired[str]


class CasePlatform(TypedDict):
    sellerId: NotRequired[str]
    knownSeller: NotRequired[bool]


class CaseTransport(TypedDict):
    modeOfTransport: str
    containerId: NotRequired[str]
    sealNumber: NotRequired[str]
    receptacleId: NotRequired[str]
    masterTransportDocument: NotRequired[str]
    placeOfLoading: NotRequired[str]
    routingCountries: NotRequired[list[str]]


class CaseGoods(TypedDict):
    """A goods item without its words; masses may be 0 under a declaration."""

    sequenceNumber: int
    hsCode: NotRequired[str]
    originCountry: NotRequired[str]
    quantity: NotRequired[int]
    value: Money
    netMass: NotRequired[Mass]
    grossMass: NotRequired[Mass]
    gtin: NotRequired[str]


class CaseParcel(TypedDict):
    """The parcel as declared, without free text; identifiers of people and firms are pseudonyms."""

    postedAt: NotRequired[str]
    exportCountry: str
    destinationCountry: str
    categoryOfItem: NotRequired[str]
    consignor: NotRequired[CaseParty]
    consignee: NotRequired[CaseParty]
    seller: NotRequired[CaseParty]
    buyer: NotRequired[CaseParty]
    deliveryPoint: NotRequired[str]
    platform: NotRequired[CasePlatform]
    declarantEori: NotRequired[str]
    iossNumber: NotRequired[str]
    numberOfPackages: NotRequired[int]
    grossMass: NotRequired[Mass]
    totalValue: Money
    postalCharges: NotRequired[Money]
    goodsItems: list[CaseGoods]
    declaration: NotRequired[Declaration]
    transport: NotRequired[CaseTransport]


class AnyCase(TypedDict):
    """`at` is the Kafka timestamp of the public input at `source`, in milliseconds since 1970.

    `parcels` is how many the manifest has, told where it has several; `verified` is told, and true, where `provider`
    is registered and signed the record.
    """

    source: Source
    at: int
    provider: str
    verified: NotRequired[bool]
    messageId: str
    itemIdType: str
    itemId: str
    parcels: NotRequired[int]


class Filing(AnyCase):
    """`content` is a keyed digest of what was declared: equal digests mean an unchanged filing.

    `formerContent` is that under the key that is being replaced, while it is. `submitted` is when it was filed as its
    provider says, like `at` in milliseconds since 1970.
    """

    kind: Literal["filing"]
    function: Literal["9", "4", "5"]
    office: str
    submitted: int
    content: str
    formerContent: NotRequired[str]
    flags: list[str]
    parcel: CaseParcel


class Cancel(AnyCase):
    kind: Literal["cancel"]


class CaseOutcome(TypedDict):
    """An inspection outcome without the officer's words; `officerRef` is a pseudonym."""

    outcomeId: str
    supersedesOutcomeId: NotRequired[str]
    decisionId: NotRequired[str]
    customsOffice: str
    selectionBasis: str
    controlTypes: NotRequired[list[str]]
    startedAt: NotRequired[str]
    completedAt: str
    result: str
    disposition: NotRequired[str]
    findings: NotRequired[list[Finding]]
    officerRef: NotRequired[str]


class OutcomeCase(AnyCase):
    kind: Literal["outcome"]
    flags: list[str]
    outcome: CaseOutcome


class Refusal(AnyCase):
    """A filing that was refused although its item could be read: no clearance, so risk raises an alert."""

    kind: Literal["refusal"]
    code: str
    field: str


Case = Filing | Cancel | OutcomeCase | Refusal


class Reading(TypedDict):
    """One sensor event, units normalised (`streams.intake.units`); `event` has SensorEvent's names.

    `at` is the Kafka timestamp of the public input, `time_ms` the event's own time; milliseconds since 1970.
    """

    source: Source
    at: int
    time_ms: int
    flags: list[str]
    event: dict[str, Any]
