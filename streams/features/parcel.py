"""One parcel as a model sees it, before anything learnt comes in."""

from collections.abc import Mapping
from typing import Any

Features = dict[str, Any]
NOTHING: Mapping[str, Any] = {}
UNITS_PER_KG = {"KGM": 1.0, "GRM": 1000.0}


def risk_features(case: Mapping[str, Any], euro_rates: Mapping[str, float]) -> Features:
    """The raw features of a filing: 15 words (text, "" where absent) and three numbers.

    `case` is a filing as intake writes it. Its parcel may be a postal one or stand under a formal `declaration`; the
    former's platform and parties then take the places of declarant, importer and seller. Goods code and origin are
    those of the goods item of the highest value. `mass_kg` is gross, else net mass, 0 where neither is declared;
    `price_eur` the declared total by `euro_rates` (units of a currency for one euro), an unknown currency as it
    stands; `tax_rate` in percent. Nothing is invented: no default is a guess.

    >>> parcel = {"exportCountry": "CN", "categoryOfItem": "GIFT", "grossMass": {"value": 412, "unitCode": "GRM"},
    ...     "totalValue": {"amount": 83.0, "currency": "CNY"}, "consignee": {"pseudonym": "p1"},
    ...     "goodsItems": [{"hsCode": "85183000", "originCountry": "CN", "value": {"amount": 83.0}}]}
    >>> x = risk_features({"provider": "CNPOST", "office": "DE004851", "parcel": parcel}, {"CNY": 8.3})
    >>> x["hs"], x["declarant"], x["importer"], x["import_type"], x["mass_kg"], round(x["price_eur"], 9)
    ('851830', 'CNPOST', 'p1', 'GIFT', 0.412, 10.0)
    """
    parcel = case["parcel"]
    declaration = parcel.get("declaration", NOTHING)
    goods = parcel.get("goodsItems") or (NOTHING,)
    main = goods[0] if len(goods) == 1 else max(goods, key=amount)
    text = declaration.get
    return {
        "hs": main.get("hsCode", "")[:6],
        "office": case.get("office", ""),
        "procedure": text("procedure", ""),
        "import_type": text("importType") or parcel.get("categoryOfItem", ""),
        "use": text("importUse", ""),
        "payment": text("paymentType", ""),
        "mode": parcel.get("transport", NOTHING).get("modeOfTransport", ""),
        "courier": text("courierId", ""),
        "departure": parcel.get("exportCountry", ""),
        "origin": main.get("originCountry", ""),
        "tax_type": text("taxType", ""),
        "origin_indicator": text("originIndicator", ""),
        "declarant": text("declarantId") or case.get("provider", ""),
        "importer": text("importerId") or _pseudonym(parcel, "consignee"),
        "seller": _seller(parcel),
        "mass_kg": _mass_kg(parcel, goods),
        "price_eur": euros(parcel.get("totalValue", NOTHING), euro_rates),
        "tax_rate": float(text("taxRate", 0.0)),
    }


def _seller(parcel: Mapping[str, Any]) -> str:
    sold_by = _pseudonym(parcel, "seller") or parcel.get("platform", NOTHING).get("sellerId", "")
    return sold_by or _pseudonym(parcel, "consignor")


def _pseudonym(parcel: Mapping[str, Any], role: str) -> str:
    pseudonym: str = parcel.get(role, NOTHING).get("pseudonym", "")
    return pseudonym


def amount(item: Mapping[str, Any]) -> float:
    """The value of a goods item, in its own currency."""
    value: float = item.get("value", NOTHING).get("amount", 0.0)
    return value


def euros(money: Mapping[str, Any], euro_rates: Mapping[str, float]) -> float:
    """An amount in euros, or as it stands where its currency has no rate."""
    amount: float = money.get("amount", 0.0)
    return amount / euro_rates.get(money.get("currency", ""), 1.0)


def _mass_kg(parcel: Mapping[str, Any], goods: Any) -> float:
    gross = parcel.get("grossMass")
    return kilograms(gross) if gross else sum(kilograms(item.get("netMass", NOTHING)) for item in goods)


def kilograms(mass: Mapping[str, Any]) -> float:
    """A mass in kilograms, 0 where none is declared."""
    value: float = mass.get("value", 0.0)
    return value / UNITS_PER_KG.get(mass.get("unitCode", "KGM"), 1.0)
