"""What the sensors shard says about a container and about a caretaker's devices: the shapes of these touches.

To `equipment/<equipmentReference>` (or `equipment/receptacle:<receptacleId>`, or `equipment/device:<deviceID>` for a
device that names only items) go `sign` and `report`; to `caretaker/<publisher>` go `heard`, `silent`, `gone` and
`trust`.
"""
# ruff: noqa: N815 - the names of the public records

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from streams.patterns.touches import Touch


class Place(TypedDict):
    """A position as `streams.records.sensor.Position` has it; either half may be absent."""

    latitude: NotRequired[float]
    longitude: NotRequired[float]
    UNLocationCode: NotRequired[str]


class FromDevice(Touch):
    """Who says it, and how far it is believed: `trust` is that of the device, 0..1."""

    deviceID: str
    publisher: NotRequired[str]
    trust: float
    historical: NotRequired[bool]


class _OfContainer(FromDevice):
    """`geoLocation` is where the device was last, at `position_ms` (if absent, at the time of the touch).

    `registered`: somebody registered it, so all its events are those of its publisher.
    """

    equipmentReference: NotRequired[str]
    receptacleId: NotRequired[str]
    itemIds: NotRequired[list[str]]
    geoLocation: NotRequired[Place]
    position_ms: NotRequired[int]
    registered: NotRequired[bool]


class Sign(_OfContainer):
    """`kind` "sign": an episode of the device began or grew worse (RAISED), or ended (CLEARED).

    `unconfirmed`: the device said nothing more meanwhile, time alone made an alarm of what it said once.
    `grew`: an alert before told of the same episode, which has grown worse.
    `permittedPlaces` are the UN/LOCODEs where this container may be opened, besides those of `[patterns] terminals`.
    """

    code: str
    severity: str
    state: Literal["RAISED", "CLEARED"]
    about: str
    text: str
    value: NotRequired[str | float]
    normal: NotRequired[str | float]
    alertId: str
    permittedPlaces: NotRequired[list[str]]
    unconfirmed: NotRequired[bool]
    grew: NotRequired[bool]


class SealReport(TypedDict):
    """The seal as `streams.records.sensor.Seal` has it; `source` CUS is a seal of customs."""

    sealNumber: str
    status: str
    source: NotRequired[str]


class Report(_OfContainer):
    """`kind` "report": what a device knows of its container, when it changed and once an hour.

    `temperatures` are means since the last report, in °C, by component ("" where the readings name none).
    """

    deviceType: NotRequired[str]
    door: NotRequired[Literal["OPEN", "CLOSED"]]
    seal: NotRequired[SealReport]
    temperatures: NotRequired[dict[str, float]]


class Listening(FromDevice):
    """`kind` "heard": a device is heard for the first time, or again after "silent". `kind` "trust": its trust changed.

    `kind` "gone": no shard watches it any longer, so nobody will say that it is silent, nor that it is heard again.

    `expected_s` is how often it usually reports, after `missed_s` without a word it is silent; `last_heard_ms` is the
    time of its newest event.
    """

    equipmentReference: NotRequired[str]
    last_heard_ms: NotRequired[int]
    expected_s: NotRequired[float]
    missed_s: NotRequired[float]
