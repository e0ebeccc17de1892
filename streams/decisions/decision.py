"""RiskDecision, as a plain dict: built once per parcel, so by hand. A test holds it to the schema."""

from bisect import bisect
from collections.abc import Mapping, Sequence
from typing import Any

from streams.decisions.lanes import Choice
from streams.records.events import EventKind, event_id, rfc3339

EVENT = EventKind("risk", "decision")
ACTIONS = {
    "GREEN": "RELEASE",
    "BLUE": "POST_CLEARANCE_AUDIT",
    "YELLOW": "DOCUMENTARY_CHECK",
    "RED": "PHYSICAL_INSPECTION",
}
ADVERSE = frozenset({"YELLOW", "RED"})  # proposals: an officer decides
BANDS, PARTED_AT = ("LOW", "MEDIUM", "HIGH", "CRITICAL"), (0.1, 0.3, 0.7)
RULE_SET = {"name": "none", "version": "0"}
TELLING = 0.1  # log-odds an input must move the score by to be named among the decision's features


def decision_id(identity: str, version: int, source: Mapping[str, Any]) -> str:
    """The id that this version of this item, filed at this place, has for good.

    >>> decision_id("S10/LZ551209644CN", 1, {"topic": "manifests.v1", "partition": 0, "offset": 17, "index": 0})
    'dec-530b12c76a45870b36f8b452'
    """
    place = (source["topic"], source["partition"], source["offset"], source["index"])
    return "dec-" + event_id(identity, version, *place)


def risk_band(score: float) -> str:
    """
    >>> risk_band(0.05), risk_band(0.1), risk_band(0.92)
    ('LOW', 'MEDIUM', 'CRITICAL')
    """
    return BANDS[bisect(PARTED_AT, score)]


def telling(encoded: Mapping[str, float], contributions: Mapping[str, float]) -> dict[str, float]:
    """The inputs that moved the score, as the model saw them; the rest would triple the decision's size.

    >>> telling({"bias": 1.0, "hs6": 0.81234, "mode": 0.1}, {"bias": 0.0, "hs6": 0.12, "mode": 0.01})
    {'hs6': 0.8123}
    """
    # `round(value, 4)` asks for the decimal digits, at five times the cost.
    return {
        name: round(encoded[name] * 1e4) / 1e4
        for name, share in contributions.items()
        if not -TELLING < share < TELLING
    }


def risk_decision(  # noqa: PLR0913 - one argument per thing a decision says
    case: Mapping[str, Any],
    *,
    decision_id: str,
    supersedes: str | None,
    version: int,
    decided_ms: int,
    score: float,
    choice: Choice,
    reasons: Sequence[Mapping[str, Any]],
    flags: Sequence[str],
    features: Mapping[str, float],
    control_offset: int,
    model: tuple[str, int],
    engine: str,
    incidents: Sequence[str] = (),
) -> dict[str, Any]:
    """The decision about one version of the parcel filed in `case`. Equal arguments give equal bytes.

    `incidents` are the ids of those it was decided with, besides what `case` says itself.
    """
    decision = {
        "schemaVersion": "1.0",
        "decisionId": decision_id,
        "version": version,
        "decidedAt": rfc3339(decided_ms),
        "itemIdType": case["itemIdType"],
        "itemId": case["itemId"],
        "status": "FINAL",
        "riskScore": score,
        "riskBand": risk_band(score),
        "lane": choice.lane,
        "recommendedAction": ACTIONS[choice.lane],
        "humanReviewRequired": choice.lane in ADVERSE,
        "selectedBy": choice.selected_by,
        "propensity": choice.propensity,
        "reasons": reasons,
        "dataQualityFlags": flags,
        "features": features,
        "model": {"name": model[0], "version": str(model[1])},
        "ruleSet": RULE_SET,
        "engine": engine,
        "inputEventIds": [case["messageId"], *incidents],
        "source": case["source"],
        "controlOffset": control_offset,
    }
    if supersedes is not None:
        decision["supersedesDecisionId"] = supersedes
    return decision
