"""What happens rather than is measured: doors, seals, shocks, by the names devices give them, as our event codes."""

import re
from typing import Any, NamedTuple


class Codes(NamedTuple):
    """The `iotEventCode` of a state that is true, and of one that is false; None where it means that all is well."""

    true: str | None
    false: str | None = None


OPEN_OR_CLOSED = Codes("DRO", "X_DRC")
DETECTIONS = {
    "door": OPEN_OR_CLOSED,
    "dooropen": OPEN_OR_CLOSED,
    "dooropened": OPEN_OR_CLOSED,
    "doorclosed": Codes("X_DRC", "DRO"),
    "shock": Codes("X_SHOCK"),
    "impact": Codes("X_SHOCK"),
    "light": Codes("X_LIGHT"),
    "tilt": Codes("X_TILT"),
    "geofenceout": Codes("X_GEOFENCE_OUT"),
    "routedeviation": Codes("X_ROUTE_DEVIATION"),
    "power": Codes(None, "X_POWER_LOSS"),
    "powerloss": Codes("X_POWER_LOSS"),
    "batterylow": Codes("X_BATTERY_LOW"),
    "heartbeat": Codes("X_HEARTBEAT", "X_HEARTBEAT"),
}
SEALS = ("seal", "sealstatus", "eseal")
BROKEN = {"BROKEN": ("TAMPERED", "4"), "DAMAGED": ("TAMPERED", "2"), "MISSING": ("TAMPERED", "3")}  # EDIFACT 4517
LAST_WORD = re.compile(r"[^/:.#]*$")


def last_word(name: str) -> str:
    """The last part of a URI, a URN or a path.

    >>> last_word("https://example.org/terms#DoorOpen"), last_word("rear/door")
    ('DoorOpen', 'door')
    """
    found = LAST_WORD.search(name)
    return found[0] if found else name


def detected(name: str, state: bool) -> dict[str, Any] | None:  # noqa: FBT001 - it is the reading
    """What a sensor of this name detects when it says yes or no; None where that is a reading like others.

    >>> detected("example:DoorOpen", True), detected("shock", False)
    ({'iotEventCode': 'DRO'}, None)
    """
    codes = DETECTIONS.get(_plain(last_word(name)))
    code = codes and (codes.true if state else codes.false)
    return {"iotEventCode": code} if code else None


def is_seal(name: str) -> bool:
    """Whether what a sensor of this name says in words is the state of a seal.

    >>> is_seal("example:SealStatus"), is_seal("selfie")
    (True, False)
    """
    return _plain(last_word(name)) in SEALS


def seal(number: Any, status: str) -> dict[str, Any]:
    """A seal in a state; how a lock is broken is a condition (EDIFACT 4517), that it is so is tampering.

    >>> seal("CN7741920", "broken")["seal"]
    {'status': 'TAMPERED', 'conditionCode': '4', 'sealNumber': 'CN7741920'}
    """
    state, condition = BROKEN.get(status.upper(), (status.upper(), None))
    told = {"status": state, "conditionCode": condition, "sealNumber": number}
    return {"iotEventCode": "X_SEAL", "seal": {name: it for name, it in told.items() if it is not None}}


def own_type(name: str) -> str:
    """A type of reading that no list has, under the mark `X_`.

    >>> own_type("example:fuel level"), own_type("")
    ('X_fuel_level', 'X_reading')
    """
    word = re.sub(r"[^A-Za-z0-9]+", "_", last_word(name)).strip("_")
    return f"X_{word or 'reading'}"


def _plain(word: str) -> str:
    return re.sub(r"[^a-z]", "", word.lower())
