"""Sellers: bursts, new ones that start at volume, and the same goods at many values.

A burst, or a large new seller, concerns thousands of parcels and proves nothing of any: these are alerts for people,
and no incidents. Goods that a seller declares at many values are an incident where a GTIN says that they are the same;
goods code and mass alone may be two articles.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from streams.patterns.entities import Entities
from streams.patterns.episodes import Crossing, Episodes, duration
from streams.patterns.pace import DAY_MS, Pace
from streams.patterns.parcels import Parcel
from streams.patterns.settings import PatternSettings, ms
from streams.patterns.store import Store
from streams.patterns.view import Say
from streams.patterns.windows import ITEM, TIME, Row, with_newest
from streams.state.parts import Part

SELLERS, GOODS = "sellers", "seller-goods"
BURST, NEW, MANY_VALUES = "SELLER_BURST", "NEW_SELLER_AT_VOLUME", "GOODS_AT_MANY_VALUES"
CENTS = 2  # of a row: the price of a piece
ALIKE = 2  # parcels remembered of one price
PRICES = 32  # parcels remembered of one kind of goods


class Sellers:
    """The view of entities `seller/<pseudonym>`.

    An item counts once for the pace, whatever versions of it come; for prices its newest version counts. Of goods the
    two newest parcels at each price are remembered, 32 in all, within the window: enough to see that prices lie far
    apart. Cost: some 6 µs a parcel; memory: 1 kB a seller and 0.3 to 2 kB for each of its goods.
    """

    def __init__(self, settings: PatternSettings) -> None:
        self._settings = settings
        self._paces = Store("seller-paces", settings.max_sellers, Pace)
        self._goods = Entities(GOODS, settings.max_seller_goods)
        self._episodes = Episodes(SELLERS, settings.max_episodes, ms(settings.follow_up_s))
        self._since_ms: int | None = None  # event time of the first parcel of all

    def take(self, touch: Sequence[Any], say: Say) -> bool:
        """Take the next parcel."""
        parcel = Parcel._make(touch)
        self._episodes.pass_time(parcel.entity, parcel.time_ms, say)
        if parcel.version == 1 and (crossing := self._counted(parcel)):
            self._episodes.crossed(crossing, parcel, say)
        if parcel.goods and parcel.piece_cents > 0 and (crossing := self._priced(parcel)):
            self._episodes.crossed(crossing, parcel, say)
        return True

    def tick(self, now_ms: int, say: Say) -> None:
        """Go on with what is open."""
        self._episodes.tick(now_ms, say)

    def parts(self) -> Mapping[str, Part]:
        since = Part.json({"since_ms": self._since_ms})
        return {"sellers": since, **self._paces.parts(), **self._goods.parts(), **self._episodes.part()}

    def load(self, parts: Mapping[str, bytes]) -> None:
        self._since_ms = orjson.loads(parts["sellers"])["since_ms"]
        self._paces.load(parts)
        self._goods.load(parts)
        self._episodes.load(parts)

    def sizes(self) -> Mapping[str, int]:
        return {
            "sellers": len(self._paces),
            "goods of sellers": len(self._goods),
            "seller episodes": len(self._episodes),
        }

    def _counted(self, parcel: Parcel) -> Crossing | None:
        if self._since_ms is None:
            self._since_ms = parcel.time_ms
        pace = self._paces.use(parcel.entity)
        pace.count(parcel.time_ms)
        if self._new(pace, parcel.time_ms):
            return self._new_at_volume(parcel, pace)
        return self._burst(parcel, pace) if self._bursts(pace) else None

    def _new(self, pace: Pace, time_ms: int) -> bool:
        at, since_ms = self._settings, self._since_ms or 0
        is_new = time_ms - pace.first_ms <= ms(at.new_seller_s) and pace.first_ms - since_ms >= ms(
            at.new_seller_after_s
        )
        return is_new and pace.newest >= at.new_seller_parcels

    def _bursts(self, pace: Pace) -> bool:
        at, number = self._settings, pace.newest
        many = number >= at.burst_least and pace.days >= at.burst_days and number > at.burst_factor * pace.usual
        return many and pace.usual > 0 and pace.chance() < at.burst_false_alarm

    def _priced(self, parcel: Parcel) -> Crossing | None:
        goods, row = f"{parcel.entity}/{parcel.goods}", [parcel.time_ms, parcel.item, parcel.piece_cents]
        rows = with_newest(self._goods.get(goods) or [], row, ms(self._settings.values_s), PRICES)
        rows = _two_of_each_price(rows, row)
        self._goods.put(goods, rows)
        if len(rows) < self._settings.values_parcels:
            return None
        cents = sorted(each[CENTS] for each in rows)
        apart = cents[-2] >= self._settings.values_factor * cents[1]
        if apart and any(each[ITEM] == parcel.item for each in rows):
            return self._many_values(parcel, rows, cents)
        return None

    def _burst(self, parcel: Parcel, pace: Pace) -> Crossing:
        text = f"{pace.newest:,} parcels in 24 hours, where {pace.usual:,.0f} a day were usual over {pace.days} days."
        return _of_pace(BURST, parcel, text, pace.newest, round(pace.usual, 1))

    def _new_at_volume(self, parcel: Parcel, pace: Pace) -> Crossing:
        seen = duration(parcel.time_ms - pace.first_ms)
        text = f"{pace.newest:,} parcels in 24 hours from a seller first seen {seen} ago."
        return _of_pace(NEW, parcel, text, pace.newest, float(self._settings.new_seller_parcels))

    def _many_values(self, parcel: Parcel, rows: list[Row], cents: list[int]) -> Crossing:
        low, high, same = cents[1] / 100, cents[-2] / 100, parcel.goods.startswith("gtin/")
        what = "goods with one GTIN" if same else "goods of one code and mass"
        text = (
            f"{len(rows)} parcels with {what} declared at {low:,.2f} to {high:,.2f} EUR a piece within "
            f"{duration(rows[-1][TIME] - rows[0][TIME])}."
        )
        return Crossing(
            code=MANY_VALUES,
            about=parcel.goods,
            severity="WARNING",
            weight=self._settings.values_weight if same else 0.0,
            quiet_ms=ms(self._settings.values_s),
            subject={"sellerId": parcel.entity_id},
            text=text,
            value=round(high / low, 2),
            normal=self._settings.values_factor,
            items=[row[ITEM] for row in rows],
        )


def _two_of_each_price(rows: list[Row], row: Row) -> list[Row]:
    """`rows` without those at the price of `row` that newer ones make superfluous."""
    alike = [each[ITEM] for each in rows if each[CENTS] == row[CENTS]]
    superfluous = set(alike[:-ALIKE])
    return [each for each in rows if each[ITEM] not in superfluous] if superfluous else rows


def _of_pace(code: str, parcel: Parcel, text: str, value: float, normal: float) -> Crossing:
    subject = {"sellerId": parcel.entity_id}
    return Crossing(code, "", "WARNING", 0.0, DAY_MS, subject, text, float(value), normal, items=())
