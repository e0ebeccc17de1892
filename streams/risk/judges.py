"""Who says how risky a parcel is: the model, or, when the log is folded again, the decision made at the time."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from streams.decisions.lanes import Choice, Draws, Pool
from streams.decisions.verdict import Verdict
from streams.log import Record
from streams.models import RiskModel

Judge = Callable[[Mapping[str, Any], Pool, Draws], Verdict]


def live(model: RiskModel) -> Judge:
    """Ask the model, then the office's pool."""

    def judge(x: Mapping[str, Any], pool: Pool, by: Draws) -> Verdict:
        score, contributions, encoded, evidence = model.explain_one(x)
        score = round(score, 6)  # as the decision will say it, so that folding it again gives the same
        return Verdict(score, pool.choose(score, by), contributions, encoded, evidence)

    return judge


def recorded(answers: Iterator[Record]) -> Judge:
    """Take the decisions that were written at the time, one after the other."""

    def judge(_x: Mapping[str, Any], _pool: Pool, _by: Draws) -> Verdict:
        answer = next(answers, None)
        if answer is None:
            raise LookupError("decisions are missing from the log that a restart is restored from")
        said = orjson.loads(answer.value or b"{}")
        return Verdict(said["riskScore"], Choice(said["lane"], said["selectedBy"], said["propensity"]))

    return judge
