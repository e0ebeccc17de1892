"""Containers under way and the devices in them: positions, doors, seals and cold chains."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

import orjson

from agents.simulator import identifiers
from agents.simulator.happenings import Happening
from streams.topics import SENSORS

PUBLISHERS = ("BLUEFLEET", "COLDTRACE", "SEALNET")
HEARTBEAT_S = 10.0
REPORT_S = {"SMART_CONTAINER": 2.0, "COLD_CHAIN_LOGGER": 1.0}
SAMPLES = 10  # readings of one event
SETPOINT_CEL, TOLERANCE_CEL, SPOILT_CEL, AMBIENT_CEL = 5.0, 2.0, 14.0, 16.0
BACKLOG_MIN = 30  # what a logger stored, a reading a minute, while it was out of reach
INVALID = 0.01  # share of routine events that must be refused


@dataclass(frozen=True, slots=True)
class Container:
    """`trouble` is what happens to it `trouble_s` seconds into the day: "seal", "cold", "battery" or nothing."""

    number: str
    seal_number: str
    reefer: bool
    trouble: str
    trouble_s: float


def make_containers(count: int, rng: Random) -> tuple[Container, ...]:
    """`count` containers, the first of them in trouble of every kind within the first half minute."""
    return tuple(_container(index, rng) for index in range(count))


def _container(index: int, rng: Random) -> Container:
    number = identifiers.container(rng.choice(("GLNU", "MRAU", "TSTU")), rng.randrange(10**6))
    seal = f"GL{rng.randrange(10**7):07d}"
    trouble = ("seal", "cold", "battery")[index] if index < 3 else _later_trouble(rng)
    trouble_s = rng.uniform(8, 30) if index < 3 else rng.uniform(30, 3600)
    reefer = trouble == "cold" or (trouble != "seal" and rng.random() < 0.5)  # an opened door is for a device to see
    return Container(number, seal, reefer, trouble, trouble_s)


def _later_trouble(rng: Random) -> str:
    return rng.choice(("seal", "cold", "battery", *[""] * 7))


class Device:
    """One device on a container; its events are drawn from its own source of chance."""

    def __init__(self, container: Container, kind: str, seed: str, start: datetime) -> None:
        self._container, self._kind, self._start = container, kind, start
        self._rng = Random(f"{seed}/{container.number}/{kind}")
        self._device_id = f"urn:epc:id:giai:4000001.{self._rng.randrange(10**9)}"
        self._publisher = self._rng.choice(PUBLISHERS)
        self._sequence = self._rng.randrange(1000)
        self._battery_percent = 71
        self._latitude, self._longitude = self._rng.uniform(36, 54), self._rng.uniform(-10, 12)
        self._temperature = SETPOINT_CEL if kind == "COLD_CHAIN_LOGGER" else self._rng.uniform(12, 20)

    def events(self) -> Iterator[Happening]:
        """All its events, without end, in order of time."""
        period_s = REPORT_S.get(self._kind, HEARTBEAT_S)
        at_s = self._container.trouble_s if self._warms else self._rng.uniform(0, period_s)
        troubled = False
        while True:
            if not troubled and at_s >= self._container.trouble_s:
                troubled = True
                yield from self._trouble(at_s)
            yield self._publish(at_s, self._routine(at_s), invalid=INVALID)
            at_s += period_s * self._rng.uniform(0.9, 1.1)

    @property
    def _warms(self) -> bool:
        """A cold chain that fails where no network is: told of, reading by reading, once there is one again."""
        return self._container.trouble == "cold" and self._kind == "COLD_CHAIN_LOGGER"

    def _trouble(self, at_s: float) -> Iterator[Happening]:
        """The seal is opened, then the door, and light falls in: each device tells its part."""
        if self._container.trouble == "seal" and self._kind == "E_SEAL":
            yield self._publish(at_s, self._seal("OPENED", "4", at_s))
        if self._container.trouble == "seal" and self._kind == "SMART_CONTAINER":
            light = {"type": "Illuminance", "value": 412.0, "uom": "LUX", "exception": "ALARM_CONDITION"}
            yield self._publish(at_s, {**self._detected("DRO"), "sensorReport": [light]})
        if self._container.trouble == "battery":
            self._battery_percent = 8
            yield self._publish(at_s, self._detected("X_BATTERY_LOW"))
        if self._warms:
            times = [at_s - 60 * minute for minute in range(BACKLOG_MIN, 0, -1)]
            yield self._publish(at_s, self._measured([self._temperature_at(time_s, pull=0.2) for time_s in times]))

    def _routine(self, at_s: float) -> dict[str, Any]:
        if self._kind == "E_SEAL":
            opened = self._container.trouble == "seal" and at_s > self._container.trouble_s
            return self._detected("X_HEARTBEAT") if opened else self._seal("SEALED", "1", at_s)
        return self._measured(self._readings(at_s))

    def _measured(self, readings: list[dict[str, Any]]) -> dict[str, Any]:
        event: dict[str, Any] = {"eventTypeCode": "MEAS", "sensorReport": readings}
        if self._kind == "COLD_CHAIN_LOGGER":
            setpoint = {"type": "Temperature", "value": SETPOINT_CEL, "uom": "CEL", "tolerance": TOLERANCE_CEL}
            event["setpoints"] = [setpoint]
        return event

    def _readings(self, at_s: float) -> list[dict[str, Any]]:
        step_s = REPORT_S[self._kind] / SAMPLES
        times = [at_s - step_s * (SAMPLES - 1 - index) for index in range(SAMPLES)]
        readings = [self._temperature_at(time_s) for time_s in times]
        humidity = round(min(95.0, max(20.0, 62 + 4 * math.sin(at_s / 90) + self._rng.gauss(0, 1))), 1)
        return [*readings, {"type": "RelativeHumidity", "value": humidity, "uom": "P1", "time": self._iso(at_s)}]

    def _temperature_at(self, at_s: float, pull: float = 0.02) -> dict[str, Any]:
        self._temperature += pull * (self._target_cel - self._temperature) + self._rng.gauss(0, 0.05)
        return {"type": "Temperature", "value": round(self._temperature, 2), "uom": "CEL", "time": self._iso(at_s)}

    @property
    def _target_cel(self) -> float:
        if self._warms:
            return SPOILT_CEL
        return SETPOINT_CEL if self._kind == "COLD_CHAIN_LOGGER" else AMBIENT_CEL

    def _detected(self, code: str) -> dict[str, Any]:
        return {"eventTypeCode": "DETC", "iotEventCode": code}

    def _seal(self, status: str, condition: str, at_s: float) -> dict[str, Any]:
        seal = {
            "sealNumber": self._container.seal_number,
            "status": status,
            "conditionCode": condition,
            "source": "SHI",
            "type": "ELS",
            "sealedAt": self._iso(-86_400),
        }
        if status == "OPENED":
            seal["openedAt"] = self._iso(at_s)
        return {**self._detected("X_SEAL"), "seal": seal}

    def _publish(self, at_s: float, body: dict[str, Any], invalid: float = 0.0) -> Happening:
        self._sequence += 1
        self._latitude += self._rng.uniform(0, 1e-4)
        event = {
            "schemaVersion": "1.0",
            "eventID": f"{self._device_id}/{self._iso(0)}/{self._sequence}",
            "eventTime": self._iso(at_s),
            "deviceID": self._device_id,
            "deviceType": self._kind,
            "sequence": self._sequence,
            "equipmentReference": self._container.number,
            "batteryPercent": self._battery_percent,
            "publisher": self._publisher,
            "geoLocation": {"latitude": round(self._latitude, 5), "longitude": round(self._longitude, 5)},
            **body,
        }
        codes = self._spoil(event) if self._rng.random() < invalid else ()
        return Happening(at_s, SENSORS, self._device_id.encode(), orjson.dumps(event), codes)

    def _spoil(self, event: dict[str, Any]) -> tuple[str, ...]:
        flaw = self._rng.randrange(3)
        if flaw == 0:
            event["equipmentReference"] = event["equipmentReference"][:-1] + str(
                (int(event["equipmentReference"][-1]) + 1) % 10
            )
            return ("CONTAINER_ID_CHECK_DIGIT",)
        if flaw == 1:
            event["firmware"] = "2.1"
            return ("FIELD_UNKNOWN",)
        event["geoLocation"]["latitude"] = 123.4
        return ("POSITION_OUT_OF_RANGE",)

    def _iso(self, at_s: float) -> str:
        return (self._start + timedelta(seconds=at_s)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def devices(container: Container, seed: str, start: datetime) -> list[Device]:
    """A seal and a logger for cold goods, a seal and a smart container for the rest."""
    kinds = ("E_SEAL", "COLD_CHAIN_LOGGER" if container.reefer else "SMART_CONTAINER")
    return [Device(container, kind, seed, start) for kind in kinds]
