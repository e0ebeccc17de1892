"""What is passed on about a decided parcel to where all parcels of its delivery point, or of its seller, meet."""

from collections.abc import Mapping
from typing import Any

from streams.features.parcel import amount, euros, kilograms
from streams.intake.times import AHEAD_MS, epoch_ms
from streams.patterns.touches import Touches
from streams.risk.items import FEATURES, Version
from streams.risk.turn import Case

HS, SELLER, PRICE_EUR = (FEATURES.index(name) for name in ("hs", "seller", "price_eur"))


def touch(touches: Touches, case: Case, version: Version, euro_rates: Mapping[str, float]) -> None:
    """Pass on the parcel filed in `case` and decided as `version`; what names neither address nor seller goes nowhere.

    Cost: about 3 µs with the encoding of both.
    """
    point, seller = case["parcel"].get("deliveryPoint"), version.x[SELLER]
    entities = [f"deliveryPoint/{point}"] if point else []
    if seller:
        entities.append(f"seller/{seller}")
    if entities:
        touches.add_to(entities, parcel(case, version, euro_rates))


def parcel(case: Case, version: Version, euro_rates: Mapping[str, float]) -> dict[str, Any]:
    """The touch. Values are 0 where the currency has no rate; `goods` and `piece_eur` are of the line of highest value.

    Event time is when the filing was submitted, as its provider says.
    """
    filed, x = case["parcel"], version.x
    items = filed["goodsItems"]
    main = items[0] if len(items) == 1 else max(items, key=amount)
    pieces, known = main.get("quantity") or 1, filed["totalValue"]["currency"] in euro_rates
    return {
        "kind": "parcel",
        "at": case["at"],
        "time_ms": max(0, min(epoch_ms(case["submittedAt"]), case["at"] + AHEAD_MS)),
        "source": case["source"],
        "itemIdType": case["itemIdType"],
        "itemId": case["itemId"],
        "version": version.number,
        "consignee": filed.get("consignee", {}).get("pseudonym", ""),
        "seller": x[SELLER],
        "destination": filed.get("destinationCountry", ""),
        "hs": x[HS],
        "goods": _goods(main, x[HS], pieces),
        "piece_eur": round(euros(main["value"], euro_rates) / pieces, 2) if known else 0.0,
        "value_eur": round(x[PRICE_EUR], 2) if known else 0.0,
    }


def _goods(main: Mapping[str, Any], hs: str, pieces: int) -> str:
    """What tells the goods of a line from others of the same seller, "" where nothing does: GTIN, or code and mass.

    >>> _goods({"gtin": "4006381333931"}, "960810", 1), _goods({"netMass": {"value": 0.42}}, "851830", 2)
    ('gtin/4006381333931', '851830/210')
    """
    if "gtin" in main:
        return f"gtin/{main['gtin']}"
    grams = round(kilograms(main.get("netMass", {})) * 1000 / pieces)
    return f"{hs}/{grams}" if hs and grams else ""
