"""The numbers the sensor shard runs with; their values stand in `config/default.toml`, section `[sensors]`."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SensorSettings:
    """Times are event time in seconds, bounds are per shard, `least_range` is by type of quantity."""

    max_devices: int
    max_detectors: int
    max_quantities: int
    recent_events: int
    max_gaps: int
    gap_grace: int
    clock_tolerance_s: float
    warm_up_readings: int
    least_range: Mapping[str, float]
    alert_score: float
    calm_score: float
    calm_readings: int
    habit_caution: float
    habit_readings: float
    frozen_readings: int
    quiet_s: float
    excursion_s: float
    tolerance: float
    light_lux: float
    battery_low_percent: float
    battery_fine_percent: float
    jump_km: float
    jump_km_per_h: float
