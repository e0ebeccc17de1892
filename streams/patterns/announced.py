"""What is told about a container: incidents to all shards, alerts about its devices to operators."""

from collections.abc import Mapping
from typing import Any

from streams.patterns.agreement import Dispute, doubted, explained
from streams.patterns.container import Container, Quarrel, Story
from streams.patterns.dangers import YELLOW, Verdict
from streams.records.alert import alert_id
from streams.records.events import rfc3339
from streams.sensors.alerts import title

Touch = Mapping[str, Any]

WORTH_TELLING = 1.0  # log-odds by which a YELLOW incident must have grown to be told again
CRITICAL_WEIGHT = 2.0
LONGEST = 512  # characters of a reason


def worth_telling(story: Story, verdict: Verdict, links: Mapping[str, Any]) -> bool:
    """It has become an incident, or a RED one, or concerns more; or, while it is YELLOW, its weight may now decide.

    What it happened to must be known: else it is told with the next sign that names it.
    """
    if not (links and verdict.lane):
        return False
    if not story.concerns(links):
        return True
    if story.lane in {"", YELLOW} and verdict.lane not in {"", story.lane}:
        return True
    return verdict.lane == story.lane == YELLOW and verdict.weight >= story.weight + WORTH_TELLING


def incident(story: Story, touch: Touch, links: Mapping[str, Any]) -> dict[str, Any]:
    """The story so far, as `streams.records.incident.IncidentRaised` has it, at the time of its newest sign."""
    best = story.best
    told = {
        "kind": "incident",
        "incidentId": story.incident_id,
        "state": "RAISED",
        "type": best["code"],
        "severity": _severity(story),
        "lane": story.lane,
        "weight": story.weight,
        "reason": _reason(story),
        "links": links,
        "eventTimeMs": max(touch["time_ms"], 0),
        "alertId": best["alertId"],
        "by": "patterns",
        "source": touch["source"],
    }
    told |= {"origin": touch["publisher"]} if "publisher" in touch else {}
    told |= {"registered": True} if touch.get("registered") else {}
    return told | ({"historical": True} if touch.get("historical") else {})


def alert(touch: Touch, severity: str, reason: Mapping[str, Any], device: str = "", keeper: str = "") -> dict[str, Any]:
    """An alert about the container of `touch`, and about `device`, or about all devices of `keeper`, if any is named.

    Who is named says who may read it (`streams.sensors.sharing`).
    """
    subject = {"equipmentReference": touch["equipmentReference"]} if "equipmentReference" in touch else {}
    return {
        "schemaVersion": "1.0",
        "alertId": alert_id(reason["code"], touch["entity"], reason["text"], *touch["source"].values()),
        "raisedAt": rfc3339(touch["at"]),
        "kind": "SENSOR",
        "severity": severity,
        "state": "RAISED",
        "subject": subject | ({"deviceID": device} if device else {}) | ({"providerId": keeper} if keeper else {}),
        "title": title(touch, reason["text"]),
        "reasons": [reason],
        "eventTime": rfc3339(touch["time_ms"]),
        "source": touch["source"],
    }


def quarrel(container: Container, touch: Touch, dispute: Dispute) -> dict[str, Any]:
    """Devices disagree; the one believed less is named, and its trust told."""
    less = doubted(container, *dispute.devices)
    said = alert(touch, "WARNING", explained(container, dispute), less)
    about = container.quarrels[dispute.about]
    about.alert_id, about.raised_at, about.device = said["alertId"], said["raisedAt"], less
    return said


def peace(about: str, over: Quarrel, touch: Touch) -> dict[str, Any]:
    """The end of it: they agree again, or one of them says nothing more."""
    reason = {
        "code": "DEVICES_DISAGREE",
        "source": "SENSOR",
        "text": f"Its devices disagree no longer about its {about}.",
    }
    said = alert(touch, "WARNING", reason, over.device)
    return said | {"alertId": over.alert_id, "raisedAt": over.raised_at, "state": "CLEARED"}


def links(touch: Touch) -> dict[str, Any]:
    """What a sign happened to."""
    found: dict[str, Any] = {name: touch[name] for name in ("equipmentReference", "receptacleId") if touch.get(name)}
    if touch.get("itemIds"):
        found["itemIds"] = [{"itemId": item_id} for item_id in touch["itemIds"]]
    return found


def _severity(story: Story) -> str:
    if story.lane == YELLOW:
        return "WARNING"
    return "CRITICAL" if story.weight >= CRITICAL_WEIGHT else "HIGH"


def _reason(story: Story) -> dict[str, Any]:
    best, others = story.best, len(story.words) - 1
    text = f"{best['text']} Trust in whoever says so: {best['trust']:.2f} of 1"
    text += f"; {others} more of its devices told of it." if others else "."
    extras: dict[str, Any] = {name: best[name] for name in ("value", "normal") if name in best}
    return {"code": best["code"], "source": "SENSOR", "text": text[:LONGEST], **extras}
