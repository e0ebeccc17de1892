"""How long incidents are known, and how many."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IncidentSettings:
    """`keep_s` counts engine time. An incident has one link for each container, receptacle and parcel it names.

    So many incidents and links are known of officers, and as many of all agents together: half of it for devices that
    nobody registered, and of one source (`streams.incidents.known.source`) a quarter. What is younger than `safe_s` of
    engine time is never forgotten for others: a shard that restarts may have to fold it again.
    """

    keep_s: float = 7_776_000.0
    max_incidents: int = 100_000
    max_links: int = 500_000
    safe_s: float = 86_400.0
