"""The shard of `readings`: every device of one partition, least recently heard forgotten first."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import partial
from hashlib import blake2b

import orjson

from streams.log import Effects, Output, Record
from streams.records.events import EventKind
from streams.records.wire import encode
from streams.sensors.device import Device
from streams.sensors.episodes import Alert
from streams.sensors.settings import SensorSettings
from streams.state.parts import Ledger, Part, same_version, understood
from streams.topics import ALERTS, without_namespace

VERSION = 2  # of what is saved
DEVICE = "device-"
_ALERT = EventKind("sensors", "alert")


class SensorsShard:
    """Folds one partition of `readings`, keyed by device, and writes alerts.

    The state is a pure fold over the records: bounded by `max_devices` and `max_detectors`, equal after `replay` and
    after `process`. Silence of a device is not its business yet, so ticks change nothing.
    """

    def __init__(self, partition: int, settings: SensorSettings) -> None:
        self.partition = partition
        self._settings = settings
        self._devices: OrderedDict[str, Device] = OrderedDict()
        self._detectors = self._heard = 0
        self._ledger = Ledger()

    def process(self, records: Sequence[Record], effects: Effects) -> None:
        """Fold `records`, in offset order, and add their alerts to `effects`."""
        for record in records:
            if record.value is not None:
                self._take(record.value, effects)

    def tick(self, now_ms: int, effects: Effects) -> None:
        """Nothing waits for time here: episodes end by the device's own clock."""

    def replay(self, record: Record, answers: Sequence[Record]) -> None:  # noqa: ARG002 - the record alone decides
        """Fold a record whose alerts were written before."""
        self.process((record,), Effects())

    def save(self) -> Mapping[str, bytes | None]:
        """What changed (`streams.log.Saved`): the devices heard since."""
        return self._ledger.changes(self._parts())

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved, under the settings of now. Raises `ValueError`; nothing has changed then."""
        with understood():
            version, heard = orjson.loads(parts["shard"])
            same_version(version, VERSION)
            saved = [Device.loaded(parts[name], self._settings) for name in parts if name.startswith(DEVICE)]
        self._devices = OrderedDict(sorted(saved, key=lambda named: named[1].heard))
        self._detectors = sum(len(device.quantities) for device in self._devices.values())
        self._heard = heard
        self._ledger.know(self._parts())

    def sizes(self) -> Mapping[str, int]:
        """How many entries each store holds."""
        return {"devices": len(self._devices), "detectors": self._detectors}

    def _parts(self) -> Mapping[str, Part]:
        devices = {
            _part(device_id): Part(device.heard, partial(device.save, device_id))
            for device_id, device in self._devices.items()
        }
        return {"shard": Part.json([VERSION, self._heard]), **devices}

    def _take(self, value: bytes, effects: Effects) -> None:
        record = orjson.loads(value)  # a `streams.records.case.Reading`
        device = self._device(record["event"]["deviceID"])
        known = len(device.quantities)
        alerts = device.take(record, self._settings)
        if alerts is None:
            effects.counts["records", without_namespace(record["source"]["topic"]), "duplicate"] += 1
            return
        for alert in alerts:
            _write(alert, effects)
        self._detectors += len(device.quantities) - known
        self._make_room()

    def _device(self, device_id: str) -> Device:
        device = self._devices.get(device_id)
        if device is None:
            device = self._devices[device_id] = Device(self._settings)
        self._devices.move_to_end(device_id)
        self._heard += 1
        device.heard = self._heard
        return device

    def _make_room(self) -> None:
        while len(self._devices) > self._settings.max_devices or self._detectors > self._settings.max_detectors:
            _, forgotten = self._devices.popitem(last=False)
            self._detectors -= len(forgotten.quantities)


def _part(device_id: str) -> str:
    """A device may be called anything; the name of a part is short and plain."""
    return DEVICE + blake2b(device_id.encode(), digest_size=12).hexdigest()


def _write(alert: Alert, effects: Effects) -> None:
    subject = alert["subject"]
    key = subject.get("equipmentReference", subject["deviceID"]).encode()
    headers = _ALERT.headers(f"{alert['alertId']}-{alert['state']}")
    effects.outputs.append(Output(ALERTS, key, encode(alert), headers))
    effects.counts["alerts", alert["kind"], alert["severity"]] += 1
