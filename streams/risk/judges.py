"""Who says how risky a parcel is: the model, or, when the log is folded again, the decision made at the time."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import orjson

from streams.decisions.budgets.pool import Pool
from streams.decisions.lanes import Choice, Draws
from streams.decisions.verdict import Verdict
from streams.log import Record
from streams.models import RiskModel

OTHERWISE = "otherwise"  # a header of decisions that the lot made: settings may change before they are folded again


class Judge(Protocol):
    """Gives one verdict after the other, in the order in which parcels are decided."""

    def acted(self, offset: int) -> int:
        """The position in the control log at which the next decision is made, `offset` being that of now."""

    def __call__(self, x: Mapping[str, Any], pool: Pool, by: Draws, /) -> Verdict:
        """The next verdict, of a parcel with features `x`."""


class Live:
    """Asks the model, then the office's pool."""

    def __init__(self, model: RiskModel) -> None:
        self._model = model

    def acted(self, offset: int) -> int:
        return offset

    def __call__(self, x: Mapping[str, Any], pool: Pool, by: Draws) -> Verdict:
        score, contributions, encoded, evidence = self._model.explain_one(x)
        score = round(score, 6)  # as the decision will say it, so that folding it again gives the same
        return Verdict(score, pool.choose(score, by), contributions, encoded, evidence)


class Recorded:
    """Takes the decisions that were written at the time, one after the other."""

    def __init__(self, answers: Iterator[Record] = iter(())) -> None:  # noqa: B008 - nothing, for ever
        self._answers = answers
        self._next: dict[str, Any] = {}
        self._otherwise = ""

    def acted(self, _offset: int) -> int:
        answer = next(self._answers, None)
        if answer is None:
            raise LookupError("decisions are missing from the log that a restart is restored from")
        self._next = orjson.loads(answer.value or b"{}")
        self._otherwise = dict(answer.headers).get(OTHERWISE, b"").decode()
        offset: int = self._next["controlOffset"]
        return offset

    def __call__(self, _x: Mapping[str, Any], _pool: Pool, _by: Draws) -> Verdict:
        said = self._next
        choice = Choice(said["lane"], said["selectedBy"], said["propensity"])
        return Verdict(said["riskScore"], choice, otherwise=self._otherwise)
