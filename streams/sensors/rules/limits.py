"""What a quantity is to keep to: by the device's setpoint, or by what its cargo bears."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from streams.sensors.signs import figure

MARGIN_CEL = 0.5


class Limits(NamedTuple):
    """What a quantity should keep to, in the unit of its readings; `whose` they are is told.

    It may be beyond them for `hold_s`, and is well again once `margin` inside. A defrost cycle may take `defrost_s`.
    """

    lowest: float
    highest: float
    unit: str
    hold_s: float
    margin: float
    whose: str
    normal: str
    defrost_s: float = 0.0


def around(value: float, tolerance: float, unit: str, hold_s: float) -> Limits:
    """Around a setpoint; well again is within half of the tolerance.

    >>> around(5.0, 2.0, "CEL", 900.0)[:5]
    (3.0, 7.0, 'CEL', 900.0, 1.0)
    """
    normal = f"{figure(value, unit)} ± {figure(tolerance)}"
    return Limits(value - tolerance, value + tolerance, unit, hold_s, tolerance / 2, "its setpoint", normal)


def of_cargo(said: Mapping[str, Any] | None) -> Limits | None:
    """What the cargo bears, as the device's keeper `said`. Well again is half a degree inside, or a quarter of it."""
    if not said or "cargo" not in said:
        return None
    cargo = said["cargo"]
    lowest, highest = cargo["lowest_cel"], cargo["highest_cel"]
    whose = f"what {cargo.get('commodity', 'the cargo')} bears"
    normal, margin = f"{figure(lowest)} to {figure(highest, 'CEL')}", min((highest - lowest) / 4, MARGIN_CEL)
    return Limits(lowest, highest, "CEL", cargo["excursion_s"], margin, whose, normal, cargo.get("defrost_s", 0.0))
