"""The devices in containers: seals, smart containers and loggers of cold chains, and what they say."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

import orjson

from agents.simulator.containers import HOUR_S, LIVE, Container, Pace, Trouble
from agents.simulator.happenings import Happening
from streams.topics import SENSORS

PUBLISHERS = ("BLUEFLEET", "COLDTRACE", "SEALNET")
SETPOINT_CEL, TOLERANCE_CEL, SPOILT_CEL, AMBIENT_CEL, DEFROST_CEL = 5.0, 2.0, 14.0, 16.0, 11.0
DAY_CEL = 5.0  # how far the air is warmer or colder by day and night
BACKLOG_MIN = 30  # what a logger stored, a reading a minute, while it was out of reach
INVALID = 0.01  # share of routine events that must be refused
NOISE_DEGREES = 2e-4  # of the receiver, some 20 m
OPENINGS = {"seal", "door", "inspected"}


class Outage(NamedTuple):
    """From `at_s` to `until_s` nothing of a publisher's devices gets through, and what they say is lost."""

    publisher: str
    at_s: float
    until_s: float


class Device:
    """One device on a container; its events are drawn from its own source of chance."""

    def __init__(  # noqa: PLR0913, PLR0917 - of whom, where, when and how often
        self,
        container: Container,
        kind: str,
        seed: str,
        start: datetime,
        pace: Pace = LIVE,
        outages: tuple[Outage, ...] = (),
    ) -> None:
        self.container, self.kind, self._start, self._pace = container, kind, start, pace
        self._rng = Random(f"{seed}/{container.number}/{kind}")
        self.device_id = f"urn:epc:id:giai:4000001.{self._rng.randrange(10**9)}"
        self.publisher = self._rng.choice(PUBLISHERS)
        self._outages = [outage for outage in outages if outage.publisher == self.publisher]
        self._sequence = self._rng.randrange(1000)
        self._battery_percent = 71
        self._cold = kind == "COLD_CHAIN_LOGGER"
        self._temperature = SETPOINT_CEL if self._cold else self._rng.uniform(12, 20)
        self._seal_number, self._sealed = container.seal_number, True
        self._now: list[Trouble] = []
        self._last: list[dict[str, Any]] = []

    def events(self) -> Iterator[Happening]:
        """All its events, in order of time; without end, unless it falls silent for good."""
        period_s = self._pace.period_s(self.kind)
        to_come = [*self.container.troubles]
        at_s = to_come[0].at_s if self._cold and _has(to_come[:1], "cold") else self._rng.uniform(0, period_s)
        while not self._gone:
            yield from self._turning_points(to_come, at_s)
            if not self._is("silent"):
                yield from self._sent(at_s, self._routine(at_s), invalid=INVALID)
            at_s += period_s * self._rng.uniform(0.95, 1.05)

    def own_troubles(self) -> Iterator[Trouble]:
        """What is to be the matter with this very device: frozen or silent."""
        for trouble in self.container.troubles:
            if (trouble.kind == "frozen" and self.kind != "E_SEAL") or (trouble.kind == "silent" and self._falls):
                yield trouble

    @property
    def _falls(self) -> bool:
        """Whether this device of the container is the one that may fall silent."""
        return self.kind == (self.container.fallen or self.container.kinds[1])

    @property
    def _gone(self) -> bool:
        return self._is("silent") and any(now.kind == "silent" and now.until_s == math.inf for now in self._now)

    def _turning_points(self, to_come: list[Trouble], at_s: float) -> Iterator[Happening]:
        """What began, and what ended, since the last report, each told at its time."""
        due = [trouble for trouble in to_come if trouble.at_s <= at_s]
        del to_come[: len(due)]
        turns = [(trouble.at_s, trouble) for trouble in due]
        turns += [(trouble.until_s, trouble) for trouble in (*self._now, *due) if trouble.until_s <= at_s]
        for when_s, trouble in sorted(turns):
            begins = when_s == trouble.at_s
            (self._now.append if begins else self._now.remove)(trouble)
            if not self._is("silent"):
                yield from (self._begin if begins else self._end)(trouble)

    def _is(self, kind: str) -> bool:
        """Whether this is the matter with this very device."""
        return _has(self._now, kind) and (self._falls if kind == "silent" else self.kind != "E_SEAL")

    def _begin(self, trouble: Trouble) -> Iterator[Happening]:
        """The seal is opened, then the door, and light falls in: each device tells its part."""
        at_s, kind = trouble.at_s, trouble.kind
        if kind in {"seal", "inspected"} and self.kind == "E_SEAL":
            self._sealed = False
            yield from self._sent(at_s, self._seal("OPENED", "4", at_s))
        if kind in OPENINGS and self.kind == "SMART_CONTAINER":
            light = {"type": "Illuminance", "value": 412.0, "uom": "LUX", "exception": "ALARM_CONDITION"}
            yield from self._sent(at_s, {**self._detected("DRO"), "sensorReport": [light]})
        if kind == "battery" and not self._cold:
            self._battery_percent = 8
            yield from self._sent(at_s, self._detected("X_BATTERY_LOW"))
        if kind == "cold" and self._cold:
            times = [at_s - 60 * minute for minute in range(BACKLOG_MIN, 0, -1)]
            readings = [self._temperature_at(time_s, pull=0.2) for time_s in times]
            yield from self._sent(at_s, self._measured(readings))

    def _end(self, trouble: Trouble) -> Iterator[Happening]:
        """The door is closed again, and after an inspection there is another seal."""
        if trouble.kind in OPENINGS and self.kind == "SMART_CONTAINER":
            yield from self._sent(trouble.until_s, self._detected("X_DRC"))
        if trouble.kind == "inspected" and self.kind == "E_SEAL":
            self._sealed, self._seal_number = True, f"CU{self._rng.randrange(10**7):07d}"
            yield from self._sent(trouble.until_s, self._seal("SEALED", "1", trouble.until_s))
        if trouble.kind == "battery":
            self._battery_percent = 90

    def _routine(self, at_s: float) -> dict[str, Any]:
        if self.kind == "E_SEAL":
            return self._seal("SEALED", "1", at_s) if self._sealed else self._detected("X_HEARTBEAT")
        return self._measured(self._readings(at_s))

    def _measured(self, readings: list[dict[str, Any]]) -> dict[str, Any]:
        event: dict[str, Any] = {"eventTypeCode": "MEAS", "sensorReport": readings}
        if self._cold:
            setpoint = {"type": "Temperature", "value": SETPOINT_CEL, "uom": "CEL", "tolerance": TOLERANCE_CEL}
            event["setpoints"] = [setpoint]
        return event

    def _readings(self, at_s: float) -> list[dict[str, Any]]:
        samples = self._pace.samples
        step_s = self._pace.period_s(self.kind) / samples
        times = [at_s - step_s * (samples - 1 - index) for index in range(samples)]
        if self._is("frozen") and self._last:
            return [self._stuck(self._last[0], time_s) for time_s in times] + [self._stuck(self._last[-1], at_s)]
        readings = [self._temperature_at(time_s) for time_s in times]
        humidity = round(min(95.0, max(20.0, 62 + 4 * math.sin(at_s / 90) + self._rng.gauss(0, 1))), 1)
        self._last = [*readings, {"type": "RelativeHumidity", "value": humidity, "uom": "P1", "time": self._iso(at_s)}]
        return self._last

    def _stuck(self, last: dict[str, Any], at_s: float) -> dict[str, Any]:
        return last | {"time": self._iso(at_s)}

    def _temperature_at(self, at_s: float, pull: float = 0.02) -> dict[str, Any]:
        if self._pace is not LIVE:
            pull = max(pull, 0.1)  # a minute or more between samples
        self._temperature += pull * (self._target_cel(at_s) - self._temperature) + self._rng.gauss(0, 0.05)
        return {"type": "Temperature", "value": round(self._temperature, 2), "uom": "CEL", "time": self._iso(at_s)}

    def _target_cel(self, at_s: float) -> float:
        if not self._cold:
            return AMBIENT_CEL + DAY_CEL * math.sin(2 * math.pi * at_s / (24 * HOUR_S))
        if _has(self._now, "cold") or _has(self._now, "warm"):
            return SPOILT_CEL
        return DEFROST_CEL if _has(self._now, "defrost") else SETPOINT_CEL

    def _detected(self, code: str) -> dict[str, Any]:
        return {"eventTypeCode": "DETC", "iotEventCode": code}

    def _seal(self, status: str, condition: str, at_s: float) -> dict[str, Any]:
        seal = {
            "sealNumber": self._seal_number,
            "status": status,
            "conditionCode": condition,
            "source": "CUS" if self._seal_number.startswith("CU") else "SHI",
            "type": "ELS",
            "sealedAt": self._iso(-86_400),
        }
        if status == "OPENED":
            seal["openedAt"] = self._iso(at_s)
        return {**self._detected("X_SEAL"), "seal": seal}

    def _sent(self, at_s: float, body: dict[str, Any], invalid: float = 0.0) -> Iterator[Happening]:
        """The event as it is published; nothing where it does not get through."""
        self._sequence += 1
        if not any(outage.at_s <= at_s < outage.until_s for outage in self._outages):
            yield self._publish(at_s, body, invalid)

    def _publish(self, at_s: float, body: dict[str, Any], invalid: float) -> Happening:
        event = {
            "schemaVersion": "1.0",
            "eventID": f"{self.device_id}/{self._iso(0)}/{self._sequence}",
            "eventTime": self._iso(at_s),
            "deviceID": self.device_id,
            "deviceType": self.kind,
            "sequence": self._sequence,
            "equipmentReference": self.container.number,
            "batteryPercent": self._battery_percent,
            "publisher": self.publisher,
            "geoLocation": self._position(at_s),
            **body,
        }
        codes = self._spoil(event) if self._rng.random() < invalid else ()
        return Happening(at_s, SENSORS, self.device_id.encode(), orjson.dumps(event), codes)

    def _position(self, at_s: float) -> dict[str, Any]:
        here = self.container.journey.at(at_s)
        found: dict[str, Any] = {
            "latitude": round(here.latitude + self._rng.gauss(0, NOISE_DEGREES), 5),
            "longitude": round(here.longitude + self._rng.gauss(0, NOISE_DEGREES), 5),
        }
        return found | ({"UNLocationCode": here.locode} if here.locode else {})

    def _spoil(self, event: dict[str, Any]) -> tuple[str, ...]:
        flaw = self._rng.randrange(3)
        if flaw == 0:
            number = event["equipmentReference"]
            event["equipmentReference"] = number[:-1] + str((int(number[-1]) + 1) % 10)
            return ("CONTAINER_ID_CHECK_DIGIT",)
        if flaw == 1:
            event["firmware"] = "2.1"
            return ("FIELD_UNKNOWN",)
        event["geoLocation"]["latitude"] = 123.4
        return ("POSITION_OUT_OF_RANGE",)

    def _iso(self, at_s: float) -> str:
        return (self._start + timedelta(seconds=at_s)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _has(troubles: list[Trouble], kind: str) -> bool:
    return any(trouble.kind == kind for trouble in troubles)


def devices(
    container: Container, seed: str, start: datetime, pace: Pace = LIVE, outages: tuple[Outage, ...] = ()
) -> list[Device]:
    """The devices of a container."""
    return [Device(container, kind, seed, start, pace, outages) for kind in container.kinds]
