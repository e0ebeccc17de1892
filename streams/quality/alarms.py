"""SYSTEM alerts about refusals, as an operator on duty reads them: who, how much, and which code."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Self

from streams.records.alert import alert_id
from streams.records.codes import Reject
from streams.records.decision import Source
from streams.records.events import EventKind, rfc3339
from streams.records.tally import OTHERS, UNNAMED
from streams.topics import MANIFESTS, OUTCOMES, SENSORS

EVENT = EventKind("quality", "alert")
COUNTED = {MANIFESTS: "parcels", SENSORS: "events", OUTCOMES: "outcomes"}
CALLED = {UNNAMED: "records that name no provider", OTHERS: "many small providers"}
GROSS = 0.5  # a share of refusals from which on the publisher does not work at all
TOLD = 3  # codes

Alert = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Episode:
    """An open alert. `alone`: the provider's own share is too high; else it has most of a topic's refusals."""

    alert_id: str
    provider: str
    alone: bool
    severity: str
    raised_at: str
    title: str
    source: Source

    @classmethod
    def begun(  # noqa: PLR0913 - what an alert says
        cls, topic: str, provider: str, *, alone: bool, title: str, share: float, source: Source, at_ms: int, place: int
    ) -> Self:
        """`place` is the offset in `tallies` at which it was noticed: it makes the id one that never comes again."""
        severity, raised_at = "HIGH" if share >= GROSS else "WARNING", rfc3339(at_ms)
        return cls(alert_id("SYSTEM", topic, provider, place), provider, alone, severity, raised_at, title, source)

    def raised(self, reasons: list[dict[str, Any]]) -> Alert:
        """The alert; it concerns the records received up to now."""
        return self._alert("RAISED", self.title, reasons, self.raised_at)

    def cleared(self, title: str, at_ms: int) -> Alert:
        """The end of it, at the time `at_ms` (since 1970)."""
        return self._alert("CLEARED", title, [], rfc3339(at_ms))

    def packed(self) -> dict[str, Any]:
        return asdict(self)

    def _alert(self, state: str, title: str, reasons: list[dict[str, Any]], event_time: str) -> Alert:
        return {
            "schemaVersion": "1.0",
            "alertId": self.alert_id,
            "raisedAt": self.raised_at,
            "kind": "SYSTEM",
            "severity": self.severity,
            "state": state,
            "subject": {"providerId": self.provider},
            "title": title[:256],
            "reasons": reasons,
            "eventTime": event_time,
            "source": self.source,
        }


def too_much_of(provider: str, topic: str, refused: int, total: int, codes: Counter[str]) -> str:
    """
    >>> too_much_of("CNPOST", "manifests.v1", 415, 500, Counter(FIELD_FORMAT=400, NUMBER_RANGE=15))
    'Provider CNPOST: 83% of its last 500 parcels on manifests.v1 were refused, most often with FIELD_FORMAT (400)'
    """
    (code, number), *_ = codes.most_common(1)
    return (
        f"Provider {provider}: {refused / total:.0%} of its last {total:,} {COUNTED[topic]} on {topic} were refused, "
        f"most often with {code} ({number:,})"
    )


def too_much_on(topic: str, refused: int, total: int, provider: str, codes: Counter[str]) -> str:
    """
    >>> too_much_on("sensors.v1", 90, 800, OTHERS, Counter(JSON_INVALID=70))
    'Topic sensors.v1: 11% of the last 800 events were refused, most from many small providers, with JSON_INVALID (70)'
    """
    (code, number), *_ = codes.most_common(1)
    return (
        f"Topic {topic}: {refused / total:.0%} of the last {total:,} {COUNTED[topic]} were refused, "
        f"most from {CALLED.get(provider, provider)}, with {code} ({number:,})"
    )


def over(topic: str, provider: str, share: float, *, alone: bool) -> str:
    """
    >>> over("manifests.v1", "CNPOST", 0.01, alone=True)
    'Provider CNPOST: back to 1% refused on manifests.v1'
    """
    whose = f"Provider {provider}" if alone else f"Topic {topic}"
    return f"{whose}: back to {share:.0%} refused{f' on {topic}' if alone else ''}"


def reasons(codes: Counter[str], total: int, limit: float) -> Iterator[dict[str, Any]]:
    """The codes seen most often, each with its sentence and its share of all that was counted."""
    for code, number in codes.most_common(TOLD):
        sentence = Reject[code].sentence if code in Reject.__members__ else "A code of another version."
        yield {
            "code": code,
            "source": "DATA_QUALITY",
            "text": f"{sentence} So it was with {number:,} of {total:,}.",
            "value": round(number / total, 4),
            "normal": limit,
        }
