"""What a parcel of the right shape must still get right. Each rule yields the fault it finds; all are in `RULES`."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from streams.intake.faults import Fault
from streams.records.check_digits import gtin_is_valid, s10_is_valid
from streams.records.codes import Reject

S10 = re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}")
SSCC = re.compile(r"[0-9]{18}")
PARTIES = ("consignor", "consignee", "seller", "buyer")

Parcel = Mapping[str, Any]
Rule = Callable[[Parcel], Iterator[Fault]]


def item_id(parcel: Parcel) -> Iterator[Fault]:
    """S10 and SSCC have a form and a check digit; `DECLARATION` repeats the `declarationId`."""
    kind, value = parcel["itemIdType"], parcel["itemId"]
    if kind in CHECKED_IDS:
        form, is_valid = CHECKED_IDS[kind]
        if not form.fullmatch(value):
            yield Fault(Reject.ITEM_ID_FORMAT, "/itemId")
        elif not is_valid(value):
            yield Fault(Reject.ITEM_ID_CHECK_DIGIT, "/itemId")
    elif kind == "DECLARATION" and value != parcel.get("declaration", {}).get("declarationId", value):
        yield Fault(Reject.ITEM_ID_FORMAT, "/itemId")


def goods_sequence(parcel: Parcel) -> Iterator[Fault]:
    """No two goods items share a sequence number."""
    seen: set[int] = set()
    for place, goods in enumerate(parcel.get("goodsItems", ())):
        if goods["sequenceNumber"] in seen:
            yield Fault(Reject.GOODS_SEQUENCE_DUPLICATE, f"/goodsItems/{place}/sequenceNumber")
        seen.add(goods["sequenceNumber"])


def other_is_explained(parcel: Parcel) -> Iterator[Fault]:
    """Category OTHER says in words what it is."""
    if parcel.get("categoryOfItem") == "OTHER" and "categoryExplanation" not in parcel:
        yield Fault(Reject.CATEGORY_EXPLANATION_MISSING, "/categoryExplanation")


def parties_are_identified(parcel: Parcel) -> Iterator[Fault]:
    """A party has an identifier, or a name and an address (the schema sees to it but under a declaration)."""
    for role in PARTIES:
        if (
            (party := parcel.get(role)) is not None
            and "identifier" not in party
            and not party.keys() >= {"name", "address"}
        ):
            yield Fault(Reject.FIELD_MISSING, f"/{role}/identifier")


CHECKED_IDS: Mapping[str, tuple[re.Pattern[str], Callable[[str], bool]]] = {
    "S10": (S10, s10_is_valid),
    "SSCC": (SSCC, gtin_is_valid),
}
RULES: tuple[Rule, ...] = (item_id, goods_sequence, other_is_explained, parties_are_identified)


def faults(parcel: Parcel, rules: tuple[Rule, ...] = RULES) -> tuple[Fault, ...]:
    """All faults of `parcel`, in the order of the rules.

    >>> faults({"itemIdType": "S10", "itemId": "EB000717594HK"})
    (Fault(code=<Reject.ITEM_ID_CHECK_DIGIT: 'ITEM_ID_CHECK_DIGIT'>, field='/itemId'),)
    """
    return tuple(fault for rule in rules for fault in rule(parcel))
