"""The keys under which outcomes are remembered, as data: which fields make a key, and how little one outcome says."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from streams.features.moments import Z_SCORES
from streams.features.scale import logarithms


class Table(NamedTuple):
    """Outcomes are counted per value of `fields`; `shrinkage` is the weight of the overall rate, in outcomes.

    >>> Table(("importer", "hs6"), 1.0).name
    'importer_x_hs6'
    """

    fields: tuple[str, ...]
    shrinkage: float

    @property
    def name(self) -> str:
        return "_x_".join(self.fields)


def _tables(shrinkage: float, *keys: str) -> tuple[Table, ...]:
    return tuple(Table(tuple(key.split(" x ")), shrinkage) for key in keys)


# Recipe C of the selection study. `mass_1` is log1p of the mass kept to one decimal, `mass_kg` the mass to the gram.
TABLES = (
    *_tables(5.0, "hs2"),
    *_tables(4.0, "hs4"),
    *_tables(3.0, "hs6"),
    *_tables(5.0, "office", "procedure", "import_type", "use", "payment", "mode", "courier"),
    *_tables(5.0, "departure", "origin", "tax_type", "origin_indicator"),
    *_tables(2.5, "declarant", "importer", "seller"),
    *_tables(2.0, "hs6 x origin"),
    *_tables(1.0, "hs6 x mass_1", "hs6 x price_1", "hs6 x unit_price_1"),
    *_tables(2.0, "hs6 x mass_0", "hs6 x price_0", "hs4 x mass_0", "hs4 x unit_price_0"),
    *_tables(1.0, "importer x hs6", "seller x hs6"),
    *_tables(2.0, "declarant x hs4", "hs6 x tax_type", "hs6 x office"),
    *_tables(2.5, "origin x departure", "hs2 x origin"),
    *_tables(2.0, "mass_kg"),
    *_tables(1.0, "price_eur"),
    *_tables(0.5, "hs6 x mass_kg", "hs6 x price_eur", "hs6 x mass_1 x price_1"),
    *_tables(0.25, "hs6 x mass_kg x price_eur"),
)

LOGARITHMS = ("log_mass", "log_price", "log_unit_price", "log_tax_rate")
SQUARES = tuple(name + "_squared" for name in LOGARITHMS)  # of the distance from the mean, in deviations
NUMBERS = ("bias", *LOGARITHMS, *Z_SCORES, *SQUARES)  # what stands beside the tables' numbers

WORDS = {
    "hs2": "kind of goods (HS chapter)",
    "hs4": "kind of goods (HS heading)",
    "hs6": "goods code",
    "office": "customs office",
    "procedure": "procedure",
    "import_type": "type of import",
    "use": "use of the goods",
    "payment": "type of payment",
    "mode": "mode of transport",
    "courier": "courier",
    "departure": "country of departure",
    "origin": "country of origin",
    "tax_type": "type of duty",
    "origin_indicator": "marking of origin",
    "declarant": "declarant",
    "importer": "importer",
    "seller": "seller",
    "mass_kg": "exact mass",
    "mass_0": "rough mass",
    "mass_1": "mass",
    "price_eur": "exact price",
    "price_0": "rough price",
    "price_1": "price",
    "unit_price_0": "rough price per kilogram",
    "unit_price_1": "price per kilogram",
    "log_mass": "mass",
    "log_price": "price",
    "log_unit_price": "price per kilogram",
    "log_tax_rate": "rate of duty",
    "log_mass_squared": "unusual mass",
    "log_price_squared": "unusual price",
    "log_unit_price_squared": "unusual price per kilogram",
    "log_tax_rate_squared": "unusual rate of duty",
    "z_mass": "mass compared with the same goods",
    "z_price": "price compared with the same goods",
    "z_unit_price": "price per kilogram compared with the same goods",
    "bias": "overall rate",
}
COUNT = "_n"  # ends the name of the number that says how often a key was seen


def words(feature: str) -> str:
    """The name of an encoded feature in an officer's words.

    >>> words("importer_x_hs6"), words("importer_x_hs6_n")
    ('importer and goods code', 'importer and goods code')
    """
    *others, last = (WORDS[field] for field in feature.removesuffix(COUNT).split("_x_"))
    return f"{', '.join(others)} and {last}" if others else last


WITHOUT: Mapping[str, Any] = {
    **dict.fromkeys(field for table in TABLES for field in table.fields),
    "hs": "",
    "mass_kg": 0.0,
    "price_eur": 0.0,
}


def key_fields(x: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that keys are made of: those of `x`, the coarser goods codes, the logarithms, also rounded.

    >>> fields = key_fields({"hs": "851830", "mass_kg": 0.2, "price_eur": 10.0})
    >>> [fields[name] for name in ("hs2", "hs4", "price_0", "price_1", "unit_price_1", "seller")]
    ['85', '8518', 2, 2.4, 3.9, None]
    """
    fields = {**WITHOUT, **x}
    mass, price, unit_price = fields["log_mass"], fields["log_price"], fields["log_unit_price"] = logarithms(fields)
    hs = fields["hs"]
    fields["hs2"], fields["hs4"], fields["hs6"] = hs[:2], hs[:4], hs
    fields["mass_0"], fields["mass_1"] = round(mass), round(mass * 10) / 10
    fields["price_0"], fields["price_1"] = round(price), round(price * 10) / 10
    fields["unit_price_0"], fields["unit_price_1"] = round(unit_price), round(unit_price * 10) / 10
    return fields
