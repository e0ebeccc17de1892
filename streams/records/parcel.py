"""One parcel of a manifest, as its provider declares it (contract section 4; names of WCO and UPU).

Three shapes, since the contract asks for different things: a parcel of everyday traffic, a parcel under a formal
`declaration` (historic and formal data are often thinner), and a parcel that is named only to be cancelled.
"""

from typing import Annotated, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict

from streams.records import fields as f

Category = Literal["GIFT", "DOCUMENTS", "COMMERCIAL_SAMPLE", "SALE_OF_GOODS", "RETURNED_GOODS", "OTHER"]
PostalIdType = Literal["S10", "SSCC", "HAWB", "CARRIER_TRACKING"]
ItemIdType = Literal["S10", "SSCC", "HAWB", "CARRIER_TRACKING", "DECLARATION"]
PersonType = Literal["1", "2", "3"]
"""1 is a natural person."""


@with_config(f.STRICT)
class AnyAddress(TypedDict):
    lines: Annotated[list[f.Text70], Field(min_length=1, max_length=3)]
    city: f.Text35
    postcode: NotRequired[f.Text17]
    subdivision: NotRequired[f.Text9]


@with_config(f.STRICT)
class Address(AnyAddress):
    country: f.KnownCountry


@with_config(f.STRICT)
class DeclaredAddress(AnyAddress):
    """Under a declaration a country outside ISO 3166-1 (such as ZZ) is flagged `COUNTRY_UNKNOWN`, not refused."""

    country: f.Country


@with_config(f.STRICT)
class Contact(TypedDict):
    identifier: NotRequired[f.Text17]
    typeOfPerson: NotRequired[PersonType]
    phone: NotRequired[f.Text50]
    email: NotRequired[f.Text256]


@with_config(f.STRICT)
class Party(Contact):
    name: f.Text70
    address: Address


@with_config(f.STRICT)
class DeclaredParty(Contact):
    """A party under a declaration may be given by its identifier alone."""

    name: NotRequired[f.Text70]
    address: NotRequired[DeclaredAddress]


@with_config(f.STRICT)
class Mass(TypedDict):
    value: f.MassAboveZero
    unitCode: Literal["KGM", "GRM"]


@with_config(f.STRICT)
class DeclaredMass(TypedDict):
    """Zero is allowed under a declaration, and flagged `MASS_MISSING`."""

    value: f.Quantity
    unitCode: Literal["KGM", "GRM"]


@with_config(f.STRICT)
class Money(TypedDict):
    amount: f.Amount
    currency: f.Currency


@with_config(f.STRICT)
class Platform(TypedDict):
    name: NotRequired[f.Text70]
    orderId: NotRequired[f.Text70]
    sellerId: NotRequired[f.Text70]
    listingUrl: NotRequired[f.Text512]
    knownSeller: NotRequired[bool]


@with_config(f.STRICT)
class Goods(TypedDict):
    sequenceNumber: Annotated[int, Field(ge=1, le=99_999)]
    hsCode: NotRequired[f.HsCode]
    value: Money
    sku: NotRequired[f.Text70]
    gtin: NotRequired[f.Gtin]


@with_config(f.STRICT)
class GoodsItem(Goods):
    originCountry: NotRequired[f.KnownCountry]
    description: f.Text512
    quantity: f.Count
    netMass: NotRequired[Mass]
    grossMass: NotRequired[Mass]


@with_config(f.STRICT)
class DeclaredGoodsItem(Goods):
    originCountry: NotRequired[f.Country]
    description: NotRequired[f.Text512]
    quantity: NotRequired[f.Count]
    netMass: NotRequired[DeclaredMass]
    grossMass: NotRequired[DeclaredMass]


@with_config(f.STRICT)
class Declaration(TypedDict):
    """What a formal declaration adds; codes are the national ones, as free text."""

    declarationId: f.ItemId
    date: NotRequired[f.Date]
    officeId: NotRequired[f.Text17]
    procedure: NotRequired[f.Text17]
    importType: NotRequired[f.Text17]
    importUse: NotRequired[f.Text17]
    paymentType: NotRequired[f.Text17]
    declarantId: NotRequired[f.Text17]
    importerId: NotRequired[f.Text17]
    courierId: NotRequired[f.Text17]
    taxRate: NotRequired[f.Quantity]
    taxType: NotRequired[f.Text17]
    originIndicator: NotRequired[f.Text17]


@with_config(f.STRICT)
class AnyParcel(TypedDict):
    """What no shape of parcel must have, and every shape may."""

    postedAt: NotRequired[f.Time]
    categoryExplanation: NotRequired[f.Text70]
    platform: NotRequired[Platform]
    declarantEori: NotRequired[f.Text17]
    iossNumber: NotRequired[f.IossNumber]
    postalCharges: NotRequired[Money]


@with_config(f.STRICT)
class Parcel(AnyParcel):
    itemIdType: PostalIdType
    itemId: f.ItemId
    exportCountry: f.KnownCountry
    destinationCountry: f.KnownCountry
    categoryOfItem: Category
    consignor: Party
    consignee: Party
    seller: NotRequired[Party]
    buyer: NotRequired[Party]
    numberOfPackages: f.Count
    grossMass: Mass
    totalValue: Money
    goodsItems: Annotated[list[GoodsItem], Field(min_length=1, max_length=999)]


@with_config(f.STRICT)
class DeclaredParcel(AnyParcel):
    itemIdType: ItemIdType
    itemId: f.ItemId
    exportCountry: f.Country
    destinationCountry: f.Country
    categoryOfItem: NotRequired[Category]
    consignor: NotRequired[DeclaredParty]
    consignee: NotRequired[DeclaredParty]
    seller: NotRequired[DeclaredParty]
    buyer: NotRequired[DeclaredParty]
    numberOfPackages: NotRequired[f.Count]
    grossMass: NotRequired[DeclaredMass]
    totalValue: Money
    goodsItems: Annotated[list[DeclaredGoodsItem], Field(min_length=1, max_length=999)]
    declaration: Declaration


@with_config(f.STRICT)
class CancelledParcel(AnyParcel):
    """Named only to be cancelled; what else stands in it has to be well-formed, and is not used."""

    itemIdType: ItemIdType
    itemId: f.ItemId
    exportCountry: NotRequired[f.Country]
    destinationCountry: NotRequired[f.Country]
    categoryOfItem: NotRequired[Category]
    consignor: NotRequired[DeclaredParty]
    consignee: NotRequired[DeclaredParty]
    seller: NotRequired[DeclaredParty]
    buyer: NotRequired[DeclaredParty]
    numberOfPackages: NotRequired[f.Count]
    grossMass: NotRequired[DeclaredMass]
    totalValue: NotRequired[Money]
    goodsItems: NotRequired[Annotated[list[DeclaredGoodsItem], Field(max_length=999)]]
    declaration: NotRequired[Declaration]
