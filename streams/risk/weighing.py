"""What incidents add to the decision about a parcel: a lane, a selection, log-odds, and why."""

from collections.abc import Mapping, Sequence
from math import exp, log
from typing import Any

from streams.decisions.lanes import SEVERITY, Choice
from streams.decisions.reasons import Reason
from streams.incidents import Incidents
from streams.incidents.known import equipment, receptacle, untyped
from streams.records.incident import IncidentRaised
from streams.risk.items import Weight

MOST = 6.0  # log-odds of all incidents of a parcel together: seal, door and light tell of one event
NOWHERE: Mapping[str, Any] = {}
SURE = 1e-6  # no score is so certain that nothing could change it


def concerning(
    case: Mapping[str, Any], identity: str, incidents: Incidents, at: int, voyage_ms: int
) -> list[IncidentRaised]:
    """The incidents in force at position `at` of the control log that concern the parcel filed in `case`.

    Each as it was told last, and of each type the severest. An incident concerns what was filed within `voyage_ms` of
    it, for a container is used again. Cost: 2 µs, and 2 µs an incident.
    """
    told: dict[str, IncidentRaised] = {}
    transport = case["parcel"].get("transport", NOWHERE)
    inside = equipment(transport.get("containerId", "")), receptacle(transport.get("receptacleId", ""))
    for reference in (*inside, identity, untyped(case["itemId"])):
        if reference not in incidents:
            continue
        for incident in incidents.of(reference, at):
            if abs(incident.voyage_ms - case["at"]) <= voyage_ms:
                told[incident.incident_id] = incident.said
    severest = {said["type"]: said for said in sorted(told.values(), key=_severity)}
    return sorted(severest.values(), key=_severity, reverse=True)


def _severity(said: IncidentRaised) -> tuple[int, float]:
    return SEVERITY[said["lane"]], said["weight"]


def decided_by(incidents: Sequence[IncidentRaised], choice: Choice) -> Choice:
    """`choice`, raised to the lane that the incidents ask for. Whoever chose before: now it is certain.

    >>> decided_by([{"lane": "YELLOW"}], Choice("GREEN", "NONE", 0.01))
    Choice(lane='YELLOW', selected_by='INCIDENT', propensity=1.0)
    >>> decided_by([{"lane": "YELLOW"}], Choice("RED", "RANDOM", 0.01)).lane
    'RED'
    """
    lanes = (choice.lane, *(incident["lane"] for incident in incidents))
    return Choice(max(lanes, key=SEVERITY.__getitem__), "INCIDENT", 1.0)


def weights(incidents: Sequence[IncidentRaised]) -> tuple[Weight, ...]:
    """What a version remembers of its incidents."""
    return tuple(map(_weight, incidents))


def also(known: Sequence[Weight], incident: IncidentRaised) -> tuple[Weight, ...]:
    """`known` and one more: of one incident, however it is called by now, and of one type the heaviest counts.

    >>> also((Weight("SEAL_OPENED", "inc-1", 3.0),), {"type": "SEAL_OPENED", "incidentId": "inc-2", "weight": 2.0})
    (Weight(type='SEAL_OPENED', incident_id='inc-2', value=3.0),)
    """
    more = _weight(incident)
    same = [weight for weight in known if more.type == weight.type or more.incident_id == weight.incident_id]
    others = [weight for weight in known if weight not in same]
    return (*others, more._replace(value=max(weight.value for weight in (more, *same))))


def _weight(incident: IncidentRaised) -> Weight:
    return Weight(incident["type"], incident["incidentId"], incident["weight"])


def weighed(score: float, incidents: Sequence[Weight]) -> float:
    """A score (0 to 1) with what incidents add to it in log-odds, to six decimals.

    >>> seal = Weight("SEAL_OPENED", "inc-1", 3.0)
    >>> weighed(0.04, ()), weighed(0.04, (seal,)), weighed(0.0, (seal,))
    (0.04, 0.455604, 2e-05)
    """
    if not incidents:
        return score
    sure = min(max(score, SURE), 1 - SURE)
    odds = log(sure / (1 - sure)) + min(sum(weight.value for weight in incidents), MOST)
    return round(1 / (1 + exp(-odds)), 6)


def told_by(incidents: Sequence[IncidentRaised]) -> list[Reason]:
    """Their reasons, each with what it adds to the score."""
    return [{**incident["reason"], "contribution": incident["weight"]} for incident in incidents]
