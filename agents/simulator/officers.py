"""Officers: they inspect what the engine proposes as RED or YELLOW and report what they found, in their own time."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import orjson

from agents.simulator.happenings import Happening, Truth
from streams.topics import OUTCOMES

DELAY_S = (1.0, 4.0)
LATE, LATE_FACTOR = 0.03, 8.0
DUPLICATED, CORRECTED, INCONCLUSIVE = 0.02, 0.02, 0.02
AGAIN_AFTER_S = 1.5  # a repetition or correction follows the first report so much later
FOUND_BY = {"RED": 0.97, "YELLOW": 0.85}  # the share of cheats that an inspection of this lane brings to light
CONTROLS = {"RED": ["NII_XRAY", "PHYSICAL"], "YELLOW": ["DOCUMENTARY"]}
BASIS = {"RISK": "RISK_ENGINE", "RULE": "RULE", "INCIDENT": "RULE", "RANDOM": "RANDOM"}
DISPOSITIONS = {"UNDERVALUATION": "RELEASED_AFTER_CORRECTION", "NARCOTICS": "SEIZED", "TOBACCO_ALCOHOL": "SEIZED"}
NOTHING_FOUND = {"result": "CONFORM", "disposition": "RELEASED"}


@dataclass(slots=True)
class Officers:
    """Turn decisions into outcomes. Chance depends on the seed and the decision alone, not on the order of arrival.

    `tally` counts, per `selectedBy`, inspections made and those that found something.
    """

    seed: int
    start: datetime
    tally: dict[str, tuple[int, int]] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def inspect(self, decision: dict[str, Any], truth: Truth, at_s: float) -> list[Happening]:
        """The outcomes that follow from `decision`, read `at_s` seconds into the day, if its lane asks for any."""
        if decision["lane"] not in CONTROLS or truth.item_id in self._seen:
            return []
        self._seen.add(truth.item_id)
        rng = Random(f"{self.seed}/{decision['decisionId']}")
        found = truth.illicit and rng.random() < FOUND_BY[decision["lane"]]
        made, hits = self.tally.get(decision["selectedBy"], (0, 0))
        self.tally[decision["selectedBy"]] = made + 1, hits + found
        delay_s = rng.uniform(*DELAY_S) * (LATE_FACTOR if rng.random() < LATE else 1)
        finding = _found(truth) if found else NOTHING_FOUND
        return _report(self._outcome(decision, truth, at_s + delay_s, rng), finding, at_s + delay_s, rng)

    def _outcome(self, decision: dict[str, Any], truth: Truth, at_s: float, rng: Random) -> dict[str, Any]:
        return {
            "schemaVersion": "1.0",
            "outcomeId": f"{truth.office}-{decision['decisionId']}"[:70],
            "decisionId": decision["decisionId"],
            "itemIdType": decision["itemIdType"],
            "itemId": decision["itemId"],
            "customsOffice": truth.office,
            "selectionBasis": BASIS.get(decision["selectedBy"], "OFFICER"),
            "controlTypes": CONTROLS[decision["lane"]],
            "startedAt": self._iso(at_s - 0.5),
            "completedAt": self._iso(at_s),
            "officerRef": f"off-{rng.randrange(16**4):04x}",
        }

    def _iso(self, at_s: float) -> str:
        return (self.start + timedelta(seconds=at_s)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _report(report: dict[str, Any], finding: dict[str, Any], at_s: float, rng: Random) -> list[Happening]:
    """One report as a rule; now and then one that settles nothing, comes twice, or has to be corrected."""
    draw, again_s = rng.random(), at_s + AGAIN_AFTER_S
    if draw < INCONCLUSIVE:
        return [_publish(at_s, report | {"result": "INCONCLUSIVE", "disposition": "HELD"})]
    if draw < INCONCLUSIVE + CORRECTED:
        corrected = report | {"outcomeId": f"{report['outcomeId']}-2", "supersedesOutcomeId": report["outcomeId"]}
        return [_publish(at_s, report | NOTHING_FOUND), _publish(again_s, corrected | finding)]
    once = _publish(at_s, report | finding)
    return [once, once._replace(at_s=again_s)] if draw > 1 - DUPLICATED else [once]


def _found(truth: Truth) -> dict[str, Any]:
    finding: dict[str, Any] = {"category": truth.category, "severity": "SERIOUS", "goodsSequenceNumber": 1}
    if truth.category in {"UNDERVALUATION", "SPLIT_CONSIGNMENT"}:
        finding["actualValue"] = {"amount": f"{truth.actual_value_eur:.2f}", "currency": "EUR"}
    if truth.category == "TOBACCO_ALCOHOL":
        finding["actualHsCode"] = truth.actual_hs
    disposition = DISPOSITIONS.get(truth.category, "DETAINED")
    return {"result": "NON_CONFORM", "disposition": disposition, "findings": [finding]}


def _publish(at_s: float, outcome: dict[str, Any]) -> Happening:
    return Happening(at_s, OUTCOMES, outcome["itemId"].encode(), orjson.dumps(outcome))
