"""All incidents of the last months, by what they happened to: a member of the control fold."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

import orjson

from streams.incidents.known import Incident
from streams.incidents.rooms import Rooms
from streams.incidents.settings import IncidentSettings
from streams.records.incident import IncidentCleared, IncidentRaised, understood
from streams.state.members import Place
from streams.state.parts import Part, same_version

VERSION = 3
MOST_OF_ONE = 100  # of a source's newest, looked through for one container: ringing for ever slows down no filing
PAGE = 256  # incidents of one part of a snapshot
PART = "incidents"


class Incidents:
    """Incidents in the order of the log, those on equipment that no parcel names yet too (`streams.state.members`).

    What was cleared stays, and everything is looked up as of a position of the control log: a shard that folds its log
    again after a restart has to find what it found at the time. Forgotten are, oldest first, incidents older than
    `keep_s` of engine time, and of a source that has more than its share (`streams.incidents.rooms`) those older than
    `safe_s`: as long as there are none, what it tells is ignored. About 1 kB each, 0.2 kB for a link.

    >>> incidents, by = Incidents(), {"kind": "incident", "incidentId": "inc-1", "by": "officer"}
    >>> reason = {"code": "SEAL_OPENED", "source": "SENSOR", "text": "The seal was opened en route."}
    >>> said = {**by, "state": "RAISED", "type": "SEAL_OPENED", "severity": "HIGH", "lane": "RED", "weight": 3.0,
    ...     "reason": reason, "links": {"equipmentReference": "MSKU9070323"}, "eventTimeMs": 0}
    >>> incidents.fold(said, Place(7, 60_000, 0)), incidents.fold({**by, "state": "CLEARED"}, Place(9, 61_000, 0))
    (True, True)
    >>> [len(list(incidents.of("equipment/MSKU9070323", at))) for at in (7, 8, 10)]
    [0, 1, 0]
    >>> [incident.incident_id for incident in incidents.newly(60_000, 61_000)]
    ['inc-1']
    """

    def __init__(self, settings: IncidentSettings = IncidentSettings()) -> None:  # noqa: B008 - frozen
        self._settings, self._rooms = settings, Rooms(settings)
        self._keep_ms, self._safe_ms = round(settings.keep_s * 1000), round(settings.safe_s * 1000)
        self._incidents: dict[int, Incident] = {}
        self._numbers: list[int] = []  # of these, in order
        self._raised = 0  # the number of the newest
        self._by_reference: dict[str, list[int]] = {}
        self._by_id: dict[str, list[int]] = {}
        self._in_page: Counter[int] = Counter()
        self._changed: dict[int, int] = {}  # by page, the number of the newest change
        self._changes = 0

    def __contains__(self, reference: str) -> bool:
        """Whether anything is remembered to have happened to `reference`."""
        return reference in self._by_reference

    def __len__(self) -> int:
        return len(self._incidents)

    def __iter__(self) -> Iterator[Incident]:
        """Those open now, each as it was raised last."""
        newest = (self._incidents[numbers[-1]] for numbers in self._by_id.values())
        return (incident for incident in newest if incident.cleared is None)

    def of(self, reference: str, at: int) -> Iterator[Incident]:
        """What had happened to `reference` and was not over at position `at` of the control log. Costs 0.2 µs."""
        for number in self._by_reference.get(reference, ()):
            if (incident := self._incidents[number]).open_at(at):
                yield incident

    def newly(self, since_ms: int, until_ms: int) -> Iterator[Incident]:
        """What was raised at engine time `since_ms` or later, and before `until_ms`, in the order of the log.

        Ticks divide the log, so nothing is added to the past: who notes how far he asked hears of everything once.
        """
        if self._numbers and self._now_ms(self._numbers[-1]) >= since_ms:
            first = bisect_left(self._numbers, since_ms, key=self._now_ms)
            for number in islice(self._numbers, first, None):
                if self._now_ms(number) >= until_ms:
                    return
                yield self._incidents[number]

    def fold(self, said: Mapping[str, Any], place: Place) -> bool:
        """Take an incident, or its end. False: malformed, the end of one not known, or too many of its source."""
        told = understood(said)
        if told is None:
            return False
        if told["state"] == "CLEARED":
            return self._clear(told, place)
        return self._raise(told, place)

    def parts(self) -> Mapping[str, Part]:
        """What is to be saved, in pages: an incident changes one of them."""
        pages = {f"{PART}-{page}": Part(self._changed[page], partial(self._save, page)) for page in self._in_page}
        return {PART: Part.json([VERSION, self._raised]), **pages}

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved."""
        version, raised = orjson.loads(parts[PART])
        same_version(version, VERSION)
        saved = [row for name in parts if name.startswith(f"{PART}-") for row in orjson.loads(parts[name])]
        self.__init__(self._settings)  # type: ignore[misc]
        for number, place, said, cleared in sorted(saved, key=lambda row: int(row[0])):
            self._raised = number - 1
            self._add(Incident.of(said, Place(*place))._replace(cleared=cleared))
        self._raised = raised

    def figures(self) -> Mapping[tuple[str, ...], float]:
        """How many are open, by the lane they ask for."""
        lanes = Counter(incident.lane for incident in self)
        return {("open_incidents", lane): float(lanes[lane]) for lane in ("YELLOW", "RED")}

    def sizes(self) -> Mapping[str, int]:
        """How many are remembered, those cleared among them, and how much they name."""
        return {PART: len(self), "incident links": self._rooms.links}

    def _raise(self, said: IncidentRaised, place: Place) -> bool:
        while self._numbers and self._now_ms(self._numbers[0]) < place.now_ms - self._keep_ms:
            self._forget(self._numbers[0])
        incident = Incident.of(said, place)
        if room := self._rooms.fits(incident) and self._make_room(incident):
            self._add(incident)
        return room

    def _make_room(self, incident: Incident) -> bool:
        """Forget what is in the way. False: it happened so lately that `incident` has to be ignored instead."""
        while (number := self._rooms.in_the_way(incident)) is not None:
            if self._now_ms(number) >= incident.place.now_ms - self._safe_ms:
                return False
            self._forget(number)
        return True

    def _clear(self, said: IncidentCleared, place: Place) -> bool:
        numbers = self._by_id.get(said["incidentId"], ())
        for number in numbers:
            if self._incidents[number].cleared is None:
                self._incidents[number] = self._incidents[number]._replace(cleared=place.offset)
                self._change(number)
        return bool(numbers)

    def _add(self, incident: Incident) -> None:
        self._raised += 1
        self._incidents[self._raised] = incident
        self._numbers.append(self._raised)
        self._rooms.add(self._raised, incident)
        self._by_id.setdefault(incident.incident_id, []).append(self._raised)
        for reference in incident.references:
            numbers = self._by_reference.setdefault(reference, [])
            numbers.append(self._raised)
            if len(numbers) > MOST_OF_ONE:
                self._leave_newest(numbers, incident.source)
        self._in_page[self._raised // PAGE] += 1
        self._change(self._raised)

    def _leave_newest(self, numbers: list[int], source: str) -> None:
        """Of one source only so many are looked through; those of others stay."""
        same = [number for number in numbers if self._incidents[number].source == source]
        for number in same[:-MOST_OF_ONE]:
            numbers.remove(number)

    def _forget(self, number: int) -> None:
        """Forget the oldest of a source."""
        incident = self._incidents.pop(number)
        del self._numbers[bisect_left(self._numbers, number)]
        self._rooms.leave(incident)
        _leave(self._by_id, incident.incident_id, number)
        for reference in incident.references:
            _leave(self._by_reference, reference, number)
        self._change(number)
        self._in_page[page := number // PAGE] -= 1
        if not self._in_page[page]:
            del self._in_page[page], self._changed[page]

    def _change(self, number: int) -> None:
        self._changes += 1
        self._changed[number // PAGE] = self._changes

    def _now_ms(self, number: int) -> int:
        return self._incidents[number].place.now_ms

    def _save(self, page: int) -> bytes:
        numbers = (number for number in range(page * PAGE, (page + 1) * PAGE) if number in self._incidents)
        rows = ((number, self._incidents[number]) for number in numbers)
        return orjson.dumps([[number, tuple(known.place), known.said, known.cleared] for number, known in rows])


def _leave(index: dict[str, list[int]], name: str, number: int) -> None:
    """Take one of a name out; it may have left earlier."""
    numbers = index.get(name, [])
    if number in numbers:
        numbers.remove(number)
    if not numbers:
        index.pop(name, None)
