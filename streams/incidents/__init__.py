"""What happened to cargo, as all shards know it: a fold of the `incident` records of the control log.

A record (`streams.records.incident`) says what happened, to which container, receptacle or parcels, and what follows
for them. Parcels filed later are decided with it; those decided before get a superseding decision at the next tick
(`streams.risk.overruling`).
"""

from streams.incidents.known import Incident, references
from streams.incidents.member import Incidents
from streams.incidents.settings import IncidentSettings

__all__ = ["Incident", "IncidentSettings", "Incidents", "references"]
