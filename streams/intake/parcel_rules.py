"""What a parcel of the right shape must still get right. Each rule finds at most one fault; all are in `RULES`."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from streams.intake.faults import Fault
from streams.records.check_digits import gtin_is_valid, s10_is_valid
from streams.records.codes import Reject

S10 = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}")
SSCC = re.compile(r"[0-9]{18}")
CHECKED_IDS: Mapping[str, tuple[re.Pattern[str], Callable[[str], bool]]] = {
    "S10": (S10, s10_is_valid),
    "SSCC": (SSCC, gtin_is_valid),
}
PARTIES = ("consignor", "consignee", "seller", "buyer")

Parcel = Mapping[str, Any]
Rule = Callable[[Parcel], Fault | None]


def item_id(parcel: Parcel) -> Fault | None:
    """S10 and SSCC have a form and a check digit; `DECLARATION` repeats the `declarationId`."""
    kind, value = parcel["itemIdType"], parcel["itemId"]
    if kind in CHECKED_IDS:
        form, is_valid = CHECKED_IDS[kind]
        if not form.fullmatch(value):
            return Fault(Reject.ITEM_ID_FORMAT, "/itemId")
        return None if is_valid(value) else Fault(Reject.ITEM_ID_CHECK_DIGIT, "/itemId")
    if kind == "DECLARATION" and value != parcel.get("declaration", {}).get("declarationId", value):
        return Fault(Reject.ITEM_ID_FORMAT, "/itemId")
    return None


def goods_sequence(parcel: Parcel) -> Fault | None:
    """No two goods items share a sequence number."""
    numbers = [goods["sequenceNumber"] for goods in parcel.get("goodsItems", ())]
    if len(set(numbers)) == len(numbers):
        return None
    place = next(place for place, number in enumerate(numbers) if number in numbers[:place])
    return Fault(Reject.GOODS_SEQUENCE_DUPLICATE, f"/goodsItems/{place}/sequenceNumber")


def other_is_explained(parcel: Parcel) -> Fault | None:
    """Category OTHER says in words what it is."""
    if parcel.get("categoryOfItem") == "OTHER" and "categoryExplanation" not in parcel:
        return Fault(Reject.CATEGORY_EXPLANATION_MISSING, "/categoryExplanation")
    return None


def parties_are_identified(parcel: Parcel) -> Fault | None:
    """Under a declaration an identifier will do in place of name and address; the schema asks for these elsewhere."""
    for role in PARTIES if "declaration" in parcel else ():
        party = parcel.get(role)
        if party is not None and "identifier" not in party and not party.keys() >= {"name", "address"}:
            return Fault(Reject.FIELD_MISSING, f"/{role}/identifier")
    return None


RULES: tuple[Rule, ...] = (item_id, goods_sequence, other_is_explained, parties_are_identified)


def faults(parcel: Parcel) -> list[Fault]:
    """All faults of `parcel`, in the order of the rules.

    >>> faults({"itemIdType": "S10", "itemId": "EB000717594HK"})
    [Fault(code=<Reject.ITEM_ID_CHECK_DIGIT: 'ITEM_ID_CHECK_DIGIT'>, field='/itemId')]
    """
    return [fault for rule in RULES if (fault := rule(parcel))]
