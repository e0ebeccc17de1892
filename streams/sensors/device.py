"""One device: its history in order, its rules, its quantities and what is the matter with it."""

from collections.abc import Iterator
from math import isfinite
from sys import intern

from streams.intake.times import epoch_ms
from streams.records.case import Reading
from streams.sensors import rules
from streams.sensors.episodes import Alert, Episodes, Moment
from streams.sensors.order import Order, Place
from streams.sensors.quantity import Quantity, Setpoint
from streams.sensors.rules import Event
from streams.sensors.settings import SensorSettings
from streams.sensors.signs import HIGH, INFO, WARNING, Sign
from streams.state.arrays import Array, pack, unpack
from streams.state.fields import given, taken

FLAGGED = {
    "DEVICE_CLOCK_AHEAD": (INFO, "The clock of the device is ahead of ours."),
    "READING_OUT_OF_RANGE": (WARNING, "A reading of the device is physically unlikely."),
    "SEAL_TIMES_REVERSED": (WARNING, "The seal reports that it was opened before it was sealed."),
}
MAX_ITEM_IDS = 100  # an alert names as many; the event has them all


class Device:
    """Folds the events of one device. `take` yields alerts, in the order in which things happened.

    `heard` is the number, among the records of its shard, of the last one that was its own.
    """

    def __init__(self, settings: SensorSettings) -> None:
        self._order = Order(settings.recent_events, settings.max_gaps)
        self._seal = rules.Seal()
        self.route = rules.Route()
        self._setpoints: dict[str, Setpoint] = {}
        self._episodes = Episodes()
        self._newest_s = float("-inf")
        self.quantities: dict[str, Quantity] = {}
        self.heard = 0

    def save(self, device_id: str) -> bytes:
        """The device as bytes, for a snapshot."""
        shapes: list[Array] = []
        quantities = [[name, quantity.kind, quantity.state(shapes)] for name, quantity in self.quantities.items()]
        setpoints = [[name, *setpoint] for name, setpoint in self._setpoints.items()]
        newest_s = self._newest_s if isfinite(self._newest_s) else None
        rules_ = [taken(self._seal), self.route.last, setpoints, self._episodes.state(), newest_s]
        about = [device_id, self.heard, self._order.state(), *rules_, quantities]
        return pack({str(number): shape for number, shape in enumerate(shapes)}, about)

    @classmethod
    def loaded(cls, saved: bytes, settings: SensorSettings) -> tuple[str, "Device"]:
        """The name of a device, and the device as it was saved. Raises `ValueError` or `TypeError`."""
        device, (shapes, about) = cls(settings), unpack(saved)
        device_id, device.heard, order, seal, last, setpoints, episodes, newest_s, quantities = about
        device._order.restore(order)
        given(device._seal, seal)
        device.route.last = tuple(last) if last else None
        device._setpoints = {intern(name): Setpoint(*setpoint) for name, *setpoint in setpoints}
        device._episodes.restore(episodes)
        device._newest_s = float("-inf") if newest_s is None else newest_s
        arrays = iter(shapes.values())
        for name, kind, state in quantities:
            quantity = device.quantities[intern(name)] = Quantity(intern(name), intern(kind), settings)
            quantity.restore(state, arrays)
        return device_id, device

    def take(self, record: Reading, settings: SensorSettings) -> Iterator[Alert] | None:
        """Alerts that follow from a record of `readings`; None for a duplicate."""
        event, time_s = record["event"], record["time_ms"] / 1000
        historical = event.get("isHistorical", False)
        place = self._order.place(event["eventID"], event.get("sequence"), time_s, historical=historical)
        return None if place is Place.DUPLICATE else self._alerts(record, place, settings)

    def _alerts(self, record: Reading, place: Place, settings: SensorSettings) -> Iterator[Alert]:
        moment = _moment(record, settings)
        if self._episodes:
            yield from self._episodes.expire(moment)
        for sign in self._signs(record["event"], place, moment, settings):
            if alert := self._episodes.fold(sign, moment):
                yield alert
        self._newest_s = max(self._newest_s, moment.time_s)

    def _signs(self, event: Event, place: Place, moment: Moment, settings: SensorSettings) -> Iterator[Sign]:
        if "retractedEventID" in event:
            text = f"The device withdrew its report {event['retractedEventID']}."
            yield Sign("EVENT_RETRACTED", INFO, text, lasting_s=settings.quiet_s)
        elif place in (Place.NEXT, Place.RESTART):
            yield from self._history(event, place, moment, settings)
            yield from self._facts(event, moment, settings)
            yield from self._readings(event, moment, settings)
        else:
            yield from self._belated(event, place, settings)

    def _history(self, event: Event, place: Place, moment: Moment, settings: SensorSettings) -> Iterator[Sign]:
        if place is Place.RESTART:
            yield Sign(
                "SEQUENCE_RESTART", INFO, "The event counter of the device started again.", lasting_s=settings.quiet_s
            )
        if gap := self._order.overdue(settings.gap_grace):
            missing = gap[1] - gap[0] + 1
            numbers = f"Number {gap[0]}" if missing == 1 else f"Numbers {gap[0]} to {gap[1]}"
            text = f"{numbers} of the device's events never arrived, or could not be accepted."
            yield Sign("SEQUENCE_GAP", INFO, text, value=missing, normal="0", lasting_s=settings.quiet_s)
        back_s = self._newest_s - moment.time_s
        if back_s > settings.clock_tolerance_s and not event.get("isHistorical"):
            text = f"The clock of the device went back by {back_s / 60:.0f} minutes."
            yield Sign("DEVICE_CLOCK_BACK", INFO, text, lasting_s=settings.quiet_s)

    def _facts(self, event: Event, moment: Moment, settings: SensorSettings) -> Iterator[Sign]:
        for flag in moment.flags:
            if flag in FLAGGED:
                severity, text = FLAGGED[flag]
                yield Sign(flag, severity, text, lasting_s=settings.quiet_s)
        yield from rules.detection(event, settings.quiet_s)
        if "seal" in event:
            yield from self._seal.signs(event["seal"], settings.quiet_s)
        if "geoLocation" in event and "POSITION_NULL_ISLAND" not in moment.flags:
            yield from self.route.signs(event["geoLocation"], moment.time_s, settings)
        if "batteryPercent" in event:
            yield from rules.battery(event["batteryPercent"], settings)
        for setpoint in event.get("setpoints", ()):
            self._aim(setpoint, settings.tolerance)

    def _aim(self, setpoint: Event, usual_tolerance: float) -> None:
        value, tolerance = setpoint["value"], setpoint.get("tolerance")
        if value is not None:  # what is beyond floats was null in logs of early versions, and has to be replayed
            tolerance = usual_tolerance if tolerance is None else tolerance
            self._setpoints[intern(setpoint["type"])] = Setpoint(value, tolerance, setpoint["uom"])

    def _readings(self, event: Event, moment: Moment, settings: SensorSettings) -> Iterator[Sign]:
        implausible = "READING_OUT_OF_RANGE" in moment.flags
        for reading in event.get("sensorReport", ()):
            quantity = self._quantity(reading, settings)
            if quantity is None:
                continue
            if implausible:
                yield from quantity.alarm(reading, settings)
                continue
            setpoint = self._setpoints.get(quantity.kind)
            time_s = epoch_ms(reading["time"]) / 1000 if "time" in reading else moment.time_s
            yield from quantity.signs(reading, time_s, setpoint, settings)

    def _belated(self, event: Event, place: Place, settings: SensorSettings) -> Iterator[Sign]:
        """What happened stays worth an alert; what is out of order changes no state and ends nothing."""
        if place is Place.REPLAY:
            number = event["sequence"]
            text = f"The device sent number {number} again with other content."
            yield Sign("SEQUENCE_REPLAY", HIGH, text, value=number, lasting_s=settings.quiet_s)
        signs = [*rules.detection(event, settings.quiet_s)]
        if "seal" in event:
            signs += rules.Seal().signs(event["seal"], settings.quiet_s)
        for reading in event.get("sensorReport", ()):
            if quantity := self._quantity(reading, settings):
                signs += quantity.alarm(reading, settings)
        yield from (sign._replace(lasting_s=settings.quiet_s) for sign in signs if sign.severity)

    def _quantity(self, reading: Event, settings: SensorSettings) -> Quantity | None:
        kind = reading["type"]
        about = f"{kind}/{reading['component']}" if "component" in reading else kind
        quantity = self.quantities.get(about)
        if quantity is None and len(self.quantities) < settings.max_quantities:
            quantity = self.quantities[intern(about)] = Quantity(intern(about), intern(kind), settings)
        return quantity


def _moment(record: Reading, settings: SensorSettings) -> Moment:
    event, at_ms = record["event"], record["at"]
    latest_s = at_ms / 1000 + settings.clock_tolerance_s  # a clock that is ahead must not end episodes
    time_s = min(record["time_ms"] / 1000, latest_s)
    return Moment(_subject(event), event["eventTime"], time_s, at_ms, record["source"], record["flags"])


def _subject(event: Event) -> dict[str, object]:
    subject: dict[str, object] = {"deviceID": event["deviceID"]}
    if "equipmentReference" in event:
        subject["equipmentReference"] = event["equipmentReference"]
    if "itemIds" in event:
        subject["itemIds"] = event["itemIds"][:MAX_ITEM_IDS]
    if "publisher" in event:
        subject["providerId"] = event["publisher"]
    return subject
