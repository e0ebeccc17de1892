"""All checks of one parcel's value, and what they remember: one per shard, moved by every filing."""

from collections.abc import Mapping, Sequence
from typing import Any
from zlib import crc32

from streams.features.parcel import amount, euros, kilograms
from streams.state.parts import Part
from streams.values import findings
from streams.values.findings import Finding
from streams.values.prices import Prices, Unusual
from streams.values.repeats import Goods, Invoices, OneValue
from streams.values.settings import ValueSettings

PART = "values-"

PRECIOUS = frozenset({"30", "49", "71", "97"})  # chapters worth any price: medicines, banknotes, precious stones, art
LIGHTEST_KG = 0.01  # scales tell no less of a parcel, so a price per kilogram of less means nothing


class Values:
    """Judges a declared value by what other parcels declared, never by an outcome.

    Cost: about 3 µs a filing, 5 as long as most goods have no norm yet. Memory: `max_prices` norms twice (by kilogram
    and by piece), `max_goods`, `max_sellers`: some 60 MB when all are full.
    """

    def __init__(self, settings: ValueSettings, euro_rates: Mapping[str, float]) -> None:
        self.settings = settings
        self._euro_rates = euro_rates
        self._again_ms = round(settings.again_s * 1000)
        self.per_kg, self.per_piece = Prices(settings.max_prices), Prices(settings.max_prices)
        self.invoices, self.one_value = Invoices(settings.max_goods), OneValue(settings.max_sellers)

    def prequential_one(self, x: Mapping[str, Any], case: Mapping[str, Any], identity: str) -> list[Finding]:
        """What cannot be believed of the filing `case` with raw features `x`; afterwards it is part of what is usual.

        A parcel of several goods is judged by those of the highest value. What cannot be compared is not: an amount of
        nothing or in a currency without a rate, goods without code, mass or quantity, a seller nobody names.
        """
        parcel, price_eur, seller, hs = case["parcel"], x["price_eur"], x["seller"], x["hs"]
        if not price_eur or parcel["totalValue"]["currency"] not in self._euro_rates:
            return []
        found = self._priced(x, parcel["goodsItems"]) if len(hs) == 6 else []
        if seller:
            if kinds := self.one_value.prequential_one(seller, price_eur, hs[:4]):
                found.append(findings.one_value(price_eur, kinds))
            if importer := x["importer"]:
                goods = (importer, seller, hs, x["mass_kg"], price_eur)
                found += self._invoiced(goods, case["at"], identity, case["provider"])
        return found

    def parts(self) -> Mapping[str, Part]:
        """What is to be saved."""
        return {_part(name): Part.of(store.save()) for name, store in self._stores.items()}

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved. Raises `ValueError` or `KeyError`."""
        for name, store in self._stores.items():
            store.load(parts[_part(name)])

    def sizes(self) -> Mapping[str, int]:
        """How many entries each store holds."""
        return {name: len(store) for name, store in self._stores.items()}

    @property
    def _stores(self) -> Mapping[str, Prices | Invoices | OneValue]:
        return {
            "prices a kg": self.per_kg,
            "prices a piece": self.per_piece,
            "goods invoiced": self.invoices,
            "one value": self.one_value,
        }

    def _priced(self, x: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> list[Finding]:
        """What the price a kilogram or a piece says; of two unusual prices the more unusual one is told."""
        hs, origin, least = x["hs"], x["origin"], self.settings.unusual_iqr
        seller = crc32((x["seller"] or x["importer"]).encode())
        price_eur, mass_kg, main = x["price_eur"], x["mass_kg"], items[0]
        if len(items) > 1:
            main = max(items, key=amount)
            price_eur, mass_kg = euros(main["value"], self._euro_rates), kilograms(main.get("netMass", {}))
        by_kg = by_piece = None
        if mass_kg and price_eur:
            per_kg = price_eur / max(mass_kg, LIGHTEST_KG)
            by_kg = self.per_kg.prequential_one(hs, origin, per_kg, seller, least)
            if per_kg > self.settings.most_eur_per_kg and hs[:2] not in PRECIOUS:
                return [findings.absurd(per_kg, self.settings.most_eur_per_kg)]
        if "quantity" in main and price_eur:
            by_piece = self.per_piece.prequential_one(hs, origin, price_eur / main["quantity"], seller, least)
        if by_kg and not (by_piece and abs(by_piece.beyond) > abs(by_kg.beyond)):
            return [self._unusual(by_kg, "kg")]
        return [self._unusual(by_piece, "piece")] if by_piece else []

    def _invoiced(self, goods: Goods, at_ms: int, identity: str, provider: str) -> list[Finding]:
        before = self.invoices.prequential_one(goods, at_ms, identity, provider, at_ms - self._again_ms)
        if before is None:
            return []
        extreme = before.times + 1 >= self.settings.extreme_invoices
        return [findings.again(before, at_ms, provider, extreme=extreme)]

    def _unusual(self, unusual: Unusual, measure: str) -> Finding:
        most = self.settings.extreme_ratio
        return findings.price(unusual, measure, extreme=not 1 / most < unusual.ratio < most)


def _part(store: str) -> str:
    return PART + store.replace(" ", "-")
