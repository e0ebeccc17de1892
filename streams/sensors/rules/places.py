"""Where a device is, by UN/LOCODE, and whether its container may be opened there."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from streams.sensors.rules.route import distance_km

NEAR_KM = 10.0  # a position without a code as near to one with a code is at the same place


class Permission(NamedTuple):
    """Whether what stands at `place` may be opened there; `registered` where its keeper said so."""

    place: str
    granted: bool
    registered: bool

    def __bool__(self) -> bool:
        return self.granted


def permission(place: str, terminals: Collection[str], said: Mapping[str, Any] | None) -> Permission:
    """By what its keeper `said` of the device, else by the `terminals` where every container may be opened.

    >>> said = {"permittedPlaces": ["NLRTM"], "door": {"mayOpenAt": ["DEHAM"]}}
    >>> [bool(permission(place, ("BEANR",), said)) for place in ("NLRTM", "DEHAM", "BEANR", "CNSHA", "")]
    [True, True, True, False, False]
    """
    registered = bool(said) and place in permitted(said)
    return Permission(place, bool(place) and (registered or place in terminals), bool(place) and registered)


def permitted(said: Mapping[str, Any] | None) -> list[str]:
    """The places that a device's registration names."""
    if not said:
        return []
    return [*said.get("permittedPlaces", ()), *said.get("door", {}).get("mayOpenAt", ())]


class Whereabouts:
    """The UN/LOCODE where the device was last, "" once it is elsewhere or was never told.

    >>> whereabouts = Whereabouts()
    >>> rotterdam = {"latitude": 51.95, "longitude": 4.14, "UNLocationCode": "NLRTM"}
    >>> [whereabouts.move(place) for place in (rotterdam, {"latitude": 51.96, "longitude": 4.13})]
    ['NLRTM', 'NLRTM']
    >>> whereabouts.move({"latitude": 52.4, "longitude": 5.3})
    ''
    """

    SAVED = ("place", "_latitude", "_longitude")

    def __init__(self) -> None:
        self.place = ""
        self._latitude = self._longitude = 0.0

    def move(self, position: Mapping[str, Any]) -> str:
        """Take a position; the place it is at."""
        latitude, longitude = float(position["latitude"]), float(position["longitude"])
        if code := position.get("UNLocationCode"):
            self.place, self._latitude, self._longitude = code, latitude, longitude
        elif self.place and distance_km(latitude, longitude, self._latitude, self._longitude) > NEAR_KM:
            self.place = ""
        return self.place
