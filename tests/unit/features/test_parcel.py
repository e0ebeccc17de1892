"""Raw features of a parcel, postal or under a declaration."""

from typing import Any

import pytest

from streams.features import risk_features

RATES = {"EUR": 1.0, "KRW": 1600.0}
POSTAL: dict[str, Any] = {
    "exportCountry": "CN",
    "destinationCountry": "DE",
    "categoryOfItem": "SALE_OF_GOODS",
    "consignor": {"pseudonym": "p-consignor", "country": "CN"},
    "consignee": {"pseudonym": "p-consignee", "country": "DE"},
    "platform": {"sellerId": "p-platform-seller"},
    "transport": {"modeOfTransport": "5"},
    "grossMass": {"value": 0.412, "unitCode": "KGM"},
    "totalValue": {"amount": 38.9, "currency": "EUR"},
    "goodsItems": [
        {"hsCode": "39269097", "originCountry": "VN", "value": {"amount": 9.0, "currency": "EUR"}},
        {"hsCode": "8518300000", "originCountry": "CN", "value": {"amount": 29.9, "currency": "EUR"}},
    ],
}
DECLARED: dict[str, Any] = {
    "exportCountry": "BE",
    "seller": {"pseudonym": "p-seller"},
    "totalValue": {"amount": 1600.0, "currency": "KRW"},
    "goodsItems": [
        {
            "hsCode": "440890",
            "originCountry": "BE",
            "netMass": {"value": 108.0, "unitCode": "KGM"},
            "value": {"amount": 1600.0, "currency": "KRW"},
        }
    ],
    "declaration": {
        "declarationId": "97061800",
        "officeId": "30",
        "procedure": "B",
        "importType": "11",
        "importUse": "21",
        "paymentType": "13",
        "declarantId": "p-declarant",
        "importerId": "p-importer",
        "courierId": "p-courier",
        "taxRate": 8.0,
        "taxType": "FEU1",
        "originIndicator": "G",
    },
}


def features(parcel: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return risk_features({"provider": "CNPOST", "office": "DE004851", "parcel": {**parcel, **changes}}, RATES)


def without(record: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name not in names}


def test_a_postal_parcel_speaks_through_provider_platform_and_consignee() -> None:
    x = features(POSTAL)
    assert (x["declarant"], x["importer"], x["seller"]) == ("CNPOST", "p-consignee", "p-platform-seller")
    assert (x["import_type"], x["mode"], x["departure"], x["office"]) == ("SALE_OF_GOODS", "5", "CN", "DE004851")
    assert (x["mass_kg"], x["price_eur"], x["tax_rate"], x["procedure"]) == (0.412, 38.9, 0.0, "")


def test_a_declaration_speaks_for_itself() -> None:
    assert features(DECLARED) == {
        "hs": "440890",
        "office": "DE004851",
        "procedure": "B",
        "import_type": "11",
        "use": "21",
        "payment": "13",
        "mode": "",
        "courier": "p-courier",
        "departure": "BE",
        "origin": "BE",
        "tax_type": "FEU1",
        "origin_indicator": "G",
        "declarant": "p-declarant",
        "importer": "p-importer",
        "seller": "p-seller",
        "mass_kg": 108.0,
        "price_eur": 1.0,
        "tax_rate": 8.0,
    }


def test_goods_and_origin_are_those_of_the_dearest_item() -> None:
    assert (features(POSTAL)["hs"], features(POSTAL)["origin"]) == ("851830", "CN")


def test_grams_and_kilograms_weigh_the_same() -> None:
    assert features(POSTAL, grossMass={"value": 412, "unitCode": "GRM"})["mass_kg"] == features(POSTAL)["mass_kg"]


def test_net_masses_count_where_no_gross_mass_is_declared() -> None:
    goods = [{"value": {"amount": 1.0}, "netMass": {"value": kg, "unitCode": "KGM"}} for kg in (0.25, 0.5)]
    assert features(without(POSTAL, "grossMass"), goodsItems=goods)["mass_kg"] == 0.75


def test_an_unknown_currency_counts_as_it_stands() -> None:
    assert features(POSTAL, totalValue={"amount": 7.0, "currency": "XAU"})["price_eur"] == 7.0


@pytest.mark.parametrize(
    ("gone", "seller"),
    [((), "p-seller"), (("seller",), "p-platform-seller"), (("seller", "platform"), "p-consignor")],
)
def test_the_seller_is_the_best_known_one(gone: tuple[str, ...], seller: str) -> None:
    assert features(without({**POSTAL, "seller": {"pseudonym": "p-seller"}}, *gone))["seller"] == seller


def test_what_is_absent_is_empty_or_nought_and_never_guessed() -> None:
    x = risk_features({"parcel": {}}, RATES)
    assert {value for value in x.values() if isinstance(value, str)} == {""}
    assert (x["mass_kg"], x["price_eur"], x["tax_rate"]) == (0.0, 0.0, 0.0)
