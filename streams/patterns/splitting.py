"""One purchase in several parcels, each below the value from which duty is due.

In the Union goods up to 150 EUR a consignment are free of customs duty (Regulation 1186/2009, Article 23), so who
imports for 600 EUR sends four times 149. One seller, one delivery point, and one name or one kind of goods: that
several such parcels meet within a day and are together worth more than one might be is hardly chance.
"""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from streams.patterns.episodes import Crossing, duration
from streams.patterns.parcels import CENTS, HS, NAME, SELLER, Parcel, digest
from streams.patterns.settings import PatternSettings, ms
from streams.patterns.windows import ITEM, TIME, Row, covered, number_beside, span_ms, windows

CODE = "SPLIT_CONSIGNMENT"


def splitting(rows: Sequence[Row], parcel: Parcel, settings: PatternSettings) -> Iterator[Crossing]:
    """What `parcel`, the newest at a delivery point, is part of there; `rows` are all its parcels in order of time.

    A purchase has one seller, and one name or one goods code. In one of its windows there must be `split_parcels`,
    each below the threshold and together above it, and they must be `split_share` of all that comes there under that
    name (or, known by the goods, at all): who orders a lot orders from one seller more often too.
    """
    threshold = settings.threshold_cents(parcel.destination)
    if not 0 < parcel.cents < threshold:
        return
    name, seller = digest(parcel.name), digest(parcel.seller)
    small = [row for row in rows if row[SELLER] == seller and 0 < row[CENTS] < threshold]
    if len(small) < settings.split_parcels:
        return
    named = [row for row in rows if row[NAME] == name]
    concerned = _concerned([row for row in small if row[NAME] == name], named, parcel, settings)
    if parcel.hs:
        concerned |= _concerned([row for row in small if row[HS] == parcel.hs], rows, parcel, settings)
    if concerned:
        yield _crossing([row for row in small if row[ITEM] in concerned], parcel, threshold, settings)


def _concerned(group: Sequence[Row], beside: Sequence[Row], parcel: Parcel, settings: PatternSettings) -> set[str]:
    """The items of all windows with `parcel` in which `group` is one purchase."""
    threshold, length_ms = settings.threshold_cents(parcel.destination), ms(settings.split_s)
    worth = [0, *accumulate([row[CENTS] for row in group])]
    if len(group) < settings.split_parcels or worth[-1] <= threshold:  # as it mostly is
        return set()

    def is_one_purchase(window: range) -> bool:
        if len(window) < settings.split_parcels or worth[window.stop] - worth[window.start] <= threshold:
            return False
        return len(window) >= settings.split_share * number_beside(group[window.start][TIME], beside, length_ms)

    found = filter(is_one_purchase, windows(group, parcel.time_ms, length_ms))
    return {row[ITEM] for row in covered(group, found)}


def _crossing(rows: Sequence[Row], parcel: Parcel, threshold: int, settings: PatternSettings) -> Crossing:
    value_eur, most_eur = sum(row[CENTS] for row in rows) / 100, threshold / 100
    text = (
        f"{len(rows)} parcels from one seller to one delivery point within {duration(span_ms(rows))}, "
        f"{value_eur:,.0f} EUR together, each below {most_eur:g} EUR."
    )
    return Crossing(
        code=CODE,
        about=parcel.seller,
        severity="HIGH",
        weight=settings.split_weight,
        quiet_ms=ms(settings.split_s),
        subject={"deliveryPoint": parcel.entity_id, "sellerId": parcel.seller},
        text=text,
        value=value_eur,
        normal=most_eur,
        items=[row[ITEM] for row in rows],
    )
