"""What of an alert its caretakers get: those who keep the device, and those with whom it is shared."""

from collections.abc import Iterator, Mapping
from typing import Any

from streams.intake.times import epoch_ms
from streams.log import Output
from streams.records.events import EventKind
from streams.records.wire import encode
from streams.registry import Providers
from streams.sensors.registry import Devices
from streams.topics import caretaker_alerts

EVENT = EventKind("sensors", "caretaker-alert")
ABOUT = ("schemaVersion", "alertId", "raisedAt", "kind", "severity", "state", "title", "eventTime", "source")
SUBJECT = ("deviceID", "equipmentReference")
WITHHELD = {  # how far customs believes a device or a caretaker, and what a device of another has said
    "DEVICE_TRUST_LOW",
    "CARETAKER_TRUST",
    "CARETAKER_DISTRUSTED",
    "DEVICES_DISAGREE",
}
REASON = ("code", "source", "text", "value", "normal")


def to_caretakers(alert: Mapping[str, Any], devices: Devices, providers: Providers, now_ms: float) -> Iterator[Output]:
    """The alert for `caretaker-alerts.v1.<publisher>` of everybody whose it is, by the registries at `now_ms`.

    Only of kind SENSOR, and never a word of parcels: no item, lane or score, no reason that is not the device's own,
    nor how far it is believed. An alert about a device goes to its publisher and, while the scope holds for the time of
    the event, to those it is shared with; one about a publisher (all its devices are silent) to that publisher. Whoever
    is no registered provider gets nothing: nobody could prove to be it. A device that is not registered has no readers.

    `now_ms` is engine time, as `Devices.of` asks for. Costs 0.3 µs where nobody is told, some 10 for each that is.
    """
    for reader, keeper in _readers(alert, devices, now_ms) if alert["kind"] == "SENSOR" else ():
        provider = providers.get(reader)
        if provider and provider.active and (reasons := list(_reasons(alert))):
            yield _output(alert, reasons, reader, keeper)


def _readers(alert: Mapping[str, Any], devices: Devices, now_ms: float) -> Iterator[tuple[str, str]]:
    """Who is to be told, and who keeps the device."""
    subject = alert["subject"]
    if "deviceID" in subject:
        if found := devices.of(subject["deviceID"], now_ms):
            for reader in found.readers(epoch_ms(alert["eventTime"])):
                yield reader, found.publisher
    elif subject.get("providerId") in devices.publishers:
        yield subject["providerId"], subject["providerId"]


def _reasons(alert: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for reason in alert["reasons"]:
        if reason["source"] == "SENSOR" and reason["code"] not in WITHHELD:
            yield {name: reason[name] for name in REASON if name in reason}


def _output(alert: Mapping[str, Any], reasons: list[dict[str, Any]], reader: str, keeper: str) -> Output:
    subject = {name: alert["subject"][name] for name in SUBJECT if name in alert["subject"]}
    told = {name: alert[name] for name in ABOUT} | {"subject": subject | {"providerId": keeper}, "reasons": reasons}
    headers = EVENT.headers(f"{alert['alertId']}-{alert['state']}-{reader}")
    return Output(caretaker_alerts(reader), subject.get("deviceID", keeper).encode(), encode(told), headers)
