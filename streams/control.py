"""The fold of the control log: all that every worker must agree on, the same everywhere because the log is the same."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from itertools import chain
from typing import Any

import orjson

from streams.decisions.budgets.findings import Findings
from streams.decisions.budgets.orders import Budgets
from streams.incidents import Incidents, IncidentSettings
from streams.learning.lessons import Lessons
from streams.learning.missed import Missed
from streams.learning.notices import Notice
from streams.learning.settings import LearningSettings
from streams.learning.targets import Targets
from streams.log import Record
from streams.models import RiskModel
from streams.patterns.standing import Standing
from streams.registry import Providers
from streams.sensors.registry import Devices
from streams.state.members import Member, Place
from streams.state.parts import Ledger, Part, same_version, understood

VERSION = 2  # of what is saved
LONGEST_STEP_MS = 2_000  # an engine that stood still must not age what waits in it
COUNTED = ("offset", "now_ms", "ignored", "_ticked_ms")


class Control:
    """All that shards must agree on, as of a position in the control log: engine time here, the rest in members.

    `offset` is a position as Kafka counts it: every record below it is folded. `now_ms` is how long the engine has run:
    it moves by ticks only, by two seconds at most each, so that time in which no engine ran ages nothing. `ignored`
    counts records that are malformed or of a kind unknown to this version.

    Where do I add a kind of record? A member of its own, and a line in `members`. A kind may concern several.

    >>> from streams.log import LogRecord
    >>> from streams.models import build
    >>> control = Control(build())
    >>> for offset, at_ms in enumerate((1_000_000, 1_001_000, 9_001_000)):
    ...     control.fold(LogRecord(0, offset, at_ms, None, b'{"kind":"tick"}'))
    >>> control.offset, control.now_ms
    (3, 5000)
    """

    def __init__(
        self,
        model: RiskModel,
        targets: Targets = Targets(),  # noqa: B008 - frozen
        learning: LearningSettings = LearningSettings(),  # noqa: B008
        incidents: IncidentSettings = IncidentSettings(),  # noqa: B008
    ) -> None:
        self.lessons = Lessons(model, learning)
        self.missed = Missed(targets)
        self.budgets = Budgets()
        self.findings = Findings()
        self.providers = Providers()
        self.devices = Devices()
        self.incidents = Incidents(incidents)
        self.standing = Standing()
        self.members: Mapping[str, Sequence[Member]] = {
            "example": (self.lessons, self.missed, self.findings),
            "budget": (self.budgets,),
            "release": (self.lessons,),
            "promotion": (self.lessons,),
            "passage": (self.missed,),
            "provider": (self.providers,),
            "device": (self.devices,),
            "incident": (self.incidents,),
            "caretaker": (self.standing,),
        }
        self.offset = 0
        self.now_ms = 0
        self.ignored = 0
        self._ticked_ms = 0
        self._ledger = Ledger()

    @property
    def model(self) -> RiskModel:
        """The model that decides, as taught so far. Ask for it anew after every fold."""
        return self.lessons.model

    @property
    def model_name(self) -> str:
        """What the model that decides is called in the catalogue."""
        return self.lessons.contest.champion

    @property
    def exploring(self) -> float:
        """By how much exploration is to be multiplied: 1, and more for a while after the world has changed."""
        return self.lessons.drift.exploring(self._ticked_ms)

    def noticed(self, since_ms: int, until_ms: int) -> list[Notice]:
        """What was noticed in this stretch of engine time, for operators (`streams.learning.notices`)."""
        found = (member.notices.between(since_ms, until_ms) for member in (self.lessons, self.missed))
        return sorted(chain.from_iterable(found), key=lambda notice: notice.place.offset)

    @property
    def model_version(self) -> int:
        """The position after the newest record that changed how the model decides."""
        return self.lessons.model_version

    @property
    def examples(self) -> int:
        """How many labels the model has learnt."""
        return self.lessons.examples

    @property
    def found(self) -> int:
        """How many of them say that an inspection found something."""
        return self.lessons.found

    @property
    def usual(self) -> float:
        """The share of inspections that found something, as the model's tables count it: never 0, never 1."""
        return self.lessons.usual

    @property
    def ticked_ms(self) -> int:
        """Kafka's time of the newest tick, 0 before the first: so fresh is what is known here."""
        return self._ticked_ms

    def fold(self, record: Record) -> None:
        """Take the next record of the control log; what this version cannot make sense of is counted and left out."""
        self.offset = record.offset + 1
        match said(record.value):
            case {"kind": "tick"}:
                self._tick(record.timestamp)
            case {"kind": str(kind)} as told if kind in self.members:
                place = Place(record.offset, self.now_ms, record.timestamp)
                taken = [member.fold(told, place) for member in self.members[kind]]
                self.ignored += not all(taken)
            case _:
                self.ignored += 1

    def save(self) -> Mapping[str, bytes | None]:
        """What changed (`streams.log.Saved`). A tick changes one small part, a lesson all that the model has learnt."""
        return self._ledger.changes(self._parts())

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved. Raises `ValueError`; nothing has changed then."""
        members = list(self._each())
        loaded = deepcopy(members)  # cheap: what is loaded has folded nothing yet
        with understood():
            version, *numbers = orjson.loads(parts["control"])
            same_version(version, VERSION)
            counted = dict(zip(COUNTED, numbers, strict=True))
            for member in loaded:
                member.load(parts)
        for member, became in zip(members, loaded, strict=True):
            vars(member).update(vars(became))  # shards hold on to these
        vars(self).update(counted)
        self._ledger.know(self._parts())

    def sizes(self) -> Mapping[str, int]:
        """How many entries each store holds."""
        held: Counter[str] = Counter()
        for member in self._each():
            held.update(member.sizes())
        return held

    def figures(self) -> Mapping[tuple[str, ...], float]:
        """What operators see of it: numbers by gauge and labels (`agents.metrics.GAUGES`)."""
        return {name: figure for member in self._each() for name, figure in member.figures().items()}

    def _each(self) -> Iterable[Member]:
        """Every member once, however many kinds of record it takes."""
        return {id(member): member for members in self.members.values() for member in members}.values()

    def _parts(self) -> Mapping[str, Part]:
        told = {name: part for member in self._each() for name, part in member.parts().items()}
        return {"control": Part.json([VERSION, *(getattr(self, name) for name in COUNTED)]), **told}

    def _tick(self, at_ms: int) -> None:
        self.now_ms += min(max(at_ms - self._ticked_ms, 0), LONGEST_STEP_MS)
        self._ticked_ms = max(at_ms, self._ticked_ms)


def said(value: bytes | None) -> Any:
    """The JSON of a control record, None where it is none: people's tools write here too."""
    try:
        return orjson.loads(value or b"null")
    except orjson.JSONDecodeError:
        return None
