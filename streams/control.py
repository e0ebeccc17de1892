"""The fold of the control log: time and learning, the same on every worker because the log is the same."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import orjson

from streams.log import Record
from streams.models import RiskModel
from streams.models.encoder import PRIOR_EXAMPLES, PRIOR_POSITIVES
from streams.registry import Providers
from streams.state.parts import Ledger, Part, same_version, understood

VERSION = 1  # of what is saved
MODEL = "model-"  # begins the names of its parts
LONGEST_STEP_MS = 2_000  # an engine that stood still must not age what waits in it
COUNTED = ("offset", "now_ms", "model_version", "ignored", "examples", "found", "_ticked_ms")
REMEMBERED = 10_000  # labels: older ones are not corrected any more


class Control:
    """All that shards must agree on: the engine's time and the model, as of a position in the control log.

    `offset` is a position as Kafka counts it: every record below it is folded. `now_ms` is how long the engine has run:
    it moves by ticks only, by two seconds at most each, so that time in which no engine ran ages nothing.
    `model_version` is the position after the newest example the model has learnt.

    An example whose label corrects an earlier one (`was`) is learnt as one more example: a gradient step cannot be
    taken back, and the wrong one fades among the right ones. One whose label is withdrawn (`y` null) teaches
    nothing. The same label for the same decision teaches once.

    `providers` are those registered. `ignored` counts records that are malformed or of a kind unknown to this version.

    >>> from streams.log import LogRecord
    >>> from streams.models import build
    >>> control = Control(build())
    >>> for offset, at_ms in enumerate((1_000_000, 1_001_000, 9_001_000)):
    ...     control.fold(LogRecord(0, offset, at_ms, None, b'{"kind":"tick"}'))
    >>> control.offset, control.now_ms
    (3, 5000)
    """

    def __init__(self, model: RiskModel) -> None:
        self.model = model
        self.providers = Providers()
        self.offset = 0
        self.now_ms = 0
        self.model_version = 0
        self.ignored = 0
        self.examples = 0
        self.found = 0
        self._ticked_ms = 0
        self._labels: OrderedDict[str, bool | None] = OrderedDict()
        self._ledger = Ledger()

    @property
    def usual(self) -> float:
        """The share of inspections that found something, as the model's tables count it: never 0, never 1."""
        return (self.found + PRIOR_POSITIVES) / (self.examples + PRIOR_EXAMPLES)

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
            case {"kind": "example", "decisionId": str(decision_id), "x": dict(x), "y": (bool() | None) as y}:
                self._learn(decision_id, x, y)
            case {"kind": "provider"} as registration if self.providers.register(registration):
                pass
            case _:
                self.ignored += 1

    def save(self) -> Mapping[str, bytes | None]:
        """What changed (`streams.log.Saved`). A tick changes one small part, a lesson all that the model has learnt."""
        return self._ledger.changes(self._parts())

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved. Raises `ValueError`; nothing has changed then."""
        with understood():
            version, *numbers = orjson.loads(parts["control"])
            same_version(version, VERSION)
            labels = OrderedDict(orjson.loads(parts["labels"]))
            Providers().load(parts["providers"])  # before anything changes
            counted = dict(zip(COUNTED, numbers, strict=True))
            self.model.load({name.removeprefix(MODEL): parts[name] for name in parts if name.startswith(MODEL)})
        self.providers.load(parts["providers"])
        self.__dict__.update(counted, _labels=labels)
        self._ledger.know(self._parts())

    def sizes(self) -> Mapping[str, int]:
        """How many entries each store holds."""
        return {"labels": len(self._labels), "providers": len(self.providers)}

    def _parts(self) -> Mapping[str, Part]:
        return {
            "control": Part.json([VERSION, *(getattr(self, name) for name in COUNTED)]),
            "labels": Part.json(list(self._labels.items())),
            "providers": Part.of(self.providers.save()),
            **{f"{MODEL}{name}": part for name, part in self.model.parts().items()},
        }

    def _tick(self, at_ms: int) -> None:
        self.now_ms += min(max(at_ms - self._ticked_ms, 0), LONGEST_STEP_MS)
        self._ticked_ms = max(at_ms, self._ticked_ms)

    def _learn(self, decision_id: str, x: dict[str, Any], y: bool | None) -> None:  # noqa: FBT001 - a label
        if decision_id in self._labels and self._labels[decision_id] is y:
            return
        self._remember(decision_id, y)
        if y is not None:
            self.model.learn_one(x, y)
            self.examples += 1
            self.found += y
            self.model_version = self.offset

    def _remember(self, decision_id: str, y: bool | None) -> None:  # noqa: FBT001 - a label
        self._labels[decision_id] = y
        self._labels.move_to_end(decision_id)
        if len(self._labels) > REMEMBERED:
            self._labels.popitem(last=False)


def said(value: bytes | None) -> Any:
    """The JSON of a control record, None where it is none: people's tools write here too."""
    try:
        return orjson.loads(value or b"null")
    except orjson.JSONDecodeError:
        return None
