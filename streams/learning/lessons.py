"""What inspections have taught: the fold of the `example` records of the control log."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import orjson

from streams.models import RiskModel
from streams.models.encoder import PRIOR_EXAMPLES, PRIOR_POSITIVES
from streams.state.members import Place
from streams.state.parts import Part

MODEL = "model-"  # begins the names of its parts
COUNTED = ("model_version", "examples", "found")
REMEMBERED = 10_000  # labels: older ones are not corrected any more


class Lessons:
    """The model, taught by one example after the other (`streams.state.members`).

    An example whose label corrects an earlier one (`was`) is learnt as one more example: a gradient step cannot be
    taken back, and the wrong one fades among the right ones. One whose label is withdrawn (`y` null) teaches
    nothing. The same label for the same decision teaches once.

    `examples` are those learnt, `found` those among them where an inspection found something. `model_version` is the
    position after the newest of them.
    """

    def __init__(self, model: RiskModel) -> None:
        self.model = model
        self.model_version = 0
        self.examples = 0
        self.found = 0
        self._labels: OrderedDict[str, bool | None] = OrderedDict()

    @property
    def usual(self) -> float:
        """The share of inspections that found something, as the model's tables count it: never 0, never 1."""
        return (self.found + PRIOR_POSITIVES) / (self.examples + PRIOR_EXAMPLES)

    def fold(self, said: Mapping[str, Any], place: Place) -> bool:
        """Learn from an example, if it says anything new. False: it is malformed."""
        match said:
            case {"decisionId": str(decision_id), "x": dict(x), "y": (bool() | None) as y}:
                self._learn(decision_id, x, y, place)
                return True
        return False

    def parts(self) -> Mapping[str, Part]:
        """What is to be saved."""
        return {
            "lessons": Part.json([getattr(self, name) for name in COUNTED]),
            "labels": Part.json(list(self._labels.items())),
            **{f"{MODEL}{name}": part for name, part in self.model.parts().items()},
        }

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved."""
        counted = dict(zip(COUNTED, orjson.loads(parts["lessons"]), strict=True))
        labels = OrderedDict(orjson.loads(parts["labels"]))
        self.model.load({name.removeprefix(MODEL): parts[name] for name in parts if name.startswith(MODEL)})
        vars(self).update(counted, _labels=labels)

    def figures(self) -> Mapping[tuple[str, ...], float]:
        """What operators see of it (`agents.metrics.GAUGES`)."""
        return {}

    def sizes(self) -> Mapping[str, int]:
        """How many entries each store holds."""
        return {"labels": len(self._labels)}

    def _learn(self, decision_id: str, x: dict[str, Any], y: bool | None, place: Place) -> None:  # noqa: FBT001
        if decision_id in self._labels and self._labels[decision_id] is y:
            return
        self._remember(decision_id, y)
        if y is not None:
            self.model.learn_one(x, y)
            self.examples += 1
            self.found += y
            self.model_version = place.offset + 1

    def _remember(self, decision_id: str, y: bool | None) -> None:  # noqa: FBT001 - a label
        self._labels[decision_id] = y
        self._labels.move_to_end(decision_id)
        if len(self._labels) > REMEMBERED:
            self._labels.popitem(last=False)
