"""Many names at one delivery point: an address that somebody lends, or a flat that somebody rents, for the mail.

Many names alone mean an apartment house, an office or a parcel locker. There people buy this and that from here and
there; what comes for a mule comes from one sender, or is the same goods again and again, and hardly anything else
comes. Where even that goes on for weeks, a firm that equips its staff say, it is what is usual there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from streams.patterns.episodes import Crossing, duration
from streams.patterns.parcels import HS, NAME, SELLER, Parcel
from streams.patterns.settings import PatternSettings, ms
from streams.patterns.windows import ITEM, TIME, Row, covered, number_beside, span_ms, windows

CODE = "MULE_ADDRESS"
UNUSUAL = 2  # times as many names as were usual for weeks


class Bounds(NamedTuple):
    """From so many names on, and so large a share of all, windows of this length are too much."""

    names: int
    share: float
    length_ms: int


def mules(
    rows: Sequence[Row], parcel: Parcel, usual: Mapping[str, int], settings: PatternSettings
) -> Iterator[tuple[str, int, Crossing]]:
    """What `parcel`, the newest at a delivery point, is part of there; `rows` are all its parcels in order of time.

    `usual` is the number of names that is usual there, by what the parcels have in common. In a window of `mule_ms`
    there must be parcels in `mule_names` names at least, from one seller or with one goods code, and these must be
    `mule_share` of all that comes to the point (`mule_goods_share` where only the code is the same). Yields what they
    have in common, how many names, and the crossing.
    """
    if len(rows) < settings.mule_names:
        return
    newest = parcel.row()
    for field, share, common in (
        (SELLER, settings.mule_share, "from one seller"),
        (HS, settings.mule_goods_share, f"with the goods code {parcel.hs}"),
    ):
        about = str(newest[field])
        least = max(settings.mule_names, UNUSUAL * usual.get(about, 0) + 1 if about in usual else 0)
        group = [row for row in rows if row[field] == newest[field]]
        if (
            about
            and len({row[NAME] for row in group}) >= least
            and (found := _concerned(group, rows, parcel, Bounds(least, share, ms(settings.mule_s))))
        ):
            names = len({row[NAME] for row in found})
            yield about, names, _crossing(found, names, common, parcel, settings)


def _concerned(group: Sequence[Row], rows: Sequence[Row], parcel: Parcel, bounds: Bounds) -> list[Row]:
    """Those of all windows with `parcel` in which `group` has too many names."""

    def hardly_else(window: range) -> bool:
        return len(window) >= bounds.share * number_beside(group[window.start][TIME], rows, bounds.length_ms)

    named = _named(group, windows(group, parcel.time_ms, bounds.length_ms))
    return covered(group, (window for window, names in named if names >= bounds.names and hardly_else(window)))


def _named(group: Sequence[Row], all_windows: Iterable[range]) -> Iterator[tuple[range, int]]:
    """Each window with its number of names."""
    parcels: dict[int, int] = {}  # of each name in the window; a `Counter` takes four times as long
    start, end = 0, 0
    for window in all_windows:
        for row in group[end : window.stop]:
            parcels[row[NAME]] = parcels.get(row[NAME], 0) + 1
        for row in group[start : window.start]:
            if parcels[row[NAME]] == 1:
                del parcels[row[NAME]]
            else:
                parcels[row[NAME]] -= 1
        start, end = window.start, window.stop
        yield window, len(parcels)


def _crossing(rows: Sequence[Row], names: int, common: str, parcel: Parcel, settings: PatternSettings) -> Crossing:
    text = (
        f"{len(rows)} parcels {common} in {names} names to one delivery point within {duration(span_ms(rows))}, "
        "and little else comes there."
    )
    return Crossing(
        code=CODE,
        about="",
        severity="HIGH",
        weight=settings.mule_weight,
        quiet_ms=ms(settings.mule_s),
        subject={"deliveryPoint": parcel.entity_id},
        text=text,
        value=float(names),
        normal=float(settings.mule_names - 1),
        items=[row[ITEM] for row in rows],
    )
