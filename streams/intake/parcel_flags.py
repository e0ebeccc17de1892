"""What is odd about an accepted parcel: one function a flag, all of them in `FLAGS`. None of them needs history.

Every parcel passes all of them: plain loops, for a generator costs more than the few goods it would run over.
"""

from collections.abc import Callable, Iterator, Mapping
from math import fsum
from typing import Any, NamedTuple

from streams.intake.limits import Limits
from streams.records.codelists import COUNTRIES, CURRENCIES
from streams.records.codes import Flag

COMMERCIAL = frozenset({"SALE_OF_GOODS", "COMMERCIAL_SAMPLE", "RETURNED_GOODS", None})
"""Categories that need an HS code; formal declarations have none and are commercial."""

VAGUE = frozenset(
    {
        "", "accessories", "accessory", "and", "apparel", "article", "articles", "assorted", "cargo", "clothes",
        "clothing", "commodities", "commodity", "consolidated", "contain", "effects", "electronics", "equipment",
        "etc", "freight", "general", "gift", "gifts", "good", "goods", "household", "item", "items", "kit",
        "material", "materials", "merchandise", "misc", "miscellaneous", "no", "of", "other", "others", "package",
        "parcel", "part", "parts", "personal", "present", "presents", "product", "products", "said", "sample",
        "samples", "set", "spare", "stuff", "supplies", "thing", "things", "to", "unknown", "value", "various",
    }
)  # fmt: skip
"""A description made of these words alone says nothing an officer could check."""

PUNCTUATION = ".,;:/-_()&+*!?'\""
GRAMS = {"KGM": 1000.0, "GRM": 1.0}
CENT = 0.01

Parcel = Mapping[str, Any]


class Around(NamedTuple):
    """What a flag may look at besides the parcel: its message, when that was sent and received, and the limits."""

    message: Mapping[str, Any]
    submitted_ms: int
    at_ms: int
    limits: Limits


def hs_code_missing(parcel: Parcel, _: Around) -> bool:
    return parcel.get("categoryOfItem") in COMMERCIAL and _some_lack("hsCode", parcel)


def description_vague(parcel: Parcel, _: Around) -> bool:
    """
    >>> description_vague({"goodsItems": [{"description": "Gift items"}]}, ...)
    True
    """
    for goods in parcel["goodsItems"]:
        if "description" in goods and _is_vague(goods["description"]):
            return True
    return False


def _is_vague(description: str) -> bool:
    for word in description.lower().split():
        if word.strip(PUNCTUATION) not in VAGUE:
            return False
    return True


def value_sum_mismatch(parcel: Parcel, _: Around) -> bool:
    """Only where all speak of one currency; half a cent a line may be lost to rounding."""
    total, goods = parcel["totalValue"], parcel["goodsItems"]
    values = [line["value"]["amount"] for line in goods if line["value"]["currency"] == total["currency"]]
    gap = abs(fsum(values) - total["amount"])
    return len(values) == len(goods) and bool(gap > CENT * max(1, len(goods) / 2) + 1e-9)


def currency_mixed(parcel: Parcel, _: Around) -> bool:
    return len(_currencies(parcel)) > 1


def currency_unknown(parcel: Parcel, _: Around) -> bool:
    return not CURRENCIES.issuperset(_currencies(parcel))


def value_zero(parcel: Parcel, _: Around) -> bool:
    return bool(parcel["totalValue"]["amount"] == 0)


def net_mass_exceeds_gross(parcel: Parcel, _: Around) -> bool:
    """Of one goods item, or of all goods together against the parcel."""
    goods = parcel["goodsItems"]
    if _net_is_above(goods, parcel):
        return True
    for line in goods:
        if "grossMass" in line and _net_is_above((line,), line):
            return True
    return False


def _net_is_above(goods: Any, whole: Mapping[str, Any]) -> bool:
    gross = _grams(whole, "grossMass")
    return gross > 0 and fsum([_grams(line, "netMass") for line in goods]) > gross * (1 + 1e-9)


def mass_missing(parcel: Parcel, _: Around) -> bool:
    """Only under a declaration: the schema refuses it elsewhere."""
    if "declaration" not in parcel:
        return False
    return not _grams(parcel, "grossMass") and not any(
        _grams(goods, mass) for goods in parcel["goodsItems"] for mass in ("netMass", "grossMass")
    )


def s10_origin_mismatch(parcel: Parcel, _: Around) -> bool:
    """Can be lawful: extraterritorial offices of exchange."""
    return bool(parcel["itemIdType"] == "S10" and parcel["itemId"][-2:] != parcel["exportCountry"])


def destination_mismatch(parcel: Parcel, _: Around) -> bool:
    address = parcel.get("consignee", {}).get("address")
    return address is not None and address["country"] != parcel["destinationCountry"]


def origin_missing(parcel: Parcel, _: Around) -> bool:
    return _some_lack("originCountry", parcel)


def country_unknown(parcel: Parcel, around: Around) -> bool:
    """On the way of the transport, or anywhere under a declaration (elsewhere the schema refuses it)."""
    on_the_way = around.message.get("transport", {}).get("routingCountries", ())
    return not COUNTRIES.issuperset(on_the_way) or (
        "declaration" in parcel and not COUNTRIES.issuperset(_countries(parcel))
    )


def time_in_future(_: Parcel, around: Around) -> bool:
    return around.limits.ahead(around.submitted_ms, around.at_ms)


def ioss_over_threshold(parcel: Parcel, around: Around) -> bool:
    if "iossNumber" not in parcel:
        return False
    euros = around.limits.euros(**parcel["totalValue"])
    return euros is not None and euros > around.limits.ioss_threshold_eur


def _some_lack(field: str, parcel: Parcel) -> bool:
    for goods in parcel["goodsItems"]:
        if field not in goods:
            return True
    return False


def _grams(declared: Mapping[str, Any], name: str) -> float:
    mass = declared.get(name)
    return GRAMS[mass["unitCode"]] * mass["value"] if mass else 0.0


def _currencies(parcel: Parcel) -> set[str]:
    found = {parcel["totalValue"]["currency"]}
    for line in parcel["goodsItems"]:
        found.add(line["value"]["currency"])
    if "postalCharges" in parcel:
        found.add(parcel["postalCharges"]["currency"])
    return found


def _countries(parcel: Parcel) -> Iterator[str]:
    yield parcel["exportCountry"]
    yield parcel["destinationCountry"]
    for role in ("consignor", "consignee", "seller", "buyer"):
        if address := parcel.get(role, {}).get("address"):
            yield address["country"]
    for goods in parcel["goodsItems"]:
        if "originCountry" in goods:
            yield goods["originCountry"]


FLAGS: tuple[tuple[Flag, Callable[[Parcel, Around], bool]], ...] = (
    (Flag.HS_CODE_MISSING, hs_code_missing),
    (Flag.DESCRIPTION_VAGUE, description_vague),
    (Flag.VALUE_SUM_MISMATCH, value_sum_mismatch),
    (Flag.CURRENCY_MIXED, currency_mixed),
    (Flag.CURRENCY_UNKNOWN, currency_unknown),
    (Flag.VALUE_ZERO, value_zero),
    (Flag.NET_MASS_EXCEEDS_GROSS, net_mass_exceeds_gross),
    (Flag.MASS_MISSING, mass_missing),
    (Flag.S10_ORIGIN_MISMATCH, s10_origin_mismatch),
    (Flag.DESTINATION_MISMATCH, destination_mismatch),
    (Flag.ORIGIN_MISSING, origin_missing),
    (Flag.COUNTRY_UNKNOWN, country_unknown),
    (Flag.TIME_IN_FUTURE, time_in_future),
    (Flag.IOSS_OVER_THRESHOLD, ioss_over_threshold),
)


def flags(parcel: Parcel, around: Around) -> list[str]:
    """The codes of all flags that apply, in the order of `FLAGS`."""
    return [code for code, applies in FLAGS if applies(parcel, around)]
