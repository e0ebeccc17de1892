"""One device: its history in order, its rules and quantities, whether it is there, and what is the matter with it."""

from collections.abc import Iterator, Mapping
from math import ceil, inf, isfinite, isinf
from typing import Any

from streams.records.case import Reading
from streams.records.device import DeviceRecord
from streams.records.incident import MOST_ITEMS
from streams.sensors.alerts import Moment, reason
from streams.sensors.episodes import Clock, Episodes, Told
from streams.sensors.history import clock, order
from streams.sensors.order import Order, Place
from streams.sensors.presence import Presence
from streams.sensors.quantity import Quantity
from streams.sensors.rulebook import Rulebook
from streams.sensors.settings import SensorSettings
from streams.sensors.signs import INFO, WARNING, Sign, over, span
from streams.sensors.trust import SILENT, Trust
from streams.state.arrays import Array, pack, unpack
from streams.state.fields import given, taken

Event = Mapping[str, Any]

MAX_ITEM_IDS = 100  # an alert names as many; the event has them all
HABIT = 1.25  # times a pause that is a habit
PATIENCE = 2.0  # expected intervals: so long what needs a further reading waits for one


class Device:
    """Folds the events of one device. `take` and `age` yield alerts, in the order in which things happened.

    `heard` is the number, among the records of its shard, of the last one that was its own; `changes` counts, in this
    process, what else has changed it.
    """

    SAVED = ("heard", "rank", "_newest_s", "_expects_s")

    def __init__(self, settings: SensorSettings) -> None:
        self._order = Order(settings.recent_events, settings.max_gaps)
        self.episodes = Episodes(settings.escalate_s)
        self.presence, self.trust, self.rules = Presence(), Trust(settings.trust_half_life_s), Rulebook()
        self._newest_s: float | None = None
        self._expects_s: float | None = None
        self.last: Moment | None = None
        self.heard = self.changes = 0
        self.rank = -1
        """Who gives way to whom (`streams.sensors.room`)."""
        self._trust_low = settings.trust_low

    def save(self, device_id: str) -> bytes:
        """The device as bytes, for a snapshot."""
        shapes: list[Array] = []
        last = list(self.last) if self.last else None
        followed = [taken(self.presence), taken(self.trust), self._order.state(), self.episodes.state()]
        about = [device_id, taken(self), last, followed, self.rules.state(shapes)]
        return pack({str(number): shape for number, shape in enumerate(shapes)}, about)

    @classmethod
    def loaded(cls, saved: bytes, settings: SensorSettings) -> tuple[str, "Device"]:
        """The name of a device, and the device as it was saved. Raises `ValueError` or `TypeError`."""
        device, (shapes, about) = cls(settings), unpack(saved)
        device_id, fields, last, (presence, trust, order, episodes), rules = about
        given(device, fields)
        device.last = Moment(*last) if last else None
        given(device.presence, presence)
        given(device.trust, trust)
        device._order.restore(order)
        device.episodes.restore(episodes)
        device.rules.restore(rules, iter(shapes.values()), settings)
        return device_id, device

    @property
    def quantities(self) -> Mapping[str, Quantity]:
        """What it measures, each with its detector."""
        return self.rules.quantities

    def take(
        self, record: Reading, said: DeviceRecord | None, now_ms: int, settings: SensorSettings
    ) -> Iterator[Told] | None:
        """Alerts that follow from a record of `readings`; None for a duplicate.

        `said` is the registration in force, `now_ms` engine time.
        """
        event, historical = record["event"], record["event"].get("isHistorical", False)
        time_s = _time_s(record, settings)
        place = self._order.place(event["eventID"], event.get("sequence"), time_s, historical=historical)
        if place is Place.DUPLICATE:
            return None
        self.rules.know(said)
        self.presence.hear(record["at"], now_ms, historical=historical)
        expects_s = self.presence.expects_s(said.get("expected_s") if said else None)
        self._expects_s = expects_s if expects_s < inf else None
        return self._told(record, place, settings)

    def due_ms(self, settings: SensorSettings) -> float:
        """The engine time at which something is due although nothing comes; `inf` for never."""
        if self._newest_s is None or not self.presence.ages:
            return inf
        due_s = inf if self.presence.silent else self._newest_s + self.missed_s(settings)
        if self.episodes:
            due_s = min(due_s, self.episodes.due_s(self._patience_s(settings)))
        return inf if due_s == inf else self.presence.heard_ms + ceil((due_s - self._newest_s) * 1000)

    def age(self, now_ms: int, settings: SensorSettings) -> Iterator[Told]:
        """Let engine time reach `now_ms`, and with it the device's own: it has gone on since the device was heard."""
        for told in self._aged(now_ms, settings):
            self.changes += 1  # only where something is told: a tick that tells nothing leaves no trace
            yield self._blamed(told)

    def _aged(self, now_ms: int, settings: SensorSettings) -> Iterator[Told]:
        if self.last is None or self._newest_s is None:
            return
        until_s = self._newest_s + (now_ms - self.presence.heard_ms) / 1000
        at, patience_s = Clock(self.last), self._patience_s(settings)
        absent_s = self._newest_s + self.missed_s(settings)
        if not self.presence.silent and until_s >= absent_s:
            yield from self.episodes.pass_time(absent_s, patience_s, at)
            self.changes += 1
            yield from self._fall_silent(at(absent_s), settings)
        yield from self.episodes.pass_time(until_s, patience_s, at)

    def measure_less(self, now_ms: int) -> Iterator[Told]:
        """Forget the quantity that came last longest ago, for others; what is told of it is cleared."""
        self.changes += 1
        self.rules.drop()
        if moment := self._by(now_ms):
            yield from self._dismissed(moment)

    def dismiss(self, now_ms: int) -> Iterator[Told]:
        """Clear all that is told of it: it is to be forgotten."""
        if moment := self._by(now_ms):
            yield from self.episodes.dismiss(moment)

    def _by(self, now_ms: int) -> Moment | None:
        """Its last moment, as much later as it is by engine time."""
        if self.last is None or self._newest_s is None:
            return None
        later_ms = now_ms - self.presence.heard_ms if self.presence.ages else 0
        return Clock(self.last)(self._newest_s + max(later_ms, 0) / 1000)

    def _dismissed(self, moment: Moment) -> Iterator[Told]:
        for about in self.rules.dropped:
            yield from self.episodes.dismiss(moment, about)
        self.rules.dropped.clear()

    def absent(self, settings: SensorSettings) -> Moment | None:
        """From when on it counts as silent, unless it is heard before."""
        if self.last is None or self._newest_s is None or isinf(absence_s := self.missed_s(settings)):
            return None
        return Clock(self.last)(self._newest_s + absence_s)

    def _fall_silent(self, absent: Moment, settings: SensorSettings) -> Iterator[Told]:
        self.presence.silent = True
        if "providerId" in absent.subject:
            self.trust.blame(SILENT)  # its caretaker is told, once for all its devices
        else:
            usual = f"every {span(self.expected_s)}"
            text = f"Nothing was heard of the device for {span(self.missed_s(settings))}; it reports {usual}."
            yield from self.episodes.fold(Sign(SILENT, WARNING, text, normal=usual, stands=True), absent)

    @property
    def expected_s(self) -> float:
        """How often it reports at least; `inf` where that is not known."""
        return inf if self._expects_s is None else self._expects_s

    def missed_s(self, settings: SensorSettings) -> float:
        """After so long without a word it counts as silent; `inf` where nobody knows how often it reports."""
        return max(settings.silent_intervals * self.expected_s, settings.silent_s, HABIT * self.presence.habit_s)

    def _patience_s(self, settings: SensorSettings) -> float:
        return PATIENCE * self.expected_s if isfinite(self.expected_s) else settings.silent_s

    def _told(self, record: Reading, place: Place, settings: SensorSettings) -> Iterator[Told]:
        moment, event = _moment(record, settings), record["event"]
        if not self.trust.clean:
            self.trust.recover(moment.time_s, self.episodes.codes)
        if self.episodes:
            for told in self.episodes.pass_time(moment.time_s, inf, Clock(moment)):
                yield self._blamed(told)
        if self.presence.silent:
            self.presence.silent = False
            yield from self._fold(over(SILENT, "The device is heard again."), moment)
        for sign in self._signs(event, place, moment, settings):
            yield from self._fold(sign, moment)
        if self.rules.dropped:
            yield from self._dismissed(moment)
        if self._newest_s is None or moment.time_s >= self._newest_s:
            self._newest_s, self.last = moment.time_s, moment._replace(items=moment.items[:1])
        elif self.last:  # it was heard: should it fall silent again, then since these words
            self.last = self.last._replace(at_ms=moment.at_ms, source=moment.source)

    def _fold(self, sign: Sign, moment: Moment) -> Iterator[Told]:
        for told in self.episodes.fold(sign, moment):
            yield self._blamed(told)

    def _blamed(self, told: Told) -> Told:
        """The alert, held against the device where it is of its making, and with a doubt where there is one."""
        if told.alert["state"] == "RAISED" and not told.confirms:
            if told.alert["alertId"] == told.first_id:
                self.trust.blame(told.sign.code)
            if self.trust.score < self._trust_low:
                told.alert["reasons"].append(reason(self.trust.doubt))
        return told

    def _signs(self, event: Event, place: Place, moment: Moment, settings: SensorSettings) -> Iterator[Sign]:
        if "retractedEventID" in event:
            text = f"The device withdrew its report {event['retractedEventID']}."
            yield Sign("EVENT_RETRACTED", INFO, text, lasting_s=settings.quiet_s)
        elif place in (Place.NEXT, Place.RESTART):
            yield from order(place, self._order.overdue(settings.gap_grace), settings.quiet_s)
            if not event.get("isHistorical"):
                yield from clock(moment, self._newest_s, self.presence, settings)
            yield from self.rules.signs(event, moment, settings)
        else:
            yield from self.rules.belated(event, place, settings)


def _moment(record: Reading, settings: SensorSettings) -> Moment:
    event, time_s, ids = record["event"], _time_s(record, settings), record["event"].get("itemIds", ())
    items = ["\n".join(ids[first : first + MOST_ITEMS]) for first in range(0, len(ids), MOST_ITEMS)]
    whom, where = _subject(event), event.get("receptacleId", "")
    return Moment(whom, event["eventTime"], time_s, record["at"], record["source"], record["flags"], items, where)


def _time_s(record: Reading, settings: SensorSettings) -> float:
    """The event's time; a clock that is ahead must not end episodes, nor make later events late."""
    return min(record["time_ms"] / 1000, record["at"] / 1000 + settings.clock_tolerance_s)


def _subject(event: Event) -> dict[str, object]:
    subject: dict[str, object] = {"deviceID": event["deviceID"]}
    if "equipmentReference" in event:
        subject["equipmentReference"] = event["equipmentReference"]
    if "itemIds" in event:
        subject["itemIds"] = event["itemIds"][:MAX_ITEM_IDS]
    if "publisher" in event:
        subject["providerId"] = event["publisher"]
    return subject
