"""What an incident does to parcels decided before it: each gets a superseding decision, once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import dropwhile, islice
from typing import NamedTuple

from streams.decisions import alerts
from streams.decisions.lanes import SEVERITY
from streams.incidents import Incident
from streams.incidents.known import identities
from streams.records.incident import IncidentLinks, IncidentRaised
from streams.risk.aboard import Aboard, Find
from streams.risk.deciding import Desk
from streams.risk.history import raise_alert
from streams.risk.items import Item, Version
from streams.risk.store import Items
from streams.risk.turn import Case, Turn
from streams.state.members import Place
from streams.topics import CONTROL

MOST_DECIDED = 1_000  # of a shard in one tick: the transaction must stay small, and others wait
Found = tuple[str, bytes]  # an item, and the beginning of what it was filed with


class Progress(NamedTuple):
    """How far a shard has acted on incidents: on all before engine time `now_ms` and before `offset`.

    Of the one at `offset` it has looked at everything up to the item `after`, with its content; "" for nothing yet.
    """

    now_ms: int = 0
    offset: int = 0
    after: str = ""
    content: str = ""

    def left(self, incident: Incident, found: Iterable[Found]) -> Iterator[Found]:
        """What of all `found` is still to be looked at. Where the last one is forgotten by now, that is all."""
        everything = list(dict.fromkeys(found))
        last = (self.after, bytes.fromhex(self.content))
        if incident.place.offset != self.offset or last not in everything:
            return iter(everything)
        return islice(dropwhile(lambda each: each != last, everything), 1, None)


class Overruling:
    """Decides the parcels of one shard anew. Cost: 150 µs a parcel concerned, and for all incidents together 10 µs
    for each 4,096 filings to find them.

    A lane only rises. A parcel is decided anew if that raises its lane, or if nothing of this type has happened to it
    yet, or since it was reported. Left alone are parcels cancelled; those filed elsewhere since; and those whose
    outcome was reported after the event, for whoever inspected them has seen what it did. An alert follows, as loud as
    the incident, when the lane rises, or when a parcel that was reported is under control again.
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
                    return Progress(place.now_ms, place.offset, last[0], last[1].hex())
        return None

    def _apply(self, incident: Incident, find: Find, turn: Turn, progress: Progress) -> Iterator[Found]:
        """Each item decided anew, once it is."""
        said = incident.said
        for identity, content in progress.left(incident, _concerned(incident, said["links"], find)):
            item = self._items.get(identity)
            if item is None or (before := item.current) is None or not before.content.startswith(content):
                continue
            if changes(said, item, before, incident.voyage_ms):
                self._overrule(identity, before, said, incident.place, turn)
                yield identity, content

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


def _concerned(incident: Incident, links: IncidentLinks, find: Find) -> Iterator[Found]:
    """Items with the beginning of what they were filed with: those filed otherwise since travel elsewhere."""
    for inside in incident.vessels:
        yield from find(inside, incident.voyage_ms)
    for item in links.get("itemIds", ()):
        yield from ((identity, b"") for identity in identities(item))


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
