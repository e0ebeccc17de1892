"""Sensor events as intake hands them on, made in one line."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from config.settings import load
from streams.log import Effects, LogRecord
from streams.sensors.settings import SensorSettings
from streams.sensors.shard import SensorsShard
from streams.topics import ALERTS, TOUCHES
from tests.device_touches import as_written_down

SETTINGS = SensorSettings(**load().sensors.model_dump())
START = datetime(2026, 8, 21, tzinfo=UTC)
BOX, DEVICE = "MSKU4421908", "urn:epc:id:giai:4000001.111"


def event(number: int = 0, minutes: float = 0.0, **more: Any) -> dict[str, Any]:
    """A record of `readings`: event `number` of the device, `minutes` after the start; `None` leaves a field out."""
    time = START + timedelta(minutes=minutes)
    fields = {
        "eventID": f"e-{number}",
        "eventTime": time.isoformat().replace("+00:00", "Z"),
        "eventTypeCode": "MEAS",
        "deviceID": DEVICE,
        "deviceType": "SMART_CONTAINER",
        "sequence": number,
        "isHistorical": False,
        "equipmentReference": BOX,
    } | more
    at_ms = round(time.timestamp() * 1000)
    return {
        "source": {"topic": "sensors.v1", "partition": 2, "offset": number, "index": 0},
        "at": at_ms + 500,
        "time_ms": at_ms,
        "flags": fields.pop("flags", []),
        "event": {name: value for name, value in fields.items() if value is not None},
    }


def reading(value: float | None = None, kind: str = "Temperature", uom: str = "CEL", **more: Any) -> dict[str, Any]:
    found = {"type": kind, "value": value, "uom": uom} | more
    return {name: field for name, field in found.items() if field is not None}


def seal(status: str, number: str = "CN7741920", **more: Any) -> dict[str, Any]:
    return {"eventTypeCode": "DETC", "iotEventCode": "X_SEAL", "seal": {"sealNumber": number, "status": status} | more}


def records(events: list[dict[str, Any]]) -> list[LogRecord]:
    return [
        LogRecord(0, offset, each["at"], each["event"]["deviceID"].encode(), orjson.dumps(each))
        for offset, each in enumerate(events)
    ]


def run(*events: dict[str, Any], shard: SensorsShard | None = None) -> list[dict[str, Any]]:
    """The alerts a shard writes for these events."""
    effects = Effects()
    (shard or SensorsShard(0, SETTINGS)).process(records(list(events)), effects)
    return alerts_of(effects)


def alerts_of(effects: Effects) -> list[dict[str, Any]]:
    return [orjson.loads(output.value or b"") for output in effects.outputs if output.topic == ALERTS]


def touches_of(effects: Effects) -> list[dict[str, Any]]:
    pages = [orjson.loads(output.value or b"") for output in effects.outputs if output.topic == TOUCHES]
    return [as_written_down(touch) for page in pages for touches in page.values() for touch in touches]


def said(alerts: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Each alert as (code, state)."""
    return [(alert["reasons"][0]["code"], alert["state"]) for alert in alerts]
