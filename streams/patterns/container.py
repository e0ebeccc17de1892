"""What is known of one container: the devices on it, where it is, what its seals say and what happened to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from pydantic import TypeAdapter

from streams.patterns.dangers import BELIEVED, DANGERS, RED, Verdict, Word, weighed
from streams.records.events import event_id
from streams.sensors.rules.places import NEAR_KM
from streams.sensors.rules.route import distance_km

Touch = Mapping[str, Any]

MOST_DEVICES = 8
MOST_COMPONENTS = 4  # of a device's temperatures
MOST_STORIES = 8
MOST_ALERTS = 16  # of one story
MOST_LINKED = 32  # of one story
AGAIN_MS = 900_000  # seal, door and light tell of one opening within so long
CLOSED = frozenset({"SEALED", "CLOSED"})  # what a seal says of itself


Whereabouts = tuple[str, tuple[float, float] | None, int]
"""A UN/LOCODE, latitude and longitude where that was said, and when it was, in ms."""


@dataclass(slots=True)
class Permits:
    """What excuses an opening, or another seal: where the container is, and when it was opened. Times in ms.

    Anybody may say anything in the name of a device that nobody registered, so its word excuses only its own signs.
    """

    place: Whereabouts | None = None
    opened_ms: int = 0  # last: after it there may be another seal
    let_open_ms: int = 0  # last, where that was permitted

    def be_at(self, place: Touch, at_ms: int) -> None:
        """A place is left when the position is far from where the place was named."""
        position = (float(place["latitude"]), float(place["longitude"])) if "latitude" in place else None
        if not _newer(self.place, at_ms):
            return
        if "UNLocationCode" in place:
            self.place = (place["UNLocationCode"], position, at_ms)
        elif self.place and self.place[1] and position:
            near = distance_km(*self.place[1], *position) <= NEAR_KM
            self.place = (*self.place[:2], at_ms) if near else None

    def open(self, at_ms: int, *, let: bool) -> None:
        """It is opened; `let` where that is permitted."""
        self.opened_ms = max(self.opened_ms, at_ms)
        if let:
            self.let_open_ms = max(self.let_open_ms, at_ms)


@dataclass(slots=True)
class Witness:
    """A device on the container and what it said last, each with its time in ms; older words change nothing."""

    trust: float = 0.0
    keeper: str = ""
    kind: str = ""
    heard_ms: int = 0
    position: tuple[float, float, int] | None = None
    door: tuple[str, int] | None = None
    seal: tuple[str, str, int] | None = None
    warmth: dict[str, tuple[float, int]] = field(default_factory=dict)
    permits: Permits = field(default_factory=Permits)  # for itself

    def hear(self, touch: Touch) -> None:
        """Take what the device says now."""
        at_ms: int = touch["time_ms"]
        self.trust, self.keeper = float(touch["trust"]), touch.get("publisher", "")
        self.kind = touch.get("deviceType", self.kind)
        self.heard_ms = max(self.heard_ms, at_ms)
        place, placed_ms = touch.get("geoLocation", {}), touch.get("position_ms", at_ms)
        if "latitude" in place and _newer(self.position, placed_ms):
            self.position = (float(place["latitude"]), float(place["longitude"]), placed_ms)
        if "door" in touch and _newer(self.door, at_ms):
            self.door = (touch["door"], at_ms)
        if "seal" in touch and _newer(self.seal, at_ms):
            self.seal = (touch["seal"]["sealNumber"], touch["seal"]["status"], at_ms)
        for component, celsius in touch.get("temperatures", {}).items():
            if _newer(self.warmth.get(component), at_ms) and (
                component in self.warmth or len(self.warmth) < MOST_COMPONENTS
            ):
                self.warmth[component] = (float(celsius), at_ms)


@dataclass(slots=True)
class Story:
    """One thing that happens to the container, whoever tells of it: at most one incident.

    `words` are by device; `lane` and `weight` are those of the incident so far, `best` is the sign it is named after.
    """

    name: str
    incident_id: str
    first_ms: int
    last_ms: int
    words: dict[str, Word] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    lane: str = ""
    weight: float = 0.0
    told_ms: int = 0  # up to when, in event time
    linked: list[str] = field(default_factory=list)  # what it was told to have happened to
    best: dict[str, Any] = field(default_factory=dict)

    def goes_on(self, touch: Touch, gap_ms: int) -> bool:
        """Whether a sign belongs to it: by its alert, or by its time."""
        return touch["alertId"] in self.alerts or (self.first_ms - gap_ms <= touch["time_ms"] <= self.last_ms + gap_ms)

    def last_until(self, at_ms: int) -> None:
        self.first_ms, self.last_ms = min(self.first_ms, at_ms), max(self.last_ms, at_ms)

    def begins_anew(self, touch: Touch) -> bool:
        """Whether a sign tells that the like has happened once more, and not once more of what was told.

        Somebody may have looked meanwhile, and found nothing yet.
        """
        new = touch["alertId"] not in self.alerts and not touch.get("grew") and DANGERS[touch["code"]].lane == RED
        return bool(self.lane) and new and touch["time_ms"] >= self.told_ms + AGAIN_MS

    def concerns(self, links: Mapping[str, Any]) -> bool:
        """Whether it was told of all this already."""
        return set(_linked(links)) <= set(self.linked)

    def tell(self, verdict: Verdict, links: Mapping[str, Any]) -> None:
        """It is told, as it is now."""
        self.lane, self.weight = verdict
        self.told_ms = self.last_ms
        self.linked = [*dict.fromkeys([*self.linked, *_linked(links)])][-MOST_LINKED:]

    def hear(self, touch: Touch, word: Word) -> Verdict:
        """Take one more sign of it; what all signs come to now."""
        self.last_until(touch["time_ms"])
        self.alerts = [*dict.fromkeys([*self.alerts, touch["alertId"]])][-MOST_ALERTS:]
        self.codes = sorted({*self.codes, word.code})
        device = touch["deviceID"]
        if device in self.words or len(self.words) < MOST_DEVICES:
            self.words[device] = self.words[device].and_also(word) if device in self.words else word
        if not self.best or word.gravity > Word(self.best["code"], "", self.best["trust"]).gravity:
            named = {name: touch[name] for name in ("text", "value", "normal", "alertId") if name in touch}
            self.best = {"code": word.code, "trust": word.trust, **named}
        return weighed(self.words.values(), len(self.codes))


def _linked(links: Mapping[str, Any]) -> Iterator[str]:
    """Each link in one short text, all items together."""
    for name, link in links.items():
        yield f"{name}/{link if isinstance(link, str) else event_id(*(item['itemId'] for item in link))}"


def _newer(said: tuple[Any, ...] | None, at_ms: int) -> bool:
    return said is None or at_ms >= said[-1]


@dataclass(slots=True)
class Quarrel:
    """Devices that disagree about one thing: since when each pair does, and the alert while there is one."""

    pairs: dict[str, int] = field(default_factory=dict)
    alert_id: str = ""
    raised_at: str = ""
    device: str = ""

    def leave(self, gone: set[str]) -> None:
        """The devices `gone` disagree with nobody any more."""
        self.pairs = {pair: since for pair, since in self.pairs.items() if gone.isdisjoint(pair.split("\n"))}

    def others(self, device: str) -> Iterator[str]:
        """With whom a device disagrees."""
        for pair in self.pairs:
            one, other = pair.split("\n")
            if device in {one, other}:
                yield other if device == one else one


@dataclass(slots=True)
class Suspicion:
    """A second seal, told of by `touch`, while it is not known whether the first, `number`, is still on.

    If `device` does not say so, it is gone at event time `due_ms`, or once engine time reaches `due_by_ms`.
    """

    device: str
    number: str
    due_ms: int
    due_by_ms: int
    touch: dict[str, Any]


@dataclass(slots=True)
class Container:
    """All that is remembered of one container; bounded, some 2 kB when much happened to it."""

    witnesses: dict[str, Witness] = field(default_factory=dict)
    permits: Permits = field(default_factory=Permits)  # by registered devices, for all
    suspicion: Suspicion | None = None
    stories: list[Story] = field(default_factory=list)
    quarrels: dict[str, Quarrel] = field(default_factory=dict)

    def packed(self) -> Self:
        """Itself: its fields are JSON."""
        return self

    @classmethod
    def unpacked(cls, packed: Any) -> "Container":
        """Become what was packed. Raises `ValueError`."""
        return _CONTAINER.validate_python(packed)

    def hear(self, touch: Touch) -> None:
        """Take what a device says of itself, of its container and of where it is."""
        witness = self.witnesses.setdefault(touch["deviceID"], Witness())
        witness.hear(touch)
        if len(self.witnesses) > MOST_DEVICES:
            others = self.witnesses.keys() - {touch["deviceID"]}
            self._forget(min(others, key=lambda device: (self.witnesses[device].heard_ms, device)))
        if witness.trust >= BELIEVED and "geoLocation" in touch:
            for permits in self.excused_by(touch):
                permits.be_at(touch["geoLocation"], touch.get("position_ms", touch["time_ms"]))

    def excused_by(self, touch: Touch) -> list[Permits]:
        """Whatever what a device says now counts for: itself; if it is registered, all devices."""
        return [self.witnesses[touch["deviceID"]].permits, *([self.permits] if touch.get("registered") else [])]

    def permits_of(self, device: str) -> list[Permits]:
        """Whatever excuses what a device says."""
        return [self.permits, *([self.witnesses[device].permits] if device in self.witnesses else [])]

    def locodes(self, device: str, at_ms: int, fresh_ms: float) -> set[str]:
        """Where it is at a time, as far as that was said for `device` by anybody who is believed, not too long ago."""
        places = (permits.place for permits in self.permits_of(device))
        return {place[0] for place in places if place and abs(at_ms - place[2]) <= fresh_ms}

    def opened_ms(self, device: str) -> int:
        """When it was opened last, as far as that excuses another seal than that of `device`."""
        return max(permits.opened_ms for permits in self.permits_of(device))

    def let_open_ms(self, device: str) -> int:
        """The same where that was permitted."""
        return max(permits.let_open_ms for permits in self.permits_of(device))

    def sealed_ms(self, device: str) -> int:
        """When a device last reported a seal."""
        witness = self.witnesses.get(device)
        return witness.seal[2] if witness and witness.seal else 0

    def closed_seals(self, but: str) -> dict[str, tuple[str, int]]:
        """By device: the number of its seal, where that is closed and not the number `but`, and when it said so."""
        seals = ((device, witness.seal) for device, witness in self.witnesses.items())
        return {device: (seal[0], seal[2]) for device, seal in seals if seal and seal[1] in CLOSED and seal[0] != but}

    def story(self, name: str, touch: Touch, gap_ms: int) -> Story | None:
        """The one that a sign belongs to."""
        return next((story for story in self.stories if story.name == name and story.goes_on(touch, gap_ms)), None)

    def begin(self, story: Story) -> Story:
        """One more; of too many the one that ended first is forgotten."""
        self.stories = sorted([*self.stories, story], key=lambda each: each.last_ms)[-MOST_STORIES:]
        return story

    def _forget(self, device: str) -> None:
        """Of more devices than one container has, the one not heard for longest."""
        del self.witnesses[device]
        for quarrel in self.quarrels.values():
            quarrel.leave({device})


_CONTAINER = TypeAdapter(Container)
