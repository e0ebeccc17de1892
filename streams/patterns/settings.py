"""The numbers the patterns shard runs with; their values stand in `config/default.toml`, section `[patterns]`."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PatternSettings:
    """Bounds are per shard (one partition of `touches`), windows are event time in seconds."""

    terminals: Collection[str]
    max_containers: int
    place_s: float
    story_s: float
    handover_s: float
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
    silence_over_share: float
    silence_remembered_s: float
