"""Who keeps a device and who may see its alerts: the record of the control log that `greenlane device` writes."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict

from streams.records import fields as f
from streams.records.registration import TOLERANT

DeviceType = Literal["SMART_CONTAINER", "E_SEAL", "COLD_CHAIN_LOGGER", "GATEWAY"]
Celsius = Annotated[float, Field(ge=-273.15, le=1_000, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, le=366 * 86_400, allow_inf_nan=False)]
Places = Annotated[list[f.Locode], Field(max_length=200)]
_Scope = TypedDict(
    "_Scope", {"with": Annotated[list[f.ProviderId], Field(min_length=1, max_length=20)], "for": f.Text256}
)


@with_config(TOLERANT)
class Share(_Scope):
    """Whom besides the publisher its alerts are for, and for what, as long as the events were before `until`."""

    until: f.Time


@with_config(TOLERANT)
class Door(TypedDict):
    """Where the door may be opened, besides the places that are permitted for all."""

    mayOpenAt: Places


@with_config(TOLERANT)
class Cargo(TypedDict):
    """What the cargo bears: degrees Celsius, and for how many seconds beyond them; a defrost cycle may take as long."""

    commodity: NotRequired[f.Text70]
    lowest_cel: Celsius
    highest_cel: Celsius
    excursion_s: Seconds
    defrost_s: NotRequired[Seconds]


@with_config(TOLERANT)
class DeviceRecord(TypedDict):
    """The newest one of a device counts; what it does not repeat is gone. `registered` false withdraws the device.

    `expected_s`: how often it reports at least, in seconds, as its keeper says. A `deviceID` that is no
    plain reference is a pseudonym from intake on, and cannot be registered.
    """

    kind: Literal["device"]
    deviceID: f.Reference
    publisher: f.ProviderId
    registered: bool
    deviceType: NotRequired[DeviceType]
    share: NotRequired[Share]
    permittedPlaces: NotRequired[Places]
    door: NotRequired[Door]
    cargo: NotRequired[Cargo]
    expected_s: NotRequired[Annotated[float, Field(gt=0, le=366 * 86_400, allow_inf_nan=False)]]
