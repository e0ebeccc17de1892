"""Positions: nothing on a road, rail, ship or plane moves faster than `jump_km_per_h`."""

from collections.abc import Iterator, Mapping
from math import asin, cos, radians, sin, sqrt
from typing import Any

from streams.sensors.settings import SensorSettings
from streams.sensors.signs import HIGH, Sign, figure


class Route:
    """Remembers the last position, and notices one that cannot follow it."""

    SAVED = ("last",)

    def __init__(self) -> None:
        self.last: list[float] | None = None  # latitude, longitude, seconds since 1970

    def signs(self, place: Mapping[str, Any], time_s: float, settings: SensorSettings) -> Iterator[Sign]:
        """Signs of one position, `time_s` seconds since 1970."""
        latitude, longitude = float(place["latitude"]), float(place["longitude"])
        last, self.last = self.last, [latitude, longitude, time_s]
        if last is None or [latitude, longitude] == last[:2]:
            return
        km, hours = distance_km(last[0], last[1], latitude, longitude), max(time_s - last[2], 1.0) / 3600
        if km > settings.jump_km and km / hours > settings.jump_km_per_h:
            text = f"The position jumped by {km:.0f} km within {figure(hours * 60)} minutes."
            normal = f"at most {settings.jump_km_per_h:.0f} km/h"
            yield Sign("POSITION_JUMP", HIGH, text, "", round(km / hours), normal, lasting_s=settings.quiet_s)


def distance_km(latitude: float, longitude: float, latitude2: float, longitude2: float) -> float:
    """Great-circle distance in km, on a sphere of 6,371 km.

    >>> round(distance_km(51.95, 4.14, 53.55, 9.99))  # Rotterdam to Hamburg
    432
    """
    a, b = radians(latitude), radians(latitude2)
    chord = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(longitude2 - longitude) / 2) ** 2
    return 2 * 6371 * asin(sqrt(min(chord, 1.0)))
