"""The closed loop: each declaration decided when it comes, labels only for what was inspected, and those late.

What is measured is therefore what an office would have lived through: it learns from its own choices, and pays for
learning. Labels of the first weeks (the warm-up) are all known, as an office begins with a history of inspections.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from agents.backtest.engine import Engine, Passed
from agents.convert.declarations import is_found
from config.settings import Settings
from streams.intake.times import epoch_ms
from streams.log import Output
from streams.records.events import rfc3339
from streams.records.wire import encode
from streams.topics import CONTROL, DECISIONS, MANIFESTS, OUTCOMES

DAY_MS = 86_400_000
INSPECTED = frozenset({"RED", "YELLOW"})
BASIS = {"RISK": "RISK_ENGINE", "RANDOM": "RANDOM", "RULE": "RULE", "INCIDENT": "RISK_ENGINE", "NONE": "OFFICER"}

Outcome = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """How a back-test goes: `warm_up_weeks` in which every label becomes known, and how late labels are."""

    warm_up_weeks: int = 4
    label_delay_days: float = 3.0

    @property
    def delay_ms(self) -> int:
        return round(self.label_delay_days * DAY_MS)


class Trade(NamedTuple):
    """Who and what a declaration is about, as far as burden is counted by it; "" where it does not say."""

    origin: str = ""
    provider: str = ""
    seller: str = ""


class Filed(NamedTuple):
    """One declaration of a history, taken in: its cases, and what an inspection of it finds (None: nobody knows)."""

    passed: Passed
    outcome: Outcome | None
    revenue_eur: float
    trade: Trade = Trade()

    @property
    def found(self) -> bool | None:
        """What is true of it."""
        return None if self.outcome is None else is_found(self.outcome)


class Decided(NamedTuple):
    """What the engine said of a declaration when it came, beside what was true; `warm_up`: every label was told."""

    at_ms: int
    warm_up: bool
    decision_id: str
    lane: str
    selected_by: str
    propensity: float
    score: float
    found: bool | None
    revenue_eur: float
    trade: Trade = Trade()

    @property
    def inspected(self) -> bool:
        return self.lane in INSPECTED


def with_budget(settings: Settings, budget: float) -> Settings:
    """`settings` under which every office inspects the share `budget`, RED and YELLOW in proportion as before.

    >>> from config.settings import load
    >>> lanes = with_budget(load(), 0.16).lanes
    >>> round(lanes.red_rate, 9), round(lanes.yellow_rate, 9), lanes.random_share
    (0.06, 0.1, 0.1)
    """
    lanes = settings.lanes
    share = budget / (lanes.red_rate + lanes.yellow_rate)
    red, yellow = lanes.red_rate * share, lanes.yellow_rate * share
    rates = {"red_rate": red, "yellow_rate": yellow, "blue_rate": min(lanes.blue_rate, 1 - budget), "offices": {}}
    return settings.model_copy(update={"lanes": lanes.model_copy(update=rates)})


def taken_in(
    history: Iterable[tuple[Mapping[str, Any], Outcome | None]], engine: Engine, euro_rates: Mapping[str, float]
) -> Iterator[Filed]:
    """Manifests of one declaration each, with their outcomes, as intake passes them on when they are submitted."""
    for manifest, outcome in history:
        passed = engine.take_in(MANIFESTS, encode(manifest), epoch_ms(manifest["submittedAt"]))
        yield Filed(passed, outcome, revenue_eur(manifest["parcels"][0], euro_rates), trade(manifest))


def revenue_eur(parcel: Mapping[str, Any], euro_rates: Mapping[str, float]) -> float:
    """Duty at stake: the declared total times the declared rate.

    >>> money = {"amount": "3200", "currency": "KRW"}
    >>> revenue_eur({"totalValue": money, "declaration": {"taxRate": "8"}}, {"KRW": 1600.0})
    0.16
    """
    money = parcel["totalValue"]
    rate = euro_rates.get(money["currency"], 1.0)
    return float(money["amount"]) / rate * float(parcel["declaration"].get("taxRate", 0.0)) / 100


def trade(manifest: Mapping[str, Any]) -> Trade:
    """Origin of the first goods, who filed, who sold.

    >>> parcel = {"seller": {"identifier": "0VKY2BR"}, "goodsItems": [{"originCountry": "BE"}]}
    >>> trade({"provider": {"id": "KCS"}, "parcels": [parcel]})
    Trade(origin='BE', provider='KCS', seller='0VKY2BR')
    """
    (parcel,) = manifest["parcels"]
    origin = parcel["goodsItems"][0].get("originCountry", "")
    return Trade(origin, manifest["provider"]["id"], parcel.get("seller", {}).get("identifier", ""))


class ClosedLoop:
    """Drives `engine` through a history, and officers with it: what it selects is inspected and reported later.

    `examples` are those that outcomes became, by decision. `undecided` counts declarations that intake refused, or
    that had been filed before.
    """

    def __init__(self, engine: Engine, plan: Plan) -> None:
        self.engine = engine
        self.plan = plan
        self.undecided = 0
        self.examples: dict[str, Mapping[str, Any]] = {}
        self._due: deque[tuple[int, bytes]] = deque()
        self._warm_ms: float | None = None
        self._ticked_ms = 0

    def run(self, history: Iterable[Filed]) -> Iterator[Decided]:
        """Decide each declaration in turn. What is refused, or filed twice unchanged, yields nothing."""
        for filed in history:
            at_ms = filed.passed.at_ms
            self._report(at_ms)
            self._pass_time(at_ms)
            decisions = list(said(self.engine.settle(filed.passed), DECISIONS))
            self.undecided += not decisions
            for decision in decisions:
                yield self._decided(filed, decision)
        self._report(None)

    def _decided(self, filed: Filed, decision: Mapping[str, Any]) -> Decided:
        at_ms = filed.passed.at_ms
        decided = Decided(
            at_ms,
            self._warms_up(at_ms),
            decision["decisionId"],
            decision["lane"],
            decision["selectedBy"],
            decision["propensity"],
            decision["riskScore"],
            filed.found,
            filed.revenue_eur,
            filed.trade,
        )
        if filed.outcome and (decided.inspected or decided.warm_up):
            due_ms = at_ms + self.plan.delay_ms
            self._due.append((due_ms, encode(reported(filed.outcome, decision, due_ms))))
        return decided

    def _report(self, until_ms: int | None) -> None:
        """Let officers report what is due by then, or all there is left."""
        while self._due and (until_ms is None or self._due[0][0] <= until_ms):
            due_ms, outcome = self._due.popleft()
            self._pass_time(due_ms)
            written = self.engine.publish(OUTCOMES, outcome, due_ms)
            self.examples |= {told["decisionId"]: told for told in said(written, CONTROL) if told["kind"] == "example"}

    def _warms_up(self, at_ms: int) -> bool:
        if self._warm_ms is None:
            self._warm_ms = at_ms + 7 * DAY_MS * self.plan.warm_up_weeks
        return at_ms < self._warm_ms

    def _pass_time(self, at_ms: int) -> None:
        """A worker ticks each second; between two records nothing else happens, so one tick does for all."""
        if at_ms > self._ticked_ms:
            self.engine.tick(at_ms)
            self._ticked_ms = at_ms


def said(outputs: Sequence[Output], topic: str) -> Iterator[Mapping[str, Any]]:
    """The records of one topic among what was written."""
    for output in outputs:
        if output.topic == topic:
            yield orjson.loads(output.value or b"")


def reported(outcome: Outcome, decision: Mapping[str, Any], at_ms: int) -> dict[str, Any]:
    """`outcome` as an officer reports it who inspected what `decision` is about."""
    report = {"decisionId": decision["decisionId"], "selectionBasis": BASIS[decision["selectedBy"]]}
    return {**outcome, **report, "completedAt": rfc3339(at_ms)}
