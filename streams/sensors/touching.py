"""What a device says to those who look at its container and its caretaker: touches (`streams.patterns.reports`)."""

from collections.abc import Iterator
from math import inf
from typing import Any

from streams.records.device import DeviceRecord
from streams.sensors.alerts import Moment
from streams.sensors.device import Device
from streams.sensors.episodes import Told
from streams.sensors.rules import permitted

Found = tuple[str, dict[str, Any]]  # an entity and a touch of it
CHANGE = 0.1  # of the trust: as much is told


def signs(told: Told, device: Device, said: DeviceRecord | None, *, by_time: bool = False) -> Iterator[Found]:
    """An episode that began, grew worse, or ended; `by_time` alone, for the device said nothing more.

    One touch, or one for as many parcels as one incident can name.
    """
    alert = told.alert
    reason = alert["reasons"][0]
    touch = {
        "kind": "sign",
        "code": told.sign.code,
        "severity": alert["severity"],
        "state": alert["state"],
        "about": told.sign.about,
        "text": reason["text"],
        **{name: reason[name] for name in ("value", "normal") if name in reason},
        "alertId": alert["alertId"],
    }
    if places := permitted(said):
        touch["permittedPlaces"] = places
    if by_time and not told.sign.stands:
        touch["unconfirmed"] = True
    if alert["alertId"] != told.first_id:
        touch["grew"] = True
    if said:
        touch["registered"] = True
    for items in told.moment.items or [""]:
        yield _of_container(device, told.moment, touch, items)


def reports(device: Device, moment: Moment, kind: str, every_s: float) -> Iterator[Found]:
    """What the device knows of its container, where it is time to say so; `kind` is that of the device."""
    seal, door = device.rules.seal, device.rules.door
    container = moment.subject.get("equipmentReference", "")
    facts = [door.state, seal.number, seal.status, device.rules.whereabouts.place, moment.receptacle, container]
    if not device.rules.reporting.due(moment.time_s, facts, every_s):
        return
    touch: dict[str, Any] = {"kind": "report"} | ({"deviceType": kind} if kind else {})
    if device.rules.registered:
        touch["registered"] = True
    if door.state:
        touch["door"] = door.state
    if seal.number:
        touch["seal"] = {"sealNumber": seal.number, "status": seal.status}
        touch["seal"] |= {"source": seal.source} if seal.source else {}
    if temperatures := device.rules.temperatures():
        touch["temperatures"] = temperatures
    yield _of_container(device, moment, touch, moment.items[0] if moment.items else "")


def listening(device: Device, moment: Moment, kind: str, missed_s: float) -> Iterator[Found]:
    """That the device is `heard`, `silent` or `gone`, or its `trust` another; for its caretaker, if it has one.

    After `missed_s` without a word it is silent.
    """
    subject = moment.subject
    device.trust.told = device.trust.score
    if "providerId" not in subject:
        return
    touch = _touch(device, moment, {"kind": kind})
    if "equipmentReference" in subject:
        touch["equipmentReference"] = subject["equipmentReference"]
    if device.last:
        touch["last_heard_ms"] = round(device.last.time_s * 1000)
    if device.expected_s < inf:
        touch |= {"expected_s": round(device.expected_s, 1), "missed_s": round(missed_s, 1)}
    yield f"caretaker/{subject['providerId']}", touch


def trust_changed(device: Device) -> bool:
    """Whether the trust in a device is so much another that it is worth telling."""
    trust = device.trust
    return not (trust.clean and trust.told == 1.0) and abs(trust.score - trust.told) >= CHANGE


def _of_container(device: Device, moment: Moment, about: dict[str, Any], items: str) -> Found:
    touch = {**about}
    if moment.receptacle:
        touch["receptacleId"] = moment.receptacle
    if device.rules.position and device.rules.route.last:
        touch |= {"geoLocation": device.rules.position, "position_ms": round(device.rules.route.last[2] * 1000)}
    if "equipmentReference" in moment.subject:
        touch["equipmentReference"] = moment.subject["equipmentReference"]
    if items:
        touch["itemIds"] = items.split("\n")
    return _entity(moment), _touch(device, moment, touch)


def _entity(moment: Moment) -> str:
    """A device may call itself anything, and a receptacle too: neither is ever taken for a container of that name."""
    subject = moment.subject
    if "equipmentReference" in subject:
        return f"equipment/{subject['equipmentReference']}"
    receptacle = moment.receptacle
    return f"equipment/receptacle:{receptacle}" if receptacle else f"equipment/device:{subject['deviceID']}"


def _touch(device: Device, moment: Moment, more: dict[str, Any]) -> dict[str, Any]:
    """`at` is that of the input; where time alone has passed, so much later. What is history is marked as such."""
    subject = moment.subject
    touch = {"kind": more["kind"], "at": moment.at_ms, "time_ms": round(moment.time_s * 1000), "source": moment.source}
    touch |= {"deviceID": subject["deviceID"], "trust": round(device.trust.score, 3)}
    if "providerId" in subject:
        touch["publisher"] = subject["providerId"]
    if not device.presence.ages:
        touch["historical"] = True
    return touch | more
