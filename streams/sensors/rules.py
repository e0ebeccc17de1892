"""Rules of one event each, with the little they remember: seal, door and other detections, position, battery."""

from collections.abc import Iterator, Mapping
from math import asin, cos, radians, sin, sqrt
from typing import Any

from streams.sensors.settings import SensorSettings
from streams.sensors.signs import CRITICAL, HIGH, INFO, WARNING, Sign, figure, over

Event = Mapping[str, Any]

DETECTIONS = {
    "X_SHOCK": ("SHOCK", WARNING, "The device felt a shock."),
    "X_TILT": ("TILT", WARNING, "The device was tilted."),
    "X_LIGHT": ("LIGHT_INSIDE", HIGH, "There is light inside, as if it were open."),
    "X_GEOFENCE_OUT": ("GEOFENCE_LEFT", HIGH, "It left the area it was to stay in."),
    "X_ROUTE_DEVIATION": ("ROUTE_DEVIATION", HIGH, "It left its route."),
    "X_POWER_LOSS": ("POWER_LOSS", WARNING, "The device lost its power supply."),
    "X_BATTERY_LOW": ("BATTERY_LOW", INFO, "The battery of the device is low."),
}
REPORTED = "reported"  # what the device says itself stands beside what we conclude from its readings
BROKEN = {"2": "is damaged", "3": "is missing", "4": "is broken"}  # EDIFACT 4517


class Seal:
    """Continuity of the seal: once sealed, the same number stays, closed and sound, until customs opens it."""

    SAVED = ("_number", "_opened")

    def __init__(self) -> None:
        self._number = ""
        self._opened = ""

    def signs(self, seal: Event, lasting_s: float) -> Iterator[Sign]:
        """Signs of one report of a seal."""
        number, status = seal["sealNumber"], seal["status"]
        yield from self._continuity(number, lasting_s)
        yield from self._electronics(number, seal.get("conditionCode"))
        if status == "OPENED":
            yield self._open(number, seal)
        else:
            yield from self._condition(number, seal.get("conditionCode"), tampered=status == "TAMPERED")
        if status == "SEALED":
            yield over("SEAL_OPENED_IN_TRANSIT", f"Seal {number} reports that it is sealed.")
            yield from self._reuse(number, lasting_s)

    def _open(self, number: str, seal: Event) -> Sign:
        self._opened = number
        state = BROKEN.get(seal.get("conditionCode", ""))
        text = f"Seal {number} was opened{' at ' + seal['openedAt'] if 'openedAt' in seal else ''}"
        text += f" and {state}." if state else "."
        return Sign("SEAL_OPENED_IN_TRANSIT", CRITICAL, text, value="OPENED", normal="SEALED")

    def _continuity(self, number: str, lasting_s: float) -> Iterator[Sign]:
        known, self._number = self._number, number
        if known and known != number:
            text = f"The seal number is now {number}; it was {known} before."
            yield Sign("SEAL_NUMBER_MISMATCH", CRITICAL, text, value=number, normal=known, lasting_s=lasting_s)

    def _condition(self, number: str, code: str | None, *, tampered: bool) -> Iterator[Sign]:
        if tampered or code in BROKEN:
            state = "was tampered with" if tampered else BROKEN[code or ""]
            yield Sign("SEAL_BROKEN", CRITICAL, f"Seal {number} {state}.", value=state, normal="sound")
        elif code == "1":
            yield over("SEAL_BROKEN", f"Seal {number} reports that it is sound.")

    @staticmethod
    def _electronics(number: str, code: str | None) -> Iterator[Sign]:
        if code == "5":
            yield Sign("SEAL_FAULTY", WARNING, f"The electronics of seal {number} are faulty.")
        elif code:
            yield over("SEAL_FAULTY", f"The electronics of seal {number} work again.")

    def _reuse(self, number: str, lasting_s: float) -> Iterator[Sign]:
        if number == self._opened:
            self._opened = ""
            text = f"Seal {number} was opened and then used again."
            yield Sign("SEAL_REUSED", HIGH, text, value=number, normal="a new seal", lasting_s=lasting_s)


class Route:
    """Positions: nothing on a road, rail, ship or plane moves faster than `jump_km_per_h`."""

    def __init__(self) -> None:
        self.last: tuple[float, float, float] | None = None  # latitude, longitude, seconds since 1970

    def signs(self, place: Event, time_s: float, settings: SensorSettings) -> Iterator[Sign]:
        """Signs of one position, `time_s` seconds since 1970."""
        latitude, longitude = float(place["latitude"]), float(place["longitude"])
        last, self.last = self.last, (latitude, longitude, time_s)
        if last is None or (latitude, longitude) == last[:2]:
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


def detection(event: Event, lasting_s: float) -> Iterator[Sign]:
    """Signs of the event's own code: doors stay open until closed, the rest lasts `lasting_s` quiet seconds."""
    code = event.get("iotEventCode")
    if code == "DRO":
        yield Sign("DOOR_OPENED", HIGH, "The door was opened.", value="open", normal="closed")
    elif code == "X_DRC":
        yield over("DOOR_OPENED", "The door was closed.")
    elif code in DETECTIONS:
        name, severity, text = DETECTIONS[code]
        yield Sign(name, severity, text, about=REPORTED, lasting_s=lasting_s)


def battery(percent: float, settings: SensorSettings) -> Iterator[Sign]:
    """A dying battery is the moment to tamper with a device unseen."""
    if percent <= settings.battery_low_percent:
        text, normal = (
            f"The battery of the device is at {figure(percent)} %.",
            f"above {settings.battery_low_percent:.0f} %",
        )
        yield Sign("BATTERY_LOW", INFO, text, value=percent, normal=normal)
    elif percent >= settings.battery_fine_percent:
        yield over("BATTERY_LOW", f"The battery of the device is at {figure(percent)} %.")
