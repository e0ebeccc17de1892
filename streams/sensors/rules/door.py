"""Doors: open until closed, which is nobody's business at a terminal, and everybody's on the road."""

from collections.abc import Iterator, Mapping
from typing import Any

from streams.sensors.rules.places import Permission
from streams.sensors.settings import SensorSettings
from streams.sensors.signs import HIGH, LASTED, WARNING, Sign, over

OPENED, OPEN_LONG, LEFT_OPEN = "DOOR_OPENED", "DOOR_OPEN_LONG", "DOOR_LEFT_OPEN"


class Door:
    """Open or closed, as last told. Opened where it may be, it is quiet until it stays open, or leaves open."""

    SAVED = ("state", "_permitted")

    def __init__(self) -> None:
        self.state = ""  # OPEN, CLOSED, or not told yet
        self._permitted = ""  # where it was opened and might be

    def signs(self, event: Mapping[str, Any], permission: Permission, settings: SensorSettings) -> Iterator[Sign]:
        """Signs of one event of the device, whatever it tells."""
        code = event.get("iotEventCode")
        if code == "DRO":
            yield from self._open(permission, settings)
        elif code == "X_DRC":
            self.state, self._permitted = "CLOSED", ""
            for code in (OPENED, OPEN_LONG, LEFT_OPEN):
                yield over(code, "The door was closed.")
        elif self._permitted and permission.place != self._permitted and not permission:
            left, self._permitted = self._permitted, ""
            yield over(OPEN_LONG, f"It has left {left}.")
            text = f"It left {left} with an open door, or the message that it was closed was lost."
            yield Sign(LEFT_OPEN, HIGH, text, value="open", normal="closed", stands=True)

    def _open(self, permission: Permission, settings: SensorSettings) -> Iterator[Sign]:
        self.state = "OPEN"
        if permission:
            self._permitted = permission.place
            text = f"The door has been open{LASTED} at {permission.place}, where it may be opened."
            hold_s = settings.hold_s.get(OPEN_LONG, 0.0)
            yield Sign(OPEN_LONG, WARNING, text, value="open", normal="closed again", hold_s=hold_s, stands=True)
        else:
            where = f" at {permission.place}" if permission.place else ""
            yield _opened(f"The door was opened{where}.")


def belated(event: Mapping[str, Any], permission: Permission) -> Iterator[Sign]:
    """Signs of an event that came too late to tell how the door stands now."""
    if event.get("iotEventCode") == "DRO" and not permission:
        yield _opened("The door was opened, as is told late.")


def _opened(text: str) -> Sign:
    return Sign(OPENED, HIGH, text, value="open", normal="closed", stands=True)
