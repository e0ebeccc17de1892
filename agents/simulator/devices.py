"""The devices in containers: seals, smart containers and loggers of cold chains, and what they say."""

import math
from collections.abc import Iterable, Iterator
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
    """From `at_s` to `until_s` nothing of a publisher's devices gets through.

    What they measure meanwhile is lost; what they detect they say again until it is heard.
    """

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
        self._seal_number, self._opened_s = container.seal_number, -1.0
        self._door = "X_DRC"  # closed, as it was told last
        self._now: list[Trouble] = []
        self._last: list[dict[str, Any]] = []
        self._unsaid: list[tuple[float, int, dict[str, Any]]] = []

    def events(self) -> Iterator[Happening]:
        """All its events, in order of time; without end, unless it falls silent for good."""
        period_s = self._pace.period_s(self.kind)
        to_come = [*self.container.troubles]
        at_s = to_come[0].at_s if self._cold and _has(to_come[:1], "cold") else self._rng.uniform(0, period_s)
        while not self._gone:
            yield from self._turning_points(to_come, at_s)
            routine = self._routine(at_s)
            if not self._is("silent"):
                yield from self._backlog(at_s)
                yield from self._detect(at_s, self._door_moved())
                yield from self._sent(at_s, routine, invalid=INVALID)
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
            said = list(self._begin(trouble) if begins else self._end(trouble))
            if not self._is("silent"):
                yield from self._detect(when_s, [*said, *self._door_moved()])

    def _is(self, kind: str) -> bool:
        """Whether this is the matter with this very device."""
        return _has(self._now, kind) and (self._falls if kind == "silent" else self.kind != "E_SEAL")

    def _begin(self, trouble: Trouble) -> Iterator[dict[str, Any]]:
        at_s, kind = trouble.at_s, trouble.kind
        if kind in {"seal", "inspected"} and self.kind == "E_SEAL":
            self._opened_s = at_s
            yield self._seal()
        if kind == "battery" and not self._cold:
            self._battery_percent = 8
            yield self._detected("X_BATTERY_LOW")
        if kind == "cold" and self._cold:
            times = [at_s - 60 * minute for minute in range(BACKLOG_MIN, 0, -1)]
            yield self._measured([self._temperature_at(time_s, pull=0.2) for time_s in times])

    def _end(self, trouble: Trouble) -> Iterator[dict[str, Any]]:
        """After an inspection there is another seal."""
        if trouble.kind == "inspected" and self.kind == "E_SEAL":
            self._seal_number, self._opened_s = f"CU{self._rng.randrange(10**7):07d}", -1.0
            yield self._seal()
        if trouble.kind == "battery":
            self._battery_percent = 90

    def _door_moved(self) -> Iterator[dict[str, Any]]:
        """That the door is open, and light falls in, or that it is closed again: where it was not told yet."""
        door = "DRO" if any(trouble.kind in OPENINGS for trouble in self._now) else "X_DRC"
        if self.kind == "SMART_CONTAINER" and door != self._door:
            self._door = door
            light = {"type": "Illuminance", "value": 412.0, "uom": "LUX", "exception": "ALARM_CONDITION"}
            yield {**self._detected(door), **({"sensorReport": [light]} if door == "DRO" else {})}

    def _routine(self, at_s: float) -> dict[str, Any]:
        return self._seal() if self.kind == "E_SEAL" else self._measured(self._readings(at_s))

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

    def _seal(self) -> dict[str, Any]:
        opened = self._opened_s >= 0
        seal = {
            "sealNumber": self._seal_number,
            "status": "OPENED" if opened else "SEALED",
            "conditionCode": "4" if opened else "1",
            "source": "CUS" if self._seal_number.startswith("CU") else "SHI",
            "type": "ELS",
            "sealedAt": self._iso(-86_400),
        }
        if opened:
            seal["openedAt"] = self._iso(self._opened_s)
        return {**self._detected("X_SEAL"), "seal": seal}

    def _sent(self, at_s: float, body: dict[str, Any], invalid: float = 0.0) -> Iterator[Happening]:
        """The event as it is published; nothing where it does not get through."""
        self._sequence += 1
        if not self._out_of_reach(at_s):
            yield self._publish(at_s, at_s, self._sequence, body, invalid)

    def _detect(self, at_s: float, bodies: Iterable[dict[str, Any]]) -> Iterator[Happening]:
        """What was detected, at once, or kept until it can be said."""
        for body in bodies:
            self._sequence += 1
            if self._out_of_reach(at_s):
                self._unsaid.append((at_s, self._sequence, body))
            else:
                yield self._publish(at_s, at_s, self._sequence, body)

    def _backlog(self, at_s: float) -> Iterator[Happening]:
        if not self._out_of_reach(at_s):
            for when_s, sequence, body in self._unsaid:
                yield self._publish(at_s, when_s, sequence, {**body, "isHistorical": True})
            self._unsaid.clear()

    def _out_of_reach(self, at_s: float) -> bool:
        return any(outage.at_s <= at_s < outage.until_s for outage in self._outages)

    def _publish(
        self, sent_s: float, at_s: float, sequence: int, body: dict[str, Any], invalid: float = 0.0
    ) -> Happening:
        event = {
            "schemaVersion": "1.0",
            "eventID": f"{self.device_id}/{self._iso(0)}/{sequence}",
            "eventTime": self._iso(at_s),
            "deviceID": self.device_id,
            "deviceType": self.kind,
            "sequence": sequence,
            "equipmentReference": self.container.number,
            "batteryPercent": self._battery_percent,
            "publisher": self.publisher,
            "geoLocation": self._position(at_s),
            **body,
        }
        codes = self._spoil(event) if self._rng.random() < invalid else ()
        return Happening(sent_s, SENSORS, self.device_id.encode(), orjson.dumps(event), codes)

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
