"""What incidents add to the decision about a parcel: a lane, a selection, log-odds, and why."""

from collections.abc import Iterator, Mapping, Sequence
from math import exp, log
from typing import Any

from streams.decisions.lanes import SEVERITY, Choice
from streams.decisions.reasons import Reason
from streams.incidents import Incidents
from streams.incidents.known import equipment, receptacle
from streams.records.incident import IncidentRaised

MOST = 6.0  # log-odds of all incidents of a parcel together: seal, door and light tell of one event
SURE = 1e-6  # no score is so certain that nothing could change it

Weights = tuple[tuple[str, float], ...]


def concerning(
    case: Mapping[str, Any], identity: str, incidents: Incidents, at: int, voyage_ms: int
) -> list[IncidentRaised]:
    """The incidents in force at position `at` of the control log that concern the parcel filed in `case`.

    Of each type the severest: the newest where equal. An incident concerns what was filed within `voyage_ms` of it,
    for a container is used again. Cost: 1 µs.
    """
    found: dict[str, IncidentRaised] = {}
    for reference in _references(case, identity):
        for incident in incidents.of(reference, at):
            if abs(incident.voyage_ms - case["at"]) <= voyage_ms:
                said = incident.said
                if said["type"] not in found or _severity(said) >= _severity(found[said["type"]]):
                    found[said["type"]] = said
    return sorted(found.values(), key=_severity, reverse=True)


def _references(case: Mapping[str, Any], identity: str) -> Iterator[str]:
    transport = case["parcel"].get("transport", {})
    if container := transport.get("containerId"):
        yield equipment(container)
    if receptacle_id := transport.get("receptacleId"):
        yield receptacle(receptacle_id)
    yield identity


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


def weights(incidents: Sequence[IncidentRaised]) -> Weights:
    """What a version remembers of its incidents."""
    return tuple((incident["type"], incident["weight"]) for incident in incidents)


def also(known: Weights, incident: IncidentRaised) -> Weights:
    """`known` and one more: of its type the heaviest counts.

    >>> also((("SEAL_OPENED", 3.0),), {"type": "SEAL_OPENED", "weight": 2.0})
    (('SEAL_OPENED', 3.0),)
    """
    weighing = dict(known)
    weighing[incident["type"]] = max(incident["weight"], weighing.get(incident["type"], 0.0))
    return tuple(weighing.items())


def weighed(score: float, incidents: Weights) -> float:
    """A score (0 to 1) with what incidents add to it in log-odds, to six decimals.

    >>> weighed(0.04, ()), weighed(0.04, (("SEAL_OPENED", 3.0),)), weighed(0.0, (("SEAL_OPENED", 3.0),))
    (0.04, 0.455604, 2e-05)
    """
    if not incidents:
        return score
    sure = min(max(score, SURE), 1 - SURE)
    odds = log(sure / (1 - sure)) + min(sum(weight for _, weight in incidents), MOST)
    return round(1 / (1 + exp(-odds)), 6)


def told_by(incidents: Sequence[IncidentRaised]) -> list[Reason]:
    """Their reasons, each with what it adds to the score."""
    return [{**incident["reason"], "contribution": incident["weight"]} for incident in incidents]
