"""What a member of the control fold has noticed and operators should hear of."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from streams.state.members import Place

KEPT = 1_000


class Notice(NamedTuple):
    """Something began (RAISED) or ended (CLEARED), as of a place in the control log.

    `about` names it: the same for beginning and end, another for the next time. `since_ms` is Kafka's time of its
    beginning. `office` is whom it concerns, empty for all; `promote` names a model that the stated rule would now let
    decide.
    """

    place: Place
    since_ms: int
    about: str
    state: str
    severity: str
    title: str
    reasons: Sequence[dict[str, Any]] = ()
    office: str = ""
    promote: str = ""


class Notices:
    """The newest thousand, in the order of the log.

    They are told once each although nobody notes which were: whoever tells at engine time `t` tells what was noticed
    before `t` and not before the `t` of the last time. Ticks divide the log, so nothing is added to the past.

    >>> notices = Notices()
    >>> notices.add(Place(7, 1_000, 0), "drift/scores/7", "RAISED", "WARNING", "Scores have moved")
    >>> [notice.title for notice in notices.between(1_000, 2_000)], list(notices.between(0, 1_000))
    (['Scores have moved'], [])
    """

    def __init__(self) -> None:
        self._newest: deque[Notice] = deque(maxlen=KEPT)
        self._since: dict[str, int] = {}  # of what has not ended; what began long ago without an end is forgotten

    def __len__(self) -> int:
        return len(self._newest)

    def add(self, place: Place, about: str, state: str, severity: str, title: str, **more: Any) -> None:
        """Notice something at `place`; `more` are further fields of `Notice`."""
        since_ms = self._since.pop(about, place.at_ms)
        if state == "RAISED":
            self._since[about] = since_ms
            if len(self._since) > KEPT:
                del self._since[next(iter(self._since))]
        self._newest.append(Notice(place, since_ms, about, state, severity, title, **more))

    def between(self, since_ms: int, until_ms: int) -> Iterator[Notice]:
        """What was noticed at engine time `since_ms` or later, and before `until_ms`."""
        if self._newest and self._newest[-1].place.now_ms >= since_ms:
            yield from (notice for notice in self._newest if since_ms <= notice.place.now_ms < until_ms)

    def packed(self) -> list[Any]:
        return [[(tuple(place), *rest) for place, *rest in self._newest], list(self._since.items())]

    def unpack(self, packed: Iterable[Any]) -> None:
        """Become what was packed."""
        newest, since = packed
        self._newest = deque([Notice(Place(*place), *rest) for place, *rest in newest], maxlen=KEPT)
        self._since = dict(since)
