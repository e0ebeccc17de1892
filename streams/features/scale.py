"""The logarithmic scale on which masses and prices are compared: differences there are ratios here."""

from collections.abc import Mapping
from math import log1p
from typing import Any

Logarithms = tuple[float, float, float]

LIGHTEST_KG = 0.01  # what a parcel without mass is taken to weigh when its price per kilogram is asked


def logarithms(x: Mapping[str, Any]) -> Logarithms:
    """log1p of mass (kg), of price (EUR) and of price per kilogram. Missing is 0.

    >>> [round(value, 3) for value in logarithms({"mass_kg": 0.5, "price_eur": 30.0})]
    [0.405, 3.434, 4.111]
    """
    mass_kg, price_eur = x.get("mass_kg", 0.0), x.get("price_eur", 0.0)
    return log1p(mass_kg), log1p(price_eur), log1p(price_eur / max(mass_kg, LIGHTEST_KG))
