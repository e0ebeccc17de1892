"""What a device says it has detected itself; doors are a matter of their own."""

from collections.abc import Iterator, Mapping
from typing import Any

from streams.sensors.rules.places import Permission
from streams.sensors.signs import HIGH, INFO, WARNING, Sign

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
OFF_ROUTE = frozenset({"X_GEOFENCE_OUT", "X_ROUTE_DEVIATION"})
OPENED = frozenset({"X_LIGHT"})


def detection(event: Mapping[str, Any], permission: Permission, lasting_s: float) -> Iterator[Sign]:
    """Signs of the event's own code, each over after `lasting_s` quiet seconds.

    A place where its keeper expects it is no deviation, and where it may be opened, light may fall in.
    """
    code = event.get("iotEventCode")
    if code not in DETECTIONS:
        return
    if permission and ((code in OFF_ROUTE and permission.registered) or code in OPENED):
        return
    name, severity, text = DETECTIONS[code]
    yield Sign(name, severity, text, about=REPORTED, lasting_s=lasting_s)
