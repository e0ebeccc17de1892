"""All rules that judge what a device reports, with what they remember of it: seal, door, place, limits, quantities."""

from collections.abc import Iterator, Mapping
from sys import intern
from typing import Any

from streams.intake.times import epoch_ms
from streams.records.device import DeviceRecord
from streams.sensors import rules
from streams.sensors.alerts import Moment
from streams.sensors.order import Place
from streams.sensors.quantity import Quantity
from streams.sensors.reporting import Reporting
from streams.sensors.rules import Limits, Permission
from streams.sensors.rules.door import belated
from streams.sensors.settings import SensorSettings
from streams.sensors.signs import HIGH, INFO, WARNING, Sign
from streams.state.arrays import Array
from streams.state.fields import given, taken

Event = Mapping[str, Any]

LIGHT = "LIGHT_INSIDE"
IDLE = 100  # events of a device without a quantity: then it gives way to another one
FLAGGED = {
    "DEVICE_CLOCK_AHEAD": (INFO, "The clock of the device is ahead of ours."),
    "READING_OUT_OF_RANGE": (WARNING, "A reading of the device is physically unlikely."),
    "SEAL_TIMES_REVERSED": (WARNING, "The seal reports that it was opened before it was sealed."),
}


class Rulebook:
    """Turns the events of one device into signs; `position` is the last one told, as the event has it."""

    SAVED = ("position", "_events")

    def __init__(self) -> None:
        self.seal, self.door, self.whereabouts = rules.Seal(), rules.Door(), rules.Whereabouts()
        self.route, self.reporting = rules.Route(), Reporting()
        self.position: dict[str, Any] = {}
        self.quantities: dict[str, Quantity] = {}
        self.dropped: list[str] = []
        """Quantities that are measured no longer, and of which nobody was told yet."""
        self._events = 0  # in order
        self._limits: dict[str, Limits] = {}  # by kind, from setpoints
        self._said: DeviceRecord | None = None
        self._cargo: Limits | None = None

    def state(self, shapes: list[Array]) -> list[Any]:
        """For a snapshot: the shapes that detectors remember into `shapes`, all else as JSON."""
        limits = [[name, *limit] for name, limit in self._limits.items()]
        quantities = [[name, quantity.kind, quantity.state(shapes)] for name, quantity in self.quantities.items()]
        return [taken(self), list(map(taken, self._followed())), limits, quantities]

    def restore(self, state: list[Any], shapes: Iterator[Array], settings: SensorSettings) -> None:
        """Become what `state` told of."""
        fields, followed, limits, quantities = state
        given(self, fields)
        for other, told in zip(self._followed(), followed, strict=True):
            given(other, told)
        self._limits = {intern(name): Limits(*limit) for name, *limit in limits}
        for name, kind, told in quantities:
            quantity = self.quantities[intern(name)] = Quantity(intern(name), intern(kind), settings)
            quantity.restore(told, shapes)

    def _followed(self) -> tuple[object, ...]:
        return self.seal, self.door, self.whereabouts, self.route, self.reporting

    def know(self, said: DeviceRecord | None) -> None:
        """What the registration in force says of the device; it is not saved, but asked for with every event."""
        if said is not self._said:
            self._said, self._cargo = said, rules.of_cargo(said)

    @property
    def registered(self) -> bool:
        """Whether somebody answers for the device."""
        return self._said is not None

    def signs(self, event: Event, moment: Moment, settings: SensorSettings) -> Iterator[Sign]:
        """Signs of an event that is next in order."""
        self._events += 1
        yield from self._facts(event, moment, settings)
        yield from self._readings(event, moment, settings)

    def temperatures(self) -> dict[str, float]:
        """Mean temperatures since this was asked for last, in °C, by component."""
        asked = ((about.partition("/")[2], quantity) for about, quantity in self.quantities.items())
        means = {component: each.mean_since() for component, each in asked if each.kind == "Temperature"}
        return {component: round(mean, 2) for component, mean in means.items() if mean is not None}

    def belated(self, event: Event, place: Place, settings: SensorSettings) -> Iterator[Sign]:
        """What happened stays worth an alert; what is out of order changes no state and ends nothing."""
        if place is Place.REPLAY:
            number = event["sequence"]
            text = f"The device sent number {number} again with other content."
            yield Sign("SEQUENCE_REPLAY", HIGH, text, value=number, lasting_s=settings.quiet_s)
        where = event.get("geoLocation", {}).get("UNLocationCode", "")
        allowed = rules.permission(where, settings.terminals, self._said)
        signs = [*rules.detection(event, allowed, settings.quiet_s), *belated(event, allowed)]
        if "seal" in event:
            signs += rules.Seal().signs(event["seal"], allowed, settings.quiet_s)
        for reading in event.get("sensorReport", ()):
            if quantity := self._quantity(reading, settings):
                signs += quantity.alarm(reading, settings)
        for sign in signs:
            if sign.severity and not (sign.code == LIGHT and allowed):
                yield sign._replace(lasting_s=settings.quiet_s, hold_s=0.0, stands=False)

    def _facts(self, event: Event, moment: Moment, settings: SensorSettings) -> Iterator[Sign]:
        for flag in moment.flags:
            if flag in FLAGGED:
                severity, text = FLAGGED[flag]
                yield Sign(flag, severity, text, lasting_s=settings.quiet_s)
        if "geoLocation" in event and "POSITION_NULL_ISLAND" not in moment.flags:
            self.position = event["geoLocation"]
            self.whereabouts.move(self.position)
            yield from self.route.signs(self.position, moment.time_s, settings)
        if "iotEventCode" in event or "seal" in event or self.door.state == "OPEN":
            yield from self._openings(event, self._permission(settings), settings)
        if "batteryPercent" in event:
            yield from rules.battery(event["batteryPercent"], settings)
        for setpoint in event.get("setpoints", ()):
            self._aim(setpoint, settings)

    def _openings(self, event: Event, allowed: Permission, settings: SensorSettings) -> Iterator[Sign]:
        yield from rules.detection(event, allowed, settings.quiet_s)
        yield from self.door.signs(event, allowed, settings)
        if "seal" in event:
            yield from self.seal.signs(event["seal"], allowed, settings.quiet_s)

    def _aim(self, setpoint: Event, settings: SensorSettings) -> None:
        value, tolerance = setpoint["value"], setpoint.get("tolerance")
        if value is not None:  # what is beyond floats was null in logs of early versions, and has to be replayed
            tolerance = settings.tolerance if tolerance is None else tolerance
            kind = intern(setpoint["type"])
            self._limits.pop(kind, None)
            self._limits[kind] = rules.around(value, tolerance, setpoint["uom"], settings.excursion_s)
            if len(self._limits) > settings.max_quantities:
                del self._limits[next(iter(self._limits))]

    def _readings(self, event: Event, moment: Moment, settings: SensorSettings) -> Iterator[Sign]:
        implausible = "READING_OUT_OF_RANGE" in moment.flags
        for reading in event.get("sensorReport", ()):
            quantity = self._quantity(reading, settings)
            if quantity is None:
                continue
            if implausible:
                yield from quantity.alarm(reading, settings)
                continue
            limits = self._limits.get(quantity.kind)
            if quantity.kind == "Temperature":
                limits = self._cargo or limits
            time_s = epoch_ms(reading["time"]) / 1000 if "time" in reading else moment.time_s
            found = quantity.signs(reading, time_s, limits, settings)
            if found:
                yield from self._told(found, reading, time_s, settings)

    def _told(self, found: list[Sign], reading: Event, time_s: float, settings: SensorSettings) -> Iterator[Sign]:
        """Signs of a reading, dated as it is; where it may be opened, light falls in."""
        for sign in found:
            if sign.code == LIGHT and sign.severity and self._permission(settings):
                continue
            yield sign._replace(time_s=time_s) if "time" in reading else sign

    def _permission(self, settings: SensorSettings) -> Permission:
        return rules.permission(self.whereabouts.place, settings.terminals, self._said)

    def _quantity(self, reading: Event, settings: SensorSettings) -> Quantity | None:
        kind = reading["type"]
        about = f"{kind}/{reading['component']}" if "component" in reading else kind
        quantity = self.quantities.get(about)
        if quantity is None:
            if not self._has_room(settings.max_quantities):
                return None
            quantity = self.quantities[intern(about)] = Quantity(intern(about), intern(kind), settings)
        quantity.used = self._events
        return quantity

    def drop(self) -> None:
        """Measure the quantity no longer that was not for longest."""
        self.dropped.append(self._idlest.about)
        del self.quantities[self._idlest.about]

    @property
    def _idlest(self) -> Quantity:
        return min(self.quantities.values(), key=lambda quantity: (quantity.used, quantity.seen))

    def _has_room(self, most: int) -> bool:
        """Whether one more may be measured, if need be in place of one that comes no longer."""
        if len(self.quantities) >= most and self._events - self._idlest.used >= IDLE:
            self.drop()
        return len(self.quantities) < most
