"""How one version of a parcel is decided: measured, judged, given a lane, explained."""

from collections.abc import Sequence
from typing import Any, Protocol

from streams.decisions.budgets.findings import Exploring, exploration
from streams.decisions.budgets.orders import Budgets, Configured
from streams.decisions.budgets.pool import Pool
from streams.decisions.budgets.pools import Pools
from streams.decisions.decision import decision_id, risk_decision, telling
from streams.decisions.lanes import INSPECTED, SEVERITY, Choice, Draws, draws, forced
from streams.decisions.reasons import HELD, reasons
from streams.decisions.verdict import Verdict
from streams.features import HsMoments, risk_features
from streams.incidents import Incidents
from streams.learning.weeks import week_of
from streams.models import Explained, RiskModel
from streams.records.codes import Degraded
from streams.records.incident import IncidentRaised
from streams.risk.degraded import degraded, in_safe_lane
from streams.risk.items import FEATURES, Item, Version, named, values
from streams.risk.passage import Passage
from streams.risk.settings import RiskSettings
from streams.risk.turn import Case, Turn, contents, identity_of
from streams.risk.weighing import also, concerning, decided_by, told_by, weighed, weights
from streams.values import Finding, Values

UNASKED = Explained(0.0, {}, {})
OFFICE = FEATURES.index("office")


class Engine(Exploring, Protocol):
    """What a decision says of the engine that made it (`streams.control.Control`)."""

    @property
    def budgets(self) -> Budgets: ...
    @property
    def incidents(self) -> Incidents: ...
    @property
    def model(self) -> RiskModel: ...
    @property
    def offset(self) -> int: ...
    @property
    def model_name(self) -> str: ...
    @property
    def model_version(self) -> int: ...
    @property
    def usual(self) -> float: ...
    @property
    def examples(self) -> int: ...
    @property
    def ticked_ms(self) -> int: ...


class Desk:
    """Decides parcels. What it remembers, budgets and what is usual for goods, is moved by decisions alone."""

    def __init__(self, control: Engine, settings: RiskSettings, draw_key: bytes) -> None:
        self.control = control
        self.settings = settings
        self.pools = Pools()
        self._configured = Configured(settings.rates, settings.office_rates)
        self.moments = HsMoments()
        self.values = Values(settings.values, settings.euro_rates)
        self.passage = Passage(round(settings.passage_s * 1000))
        self._draw_key = draw_key

    def decide(
        self, case: Case, identity: str, item: Item, flags: Sequence[str], turn: Turn
    ) -> tuple[Version, dict[str, Any]]:
        """The next version of `item`, filed in `case` and known by `identity`, and the decision that tells of it."""
        before = item.current
        number = before.number + 1 if before else 1
        at = turn.judge.acted(self.control.offset)
        incidents = self._incidents(case, identity, at)
        x = self._measure(case)
        found = self.values.prequential_one(x, case, identity)
        pool, by = self._pool(case["office"], at), draws(self._draw_key, identity, number)
        verdict = turn.judge(x, pool, by)
        amiss = degraded(x, turn.logged_ms, self.control, self.settings)
        score, choice, otherwise = verdict.score, verdict.choice, verdict.otherwise
        if otherwise is None:  # decided now, not at the time
            choice = self._safe(_choose(item, verdict), amiss, found)
            otherwise = before.otherwise if before and item.held else self._otherwise(verdict, pool, by, amiss, found)
            if incidents:
                score, choice, otherwise = weighed(score, weights(incidents)), decided_by(incidents, choice), ""
        if not item.held:  # a held item is in the budget already
            pool.count(verdict.score, by, choice)
        version = Version(
            number,
            decision_id(identity, number, case["source"]),
            contents(case)[0],
            choice.lane,
            choice.selected_by,
            choice.propensity,
            values(x),
            before.since if before and not item.cancelled else at,
            week=week_of(turn.at_ms),
            otherwise=otherwise,
            flags=tuple(flags),
            incidents=weights(incidents),
        )
        self.passage.decided(version, before)
        told = reasons(x, choice, verdict, flags, self.control.usual, amiss, told_by(incidents))
        if choice.lane != "GREEN":
            told += [finding.reason for finding in found]
        said = risk_decision(
            case,
            decision_id=version.decision_id,
            supersedes=before.decision_id if before else None,
            version=number,
            decided_ms=turn.at_ms,
            score=score,
            choice=choice,
            reasons=[HELD, *told] if item.held and choice != verdict.choice and not incidents else told,
            flags=flags,
            features=telling(verdict.encoded, verdict.contributions),
            control_offset=self.control.offset,
            model=(self.control.model_name, self.control.model_version),
            engine=self.settings.engine,
            incidents=[incident["incidentId"] for incident in incidents],
        )
        return version, said

    def overrule(
        self, case: Case, before: Version, incident: IncidentRaised, turn: Turn
    ) -> tuple[Version, dict[str, Any]]:
        """The version that takes the place of `before` because of an incident, and the decision that tells of it.

        Only what is said of the score is the model's, and that is not remembered: folding the log again leads to the
        same version, whatever the model has learnt since. While nobody hears, it is not even asked.
        """
        number = before.number + 1
        choice = decided_by([incident], Choice(before.lane, before.selected_by, before.propensity))
        version = before._replace(
            number=number,
            decision_id=decision_id(identity_of(case), number, case["source"]),
            lane=choice.lane,
            selected_by=choice.selected_by,
            propensity=choice.propensity,
            since=case["source"]["offset"] + 1,
            label=None,
            week=week_of(turn.at_ms),
            otherwise="",
            incidents=also(before.incidents, incident),
        )
        self._exceed(before, version, case["source"]["offset"])
        self.passage.decided(version, before)
        x = named(before.x)
        explained = self.control.model.explain_one(x) if turn.effects.heard else UNASKED
        score, contributions, encoded, evidence = explained
        verdict = Verdict(round(score, 6), choice, contributions, encoded, evidence)
        amiss = degraded(x, turn.logged_ms, self.control, self.settings)
        return version, risk_decision(
            case,
            decision_id=version.decision_id,
            supersedes=before.decision_id,
            version=number,
            decided_ms=turn.at_ms,
            score=weighed(verdict.score, version.incidents),
            choice=choice,
            reasons=reasons(x, choice, verdict, before.flags, self.control.usual, amiss, told_by([incident])),
            flags=before.flags,
            features=telling(encoded, contributions),
            control_offset=self.control.offset,
            model=(self.control.model_name, self.control.model_version),
            engine=self.settings.engine,
        )

    def _incidents(self, case: Case, identity: str, at: int) -> Sequence[IncidentRaised]:
        known = self.control.incidents
        return concerning(case, identity, known, at, self.settings.voyage_ms) if known else ()

    def _exceed(self, before: Version, version: Version, at: int) -> None:
        """Count in the budget what an incident took over it."""
        pool = self.pools.by_office.get(self._budget_of(before.x[OFFICE], at))
        if pool:
            pool.exceed(before.lane, version.lane)

    def _pool(self, office: str, at: int) -> Pool:
        """The budget the parcel comes under, with the rates in force at position `at` of the control log."""
        name = self._budget_of(office, at)
        rates = self.control.budgets.rates(name, at, self._configured)
        return self.pools.of(name, rates, exploration(self.control))

    def _budget_of(self, office: str, at: int) -> str:
        if not self.settings.shared_budget:
            return self.pools.name(office)
        own = office in self._configured.offices or self.control.budgets.changed(office, at)
        return self.pools.name(office) if own else ""

    def _measure(self, case: Case) -> dict[str, Any]:
        """The features of a parcel; afterwards it is itself part of what is usual for such goods."""
        x = risk_features(case, self.settings.euro_rates)
        x |= self.moments.prequential_one(x)
        return x

    def _safe(self, choice: Choice, amiss: Sequence[Degraded], found: Sequence[Finding]) -> Choice:
        """`choice`, or the lane set for what the engine lacks or for a value that cannot be believed, if severer."""
        choice = in_safe_lane(choice, amiss, self.settings)
        extreme = any(finding.extreme for finding in found)
        return forced(self.settings.values.extreme_lane, choice) if extreme else choice

    def _otherwise(
        self, verdict: Verdict, pool: Pool, by: Draws, amiss: Sequence[Degraded], found: Sequence[Finding]
    ) -> str:
        """The lane of a drawn parcel had the lot not fallen on it: it stands for the others that took that lane."""
        if verdict.choice.selected_by != "RANDOM":
            return ""
        passed = verdict.choice._replace(lane=pool.undrawn(verdict.score, by))
        lane = self._safe(passed, amiss, found).lane
        return "" if lane in INSPECTED else lane  # the lot fell on what was to be inspected anyway


def _choose(item: Item, verdict: Verdict) -> Choice:
    """The judged lane; but a held item's can only rise."""
    held = item.current
    if held is None or not item.held or SEVERITY[verdict.choice.lane] > SEVERITY[held.lane]:
        return verdict.choice
    return Choice(held.lane, held.selected_by, held.propensity)
