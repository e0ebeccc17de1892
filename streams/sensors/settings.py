"""The numbers the sensor shard runs with; their values stand in `config/default.toml`, section `[sensors]`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SensorSettings:
    """Times are event time in seconds, bounds are per shard, `least_range` and `fastest_per_min` by type of quantity.

    `hold_s` and `escalate_s` are by code. `terminals` are the UN/LOCODEs where every container may be opened.
    """

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
    fastest_per_min: Mapping[str, float]
    shock_ms2: float
    tilt_deg: float
    kinetic_s: float
    defrost_cel: float
    defrost_every_s: float
    hold_s: Mapping[str, float]
    escalate_s: Mapping[str, float]
    skew_s: float
    silent_intervals: float
    silent_s: float
    report_s: float
    trust_half_life_s: float
    trust_low: float
    terminals: Collection[str] = ()
