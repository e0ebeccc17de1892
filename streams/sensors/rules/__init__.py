"""Rules of one event each, with the little they remember: seal, door, position, climate, motion, battery."""

from streams.sensors.rules.battery import battery
from streams.sensors.rules.climate import Climate
from streams.sensors.rules.detections import detection
from streams.sensors.rules.door import Door
from streams.sensors.rules.limits import Limits, around, of_cargo
from streams.sensors.rules.places import Permission, Whereabouts, permission, permitted
from streams.sensors.rules.route import Route
from streams.sensors.rules.seal import Seal

__all__ = [
    "Climate",
    "Door",
    "Limits",
    "Permission",
    "Route",
    "Seal",
    "Whereabouts",
    "around",
    "battery",
    "detection",
    "of_cargo",
    "permission",
    "permitted",
]
