"""The numbers the checks compare with, handed in from the settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """`euro_rates` are units of a currency for one euro; a currency not in it is compared with nothing.

    `registered_only`: manifests and sensor events count from registered providers alone.
    """

    max_message_bytes: int = 1_048_576
    clock_tolerance_s: float = 300.0
    late_after_s: float = 86_400.0
    ioss_threshold_eur: float = 150.0
    registered_only: bool = False
    euro_rates: Mapping[str, float] = field(default_factory=lambda: {"EUR": 1.0})

    def ahead(self, time_ms: int, at_ms: int) -> bool:
        """Whether `time_ms` lies further ahead of the record's own timestamp than clocks may differ."""
        return time_ms - at_ms > self.clock_tolerance_s * 1000

    def late(self, time_ms: int, at_ms: int) -> bool:
        """Whether the record came later than it should have."""
        return at_ms - time_ms > self.late_after_s * 1000

    def euros(self, amount: float, currency: str) -> float | None:
        """`amount` in euro, None without a rate.

        >>> Limits(euro_rates={"USD": 1.25}).euros(10.0, "USD")
        8.0
        """
        rate = self.euro_rates.get(currency)
        return amount / rate if rate else None
