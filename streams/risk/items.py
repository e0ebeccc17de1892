"""What is remembered of each item: enough to recognise it, to hold it, and to learn from its outcome."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from streams.decisions.lanes import SEVERITY
from streams.features import risk_features
from streams.features.moments import Z_SCORES
from streams.records.wire import encode

# Features are kept without their names: an item costs some 700 bytes instead of 1,000, and there are millions.
FEATURES = (*risk_features({"parcel": {}}, {}), *Z_SCORES)
_values = itemgetter(*FEATURES)
EARLIER_KEPT = 4  # versions before the current one whose outcome can still teach
OUTCOMES_KEPT = 32  # of one item; officers report once or twice
ALERTS_KEPT = 100  # open alerts of one item; whoever goes on after that is known to operators


def pack(x: Mapping[str, Any]) -> bytes:
    return encode(_values(x))


def unpack(packed: bytes) -> dict[str, Any]:
    """
    >>> x = dict.fromkeys(FEATURES, 0.5)
    >>> unpack(pack(x)) == x
    True
    """
    return dict(zip(FEATURES, orjson.loads(packed), strict=True))


class Version(NamedTuple):
    """One decision about an item: what it was based on, and what an officer then found (None: nothing known)."""

    number: int
    decision_id: str
    content: bytes
    lane: str
    selected_by: str
    propensity: float
    x: bytes
    label: bool | None = None

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

    `current` is None while only refused filings are known. `reported` turns true with the first outcome that others may
    know of; until then a RED or YELLOW item is held. `outcomes` maps outcomeId to the number of the version it
    judged (0: known only as superseded).
    """

    seen_ms: int
    provider: str = ""
    current: Version | None = None
    earlier: tuple[Version, ...] = ()
    cancelled: bool = False
    reported: bool = False
    outcomes: tuple[tuple[str, int], ...] = ()
    raised: tuple[Raised, ...] = ()
    refused: tuple[Raised, ...] = ()

    @property
    def held(self) -> bool:
        """No amendment may lower its lane, no cancellation close it."""
        return self.current is not None and self.current.inspected and not self.reported

    def decide(self, version: Version, provider: str) -> None:
        """Make `version` the current one. Alerts of a held item stay, what officers reported was about the last."""
        if self.current is not None:
            self.earlier = (*self.earlier, self.current)[-EARLIER_KEPT:]
        self.current, self.provider, self.cancelled = version, provider, False
        self.reported = False

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


@dataclass(slots=True)
class Items:
    """All items of a shard, those decided longest ago first, within a horizon of log time and a number.

    Log time is the newest Kafka timestamp seen: a late record does not set it back. An `OrderedDict` because a plain
    one takes ever longer to find its first entry while entries leave at that end.
    """

    horizon_ms: int
    max_items: int
    log_ms: int = 0
    by_identity: OrderedDict[str, Item] = field(default_factory=OrderedDict)

    def advance(self, at_ms: int) -> None:
        """Let log time reach `at_ms` and forget what lies beyond the horizon."""
        self.log_ms = max(self.log_ms, at_ms)
        while self.by_identity:
            oldest = next(iter(self.by_identity))
            if self.by_identity[oldest].seen_ms >= self.log_ms - self.horizon_ms:
                break
            self.by_identity.popitem(last=False)

    def get(self, identity: str) -> Item | None:
        return self.by_identity.get(identity)

    def touch(self, identity: str) -> Item:
        """The item, made if it is new, now the newest of all."""
        item = self.by_identity.setdefault(identity, Item(self.log_ms))
        item.seen_ms = self.log_ms
        self.by_identity.move_to_end(identity)
        if len(self.by_identity) > self.max_items:
            self.by_identity.popitem(last=False)
        return item
