"""What the checks of values have to be told."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ValueSettings:
    """When a value is told as a reason, when it is extreme, and how much is remembered.

    A price is told `unusual_iqr` interquartile ranges (log scale) beyond the quartiles of its goods, and extreme when
    it is also `extreme_ratio` times the usual one, or that part of it. Goods declared again within `again_s` of log
    time are told, and extreme from the `extreme_invoices`-th invoice on. A price above `most_eur_per_kg` is no price
    of merchandise. What is extreme takes at least the lane `extreme_lane`.

    `max_prices`, `max_goods`, `max_sellers`: entries kept per shard, see `streams.values`.
    """

    unusual_iqr: float = 3.0
    extreme_ratio: float = 100.0
    again_s: float = 2_592_000.0
    extreme_invoices: int = 3
    most_eur_per_kg: float = 100_000.0
    extreme_lane: str = "GREEN"
    max_prices: int = 10_000
    max_goods: int = 20_000
    max_sellers: int = 5_000
