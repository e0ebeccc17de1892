"""What an incident does to parcels decided before it: each gets a superseding decision, once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import merge
from itertools import dropwhile
from typing import NamedTuple

from streams.decisions import alerts
from streams.decisions.lanes import SEVERITY
from streams.incidents import Incident
from streams.incidents.known import identities
from streams.records.incident import IncidentLinks, IncidentRaised
from streams.risk.aboard import Aboard, Filed, Find
from streams.risk.deciding import Desk
from streams.risk.history import raise_alert
from streams.risk.items import Item, Version
from streams.risk.store import Items
from streams.risk.turn import Case, Turn
from streams.state.members import Place
from streams.topics import CONTROL

MOST_DECIDED = 1_000  # of a shard in one tick: the transaction must stay small, and others wait
NAMED = -1  # the page of what an incident names itself: it comes before all that was filed


class Progress(NamedTuple):
    """How far a shard has acted on incidents: on all before engine time `now_ms` and before `offset`.

    Of the one at `offset` it has looked at everything up to the filing at this place, whether it is remembered or not.
    """

    now_ms: int = 0
    offset: int = 0
    page: int = NAMED
    slot: int = -1

    def left(self, incident: Incident, found: Iterable[Filed]) -> Iterator[Filed]:
        """What of all `found` is still to be looked at."""
        if incident.place.offset != self.offset:
            return iter(found)
        return dropwhile(lambda filed: filed.place <= (self.page, self.slot), found)


class Overruling:
    """Decides the parcels of one shard anew. Cost: 150 µs a parcel concerned, and for all incidents together 10 µs
    for each 4,096 filings to find them.

    A lane only rises. A parcel is decided anew if that raises its lane, or if nothing of this type has happened to it
    yet, or since it was reported. Left alone are parcels filed after the incident, which were decided with it, or not
    because it was over; those cancelled; those filed elsewhere since; and those whose outcome was reported after the
    event, for whoever inspected them has seen what it did. An alert follows, as loud as the incident, when the lane
    rises, or when a parcel that was reported is under control again.
    """

    def __init__(self, items: Items, aboard: Aboard, desk: Desk) -> None:
        self._items, self._aboard, self._desk = items, aboard, desk

    def apply(
        self, incidents: Sequence[Incident], turn_of: Callable[[Incident], Turn], progress: Progress
    ) -> Progress | None:
        """Decide anew what each of `incidents` concerns, in the order of filing, from `progress` on.

        After `MOST_DECIDED` decisions it ends, amid an incident if need be, and says how far it has come; None for all.
        """
        decided, find = 0, self._aboard.search(inside for incident in incidents for inside in incident.vessels)
        for incident in incidents:
            place = incident.place
            for last in self._apply(incident, find, turn_of(incident), progress):
                decided += 1
                if decided >= MOST_DECIDED:
                    return Progress(place.now_ms, place.offset, *last.place)
        return None

    def _apply(self, incident: Incident, find: Find, turn: Turn, progress: Progress) -> Iterator[Filed]:
        """Each filing because of which an item is decided anew, once it is."""
        said = incident.said
        for filed in progress.left(incident, _concerned(incident, said["links"], find)):
            item = self._items.get(filed.identity)
            if item is None or (before := item.current) is None or not before.content.startswith(filed.content):
                continue
            if before.since <= incident.place.offset and changes(said, item, before, incident.voyage_ms):
                self._overrule(filed.identity, before, said, incident.place, turn)
                yield filed

    def _overrule(self, identity: str, before: Version, said: IncidentRaised, place: Place, turn: Turn) -> None:
        item = self._items.touch(identity)
        held, case = item.held, self._case(identity, item, said, place)
        version, decision = self._desk.overrule(case, before, said, turn)
        item.decide(version, item.provider)
        turn.decided(decision)
        if not held or SEVERITY[version.lane] > SEVERITY[before.lane]:
            severity = alerts.severity(decision | {"riskBand": said["severity"]})
            alarm = alerts.selected(decision, amended=False)._replace(severity=severity)
            item.raised = raise_alert(alarm, item.raised, case, turn)

    def _case(self, identity: str, item: Item, said: IncidentRaised, place: Place) -> Case:
        """The incident as a case of one item: decisions and alerts name its place in the control log."""
        id_type, _, item_id = identity.partition("/")
        source = (f"{self._desk.settings.namespace}.{CONTROL}", 0, place.offset, 0)
        container = said["links"].get("equipmentReference", "")
        return {
            "kind": "incident",
            "itemIdType": id_type,
            "itemId": item_id,
            "provider": item.provider,
            "messageId": said["incidentId"],
            "source": dict(zip(("topic", "partition", "offset", "index"), source, strict=True)),
            "at": place.at_ms,
            "parcel": {"transport": {"containerId": container}},
        }


def _concerned(incident: Incident, links: IncidentLinks, find: Find) -> Iterator[Filed]:
    """In the order of their places. What was filed otherwise since travels elsewhere; what is named does anywhere."""
    named = (identity for item in links.get("itemIds", ()) for identity in identities(item))
    yield from (Filed(NAMED, slot, identity, b"") for slot, identity in enumerate(named))
    yield from merge(*(find(inside, incident.voyage_ms) for inside in incident.vessels))


def changes(said: IncidentRaised, item: Item, current: Version, heard_ms: int) -> bool:
    """Whether an incident, heard of at `heard_ms`, leads to a new decision about `item` in its `current` version.

    Outcomes are dated by Kafka's time, so is what happened: a device's clock may be wrong. What happens after a report
    nobody has looked into yet, though the same had happened before.
    """
    if item.cancelled:
        return False
    if item.reported:
        return heard_ms > item.reported_ms
    return SEVERITY[said["lane"]] > SEVERITY[current.lane] or all(
        said["type"] != known.type for known in current.incidents
    )
