"""Delivery points: splitting and mule addresses, exact for the parcels remembered of a point."""

from collections.abc import Mapping, Sequence
from typing import Any

from streams.patterns.entities import Entities
from streams.patterns.episodes import Episodes, duration
from streams.patterns.mules import CODE as MULE_ADDRESS
from streams.patterns.mules import mules
from streams.patterns.parcels import Parcel
from streams.patterns.settings import PatternSettings, ms
from streams.patterns.splitting import splitting
from streams.patterns.view import Say
from streams.patterns.windows import ITEM, Row, with_newest
from streams.state.parts import Part

POINTS = "points"
USUAL = 8  # habits remembered of a point


class DeliveryPoints:
    """The view of entities `deliveryPoint/<pseudonym of the address>`.

    Of a point the `max_parcels` newest parcels are remembered, for the longest window and `late_s`: a parcel that comes
    no later than that finds all others of its windows, whatever order they come in. Of an item the newest version
    counts, with its own value and time. Cost: some 8 µs a parcel, 40 at a point with 64; memory: about 300 bytes a
    point with one parcel, 90 more for each other.
    """

    def __init__(self, settings: PatternSettings) -> None:
        self._settings = settings
        self._points = Entities(POINTS, settings.max_points)
        self._episodes = Episodes(POINTS, settings.max_episodes, ms(settings.follow_up_s))
        self._keep_ms = max(ms(settings.split_s), ms(settings.mule_s)) + ms(settings.late_s)

    def take(self, touch: Sequence[Any], say: Say) -> bool:
        """Take the next parcel."""
        parcel = Parcel._make(touch)
        self._episodes.pass_time(parcel.entity, parcel.time_ms, say)
        rows, usual = self._points.get(parcel.entity) or ([], {})
        rows = with_newest(rows, parcel.row(), self._keep_ms, self._settings.max_parcels)
        if len(rows) >= self._settings.fewest and any(row[ITEM] == parcel.item for row in rows):
            self._look(rows, parcel, usual, say)
        self._points.put(parcel.entity, [rows, usual])
        return True

    def tick(self, now_ms: int, say: Say) -> None:
        """Go on with what is open."""
        self._episodes.tick(now_ms, say)

    def parts(self) -> Mapping[str, Part]:
        return {**self._points.parts(), **self._episodes.part()}

    def load(self, parts: Mapping[str, bytes]) -> None:
        self._points.load(parts)
        self._episodes.load(parts)

    def sizes(self) -> Mapping[str, int]:
        return {"delivery points": len(self._points), "delivery point episodes": len(self._episodes)}

    def _look(self, rows: Sequence[Row], parcel: Parcel, usual: dict[str, int], say: Say) -> None:
        for crossing in splitting(rows, parcel, self._settings):
            self._episodes.crossed(crossing, parcel, say)
        found = list(mules(rows, parcel, usual, self._settings))
        if found and self._settled(parcel):
            why = f"the same for {duration(ms(self._settings.mule_settled_s))}, so taken for usual there"
            self._episodes.end(parcel.entity, MULE_ADDRESS, parcel.time_ms, why, say)
            for common, names, _ in found:
                _remember(usual, common, names)
        else:
            for _, _, crossing in found:
                self._episodes.crossed(crossing, parcel, say)

    def _settled(self, parcel: Parcel) -> bool:
        """Whether many names come to the point for so long that they are what is usual there."""
        episode = self._episodes.of(parcel.entity, MULE_ADDRESS)
        return episode is not None and parcel.time_ms - episode.first_ms >= ms(self._settings.mule_settled_s)


def _remember(usual: dict[str, int], common: str, names: int) -> None:
    usual[common] = max(names, usual.pop(common, 0))
    while len(usual) > USUAL:
        del usual[next(iter(usual))]
