"""Incidents as tools see them: those of officers are appended to the control log, and all are read back from it."""

import sys
import time
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from agents.control_log import ControlTopic
from agents.errors import UsageError
from config.settings import Settings
from streams.incidents import Incident, Incidents, IncidentSettings
from streams.records.events import event_id
from streams.records.incident import CLEARED, RAISED, IncidentCleared, IncidentLinks, IncidentRaised
from streams.state.members import Place

CODE = "REPORTED_BY_OFFICER"
WEIGHTS = {"RED": 3.0, "YELLOW": 1.0}  # log-odds


def raised(links: IncidentLinks, lane: str, because: str, *, by: str, code: str = CODE) -> IncidentRaised:
    """What an officer says has happened, just now. Raises `UsageError`."""
    if not links:
        raise UsageError("name what it happened to: --container, --receptacle or --item")
    now_ms = time.time_ns() // 1_000_000
    told = {
        "kind": "incident",
        "incidentId": f"inc-{event_id('officer', by, str(links), because, time.time_ns())}",
        "state": "RAISED",
        "type": code,
        "severity": "HIGH" if lane == "RED" else "WARNING",
        "lane": lane,
        "weight": WEIGHTS.get(lane, 0.0),
        "reason": {"code": code, "source": "RULE", "text": because},
        "links": links,
        "eventTimeMs": now_ms,
        "by": by,
    }
    checked: IncidentRaised = _checked(RAISED, told)
    return checked


def cleared(incident_id: str, *, by: str, why: str) -> IncidentCleared:
    """An officer's word that it is over. Raises `UsageError`."""
    reason = {"code": CODE, "source": "RULE", "text": why}
    told = {"kind": "incident", "incidentId": incident_id, "state": "CLEARED", "by": by, "reason": reason}
    checked: IncidentCleared = _checked(CLEARED, told)
    return checked


def order(settings: Settings, incident: IncidentRaised | IncidentCleared) -> None:
    """Write an incident; workers go by it within a second or two. Raises `UsageError`, `UnreachableError`."""
    ControlTopic.of(settings).require().append(incident["incidentId"], incident)


def known(settings: Settings) -> Incidents:
    """All incidents so far. Reads the control log once."""
    incidents = Incidents(IncidentSettings(max_incidents=sys.maxsize, max_links=sys.maxsize))  # no time passes here
    for offset, told in ControlTopic.of(settings).records("incident"):
        incidents.fold(told, Place(offset, 0, 0))
    return incidents


def find(settings: Settings, incident_id: str) -> Incident:
    """An incident that is open. Raises `UsageError` where there is none of this id."""
    for incident in known(settings):
        if incident.incident_id == incident_id:
            return incident
    raise UsageError(f"{incident_id} is not open (see: greenlane incident show)")


def _checked(validator: Any, told: Mapping[str, Any]) -> Any:
    try:
        return validator.validate_python(told)
    except ValidationError as error:
        raise UsageError.of(error) from error
