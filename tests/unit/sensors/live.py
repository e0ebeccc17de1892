"""A shard among its ticks: events come when they happen, engine time goes on in between."""

from typing import Any

from streams.log import Effects
from streams.registry import Providers
from streams.sensors.registry import Devices
from streams.sensors.shard import Known, SensorsShard
from streams.state.members import Place
from tests.unit.sensors.events import DEVICE, SETTINGS, START, alerts_of, records, said, touches_of

START_MS = round(START.timestamp() * 1000)


class Live:
    """A shard that has run for `minutes` since the start of the events; ticks come every `step_minutes`."""

    def __init__(self, settings: Any = SETTINGS, step_minutes: float = 1.0, **registered: Any) -> None:
        self.devices = Devices()
        self.minutes, self._step = 0.0, step_minutes
        self.shard = SensorsShard(0, settings, Known(self.devices, Providers()), partitions=4)
        self.effects = Effects()
        if registered:
            self.register(**registered)

    def register(self, **fields: Any) -> None:
        """Register the device, as of the next tick."""
        told = {"kind": "device", "deviceID": DEVICE, "publisher": "ACME", "registered": True}
        assert self.devices.fold(told | fields, Place(0, max(round(self.minutes * 60_000), 0), 0))

    def until(self, minutes: float) -> "Live":
        """Let time pass until so many minutes after the start."""
        while self.minutes < minutes:
            self.minutes = min(self.minutes + self._step, minutes)
            self.shard.tick(round(self.minutes * 60_000), self.effects)
        return self

    def take(self, *events: dict[str, Any]) -> "Live":
        """Take events, each when it happens."""
        for each in events:
            self.until((each["at"] - START_MS) / 60_000)
            self.shard.process(records([each]), self.effects)
        return self

    @property
    def alerts(self) -> list[dict[str, Any]]:
        return alerts_of(self.effects)

    @property
    def said(self) -> list[tuple[str, str]]:
        return said(self.alerts)

    def touches(self, kind: str) -> list[dict[str, Any]]:
        return [touch for touch in touches_of(self.effects) if touch["kind"] == kind]
