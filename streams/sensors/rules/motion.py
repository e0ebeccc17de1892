"""Readings of how a thing is moved: shocks and tilts."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from streams.sensors.settings import SensorSettings
from streams.sensors.signs import HIGH, LASTED, WARNING, Sign, figure, over

Motion = Callable[[Mapping[str, Any], float, str, SensorSettings], Iterator[Sign]]
LEANING = frozenset({"tilt", "roll", "pitch", "inclination"})  # other angles are headings, or doors
GRAVE = 3.0  # times what a shock is: what is packed well breaks
STANDARD_GRAVITY_MS2 = 9.80665


def shock(reading: Mapping[str, Any], value: float, about: str, settings: SensorSettings) -> Iterator[Sign]:
    """A blow is over at once; further ones within hours are the same episode, the hardest is told."""
    hardest = max(abs(value), abs(reading.get("maxValue") or 0.0), abs(reading.get("minValue") or 0.0))
    if reading.get("uom") == "MSK" and hardest > settings.shock_ms2:
        words = f"{figure(hardest / STANDARD_GRAVITY_MS2)} g"
        normal = f"at most {figure(settings.shock_ms2 / STANDARD_GRAVITY_MS2)} g"
        text = f"The device felt a shock of {words}."
        worst: dict[str, Any] = {"lasting_s": settings.quiet_s, "worst": hardest, "at_worst": words}
        severity = HIGH if hardest > GRAVE * settings.shock_ms2 else WARNING
        yield Sign("SHOCK", severity, text, about, hardest, normal, **worst)


def tilt(reading: Mapping[str, Any], value: float, about: str, settings: SensorSettings) -> Iterator[Sign]:
    """It leans for longer than a crane or a wave takes."""
    if reading.get("component") not in LEANING or reading.get("uom") != "DD":
        return
    if abs(value) > settings.tilt_deg:
        text = f"It leans by {figure(abs(value), 'DD')}{LASTED}."
        normal, hold_s = f"at most {figure(settings.tilt_deg, 'DD')}", settings.hold_s.get("TILT", 0.0)
        worst: dict[str, Any] = {"worst": abs(value), "at_worst": figure(abs(value), "DD")}
        yield Sign("TILT", WARNING, text, about, value, normal, hold_s=hold_s, **worst)
    elif abs(value) <= settings.tilt_deg / 2:
        yield over("TILT", f"It stands upright again: {figure(abs(value), 'DD')}.", about, value)


MOTIONS: Mapping[str, Motion] = {"Acceleration": shock, "Angle": tilt}
