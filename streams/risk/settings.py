"""What a risk shard has to be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf

from streams.decisions.lanes import LaneRates
from streams.values.settings import ValueSettings


@dataclass(frozen=True, slots=True)
class RiskSettings:
    """Limits of memory, target rates, and how this engine signs its decisions.

    `max_items` and `max_waiting` count per shard (one partition), `horizon_s` in log time, `wait_for_item_s` in engine
    time. `euro_rates` are units of a currency for one euro. `engine` is the fingerprint of the software versions.

    A model with fewer than `least_examples` labels is untaught, a control log without a tick for `control_stale_s`
    stale; `safe_lanes` are the least lanes of parcels decided so, by the code of what was amiss
    (`streams.risk.degraded`). How many parcels took which lane is told to all every `passage_s` of engine time.
    `rates` are those of every office, unless it has its own in `office_rates`, or the control log says otherwise. With
    `shared_budget` they are those of one budget, which all offices without their own come under.
    `values` says when a declared value is told, and when it raises the lane. `partitions` is how many `touches` has.
    An incident concerns what was filed within `voyage_s` of it, before or after.
    """

    rates: LaneRates
    horizon_s: float = 7_776_000.0
    max_items: int = 10_000_000
    wait_for_item_s: float = 600.0
    max_waiting: int = 100_000
    max_waiting_bytes: int = 67_108_864
    euro_rates: Mapping[str, float] = field(default_factory=dict)
    engine: str = "unknown"
    least_examples: int = 0
    control_stale_s: float = inf
    safe_lanes: Mapping[str, str] = field(default_factory=dict)
    namespace: str = "customs"
    passage_s: float = 600.0
    office_rates: Mapping[str, LaneRates] = field(default_factory=dict)
    shared_budget: bool = False
    values: ValueSettings = field(default_factory=ValueSettings)
    partitions: int = 1
    voyage_s: float = 5_184_000.0

    @property
    def voyage_ms(self) -> int:
        return round(self.voyage_s * 1000)
