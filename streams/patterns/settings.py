"""The numbers the patterns shard runs with; their values stand in `config/default.toml`, section `[patterns]`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PatternSettings:
    """Bounds are per shard (one partition of `touches`), windows are event time in seconds, `follow_up_s` engine time.

    `duty_free_eur` is the value up to which a consignment is free of duty, `duty_free_eur_in` where it is another, by
    country of destination. A `weight` is added to the score of the parcels concerned, in log-odds.
    """

    terminals: Collection[str]
    max_containers: int
    place_s: float
    story_s: float
    handover_s: float
    seal_trail_s: float
    disagree_s: float
    disagree_km: float
    disagree_km_per_h: float
    disagree_cel: float
    max_caretakers: int
    max_caretaker_devices: int
    silence_grace_s: float
    silence_spread_s: float
    silence_least: int
    silence_share: float
    silence_many: int
    silence_over_share: float
    silence_remembered_s: float
    max_points: int
    max_parcels: int
    max_episodes: int
    late_s: float
    follow_up_s: float
    duty_free_eur: float
    duty_free_eur_in: Mapping[str, float]
    split_s: float
    split_parcels: int
    split_share: float
    split_weight: float
    mule_s: float
    mule_names: int
    mule_share: float
    mule_goods_share: float
    mule_settled_s: float
    mule_weight: float
    max_sellers: int
    max_seller_goods: int
    burst_days: int
    burst_least: int
    burst_factor: float
    burst_false_alarm: float
    new_seller_parcels: int
    new_seller_s: float
    new_seller_after_s: float
    values_s: float
    values_parcels: int
    values_factor: float
    values_weight: float

    @property
    def fewest(self) -> int:
        """Parcels below which no delivery point is looked at."""
        return min(self.split_parcels, self.mule_names)

    def threshold_cents(self, country: str) -> int:
        """The value below which a consignment to `country` is free of duty, in cents."""
        return round(self.duty_free_eur_in.get(country, self.duty_free_eur) * 100)


def ms(seconds: float) -> int:
    """Settings are in seconds, records in milliseconds."""
    return round(seconds * 1000)
