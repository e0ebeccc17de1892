"""What is remembered of each item: enough to recognise it, to hold it, and to learn from its outcome."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple

from streams.decisions.lanes import SEVERITY
from streams.features import risk_features
from streams.features.moments import Z_SCORES

FEATURES = (*risk_features({"parcel": {}}, {}), *Z_SCORES)
Values = tuple[Any, ...]  # of the features, without their names: an item in use costs some 1,300 bytes
NOTHING: Values = (*risk_features({"parcel": {}}, {}).values(), *(0.0 for _ in Z_SCORES))
values: Callable[[Mapping[str, Any]], Values] = itemgetter(*FEATURES)
EARLIER_KEPT = 4  # versions before the current one whose outcome can still teach
OUTCOMES_KEPT = 32  # of one item; officers report once or twice
ALERTS_KEPT = 100  # open alerts of one item; whoever goes on after that is known to operators


def named(x: Values) -> dict[str, Any]:
    """
    >>> x = dict.fromkeys(FEATURES, 0.5)
    >>> named(values(x)) == x
    True
    """
    return dict(zip(FEATURES, x, strict=True))


class Weight(NamedTuple):
    """What an incident adds to a score, in log-odds (`streams.risk.weighing`)."""

    type: str
    incident_id: str
    value: float


class Version(NamedTuple):
    """One decision about an item: what it was based on, and what an officer then found (None: nothing known).

    `content` is a digest of what was declared, eight bytes: keyed, so nobody can make two alike. Incidents before
    position `since` of the control log happened before the parcel was filed, or are dealt with. `week` is when it was
    decided (`streams.risk.passage`), `otherwise` the lane it would have taken had the lot not fallen on it. `flags` are
    of the filing, `incidents` what it was decided with.
    """

    number: int
    decision_id: str
    content: bytes
    lane: str
    selected_by: str
    propensity: float
    x: Values
    since: int = 0
    label: bool | None = None
    week: int = 0
    otherwise: str = ""
    flags: tuple[str, ...] = ()
    incidents: tuple[Weight, ...] = ()

    @property
    def inspected(self) -> bool:
        """Whether the engine asked for an inspection."""
        return SEVERITY[self.lane] >= SEVERITY["YELLOW"]


class Raised(NamedTuple):
    """An alert that has not been cleared yet, and about whom it was: who filed, in which container."""

    alert_id: str
    severity: str
    provider: str
    container: str


@dataclass(slots=True)
class Item:
    """The history of one item as far as the future needs it.

    `current` is None while only refused filings are known. `reported_ms` is Kafka's time of the newest outcome
    that others may know of, 0 before the first; until then a RED or YELLOW item is held. `outcomes` maps outcomeId to
    the number of the version it judged (0: known only as superseded).
    """

    seen_ms: int
    provider: str = ""
    current: Version | None = None
    earlier: tuple[Version, ...] = ()
    cancelled: bool = False
    reported_ms: int = 0
    outcomes: tuple[tuple[str, int], ...] = ()
    raised: tuple[Raised, ...] = ()
    refused: tuple[Raised, ...] = ()

    @property
    def reported(self) -> bool:
        """Whether an officer said what its current version turned out to be."""
        return self.reported_ms > 0

    @property
    def held(self) -> bool:
        """No amendment may lower its lane, no cancellation close it."""
        return self.current is not None and self.current.inspected and not self.reported

    @property
    def touched_since(self) -> bool:
        """Whether anything may have happened to it since its current version was decided, at `seen_ms` if nothing."""
        return bool(self.outcomes or self.refused or self.cancelled or len(self.raised) > 1)

    def decide(self, version: Version, provider: str) -> None:
        """Make `version` the current one. Alerts of a held item stay, what officers reported was about the last."""
        if self.current is not None:
            self.earlier = (*self.earlier, self.current)[-EARLIER_KEPT:]
        self.current, self.provider, self.cancelled = version, provider, False
        self.reported_ms = 0

    def recognise(self, content: bytes) -> None:
        """What is filed is known by the digest `content` from now on: it is the same, but keys have changed."""
        if self.current is not None and self.current.content != content:
            self.current = self.current._replace(content=content)

    def version_of(self, outcome: Mapping[str, Any]) -> Version | None:
        """The version an outcome is about: the one it names, that of the outcome it corrects, or the current one."""
        decision_id = outcome.get("decisionId")
        number = dict(self.outcomes).get(outcome.get("supersedesOutcomeId", ""))
        for version in self._versions():
            if decision_id == version.decision_id or (not decision_id and number == version.number):
                return version
        return None if decision_id else self.current

    def label(self, number: int, y: bool | None) -> None:  # noqa: FBT001 - a label
        """Note what an officer found of version `number`."""
        if self.current is not None and self.current.number == number:
            self.current = self.current._replace(label=y)
        self.earlier = tuple(v._replace(label=y) if v.number == number else v for v in self.earlier)

    def remember(self, outcome_id: str, number: int) -> None:
        self.outcomes = (*self.outcomes, (outcome_id, number))[-OUTCOMES_KEPT:]

    def knows(self, outcome_id: str) -> bool:
        return any(outcome_id == known for known, _ in self.outcomes)

    def _versions(self) -> tuple[Version, ...]:
        return (*self.earlier, self.current) if self.current else ()
