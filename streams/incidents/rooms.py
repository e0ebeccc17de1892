"""How much of what is known each source takes up: one that floods gives way itself."""

from collections import deque

from streams.incidents.known import OFFICERS, Incident
from streams.incidents.settings import IncidentSettings

SHARE = 0.25  # of all that agents may tell, for one source


class Room:
    """The incidents of one source: their numbers, oldest first, and how many links they have."""

    def __init__(self) -> None:
        self.numbers = deque[int]()
        self.links = 0


class Rooms:
    """Officers have all the room that the settings give; agents together as much again, one source a quarter of it."""

    def __init__(self, settings: IncidentSettings) -> None:
        self._settings = settings
        self._rooms: dict[str, Room] = {}
        self._incidents = 0  # of agents
        self._links = 0

    @property
    def links(self) -> int:
        """How many links all incidents have."""
        return sum(room.links for room in self._rooms.values())

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

        It is the oldest of its own source, if that has its share; else the oldest of the agents' source that has most.
        """
        own, links = self._rooms.get(incident.source, Room()), len(incident.references)
        if self._full(len(own.numbers), own.links + links, _share(incident)):
            return own.numbers[0]
        if incident.source != OFFICERS and self._full(self._incidents, self._links + links, 1.0):
            return max(self._of_agents(), key=self._filling).numbers[0]
        return None

    def _full(self, incidents: int, links: int, share: float) -> bool:
        """Whether one more is too many beside `incidents`; `links` are those of all of them."""
        return incidents + 1 > share * self._settings.max_incidents or links > share * self._settings.max_links

    def _filling(self, room: Room) -> float:
        return max(len(room.numbers) / self._settings.max_incidents, room.links / self._settings.max_links)

    def _of_agents(self) -> list[Room]:
        return [room for source, room in self._rooms.items() if source != OFFICERS]

    def _count(self, room: Room, incident: Incident, times: int) -> None:
        links = times * len(incident.references)
        room.links += links
        if incident.source != OFFICERS:
            self._incidents, self._links = self._incidents + times, self._links + links


def _share(incident: Incident) -> float:
    return 1.0 if incident.source == OFFICERS else SHARE
