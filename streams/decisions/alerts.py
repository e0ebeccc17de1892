"""Alerts about parcels: what an operator on duty should see now, and that it is over."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from streams.decisions.reasons import Reason
from streams.records.alert import alert_id
from streams.records.codes import Reject
from streams.records.events import EventKind, rfc3339

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
    said = f"{PROPOSED[decision['lane']]} proposed, {_why(decision)}"
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


def _why(decision: Mapping[str, Any]) -> str:
    if decision["selectedBy"] == "RANDOM":
        return "drawn by lot"
    risk = f"risk {decision['riskScore']:.0%}"
    if decision["selectedBy"] != "INCIDENT" or not decision["reasons"]:
        return risk
    return f"{decision['reasons'][0]['code'].replace('_', ' ').lower()}, {risk}"


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


def parcel_alert(
    case: Mapping[str, Any], alarm: Alarm, state: str, subject: Mapping[str, str], raised_ms: int
) -> dict[str, Any]:
    """The alert about `subject`, which `case` caused or ended: `eventTime` is when that input came (Kafka's time)."""
    return {
        "schemaVersion": "1.0",
        "alertId": alarm.alert_id,
        "raisedAt": rfc3339(raised_ms),
        "kind": "PARCEL",
        "severity": alarm.severity,
        "state": state,
        "subject": subject,
        "title": alarm.title,
        **alarm.decision,
        "reasons": alarm.reasons,
        "eventTime": rfc3339(case["at"]),
        "source": case["source"],
    }


def subject(item_id: str, provider: str, container: str) -> dict[str, str]:
    """Who is meant: identifiers, no people.

    >>> subject("LZ551209644CN", "CNPOST", "")
    {'itemId': 'LZ551209644CN', 'providerId': 'CNPOST'}
    """
    named = {"itemId": item_id, "equipmentReference": container, "providerId": provider}
    return {name: value for name, value in named.items() if value}


def container_of(case: Mapping[str, Any]) -> str:
    """What the parcel filed in `case` travels in, "" where that is not said."""
    container: str = case.get("parcel", {}).get("transport", {}).get("containerId", "")
    return container
