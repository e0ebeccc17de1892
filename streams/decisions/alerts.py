"""Alerts about parcels: what an operator on duty should see now, and that it is over."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from streams.decisions.reasons import Reason
from streams.records.codes import Reject
from streams.records.events import EventKind, event_id, rfc3339

EVENT = EventKind("risk", "alert")
PROPOSED = {"RED": "physical inspection", "YELLOW": "documentary check"}
STAYS_OPEN: Reason = {
    "code": "HELD_UNDER_CONTROL",
    "source": "RULE",
    "text": "The parcel was cancelled while under control; no cancellation closes it before an outcome is reported.",
}


class Alarm(NamedTuple):
    """What an alert says. `decision` holds what there is of decisionId, lane and riskScore."""

    alert_id: str
    severity: str
    title: str
    reasons: Sequence[Reason] = ()
    decision: Mapping[str, Any] = {}


def alert_id(*about: str | int) -> str:
    """
    >>> alert_id("PARCEL", "dec-530b12c76a45870b36f8b452")
    'alt-151461a48ae0d5f545c4719b'
    """
    return "alt-" + event_id(*about)


def severity(decision: Mapping[str, Any]) -> str:
    """How loud the alert about a decision is.

    >>> severity({"lane": "YELLOW", "riskBand": "CRITICAL"}), severity({"lane": "RED", "riskBand": "CRITICAL"})
    ('WARNING', 'CRITICAL')
    """
    if decision["lane"] != "RED":
        return "WARNING"
    return "CRITICAL" if decision["riskBand"] == "CRITICAL" else "HIGH"


def selected(decision: Mapping[str, Any], *, amended: bool) -> Alarm:
    """The engine proposes an inspection; `amended` while an earlier proposal was still open.

    >>> decision = {"itemId": "LZ551209644CN", "decisionId": "dec-1", "lane": "RED", "selectedBy": "RISK",
    ...     "riskScore": 0.624, "riskBand": "HIGH", "reasons": []}
    >>> selected(decision, amended=False).title
    'Parcel LZ551209644CN: physical inspection proposed, risk 62%'
    """
    why = "drawn by lot" if decision["selectedBy"] == "RANDOM" else f"risk {decision['riskScore']:.0%}"
    said = f"{PROPOSED[decision['lane']]} proposed, {why}"
    if amended:
        said = f"amended while under control, lane {decision['lane']}"
    about = {name: decision[name] for name in ("decisionId", "lane", "riskScore")}
    return Alarm(
        alert_id("PARCEL", decision["decisionId"]),
        severity(decision),
        f"Parcel {decision['itemId']}: {said}",
        decision["reasons"],
        about,
    )


def cancelled(item_id: str, decision_id: str, lane: str) -> Alarm:
    """The filer cancelled what is under control: once per version."""
    return Alarm(
        alert_id("CANCEL", decision_id),
        "WARNING",
        f"Parcel {item_id}: cancelled while under control, stays in lane {lane}",
        [STAYS_OPEN],
        {"decisionId": decision_id, "lane": lane},
    )


def refused(item_id: str, code: str, source: Mapping[str, Any]) -> Alarm:
    """A filing that was refused is no clearance, and nobody should take it for one."""
    return Alarm(
        alert_id("REFUSED", code, *source.values()),
        "WARNING",
        f"Parcel {item_id}: a filing was refused, which is no clearance",
        [{"code": code, "source": "DATA_QUALITY", "text": Reject(code).sentence}],
    )


def parcel_alert(case: Mapping[str, Any], alarm: Alarm, state: str, raised_ms: int) -> dict[str, Any]:
    """The alert about the item of `case`, which caused it."""
    return {
        "schemaVersion": "1.0",
        "alertId": alarm.alert_id,
        "raisedAt": rfc3339(raised_ms),
        "kind": "PARCEL",
        "severity": alarm.severity,
        "state": state,
        "subject": _subject(case),
        "title": alarm.title,
        **alarm.decision,
        "reasons": alarm.reasons,
        "eventTime": case.get("submittedAt") or rfc3339(case["at"]),
        "source": case["source"],
    }


def _subject(case: Mapping[str, Any]) -> dict[str, str]:
    """Who is meant: identifiers and pseudonyms. The sender of an outcome is an office and no subject."""
    container = case.get("parcel", {}).get("transport", {}).get("containerId")
    subject = {"itemId": case["itemId"]}
    if container:
        subject["equipmentReference"] = container
    if case["provider"] and case["kind"] != "outcome":
        subject["providerId"] = case["provider"]
    return subject
