"""All settings, one frozen model per concern. Environment wins over the TOML file, that over `default.toml`."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

DEFAULTS = Path(__file__).with_name("default.toml")


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Kafka(Section):
    """How to get into Kafka (`agents/access.py`). Secrets stand in files of their own, never here."""

    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_SSL"]
    sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"]
    sasl_username: str | None = None
    sasl_password_file: Path | None = None
    ssl_ca_file: Path | None = None
    ssl_certificate_file: Path | None = None
    ssl_key_file: Path | None = None

    @model_validator(mode="after")
    def _be_complete(self) -> Self:
        """Half a configuration would connect as nobody, or in the clear, and nobody would notice."""
        told = {name: value for name, value in self if value is not None}
        sasl = [name for name in ("sasl_username", "sasl_password_file") if told.get(name)]
        if self.security_protocol == "SASL_SSL" and len(sasl) < 2:
            raise ValueError("SASL_SSL needs sasl_username and sasl_password_file")
        if self.security_protocol != "SASL_SSL" and sasl:
            raise ValueError(f"{sasl[0]} is for security_protocol SASL_SSL, which is {self.security_protocol}")
        if self.security_protocol == "PLAINTEXT" and (tls := [name for name in told if name.startswith("ssl_")]):
            raise ValueError(f"{tls[0]} is for security_protocol SSL or SASL_SSL, which is PLAINTEXT")
        if (self.ssl_certificate_file is None) != (self.ssl_key_file is None):
            raise ValueError("ssl_certificate_file and ssl_key_file go together, and one of them is missing")
        for name, value in told.items():
            if isinstance(value, Path) and not value.is_file():
                raise ValueError(f"{name} names {value}, which is not a file")
        return self


class Runtime(Section):
    """The exactly-once runtime (`agents/runtime/`)."""

    cycle_max_records: int = Field(ge=1)
    cycle_max_bytes: int = Field(ge=1)
    cycle_max_s: float = Field(gt=0)
    fetch_max_wait_ms: int = Field(ge=1)
    session_timeout_s: float = Field(gt=0)
    transaction_timeout_s: float = Field(gt=0)
    commit_timeout_s: float = Field(gt=0)
    restore_timeout_s: float = Field(gt=0)
    control_outage_s: float = Field(ge=0)
    stall_limit_s: float = Field(gt=0)
    tick_s: float = Field(gt=0)


class Snapshots(Section):
    """When the state of a shard is written down (`agents/runtime/`): after so long, or so many records, if it moved.

    That of the control log's fold only after so many records: each lesson changes tens of megabytes.
    """

    every_s: float = Field(gt=0)
    every_records: int = Field(ge=1)


class Intake(Section):
    """Limits and thresholds of the checks (`streams/intake/`)."""

    max_message_bytes: int = Field(ge=1)
    clock_tolerance_s: float = Field(ge=0)
    late_after_s: float = Field(ge=0)
    ioss_threshold_eur: float = Field(ge=0)
    reject_share_limit: float = Field(gt=0, le=1)
    reject_window_s: float = Field(gt=0)
    reject_window_records: int = Field(ge=1)
    reject_least_records: int = Field(ge=1)
    reject_max_providers: int = Field(ge=1)
    on_too_many_rejects: Literal["alert", "stop"]
    registered_only: bool


class Items(Section):
    """How long an item is remembered (`streams/risk/`)."""

    horizon_s: float = Field(gt=0)
    max_items: int = Field(ge=1)
    wait_for_item_s: float = Field(ge=0)
    max_waiting: int = Field(ge=1)
    max_waiting_bytes: int = Field(ge=1)


class Incidents(Section):
    """How long what happened to cargo concerns parcels, and how much of it is known (`streams/incidents/`)."""

    voyage_s: float = Field(gt=0)
    keep_s: float = Field(gt=0)
    max_incidents: int = Field(ge=4)
    max_links: int = Field(ge=10_000)


Share = Annotated[float, Field(ge=0, le=1)]


class OfficeBudget(Section):
    """What differs at one office from the budget of all (`Lanes`)."""

    red_rate: Share | None = None
    yellow_rate: Share | None = None
    blue_rate: Share | None = None
    random_share: Share | None = None
    most_random_share: Share | None = None
    cap: Annotated[float, Field(ge=1)] | None = None


class Lanes(Section):
    """Target rates of the lanes, as shares of all parcels of one office (`streams/decisions/budgets/`)."""

    red_rate: Share
    yellow_rate: Share
    blue_rate: Share
    random_share: Share
    most_random_share: Share
    cap: float = Field(ge=1)
    offices: dict[str, OfficeBudget]
    shared: bool
    least_examples: int = Field(ge=0)
    control_stale_s: float = Field(gt=0)
    degraded: dict[Literal["MODEL_UNTAUGHT", "FEATURE_MISSING", "CONTROL_STALE"], Literal["GREEN", "BLUE"]]

    @model_validator(mode="after")
    def _leave_room_for_green(self) -> Self:
        for budget in (self, *map(self.of, self.offices)):
            if budget.red_rate + budget.yellow_rate + budget.blue_rate > 1:
                raise ValueError("red_rate, yellow_rate and blue_rate together must be at most 1, at each office")
        return self

    def of(self, office: str) -> Self:
        """The budget of an office, with all it takes over from that of all."""
        return self.model_copy(update=self.offices[office].model_dump(exclude_none=True))


class Values(Section):
    """When a declared value is told as a reason, and when it raises the lane (`streams/values/`)."""

    unusual_iqr: float = Field(gt=0)
    extreme_ratio: float = Field(gt=1)
    again_s: float = Field(ge=0)
    extreme_invoices: int = Field(ge=2)
    most_eur_per_kg: float = Field(gt=0)
    extreme_lane: Literal["GREEN", "BLUE", "YELLOW"]
    max_prices: int = Field(ge=1)
    max_goods: int = Field(ge=1)
    max_sellers: int = Field(ge=1)


class Leakage(Section):
    """What is needed to say what slips through (`streams/learning/missed.py`)."""

    passage_s: float = Field(gt=0)


class Targets(Section):
    """What the selection should reach, as shares; a target that is not set is not watched (`streams/learning/`)."""

    leakage: float | None = Field(default=None, ge=0, le=1)
    random_hit_rate: float | None = Field(default=None, ge=0, le=1)
    recall: float | None = Field(default=None, ge=0, le=1)
    precision: float | None = Field(default=None, ge=0, le=1)


class Learning(Section):
    """What is learnt from whom, what follows from a change, and who may decide instead (`streams/learning/`)."""

    challengers: tuple[str, ...]
    promote_by_rule: bool
    renew_after_drift: bool
    guard: bool
    drift_exploring: float = Field(ge=1)
    drift_exploring_s: float = Field(ge=0)


class Sensors(Section):
    """Rules and detectors of the sensor shards (`streams/sensors/`); times are event time, bounds per shard."""

    max_devices: int = Field(ge=1)
    max_detectors: int = Field(ge=1)
    max_quantities: int = Field(ge=1)
    recent_events: int = Field(ge=1)
    max_gaps: int = Field(ge=1)
    gap_grace: int = Field(ge=0)
    clock_tolerance_s: float = Field(ge=0)
    warm_up_readings: int = Field(ge=1)
    least_range: dict[str, float]
    alert_score: float = Field(gt=0, lt=1)
    calm_score: float = Field(gt=0, lt=1)
    calm_readings: int = Field(ge=1)
    habit_caution: float = Field(ge=0)
    habit_readings: float = Field(gt=0)
    frozen_readings: int = Field(ge=1)
    quiet_s: float = Field(gt=0)
    excursion_s: float = Field(ge=0)
    tolerance: float = Field(gt=0)
    light_lux: float = Field(gt=0)
    battery_low_percent: float = Field(ge=0, le=100)
    battery_fine_percent: float = Field(ge=0, le=100)
    jump_km: float = Field(gt=0)
    jump_km_per_h: float = Field(gt=0)
    fastest_per_min: dict[str, float]
    shock_ms2: float = Field(gt=0)
    tilt_deg: float = Field(gt=0)
    kinetic_s: float = Field(gt=0)
    defrost_cel: float = Field(ge=0)
    defrost_every_s: float = Field(ge=0)
    hold_s: dict[str, Annotated[float, Field(ge=0)]]
    escalate_s: dict[str, Annotated[float, Field(ge=0)]]
    skew_s: float = Field(gt=0)
    silent_intervals: float = Field(ge=1)
    silent_s: float = Field(gt=0)
    report_s: float = Field(gt=0)
    trust_half_life_s: float = Field(gt=0)
    trust_low: float = Field(ge=0, le=1)


class Patterns(Section):
    """What many parcels or devices show together (`streams/patterns/`); times are event time, bounds per shard."""

    terminals: list[Annotated[str, Field(pattern=r"^[A-Z]{2}[A-Z2-9]{3}$")]]
    max_containers: int = Field(ge=1)
    place_s: float = Field(gt=0)
    story_s: float = Field(gt=0)
    handover_s: float = Field(gt=0)
    seal_trail_s: float = Field(gt=0)
    disagree_s: float = Field(ge=0)
    disagree_km: float = Field(gt=0)
    disagree_km_per_h: float = Field(gt=0)
    disagree_cel: float = Field(gt=0)
    max_caretakers: int = Field(ge=1)
    max_caretaker_devices: int = Field(ge=1)
    silence_grace_s: float = Field(ge=0)
    silence_spread_s: float = Field(ge=0)
    silence_least: int = Field(ge=1)
    silence_share: Share
    silence_many: int = Field(ge=1)
    silence_over_share: Share
    silence_remembered_s: float = Field(gt=0)
    max_points: int = Field(ge=1)
    max_parcels: int = Field(ge=1)
    max_episodes: int = Field(ge=1)
    late_s: float = Field(ge=0)
    follow_up_s: float = Field(ge=0)
    duty_free_eur: float = Field(gt=0)
    duty_free_eur_in: dict[str, Annotated[float, Field(gt=0)]]
    split_s: float = Field(gt=0)
    split_parcels: int = Field(ge=2)
    split_share: Share
    split_weight: float = Field(gt=0, le=6)
    mule_s: float = Field(gt=0)
    mule_names: int = Field(ge=2)
    mule_share: Share
    mule_goods_share: Share
    mule_settled_s: float = Field(gt=0)
    mule_weight: float = Field(gt=0, le=6)
    max_sellers: int = Field(ge=1)
    max_seller_goods: int = Field(ge=1)
    burst_days: int = Field(ge=1)
    burst_least: int = Field(ge=1)
    burst_factor: float = Field(ge=1)
    burst_false_alarm: float = Field(gt=0, lt=1)
    new_seller_parcels: int = Field(ge=1)
    new_seller_s: float = Field(gt=0)
    new_seller_after_s: float = Field(ge=0)
    values_s: float = Field(gt=0)
    values_parcels: int = Field(ge=3)
    values_factor: float = Field(gt=1)
    values_weight: float = Field(ge=0, le=6)


class Report(Section):
    """What a back-test's page of costs and benefits assumes (`agents/backtest/report/`); no history tells it."""

    budgets: list[Annotated[float, Field(gt=0, le=1)]] = Field(min_length=1)
    minutes_red: float = Field(ge=0)
    minutes_yellow: float = Field(ge=0)
    officer_eur_per_hour: float = Field(ge=0)
    delay_days_red: float = Field(ge=0)
    delay_days_yellow: float = Field(ge=0)
    duty_share: Share


class Settings(BaseSettings):
    """Everything a worker needs to know.

    >>> load().namespace
    'customs'
    """

    model_config = SettingsConfigDict(
        env_prefix="GREENLANE_", env_nested_delimiter="__", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    broker: str = "127.0.0.1:9092"
    namespace: str = Field(default="customs", pattern=r"^[A-Za-z0-9._-]{1,100}$")
    metrics_port: int = Field(default=9464, ge=0, le=65535)
    metrics_host: str = "127.0.0.1"
    secret_file: Path | None = None
    data: Path = Path("../shared/data")
    kafka: Kafka
    runtime: Runtime
    snapshots: Snapshots
    intake: Intake
    items: Items
    incidents: Incidents
    lanes: Lanes
    leakage: Leakage
    targets: Targets = Targets()
    learning: Learning
    values: Values
    sensors: Sensors
    patterns: Patterns
    report: Report
    euro_rates: dict[str, float] = Field(description="units of a currency for one euro")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments win over the environment, that over GREENLANE_CONFIG, that over the defaults."""
        del dotenv_settings, file_secret_settings  # what a worker runs with stands in one place, or is handed in
        files = [DEFAULTS, *(Path(path) for path in [os.environ.get("GREENLANE_CONFIG")] if path)]
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=files, deep_merge=True)


def load(**overrides: Any) -> Settings:
    """Read the settings; keyword arguments win over everything. Raises `pydantic.ValidationError`."""
    return Settings(**overrides)
