"""How much of what is known each source takes up: one that floods gives way itself."""

from collections import Counter, deque

from streams.incidents.known import ANYBODY, OFFICERS, Incident
from streams.incidents.settings import IncidentSettings

SHARE = 0.25  # of all that agents may tell, for one source
HALF = 0.5  # of it, for all sources that somebody answers for, and for all others


class Room:
    """The incidents of one source: their numbers, oldest first, and how many links they have."""

    def __init__(self) -> None:
        self.numbers = deque[int]()
        self.links = 0


class Rooms:
    """Officers have all the room that the settings give; agents together as much again, one source a quarter of it.

    Half of that is for patterns and registered devices, half for devices that nobody registered: names can be invented.
    """

    def __init__(self, settings: IncidentSettings) -> None:
        self._settings = settings
        self._rooms: dict[str, Room] = {}
        self._incidents = Counter[str]()  # of each group
        self._links = Counter[str]()

    @property
    def links(self) -> int:
        """How many links all incidents have."""
        return self._links.total()

    def add(self, number: int, incident: Incident) -> None:
        """One more, the newest of all."""
        room = self._rooms.setdefault(incident.source, Room())
        room.numbers.append(number)
        self._count(room, incident, 1)

    def leave(self, incident: Incident) -> None:
        """The oldest of its source is forgotten."""
        room = self._rooms[incident.source]
        room.numbers.popleft()
        self._count(room, incident, -1)
        if not room.numbers:
            del self._rooms[incident.source]

    def fits(self, incident: Incident) -> bool:
        """Whether it would fit into all that its source may have."""
        return not self._full(0, len(incident.references), _share(incident))

    def in_the_way(self, incident: Incident) -> int | None:
        """The number of the one to leave first that `incident` may come, which fits; None if there is room for it.

        It is the oldest of its own source, if that has its share; else that of the source of its group that has most.
        """
        own, links = self._rooms.get(incident.source, Room()), len(incident.references)
        if self._full(len(own.numbers), own.links + links, _share(incident)):
            return own.numbers[0]
        group = _group(incident.source)
        if group != OFFICERS and self._full(self._incidents[group], self._links[group] + links, HALF):
            return -max((self._filling(room), -room.numbers[0]) for room in self._of(group))[1]  # the elder of equals
        return None

    def _full(self, incidents: int, links: int, share: float) -> bool:
        """Whether one more is too many beside `incidents`; `links` are those of all of them."""
        return incidents + 1 > share * self._settings.max_incidents or links > share * self._settings.max_links

    def _filling(self, room: Room) -> float:
        return max(len(room.numbers) / self._settings.max_incidents, room.links / self._settings.max_links)

    def _of(self, group: str) -> list[Room]:
        return [room for source, room in self._rooms.items() if _group(source) == group]

    def _count(self, room: Room, incident: Incident, times: int) -> None:
        links = times * len(incident.references)
        room.links += links
        self._incidents[_group(incident.source)] += times
        self._links[_group(incident.source)] += links


def _share(incident: Incident) -> float:
    return 1.0 if incident.source == OFFICERS else SHARE


def _group(source: str) -> str:
    """Officers, or anybody, or those whom somebody answers for."""
    return source if source == OFFICERS else ANYBODY if source.startswith(ANYBODY) else ""
