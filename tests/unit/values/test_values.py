"""What is said about declared values, told as stories; and what is not."""

from math import exp
from random import Random
from typing import Any

import pytest

from streams.features import risk_features
from streams.records.decision import Reason
from streams.records.schema import check
from streams.values import Finding, Values, ValueSettings
from tests.risk_cases import EUROS, START_MS, filing

DAY_MS = 86_400_000


class Border:
    """One shard's memory of values; each parcel filed is a new item unless told otherwise."""

    def __init__(self, **settings: Any) -> None:
        self.values = Values(ValueSettings(**settings), EUROS)
        self.filed = 0

    def file(
        self,
        price_eur: float,
        seller: str = "",
        *,
        hs: str = "851830",
        origin: str = "CN",
        kg: float = 0.4,
        pieces: int = 0,
        item_id: str = "",
        importer: str = "",
        provider: str = "CNPOST",
        day: int = 0,
        currency: str = "EUR",
    ) -> list[Finding]:
        self.filed += 1
        item_id = item_id or f"A{self.filed}"
        case = filing(item_id, price_eur, at=START_MS + day * DAY_MS, provider=provider)
        parcel = case["parcel"]
        parcel["grossMass"], parcel["totalValue"]["currency"] = {"value": kg, "unitCode": "KGM"}, currency
        parcel["consignee"] = {"pseudonym": importer or f"buyer-{self.filed}"}
        parcel["seller"] = {"pseudonym": seller or f"seller-{self.filed}"}
        (goods,) = parcel["goodsItems"]
        goods |= {"hsCode": hs, "originCountry": origin, **({"quantity": pieces} if pieces else {})}
        found = self.values.prequential_one(risk_features(case, EUROS), case, f"S10/{item_id}")
        for finding in found:
            check(Reason, finding.reason)
        return found

    def trade(self, parcels: int = 200, usual_eur: float = 40.0, seed: int = 1, **more: Any) -> "Border":
        """Honest parcels of many sellers around a usual price; what was found on them is not asked for."""
        rng = Random(seed)
        for _ in range(parcels):
            self.file(usual_eur * exp(rng.gauss(0, 0.3)), **more)
        return self


def codes(found: list[Finding]) -> list[str]:
    return [finding.reason["code"] for finding in found]


def test_an_honest_parcel_among_honest_parcels_is_not_mentioned() -> None:
    border, rng = Border().trade(), Random(2)

    assert not any(border.file(40 * exp(rng.gauss(0, 0.3)), pieces=1) for _ in range(1_000))


def test_an_over_invoiced_parcel_from_a_new_seller_is_told_as_a_way_to_move_money() -> None:
    (finding,) = Border().trade().file(4_000.0, "new seller")

    assert finding.reason["code"] == "OVER_INVOICING"
    assert finding.reason["source"] == "RULE"
    assert finding.reason["value"] == pytest.approx(10_000.0)
    assert finding.reason["normal"] == pytest.approx(100.0, rel=0.15)
    assert "money" in finding.reason["text"]
    assert "goods code 851830 from CN" in finding.reason["text"]


def test_an_under_invoiced_parcel_is_told_as_a_way_around_duty() -> None:
    (finding,) = Border().trade().file(4.0)

    assert finding.reason["code"] == "UNDER_INVOICING"
    assert finding.reason["value"] == pytest.approx(10.0)
    assert "duty" in finding.reason["text"]


def test_a_light_parcel_declared_by_the_piece_is_found_by_the_price_of_a_piece() -> None:
    """An empty box of the usual price a kilogram, declared as a whole piece."""
    (finding,) = Border().trade(pieces=1).file(1.0, kg=0.01, pieces=1)

    assert finding.reason["code"] == "UNDER_INVOICING"
    assert "EUR a piece" in finding.reason["text"]


def test_of_two_unusual_prices_the_more_unusual_one_is_told() -> None:
    border = Border().trade(pieces=1)

    assert "EUR a kg" in border.file(0.4, kg=4.0, pieces=1)[0].reason["text"]
    assert "EUR a piece" in border.file(0.4, kg=0.04, pieces=1)[0].reason["text"]


def test_of_several_goods_in_a_parcel_those_of_the_highest_value_are_judged() -> None:
    border = Border().trade()
    case = filing("A", 4_004.0)
    (goods,) = case["parcel"]["goodsItems"]
    phone = {**goods, "value": {"amount": 4_000.0, "currency": "EUR"}, "netMass": {"value": 400, "unitCode": "GRM"}}
    case["parcel"]["goodsItems"] = [{**goods, "hsCode": "610910", "value": {"amount": 4.0, "currency": "EUR"}}, phone]
    case["parcel"]["grossMass"]["value"] = 40.0  # the company it travels in makes it no cheaper

    (finding,) = border.values.prequential_one(risk_features(case, EUROS), case, "S10/A")

    assert finding.reason["value"] == pytest.approx(10_000.0)


def test_ten_pieces_of_the_usual_price_are_as_usual_as_one() -> None:
    assert Border().trade(pieces=1).file(400.0, kg=4.0, pieces=10) == []


def test_goods_nobody_knows_yet_are_not_called_unusual() -> None:
    border = Border().trade(hs="640411")

    assert border.file(5_000.0, hs="851830") == []


def test_an_unknown_origin_is_compared_with_the_goods_code_and_new_goods_with_their_heading() -> None:
    border = Border()
    for origin in ("CN", "VN", "TR", "IN"):
        border.trade(12, origin=origin)  # too few of each, enough of all

    (by_code,) = border.file(4_000.0, origin="PL")
    (by_heading,) = border.file(4_000.0, hs="851850", origin="PL")

    assert "for goods code 851830 (half" in by_code.reason["text"]
    assert "for heading 8518 (half" in by_heading.reason["text"]


def test_what_is_cheap_in_one_country_is_not_compared_with_another() -> None:
    border = Border().trade(origin="CH", usual_eur=4_000.0).trade(origin="CN", usual_eur=40.0)

    assert border.file(4_000.0, origin="CH") == []
    assert codes(border.file(4_000.0, origin="CN")) == ["OVER_INVOICING"]


@pytest.mark.parametrize(("liar_eur", "code"), [(4_000.0, "OVER_INVOICING"), (0.4, "UNDER_INVOICING")])
def test_a_seller_who_floods_the_border_with_lies_does_not_become_the_norm(liar_eur: float, code: str) -> None:
    border, rng = Border().trade(), Random(3)
    for _ in range(300):  # thirty lies for each honest parcel
        for _ in range(30):
            lie = border.file(liar_eur, "liar")
            assert codes(lie) == [code]
        assert border.file(40 * exp(rng.gauss(0, 0.3))) == []


def test_a_seller_alone_with_his_goods_has_no_norm_to_hide_behind() -> None:
    border = Border()
    for _ in range(500):
        assert border.file(4_000.0, "liar") == []  # nothing to compare with
    border.trade(60)  # then others come

    assert codes(border.file(4_000.0, "liar")) == ["OVER_INVOICING"]


def test_the_norm_follows_a_market_whose_prices_double() -> None:
    border = Border().trade(3_000).trade(600, usual_eur=80.0, seed=4)

    (finding,) = border.file(4.0)

    assert finding.reason["normal"] == pytest.approx(80 / 0.4, rel=0.15)


def test_a_price_in_a_currency_without_a_rate_is_not_compared() -> None:
    assert Border().trade().file(4_000_000.0, currency="VND") == []


def test_what_is_a_hundred_times_the_usual_price_is_extreme_and_what_is_fifty_times_is_not() -> None:
    border = Border(most_eur_per_kg=1e9).trade()

    assert [finding.extreme for price_eur in (6_000.0, 2_000.0, 0.2, 2.0) for finding in border.file(price_eur)] == [
        True,
        False,
        True,
        False,
    ]


def test_the_same_goods_invoiced_again_are_told_with_item_and_provider_of_the_first() -> None:
    border = Border()
    border.file(40.0, "s", importer="b", item_id="LZ551209644CN")

    (finding,) = border.file(40.0, "s", importer="b", provider="OTHER", day=3)

    assert finding.reason["code"] == "MULTIPLE_INVOICING"
    assert "3 days before by CNPOST as S10 LZ551209644CN" in finding.reason["text"]
    assert not finding.extreme


def test_the_third_invoice_for_the_same_goods_is_extreme() -> None:
    border = Border()
    found = [border.file(40.0, "s", importer="b") for _ in range(3)]

    assert [[finding.extreme for finding in findings] for findings in found] == [[], [False], [True]]


def test_a_change_of_the_same_item_is_no_second_invoice() -> None:
    border = Border()
    border.file(40.0, "s", importer="b", item_id="A")

    assert border.file(40.0, "s", importer="b", item_id="A") == []


@pytest.mark.parametrize("other", [{"price_eur": 40.01}, {"kg": 0.401}, {"importer": "c"}, {"day": 31}])
def test_other_goods_another_buyer_or_another_month_is_no_second_invoice(other: dict[str, Any]) -> None:
    same: dict[str, Any] = {"price_eur": 40.0, "seller": "s", "importer": "b"}
    border = Border()
    border.file(**same)

    assert border.file(**(same | other)) == []


def test_a_seller_who_declares_one_value_for_everything_is_told() -> None:
    border, headings = Border(), ("851830", "610910", "950300", "640411", "330499")

    *before, last = [border.file(9.99, "s", hs=hs) for hs in headings]

    assert before == [[]] * 4
    assert codes(last) == ["REPEATED_VALUE"]
    assert last[0].reason["value"] == 5


def test_a_shop_with_one_price_for_one_kind_of_goods_is_not() -> None:
    border = Border()

    assert not any(border.file(9.99, "s") for _ in range(50))


def test_a_shop_with_a_price_list_is_not() -> None:
    border, rng = Border(), Random(5)
    prices = (4.99, 9.99, 14.99, 19.99, 29.99)

    assert not any(
        border.file(rng.choice(prices), "s", hs=rng.choice(("851830", "610910", "950300"))) for _ in range(500)
    )


def test_a_value_no_merchandise_has_is_told_without_any_history() -> None:
    (finding,) = Border().file(90_000.0, kg=0.05)

    assert finding.reason["code"] == "IMPLAUSIBLE_VALUE"
    assert finding.extreme


@pytest.mark.parametrize("quiet", [{"hs": "710239"}, {"price_eur": 900.0}, {"price_eur": 500.0, "kg": 0.001}])
def test_diamonds_and_what_is_merely_light_are_plausible(quiet: dict[str, Any]) -> None:
    assert Border().file(**({"price_eur": 90_000.0, "kg": 0.05} | quiet)) == []


def test_every_store_is_bounded() -> None:
    border = Border(max_prices=50, max_goods=40, max_sellers=30)
    for number in range(300):
        border.file(10.0 + number, hs=f"{100_000 + 97 * number}", pieces=2)

    assert border.values.sizes() == {
        "prices a kg": 50,
        "prices a piece": 50,
        "goods invoiced": 40,
        "one value": 30,
    }


def saved(values: Values) -> dict[str, bytes]:
    return {name: part.encode() for name, part in values.parts().items()}


def test_what_is_saved_and_loaded_goes_on_to_the_bit() -> None:
    ours, theirs, rng = Border().trade(150, pieces=1), Border(), Random(6)
    theirs.values.load(saved(ours.values))
    theirs.filed = ours.filed

    for _ in range(300):
        parcel = {
            "price_eur": rng.choice((9.99, 40.0, 4_000.0)),
            "seller": rng.choice(("s", "t", "")),
            "importer": rng.choice(("b", "")),
            "hs": rng.choice(("851830", "851850", "640411")),
            "pieces": rng.choice((0, 1, 3)),
        }
        assert ours.file(**parcel) == theirs.file(**parcel)
    assert saved(ours.values) == saved(theirs.values)
