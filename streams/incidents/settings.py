"""How long incidents are known, and how many."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IncidentSettings:
    """`keep_s` counts engine time. An incident has one link for each container, receptacle and parcel it names."""

    keep_s: float = 7_776_000.0
    max_incidents: int = 100_000
    max_links: int = 500_000
