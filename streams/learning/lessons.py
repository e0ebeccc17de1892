"""What inspections have taught: the fold of the `example` records of the control log, and of what people say to it."""

from collections import Counter, OrderedDict
from collections.abc import Mapping
from typing import Any

import orjson

from streams.learning.contest import Contest
from streams.learning.drift import Drift
from streams.learning.example import Example
from streams.learning.guard import Guard
from streams.learning.notices import Notices
from streams.learning.settings import LearningSettings
from streams.models import RiskModel
from streams.models.catalogue import DEFAULT
from streams.models.encoder import PRIOR_EXAMPLES, PRIOR_POSITIVES
from streams.state.members import Place
from streams.state.parts import Part

COUNTED = ("model_version", "examples", "found", "dropped")
REMEMBERED = 10_000  # labels: older ones are not corrected any more
MAX_HELD = 2_000  # examples held back, the oldest dropped first
MAX_OPEN = 1_000  # alerts; who causes more is known to operators
CONTRADICTION, SUSPECT = "contradiction", "suspect"
DEPARTS = {"too little": "finds much less than others do", "too much": "finds much more than others do"}
MISLED = frozenset({"hits", "surprise"})  # what moves when what was learnt misleads
UNKNOWN = "?"  # in place of an office that is not said

Figures = dict[tuple[str, ...], float]
Held = tuple[Example, str]  # and why: CONTRADICTION, or the source that is not believed


class Lessons:
    """The models, taught by one example after the other (`streams.state.members`).

    An example whose label corrects an earlier one is learnt as one more example: a gradient step cannot be taken back,
    and the wrong one fades among the right ones. One whose label is withdrawn (`y` null) teaches nothing. The same
    label for the same decision teaches once. Goods found after papers alone were in order are no contradiction.

    What contradicts an earlier label without saying that it corrects it, and what comes from a source that is not
    believed (`streams.learning.guard`), is held back until a `release` record says what to do with it.

    `examples` are those learnt, `found` those among them where an inspection found something. `model_version` is the
    position after the newest record that changed how is decided; `dropped` counts held examples given up for newer.
    """

    def __init__(self, model: RiskModel, settings: LearningSettings = LearningSettings()) -> None:  # noqa: B008 - frozen
        self.settings = settings
        self.contest = Contest(model, DEFAULT, self.settings.challengers)
        self.guard = Guard()
        self.drift = Drift(self.settings)
        self.notices = Notices()
        self.model_version = 0
        self.examples = 0
        self.found = 0
        self.dropped = 0
        self._labels: OrderedDict[str, tuple[bool | None, bool]] = (
            OrderedDict()
        )  # the label, and whether of papers alone
        self._held: OrderedDict[str, Held] = OrderedDict()  # by decision
        self._open: dict[str, str] = {}  # notices by source, or by office that contradicts itself

    @property
    def model(self) -> RiskModel:
        """The model that decides."""
        return self.contest.model

    @property
    def usual(self) -> float:
        """The share of inspections that found something, as the model's tables count it: never 0, never 1."""
        return (self.found + PRIOR_POSITIVES) / (self.examples + PRIOR_EXAMPLES)

    @property
    def held(self) -> Mapping[str, Held]:
        """Examples held back, by decision."""
        return self._held

    def held_of(self, office: str) -> list[str]:
        """The decisions of whose examples of this office are held back."""
        return [name for name, (example, _) in self._held.items() if (example.office or UNKNOWN) == office]

    def doubted(self, office: str) -> list[str]:
        """What is not believed of this office: itself, officers of it, or its contradictions."""
        return [name for name in dict.fromkeys((*self._open, *self.guard.suspects)) if _office(name) == office]

    def fold(self, said: Mapping[str, Any], place: Place) -> bool:
        """Take an `example`, `release` or `promotion`. False: it is malformed, or about nothing that is known here."""
        match said:
            case {"kind": "promotion", "rollback": True}:
                return self._promoted(self.contest.roll_back(), place)
            case {"kind": "promotion", "model": str(name)}:
                done = self.contest.promote(name, str(said.get("by", "")), str(said.get("why", "")))
                return self._promoted(done, place)
            case {"kind": "release", "office": str(office), "learn": bool(learn)}:
                return self._release(office, learn, place)
            case {"kind": "example"} if example := Example.read(said):
                self._hear(example, place)
                return True
        return False

    def parts(self) -> Mapping[str, Part]:
        """What is to be saved."""
        return {
            "lessons": Part.json([getattr(self, name) for name in COUNTED]),
            "labels": Part.json(list(self._labels.items())),
            "held": Part.json(
                [[decision_id, tuple(example), why] for decision_id, (example, why) in self._held.items()]
            ),
            "guard": Part.json([self._open, self.guard.packed()]),
            "drift": Part.json(self.drift.packed()),
            "contest": Part.json(self.contest.packed()),
            "notices": Part.json(self.notices.packed()),
            **self.contest.parts(),
        }

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved."""
        counted = dict(zip(COUNTED, orjson.loads(parts["lessons"]), strict=True))
        labels = [(decision_id, (y, partial)) for decision_id, (y, partial) in orjson.loads(parts["labels"])]
        held = [(decision_id, (Example(*example), why)) for decision_id, example, why in orjson.loads(parts["held"])]
        self._open, guard = orjson.loads(parts["guard"])
        self.guard.unpack(guard)
        self.drift.unpack(orjson.loads(parts["drift"]))
        self.notices.unpack(orjson.loads(parts["notices"]))
        self.contest.unpack(orjson.loads(parts["contest"]), parts)
        vars(self).update(counted, _labels=OrderedDict(labels), _held=OrderedDict(held))

    def figures(self) -> Mapping[tuple[str, ...], float]:
        """What operators see of it (`agents.metrics.GAUGES`)."""
        held = Counter(SUSPECT if why != CONTRADICTION else CONTRADICTION for _, why in self._held.values())
        moved: Figures = {("drift", name): float(name in self.drift.open) for name in self.drift.watches}
        duels: Figures = {("challenger_evidence", name): duel.evidence for name, duel in self.contest.duels.items()}
        deciding: Figures = {
            ("model_deciding", name): float(name == self.contest.champion) for name in self.contest.models
        }
        return {
            ("held_examples", CONTRADICTION): held[CONTRADICTION],
            ("held_examples", SUSPECT): held[SUSPECT],
            ("suspect_sources",): len(self.guard.suspects),
            **moved,
            **duels,
            **deciding,
        }

    def sizes(self) -> Mapping[str, int]:
        """How many entries each store holds."""
        watched = sum(len(watch.values) for watch in self.drift.watches.values())
        return {
            "labels": len(self._labels),
            "held": len(self._held),
            "notices": len(self.notices),
            "drift": watched,
            **self.guard.sizes(),
        }

    def _hear(self, example: Example, place: Place) -> None:
        y, partial = self._labels.get(example.decision_id, (None, False))
        if example.decision_id in self._labels and y is example.y:
            return
        if None not in (y, example.y) and not (example.corrects or partial):
            self._contradicted(example, place)
        elif self.settings.guard and example.y is not None and (source := self.guard.suspected(example)):
            self._hold(example, source)
        else:
            self._held.pop(example.decision_id, None)  # a correction settles what was held
            self._learn(example, place, believed=False)

    def _learn(self, example: Example, place: Place, *, believed: bool) -> None:
        """Let all learn. `believed`: a human has looked at it, so the guard need not."""
        self._remember(example)
        if example.y is None:
            return
        score, better = self.contest.learn(example)
        self.examples += 1
        self.found += example.y
        self.model_version = place.offset + 1
        if MISLED & set(self.drift.hear(example, score, place, self.notices)):
            self.guard.forget()
            if self.settings.renew_after_drift:
                self.contest.renew()
        if self.settings.guard and not believed and (source := self.guard.hear(example, score)):
            self._suspected(source, place)
        for name in better:
            self._better(name, place)

    def _contradicted(self, example: Example, place: Place) -> None:
        self._hold(example, CONTRADICTION)
        office = example.office or UNKNOWN
        title = "its reports contradict each other and do not say which corrects which; the later are held back"
        self._raise(f"{CONTRADICTION}/{office}", office, title, place)

    def _suspected(self, source: str, place: Place) -> None:
        office, _, officer = source.partition("/")
        who = "one of its officers" if officer else "it"
        title = f"{who} {DEPARTS[self.guard.suspects[source]]} in like parcels; such reports are held back from now on"
        self._raise(source, office, title, place)

    def _raise(self, about: str, office: str, title: str, place: Place) -> None:
        if about not in self._open and len(self._open) < MAX_OPEN:
            self._open[about] = f"guard/{about}/{place.offset}"
            self._notice(place, self._open[about], "RAISED", office, title)

    def _notice(self, place: Place, about: str, state: str, office: str, title: str) -> None:
        self.notices.add(place, about, state, "HIGH", f"Customs office {office}: {title}", office=office)

    def _release(self, office: str, learn: bool, place: Place) -> bool:  # noqa: FBT001 - as the record says
        """Believe an office again; learn what was held back of it, or drop it. False: nothing was."""
        doubted, held = self.doubted(office), self.held_of(office)
        for name in doubted:
            self.guard.believe(name)
            if about := self._open.pop(name, ""):
                self._notice(place, about, "CLEARED", office, "its reports are learnt from again")
        for decision_id in held:
            example, _ = self._held.pop(decision_id)
            if learn:
                self._learn(example, place, believed=True)
        return bool(doubted or held)

    def _better(self, name: str, place: Place) -> None:
        title = f"Challenger {name} predicts better than {self.contest.champion}, which decides"
        by_rule = self.settings.promote_by_rule or (self.settings.renew_after_drift and name == self.contest.newcomer)
        promote = name if by_rule else ""
        self.notices.add(place, f"challenger/{name}/{place.offset}", "RAISED", "INFO", title, promote=promote)

    def _promoted(self, done: bool, place: Place) -> bool:  # noqa: FBT001 - whether anything changed
        if done:
            self.model_version = place.offset + 1
            title = f"Model {self.contest.champion} decides from now on"
            self.notices.add(place, f"promotion/{place.offset}", "RAISED", "INFO", title)
        return done

    def _hold(self, example: Example, why: str) -> None:
        self._held[example.decision_id] = example, why
        self._held.move_to_end(example.decision_id)
        if len(self._held) > MAX_HELD:
            self._held.popitem(last=False)
            self.dropped += 1

    def _remember(self, example: Example) -> None:
        self._labels[example.decision_id] = example.y, example.partial
        self._labels.move_to_end(example.decision_id)
        if len(self._labels) > REMEMBERED:
            self._labels.popitem(last=False)


def _office(name: str) -> str:
    """
    >>> _office("DE004851/p1f00d"), _office("contradiction/DE004851")
    ('DE004851', 'DE004851')
    """
    return name.removeprefix(f"{CONTRADICTION}/").partition("/")[0]
