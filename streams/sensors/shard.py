"""The shard of `readings`: every device of one partition, strangers and the least recently heard forgotten first."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from math import inf, isfinite
from typing import NamedTuple, Protocol

import orjson

from streams import alerting
from streams.log import Effects, Record
from streams.patterns.touches import Touches
from streams.records.case import Reading
from streams.records.device import DeviceRecord
from streams.records.events import EventKind
from streams.registry import Providers
from streams.sensors import touching
from streams.sensors.alerts import Alert, Moment
from streams.sensors.device import Device
from streams.sensors.episodes import Told
from streams.sensors.impostors import PART as IMPOSTORS
from streams.sensors.impostors import Impostors, is_impostor
from streams.sensors.registry import Devices
from streams.sensors.room import KNOWN, REGISTERED, STRANGER, Room
from streams.sensors.settings import SensorSettings
from streams.sensors.sharing import to_caretakers
from streams.sensors.timers import Timers
from streams.state.parts import Ledger, Part, same_version, understood
from streams.topics import without_namespace

VERSION = 5  # of what is saved
DEVICE = "device-"
BANDS = ((0.8, "trusted devices"), (0.5, "doubted devices"), (0.0, "distrusted devices"))
EVENT = EventKind("sensors", "alert")


class Registries(Protocol):
    """What the control log says of devices and of those who keep them: of `streams.control.Control`, these two."""

    @property
    def devices(self) -> Devices: ...
    @property
    def providers(self) -> Providers: ...


class Known(NamedTuple):
    """Registries by themselves, where there is no control log."""

    devices: Devices
    providers: Providers


class SensorsShard:
    """Folds one partition of `readings`, keyed by device; writes alerts, and touches of containers and caretakers.

    The state is a pure fold over records and ticks, bounded by `max_devices` and `max_detectors`, equal after `replay`
    and after `process`. The registry counts as it was at the last tick, which is marked in the log. Engine time makes
    devices older that were heard live; a tick at which nothing is due costs two microseconds, however many there are.
    `partitions` is how many there are of `touches`.
    """

    def __init__(
        self,
        partition: int,
        settings: SensorSettings,
        registries: Registries | None = None,
        partitions: int = 1,
    ) -> None:
        self.partition = partition
        self.now_ms = 0
        self._settings = settings
        self._known = registries or Known(Devices(), Providers())
        self._partitions = partitions
        self._devices: dict[str, Device] = {}
        self._room = Room()
        self._timers = Timers()
        self._impostors = Impostors()
        self._heard = 0
        self._bands: Counter[str] = Counter()
        self._ledger = Ledger()

    def process(self, records: Sequence[Record], effects: Effects) -> None:
        """Fold `records`, in offset order, and add their alerts and touches to `effects`."""
        touches = Touches(self._partitions)
        for record in records:
            if record.value is not None:
                self._take(orjson.loads(record.value), touches, effects)
        effects.outputs.extend(touches.outputs())

    def tick(self, now_ms: int, effects: Effects) -> None:
        """Let engine time reach `now_ms`: what is due happens, in its order. Nothing due, nothing written."""
        self.now_ms = now_ms
        touches = Touches(self._partitions)
        for device_id in self._timers.expired(now_ms):
            self._age(device_id, self._devices[device_id], touches, effects)
        for alert in self._impostors.expire(now_ms, round(self._settings.quiet_s * 1000)):
            self._write(alert, effects)
        effects.outputs.extend(touches.outputs())

    def replay(self, record: Record, answers: Sequence[Record]) -> None:  # noqa: ARG002 - the record alone decides
        """Fold a record whose alerts were written before."""
        self.process((record,), Effects())

    def save(self) -> Mapping[str, bytes | None]:
        """What changed (`streams.log.Saved`): the devices heard since."""
        return self._ledger.changes(self._parts())

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved, under the settings of now. Raises `ValueError`; nothing has changed then."""
        impostors = Impostors()
        with understood():
            version, heard, now_ms = orjson.loads(parts["shard"])
            same_version(version, VERSION)
            saved = [Device.loaded(parts[name], self._settings) for name in parts if name.startswith(DEVICE)]
            impostors.load(parts[IMPOSTORS])
        self._devices = dict(sorted(saved, key=lambda named: named[1].heard))
        self._heard, self.now_ms, self._impostors = heard, now_ms, impostors
        for device_id, device in self._devices.items():
            self._timers.set(device_id, device.due_ms(self._settings))
            self._bands[_band(device)] += 1
            rank, device.rank = device.rank, -1
            self._room.hear(device_id, device, rank, 0)
        self._ledger.know(self._parts())

    def sizes(self) -> Mapping[str, int]:
        """How many entries each store holds, and how many of the devices are believed how far."""
        bands = {band: self._bands[band] for _, band in BANDS}
        return {
            "devices": len(self._devices),
            "detectors": self._room.detectors,
            IMPOSTORS: len(self._impostors),
            **bands,
        }

    def _parts(self) -> Mapping[str, Part]:
        devices = {
            _part(device_id): Part((device.heard, device.changes), partial(device.save, device_id))
            for device_id, device in self._devices.items()
        }
        head = Part.json([VERSION, self._heard, self.now_ms])
        return {"shard": head, IMPOSTORS: self._impostors.part(), **devices}

    def _take(self, record: Reading, touches: Touches, effects: Effects) -> None:
        event = record["event"]
        device_id = event["deviceID"]
        registered = self._known.devices.of(device_id, self.now_ms)
        if is_impostor(registered, record):
            for alert in self._impostors.take(record, self.now_ms):
                self._write(alert, effects)
            return
        device = self._device(device_id)
        known, band, returned = len(device.quantities), _band(device), device.presence.new or device.presence.silent
        expected_s = device.expected_s
        said = registered.said if registered else None
        alerts = device.take(record, said, self.now_ms, self._settings)
        if alerts is None:
            self._room.hear(device_id, device, device.rank, known)
            effects.counts["records", without_namespace(record["source"]["topic"]), "duplicate"] += 1
            return
        self._tell(alerts, partial(touching.signs, device=device, said=said), touches, effects)
        if device.last:
            news = returned or device.expected_s < expected_s == inf
            self._report(device, event.get("deviceType", ""), heard=news, touches=touches)
        self._timers.set(device_id, device.due_ms(self._settings))
        self._rate(device, band)
        rank = REGISTERED if said else KNOWN if isfinite(device.expected_s) else STRANGER
        self._room.hear(device_id, device, rank, known)
        self._make_room(device_id, device, touches, effects)

    def _age(self, device_id: str, device: Device, touches: Touches, effects: Effects) -> None:
        band, silent = _band(device), device.presence.silent
        alerts = device.age(self.now_ms, self._settings)
        signs = partial(touching.signs, device=device, said=self._said(device_id), by_time=True)
        self._tell(alerts, signs, touches, effects)
        if device.presence.silent and not silent and (absent := device.absent(self._settings)):
            _add(self._listening(device, absent, "silent"), touches)
        self._timers.set(device_id, device.due_ms(self._settings))
        self._rate(device, band)

    def _report(self, device: Device, kind: str, *, heard: bool, touches: Touches) -> None:
        """`heard`: for the first time, or again, or it is known from now on how often it reports."""
        if device.last is None:
            return
        if heard and not device.presence.new:
            _add(self._listening(device, device.last, "heard"), touches)
        elif touching.trust_changed(device):
            _add(self._listening(device, device.last, "trust"), touches)
        _add(touching.reports(device, device.last, kind, self._settings.report_s), touches)

    def _listening(self, device: Device, moment: Moment, kind: str) -> Iterator[touching.Found]:
        return touching.listening(device, moment, kind, device.missed_s(self._settings))

    def _tell(
        self,
        alerts: Iterable[Told],
        signs: Callable[[Told], Iterable[touching.Found]],
        touches: Touches,
        effects: Effects,
    ) -> None:
        for told in alerts:
            if not told.confirms:
                self._write(told.alert, effects)
            _add(signs(told), touches)

    def _write(self, alert: Alert, effects: Effects) -> None:
        subject = alert["subject"]
        key = subject.get("equipmentReference", subject["deviceID"]).encode()
        alerting.write(alert, key, EVENT, effects)
        effects.outputs.extend(to_caretakers(alert, self._known.devices, self._known.providers, self.now_ms))

    def _device(self, device_id: str) -> Device:
        device = self._devices.get(device_id)
        if device is None:
            device = self._devices[device_id] = Device(self._settings)
            self._bands[_band(device)] += 1
        self._heard += 1
        device.heard = self._heard
        return device

    def _rate(self, device: Device, before: str) -> None:
        if (band := _band(device)) != before:
            self._bands[before] -= 1
            self._bands[band] += 1

    def _make_room(self, newest_id: str, newest: Device, touches: Touches, effects: Effects) -> None:
        """Forget detectors of those who give way, and devices only where there are too many of these."""
        while self._room.detectors > self._settings.max_detectors:
            device_id = self._room.measures_less(newest_id, newest, self._settings.max_detectors)
            device = self._devices[device_id]
            self._dismiss(device_id, device, device.measure_less(self.now_ms), touches, effects)
            self._room.lessened(device_id, device)
            self._timers.set(device_id, device.due_ms(self._settings))
        while len(self._devices) > self._settings.max_devices:
            self._forget(self._room.leaves(self._settings.max_devices), touches, effects)

    def _forget(self, device_id: str, touches: Touches, effects: Effects) -> None:
        """Nobody is left with an alarm for ever, nor its caretaker with a device to wait for."""
        device = self._devices.pop(device_id)
        self._dismiss(device_id, device, device.dismiss(self.now_ms), touches, effects)
        if device.last:
            _add(self._listening(device, device.last, "gone"), touches)
        self._room.leave(device_id, device)
        self._timers.cancel(device_id)
        self._bands[_band(device)] -= 1

    def _dismiss(
        self, device_id: str, device: Device, alerts: Iterable[Told], touches: Touches, effects: Effects
    ) -> None:
        self._tell(alerts, partial(touching.signs, device=device, said=self._said(device_id)), touches, effects)

    def _said(self, device_id: str) -> DeviceRecord | None:
        registered = self._known.devices.of(device_id, self.now_ms)
        return registered.said if registered else None


def _add(found: Iterable[touching.Found], touches: Touches) -> None:
    for entity, touch in found:
        touches.add(entity, touch)


def _band(device: Device) -> str:
    """How far a device is believed, in a word."""
    if device.trust.clean:
        return BANDS[0][1]
    return next(band for least, band in BANDS if device.trust.score >= least)


def _part(device_id: str) -> str:
    """A device may be called anything; the name of a part is short and plain."""
    return DEVICE + blake2b(device_id.encode(), digest_size=12).hexdigest()
