"""Caretakers, each with all its devices: who fell silent, alone or together, and how far a caretaker is believed."""

from collections.abc import Mapping
from typing import Any

from streams.patterns import absences
from streams.patterns.absences import DEVICE_SILENT, SILENT, UNTRUSTED
from streams.patterns.caretaker import DISTRUSTED, GROUP, THOUSANDTHS, Alarm, Caretaker, Fleet, Listened
from streams.patterns.settings import PatternSettings, ms
from streams.patterns.store import Store
from streams.patterns.view import Say
from streams.state.parts import Part

Touch = Mapping[str, Any]

KINDS = frozenset({"heard", "silent", "trust", "gone"})
GONE = "The device is watched no longer, for others took its room."
CHANGE = 100  # thousandths of trust by which all shards are told anew
CALM = DISTRUSTED + 0.1  # a caretaker is no longer distrusted well above where it began to be
REMEMBERED = ("deviceID", "equipmentReference", "last_heard_ms", "expected_s", "at", "time_ms", "source")


class Caretakers:
    """The view of `caretaker/<publisher>` (`streams.patterns.view`).

    Devices that fall silent are gathered until no other did for `silence_grace_s`, or for `silence_spread_s`. If by
    then at least `silence_least` and `silence_share` of those that would have been missed are silent, or
    `silence_many` fell silent now, that is one alert about their caretaker, which takes up all that are missed later
    but were last heard before; else one for each. The caretaker is believed as its devices are in the mean; when that
    has changed, all shards are told through the control log.

    A device forgotten for others (`max_caretaker_devices`) leaves its alert open. Cost: 15 µs a touch.
    """

    def __init__(self, settings: PatternSettings) -> None:
        self._settings = settings
        self._caretakers = Store("caretakers", settings.max_caretakers, Caretaker, self._dismissed)
        self._devices = Store("listened", settings.max_caretaker_devices, Listened, self._left)
        self._fleets: dict[str, Fleet] = {}
        self._waiting: set[str] = set()  # caretakers with devices that fell silent, and nobody was told
        self._grace_ms, self._spread_ms = ms(settings.silence_grace_s), ms(settings.silence_spread_s)
        self._remembered_ms = ms(settings.silence_remembered_s)

    def take(self, touch: Touch, say: Say) -> bool:
        """Take what is `heard` of a device, that it is `silent`, or that its `trust` is another."""
        if touch["kind"] not in KINDS:
            return False
        publisher, device_id = touch["entity"].partition("/")[2], touch["deviceID"]
        if touch["kind"] == "gone":
            self._gone(publisher, touch, say)
            return True
        caretaker, fleet, device = self._use(publisher, device_id)
        fleet.believe(device, touch["trust"])
        device.expected_s = touch.get("expected_s", device.expected_s)
        if touch["kind"] == "silent" and not device.silent:
            device.silent_ms, device.touch = say.now_ms, {name: touch[name] for name in REMEMBERED if name in touch}
            self._fell_silent(publisher, caretaker, fleet, device_id)
        elif touch["kind"] == "heard" and device.silent:
            self._heard(publisher, touch, say)
        self._believe(publisher, caretaker, fleet, touch, say)
        return True

    def tick(self, now_ms: int, say: Say) -> None:
        """Tell of those that fell silent, once no others do."""
        for publisher in sorted(self._waiting):
            fleet = self._fleets[publisher]
            since = [fleet.devices[device_id].silent_ms for device_id in fleet.waiting]
            if not since:
                self._waiting.remove(publisher)
            elif min(max(since) + self._grace_ms, min(since) + self._spread_ms) <= now_ms:
                self._judge(publisher, fleet, say)

    def parts(self) -> Mapping[str, Part]:
        """What is to be saved."""
        return {**self._caretakers.parts(), **self._devices.parts()}

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved."""
        self._caretakers.load(parts)
        self._devices.load(parts)
        for key, device in self._devices.items():
            publisher, device_id = key.split("\n")
            self._fleet(publisher).join(device_id, device)
        self._waiting = {publisher for publisher, fleet in self._fleets.items() if fleet.waiting}

    def sizes(self) -> Mapping[str, int]:
        """How many caretakers, and devices of theirs, are remembered."""
        return {"caretakers": len(self._caretakers), "caretaker devices": len(self._devices)}

    def _use(self, publisher: str, device_id: str) -> tuple[Caretaker, Fleet, Listened]:
        caretaker = self._caretakers.use(publisher)
        device = self._devices.use(f"{publisher}\n{device_id}")
        fleet = self._fleet(publisher)
        if device_id not in fleet.devices:
            fleet.join(device_id, device)
        return caretaker, fleet, device

    def _left(self, key: str) -> None:
        publisher, device_id = key.split("\n")
        self._fleets[publisher].leave(device_id)

    def _dismissed(self, publisher: str) -> None:
        for device_id in [*self._fleet(publisher).devices]:
            self._devices.forget(f"{publisher}\n{device_id}")
        self._waiting.discard(publisher)
        del self._fleets[publisher]

    def _fleet(self, publisher: str) -> Fleet:
        return self._fleets.setdefault(publisher, Fleet())

    # Silence.

    def _fell_silent(self, publisher: str, caretaker: Caretaker, fleet: Fleet, device_id: str) -> None:
        device = fleet.devices[device_id]
        if caretaker.silence.alert_id and _heard_ms(device.touch) <= caretaker.heard_ms + self._spread_ms:
            device.told = GROUP
            fleet.sort(device_id)
            caretaker.most = max(caretaker.most, len(fleet.absorbed))
        else:
            fleet.sort(device_id)
            self._waiting.add(publisher)

    def _gone(self, publisher: str, touch: Touch, say: Say) -> None:
        """A sensors shard has forgotten the device: nobody would ever say that it is heard again."""
        if publisher not in self._fleets or touch["deviceID"] not in self._fleets[publisher].devices:
            return
        caretaker, fleet, device = self._use(publisher, touch["deviceID"])
        if device.silent:
            self._heard(publisher, touch, say, GONE)
        self._devices.forget(f"{publisher}\n{touch['deviceID']}")
        self._believe(publisher, caretaker, fleet, touch, say)

    def _heard(self, publisher: str, touch: Touch, say: Say, *why: str) -> None:
        caretaker, fleet, device = self._use(publisher, touch["deviceID"])
        if device.told not in {"", GROUP}:
            said = {**device.touch, **touch}
            say.alert(absences.heard(publisher, said, Alarm(device.told, device.raised_at), *why))
        device.silent_ms, device.told, device.raised_at, device.touch = -1, "", "", {}
        fleet.sort(touch["deviceID"])
        if caretaker.silence.alert_id and len(fleet.absorbed) <= self._settings.silence_over_share * caretaker.most:
            self._over(publisher, caretaker, fleet, touch, say)

    def _judge(self, publisher: str, fleet: Fleet, say: Say) -> None:
        """One alert for all that wait, or one for each."""
        limits, missed = self._settings, fleet.missed_by_now(say.now_ms - self._remembered_ms)
        silent = sum(device.silent for device in missed)
        waiting = sorted(fleet.waiting)
        most = silent >= limits.silence_least and silent >= limits.silence_share * len(missed)
        if most or len(waiting) >= limits.silence_many:
            self._all_silent(publisher, waiting, silent, len(missed), say)
        else:
            for device_id in waiting:
                self._one_silent(publisher, device_id, say)

    def _one_silent(self, publisher: str, device_id: str, say: Say) -> None:
        _, fleet, device = self._use(publisher, device_id)
        alarm = absences.alarm(DEVICE_SILENT, publisher, device.touch, say.now_ms, device_id)
        device.told, device.raised_at = alarm.alert_id, alarm.raised_at
        fleet.sort(device_id)
        say.alert(absences.silent(publisher, device.touch, alarm))

    def _all_silent(self, publisher: str, waiting: list[str], silent: int, missed: int, say: Say) -> None:
        for device_id in waiting:
            caretaker, fleet, device = self._use(publisher, device_id)
            device.told = GROUP
            fleet.sort(device_id)
        newest = max((fleet.devices[device_id].touch for device_id in waiting), key=_heard_ms)
        caretaker.most, caretaker.heard_ms = len(waiting), _heard_ms(newest)
        caretaker.silence = absences.alarm(SILENT, publisher, newest, say.now_ms)
        limits = self._settings
        normal = f"less than {limits.silence_share:g} of them, and fewer than {limits.silence_many} at once"
        reasons = absences.together(fleet, silent, missed, normal)
        say.alert(absences.alert(publisher, caretaker.silence, "RAISED", reasons, newest))

    def _over(self, publisher: str, caretaker: Caretaker, fleet: Fleet, touch: Touch, say: Say) -> None:
        """Most are heard again; those that are not may be silent for reasons of their own."""
        left = sorted(fleet.absorbed)
        reasons = absences.over(len(left), caretaker.most)
        say.alert(absences.alert(publisher, caretaker.silence, "CLEARED", reasons, touch))
        caretaker.silence, caretaker.most = Alarm(), 0
        for device_id in left:
            device = self._use(publisher, device_id)[2]
            device.told, device.silent_ms = "", say.now_ms
            fleet.sort(device_id)
            self._waiting.add(publisher)

    # Trust.

    def _believe(self, publisher: str, caretaker: Caretaker, fleet: Fleet, touch: Touch, say: Say) -> None:
        trust = round(fleet.trust * THOUSANDTHS)
        if abs(trust - caretaker.told) >= CHANGE:
            caretaker.told = trust
            told = {"trust": fleet.trust, "why": absences.why(fleet), "source": touch["source"]}
            say.standing({"kind": "caretaker", "publisher": publisher, **told})
        reasons = [absences.trust(UNTRUSTED, fleet)]
        if not caretaker.distrust.alert_id and fleet.trust < DISTRUSTED:
            caretaker.distrust = absences.alarm(UNTRUSTED, publisher, touch, say.now_ms, touch["deviceID"])
            say.alert(absences.alert(publisher, caretaker.distrust, "RAISED", reasons, touch))
        elif caretaker.distrust.alert_id and fleet.trust >= CALM:
            say.alert(absences.alert(publisher, caretaker.distrust, "CLEARED", reasons, touch))
            caretaker.distrust = Alarm()


def _heard_ms(touch: Touch) -> int:
    """When a device that is silent was heard last, as far as that is known."""
    heard_ms: int = touch.get("last_heard_ms", touch["time_ms"])
    return heard_ms
