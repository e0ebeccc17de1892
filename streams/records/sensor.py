"""`sensors.v1`: what a container, seal, logger or gateway reports (names of EPCIS 2.0 and DCSA)."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict

from streams.records import fields as f

IotEvent = Literal[
    "DRO", "X_DRC", "X_SEAL", "X_SHOCK", "X_LIGHT", "X_TILT", "X_GEOFENCE_OUT", "X_ROUTE_DEVIATION", "X_POWER_LOSS",
    "X_BATTERY_LOW", "X_HEARTBEAT",
]  # fmt: skip
"""`DRO`, door opened, is DCSA's; the rest are ours."""

ReportException = Literal["ALARM_CONDITION", "ERROR_CONDITION"]


@with_config(f.STRICT)
class SensorReport(TypedDict):
    """One reading; which units measure which type: `streams.intake.units`."""

    type: f.QuantityType
    value: NotRequired[f.Measured]
    minValue: NotRequired[f.Measured]
    maxValue: NotRequired[f.Measured]
    meanValue: NotRequired[f.Measured]
    booleanValue: NotRequired[bool]
    stringValue: NotRequired[f.Text256]
    uom: NotRequired[f.Unit]
    time: NotRequired[f.Time]
    component: NotRequired[f.Text70]
    exception: NotRequired[ReportException]
    deviceID: NotRequired[f.Text256]


@with_config(f.STRICT)
class Setpoint(TypedDict):
    type: f.QuantityType
    value: f.Measured
    uom: f.Unit
    tolerance: NotRequired[f.Measured]


@with_config(f.STRICT)
class Position(TypedDict):
    """WGS 84, degrees."""

    latitude: f.Real
    longitude: f.Real
    locationName: NotRequired[f.Text100]
    UNLocationCode: NotRequired[f.Locode]


@with_config(f.STRICT)
class Seal(TypedDict):
    """`conditionCode` is EDIFACT 4517: 1 right, 2 damaged, 3 missing, 4 broken, 5 faulty electronics."""

    sealNumber: f.Text35
    status: Literal["SEALED", "OPENED", "CLOSED", "TAMPERED", "UNKNOWN"]
    conditionCode: NotRequired[Literal["1", "2", "3", "4", "5"]]
    source: NotRequired[Literal["CAR", "SHI", "PHY", "VET", "CUS"]]
    type: NotRequired[Literal["KLP", "BLT", "WIR", "ELS"]]
    batteryLow: NotRequired[bool]
    sealedAt: NotRequired[f.Time]
    openedAt: NotRequired[f.Time]


@with_config(f.STRICT)
class SensorEvent(TypedDict):
    schemaVersion: f.Version
    eventID: f.Text100
    eventTime: f.Time
    recordTime: NotRequired[f.Time]
    eventTypeCode: Literal["MEAS", "ADJU", "DETC"]
    iotEventCode: NotRequired[IotEvent]
    deviceID: f.Text256
    deviceType: Literal["SMART_CONTAINER", "E_SEAL", "COLD_CHAIN_LOGGER", "GATEWAY"]
    sequence: NotRequired[Annotated[int, Field(ge=0, le=2**63 - 1)]]
    isHistorical: NotRequired[bool]
    equipmentReference: NotRequired[f.ContainerId]
    receptacleId: NotRequired[f.ReceptacleId]
    itemIds: NotRequired[Annotated[list[f.ItemId], Field(max_length=5_000)]]
    geoLocation: NotRequired[Position]
    sensorReport: NotRequired[Annotated[list[SensorReport], Field(max_length=256)]]
    setpoints: NotRequired[Annotated[list[Setpoint], Field(max_length=16)]]
    seal: NotRequired[Seal]
    batteryPercent: NotRequired[Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]]
    publisher: NotRequired[f.Text70]
    retractedEventID: NotRequired[f.Text100]
