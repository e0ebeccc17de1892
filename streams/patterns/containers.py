"""Containers with all their devices: what endangers the cargo becomes an incident, whoever tells of it, once."""

from collections.abc import Callable, Mapping
from typing import Any

from streams.intake.times import AHEAD_MS
from streams.patterns import agreement, announced, seals
from streams.patterns.container import Container, Story
from streams.patterns.dangers import BELIEVED, DANGERS, SEAL, Danger, Word
from streams.patterns.settings import PatternSettings, ms
from streams.patterns.store import Store
from streams.patterns.view import Say
from streams.records.events import event_id
from streams.state.parts import Part

Touch = Mapping[str, Any]
TrustOf = Callable[[str, int], float]
"""How far a caretaker is believed at a moment of engine time, 0..1."""


class Containers:
    """The view of `equipment/<reference>` (`streams.patterns.view`).

    A sign of a device begins a story or belongs to one. What all devices say of a story is weighed by how far each is
    believed, and makes at most one incident, told again under its id when it has become graver. No device ends an
    incident: a door that is closed again was open, warmed cargo is not fresh again, and who is back on the route had
    left it. People end it, and so does the voyage.

    Where a container may be opened, opening it is quiet: a device that is believed may know where it is, for itself,
    and where it is registered for all devices on the container.
    Cost: 20 µs a report, 50 µs a sign.
    """

    def __init__(self, settings: PatternSettings, trust_of: TrustOf) -> None:
        self._settings, self._trust_of = settings, trust_of
        self._terminals = frozenset(settings.terminals)
        self._place_ms, self._story_ms = ms(settings.place_s), ms(settings.story_s)
        self._store = Store("containers", settings.max_containers, Container)
        self._suspecting: set[str] = set()

    def take(self, touch: Touch, say: Say) -> bool:
        """Take a `sign` or `report` of one device (`streams.patterns.reports`)."""
        if touch["kind"] not in {"sign", "report"}:
            return False
        touch = {**touch, "time_ms": min(touch["time_ms"], touch["at"] + AHEAD_MS)}
        container = self._store.use(touch["entity"])
        new_seal = seals.closed(touch) and not container.sealed_ms(touch["deviceID"])
        container.hear(touch)
        if self._excused(container, touch, new=new_seal) and self._believed(container, touch, say) >= BELIEVED:
            self._opened(container, touch)
        self._follow_seals(container, touch, say, new=new_seal)
        if touch["kind"] == "sign" and touch["code"] in DANGERS:
            self._sign(container, touch, DANGERS[touch["code"]], say)
        self._compare(container, touch, say)
        return True

    def tick(self, now_ms: int, say: Say) -> None:
        """What was suspected for long enough is told, though no device says anything more."""
        for entity in sorted(self._suspecting):
            container = self._store.get(entity)
            if container is None or container.suspicion is None:
                self._suspecting.remove(entity)
            elif container.suspicion.due_by_ms <= now_ms:
                self._mismatch(self._store.use(entity), say)

    def parts(self) -> Mapping[str, Part]:
        """What is to be saved."""
        return self._store.parts()

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved."""
        self._store.load(parts)
        self._suspecting = {entity for entity, container in self._store.items() if container.suspicion}

    def sizes(self) -> Mapping[str, int]:
        """How many containers are remembered."""
        return {"containers": len(self._store)}

    def _sign(self, container: Container, touch: Touch, danger: Danger, say: Say) -> None:
        story = container.story(danger.story, touch, self._story_ms)
        if touch["state"] == "CLEARED":
            if story:
                story.last_until(touch["time_ms"])
        elif not self._quiet(container, touch, danger, say):
            self._endangered(container, touch, story, say)

    def _quiet(self, container: Container, touch: Touch, danger: Danger, say: Say) -> bool:
        """Whether nothing is wrong with it, here and now."""
        if touch.get("unconfirmed"):
            return True
        if danger.quiet:
            if self._believed(container, touch, say) >= BELIEVED:
                self._opened(container, touch)
            return self._may_be_opened(container, touch)
        return danger.story == SEAL and seals.expected(container, touch)

    def _excused(self, container: Container, touch: Touch, *, new: bool) -> bool:
        """Whether another seal is no wonder after this: it was opened, or gets a new seal where that is done."""
        return seals.opened(touch) or seals.by_customs(touch) or (new and self._may_be_opened(container, touch))

    def _opened(self, container: Container, touch: Touch) -> None:
        let = seals.by_customs(touch) or self._may_be_opened(container, touch)
        for permits in container.excused_by(touch):
            permits.open(touch["time_ms"], let=let)

    def _may_be_opened(self, container: Container, touch: Touch) -> bool:
        here = container.locodes(touch["deviceID"], touch["time_ms"], self._place_ms)
        return not here.isdisjoint(self._terminals) or not here.isdisjoint(touch.get("permittedPlaces", ()))

    def _endangered(self, container: Container, touch: Touch, story: Story | None, say: Say) -> None:
        word = Word(touch["code"], touch.get("publisher", ""), self._believed(container, touch, say))
        story = story or container.begin(_story(touch))
        anew, links = story.begins_anew(touch), announced.links(touch)
        verdict = story.hear(touch, word)
        if announced.worth_telling(story, verdict, links) or (anew and links):
            story.tell(verdict, links)
            say.incident(announced.incident(story, touch, links))

    def _believed(self, container: Container, touch: Touch, say: Say) -> float:
        """Nobody is believed more than the caretaker who answers for the device."""
        device = agreement.believed(container, touch["deviceID"], touch["trust"])
        keeper = self._trust_of(touch["publisher"], say.now_ms) if "publisher" in touch else 1.0
        return round(min(device, keeper), 3)

    def _follow_seals(self, container: Container, touch: Touch, say: Say, *, new: bool) -> None:
        if container.suspicion and seals.settled(container, touch, container.suspicion):
            container.suspicion = None
        elif container.suspicion is None and new:
            container.suspicion = seals.suspect(container, touch, say.now_ms, self._settings)
            self._suspecting.add(touch["entity"])
        if container.suspicion and touch["time_ms"] >= container.suspicion.due_ms:
            self._mismatch(container, say)

    def _mismatch(self, container: Container, say: Say) -> None:
        """A second seal, and the first is gone: no single device could tell, so this view raises the alert."""
        if suspicion := container.suspicion:
            container.suspicion = None
            sign = {**suspicion.touch, **seals.mismatch(suspicion)}
            reason = {name: sign[name] for name in ("code", "text", "value", "normal")} | {"source": "SENSOR"}
            alert = announced.alert(sign, "CRITICAL", reason, keeper=seals.whose(container, suspicion))
            say.alert(alert)
            sign["alertId"] = alert["alertId"]
            self._endangered(container, sign, container.story(SEAL, sign, self._story_ms), say)

    def _compare(self, container: Container, touch: Touch, say: Say) -> None:
        """Tell when its devices begin to disagree, and when they no longer do."""
        if len(container.witnesses) > 1:
            for dispute in [*agreement.disputes(container, touch["deviceID"], self._settings)]:
                if not container.quarrels[dispute.about].alert_id:
                    say.alert(announced.quarrel(container, touch, dispute))
        if container.quarrels:
            agreement.stale(container, touch["time_ms"], self._place_ms)
            for about in agreement.ended(container):
                say.alert(announced.peace(about, container.quarrels.pop(about), touch))


def _story(touch: Touch) -> Story:
    name = DANGERS[touch["code"]].story
    incident_id = "inc-" + event_id(touch["entity"], name, touch["alertId"], *touch["source"].values())
    return Story(name, incident_id, touch["time_ms"], touch["time_ms"])
