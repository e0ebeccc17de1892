"""Caretakers, each with all its devices: who fell silent, alone or together, and how far a caretaker is believed."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from streams.patterns import absences
from streams.patterns.absences import DEVICE_SILENT, SILENT, UNTRUSTED
from streams.patterns.caretaker import DISTRUSTED, GROUP, THOUSANDTHS, Alarm, Caretaker, Fleet, Listened
from streams.patterns.settings import PatternSettings, ms
from streams.patterns.store import Store
from streams.patterns.view import Say
from streams.patterns.waves import Wave, by_chance, largest, missed
from streams.state.parts import Part

Touch = Mapping[str, Any]

KINDS = frozenset({"heard", "silent", "trust", "gone"})
CHANCE = 3  # times as many as fall silent together by chance: not by chance
CHANGE = 100  # thousandths of trust by which all shards are told anew
CALM = DISTRUSTED + 0.1  # a caretaker is no longer distrusted well above where it began to be
REMEMBERED = ("deviceID", "equipmentReference", "last_heard_ms", "expected_s", "at", "time_ms", "source")


class Caretakers:
    """The view of `caretaker/<publisher>` (`streams.patterns.view`).

    Devices that fall silent are gathered until no other did for `silence_grace_s`, or for `silence_spread_s`. What
    counts then is who may have fallen silent at one moment (`streams.patterns.waves`), told or not: at least
    `silence_least` and `silence_share` of those that would be missed by now, or `silence_many` and far more than by
    chance, are one alert about their caretaker, which takes the place of those about single ones and takes up all
    missed later that may have fallen silent then. While the moment is known too badly to tell, they wait. Else there
    is one alert for each. The caretaker is believed as its devices are in the mean; when that has changed, all shards
    are told through the control log.

    What is told of a device or caretaker forgotten for others is cleared. Cost: 15 µs a touch.
    """

    def __init__(self, settings: PatternSettings) -> None:
        self._settings = settings
        self._caretakers = Store("caretakers", settings.max_caretakers, Caretaker, self._dismissed)
        self._devices = Store("listened", settings.max_caretaker_devices, Listened, self._left)
        self._fleets: dict[str, Fleet] = {}
        self._forgotten: list[tuple[str, Listened | Caretaker]] = []  # while a touch is taken: who left for others
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
        fleet, device = self._use(publisher, device_id)
        self._dismiss(touch, say)
        fleet.believe(device, touch["trust"])
        device.expected_s = touch.get("expected_s", device.expected_s)
        device.missed_s = touch.get("missed_s", device.missed_s)
        if touch["kind"] == "silent" and not device.silent:
            device.silent_ms, device.touch = say.now_ms, {name: touch[name] for name in REMEMBERED if name in touch}
            self._fell_silent(publisher, fleet, device_id)
        elif touch["kind"] == "heard" and device.silent:
            self._heard(publisher, touch, say)
        self._believe(publisher, fleet, touch, say)
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
        for publisher, caretaker in self._caretakers.items():
            self._fleet(publisher).caretaker = caretaker
        self._waiting = {publisher for publisher, fleet in self._fleets.items() if fleet.waiting}

    def sizes(self) -> Mapping[str, int]:
        """How many caretakers, and devices of theirs, are remembered."""
        return {"caretakers": len(self._caretakers), "caretaker devices": len(self._devices)}

    def _use(self, publisher: str, device_id: str) -> tuple[Fleet, Listened]:
        caretaker = self._caretakers.use(publisher)
        device = self._devices.use(f"{publisher}\n{device_id}")
        fleet = self._fleet(publisher)
        fleet.caretaker = caretaker
        if device_id not in fleet.devices:
            fleet.join(device_id, device)
        return fleet, device

    def _left(self, key: str) -> None:
        publisher, device_id = key.split("\n")
        device = self._fleets[publisher].leave(device_id)
        self._forgotten.append((publisher, device))

    def _dismissed(self, publisher: str) -> None:
        for device_id in sorted(self._fleet(publisher).devices):
            self._devices.forget(f"{publisher}\n{device_id}")
        self._waiting.discard(publisher)
        self._forgotten.append((publisher, self._fleets.pop(publisher).caretaker))

    def _dismiss(self, touch: Touch, say: Say) -> None:
        """Nobody will hear of those forgotten again: end what is told of them, with the touch that took their room."""
        for publisher, forgotten in self._forgotten:
            for alert in absences.dismissed(publisher, forgotten, touch):
                say.alert(alert)
            if publisher in self._fleets:
                self._see_if_over(publisher, touch, say)
        self._forgotten.clear()

    def _fleet(self, publisher: str) -> Fleet:
        return self._fleets.setdefault(publisher, Fleet())

    # Silence.

    def _fell_silent(self, publisher: str, fleet: Fleet, device_id: str) -> None:
        caretaker, device = fleet.caretaker, fleet.devices[device_id]
        told = Wave(from_ms=caretaker.from_ms, to_ms=caretaker.to_ms)
        if caretaker.silence.alert_id and told.takes_up(device, self._spread_ms):
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
        fleet, device = self._use(publisher, touch["deviceID"])
        if device.silent:
            self._heard(publisher, touch, say, absences.GONE)
        self._devices.forget(f"{publisher}\n{touch['deviceID']}")
        self._dismiss(touch, say)
        self._believe(publisher, fleet, touch, say)

    def _heard(self, publisher: str, touch: Touch, say: Say, *why: str) -> None:
        fleet, device = self._use(publisher, touch["deviceID"])
        if device.told not in {"", GROUP}:
            said = {**device.touch, **touch}
            say.alert(absences.heard(publisher, said, Alarm(device.told, device.raised_at), *why))
        device.silent_ms, device.told, device.raised_at, device.touch = -1, "", "", {}
        fleet.sort(touch["deviceID"])
        self._see_if_over(publisher, touch, say)

    def _judge(self, publisher: str, fleet: Fleet, say: Say) -> None:
        """One alert for all that may have fallen silent together, or one for each of those that wait; or wait on."""
        limits, silent = self._settings, fleet.silent_since(say.now_ms - self._remembered_ms)
        wave = largest(fleet, silent, self._spread_ms)
        number, enough = len(wave.devices), len(wave.devices) >= limits.silence_least
        many = number >= max(
            limits.silence_many, CHANCE * by_chance(fleet, silent, self._spread_ms, self._remembered_ms)
        )
        if not (enough or many):
            self._each_silent(publisher, fleet.waiting, say)
            return
        now_ms = max(device.at_ms + say.now_ms - device.silent_ms for device in fleet.unheard)
        most, least = (number + missed(fleet, at_ms, now_ms) for at_ms in (wave.from_ms, wave.to_ms))
        if many or number >= limits.silence_share * most:
            self._all_silent(publisher, wave, round(most), say)
            self._each_silent(publisher, fleet.waiting, say)
        else:
            undecided = number >= limits.silence_share * least
            self._each_silent(publisher, fleet.waiting - wave.devices if undecided else fleet.waiting, say)

    def _each_silent(self, publisher: str, devices: AbstractSet[str], say: Say) -> None:
        for device_id in sorted(devices):
            self._one_silent(publisher, device_id, say)

    def _one_silent(self, publisher: str, device_id: str, say: Say) -> None:
        fleet, device = self._use(publisher, device_id)
        alarm = absences.alarm(DEVICE_SILENT, publisher, device.touch, say.now_ms, device_id)
        device.told, device.raised_at = alarm.alert_id, alarm.raised_at
        fleet.sort(device_id)
        say.alert(absences.silent(publisher, device.touch, alarm))

    def _all_silent(self, publisher: str, wave: Wave, missed: int, say: Say) -> None:
        """Tell of a wave; what was told of single ones, and of an earlier wave, it takes up."""
        fleet = self._fleets[publisher]
        caretaker = self._caretakers.use(publisher)
        newest = max((fleet.devices[name] for name in sorted(wave.devices)), key=lambda device: device.heard_ms).touch
        earlier, caretaker.silence = caretaker.silence, absences.alarm(SILENT, publisher, newest, say.now_ms)
        goes_on = absences.GOES_ON.format(caretaker.silence.alert_id)
        if earlier.alert_id:
            wave = wave._replace(from_ms=min(wave.from_ms, caretaker.from_ms), to_ms=max(wave.to_ms, caretaker.to_ms))
            say.alert(absences.alert(publisher, earlier, "CLEARED", [absences.reason(SILENT, goes_on)], newest))
        for device_id in sorted(wave.devices):
            self._join(publisher, device_id, goes_on, say)
        caretaker.most, caretaker.from_ms, caretaker.to_ms = len(fleet.absorbed), wave.from_ms, wave.to_ms
        limits = self._settings
        normal = f"less than {limits.silence_share:g} of them, and fewer than {limits.silence_many} at once"
        reasons = absences.together(fleet, len(wave.devices), missed, normal)
        say.alert(absences.alert(publisher, caretaker.silence, "RAISED", reasons, newest))

    def _join(self, publisher: str, device_id: str, goes_on: str, say: Say) -> None:
        fleet, device = self._use(publisher, device_id)
        if device.told:
            say.alert(absences.heard(publisher, device.touch, Alarm(device.told, device.raised_at), goes_on))
        device.told, device.raised_at = GROUP, ""
        fleet.sort(device_id)

    def _see_if_over(self, publisher: str, touch: Touch, say: Say) -> None:
        """Most are heard again, or forgotten; those that are not may be silent for reasons of their own."""
        fleet = self._fleets[publisher]
        caretaker, left = fleet.caretaker, len(fleet.absorbed)
        if not caretaker.silence.alert_id or left > self._settings.silence_over_share * caretaker.most:
            return
        self._caretakers.use(publisher)  # so that it is saved
        reasons = absences.over(left, caretaker.most)
        say.alert(absences.alert(publisher, caretaker.silence, "CLEARED", reasons, touch))
        caretaker.silence, caretaker.most = Alarm(), 0
        for device_id in sorted(fleet.absorbed):
            device = self._use(publisher, device_id)[1]
            device.still_silent(say.now_ms)
            fleet.sort(device_id)
            self._waiting.add(publisher)

    # Trust.

    def _believe(self, publisher: str, fleet: Fleet, touch: Touch, say: Say) -> None:
        caretaker, trust = fleet.caretaker, round(fleet.trust * THOUSANDTHS)
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
