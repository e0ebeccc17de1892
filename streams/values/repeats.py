"""What was declared before: the same goods between the same parties, and the same value for all kinds of goods."""

from collections import OrderedDict
from typing import NamedTuple

import orjson

from streams.state.parts import same_version

Goods = tuple[str, str, str, float, float]  # importer, seller, goods code, mass (kg), price (EUR)

VERSION = 1  # of what is saved
REMEMBERED = 8  # of a seller's parcels
SAME = 5  # of these at one value,
KINDS = 4  # over so many headings: nobody's price list


class Invoiced(NamedTuple):
    """Goods that were declared: how often so far, when last (log time), as which item, by which provider."""

    times: int
    at_ms: int
    identity: str
    provider: str


class Invoices:
    """Goods declared lately, to the gram and the cent, between the same two parties.

    The same goods under another item are either a second, equal parcel or a second invoice for one. A change of the
    item itself is neither. Sees pairs of items within one shard; without importer or seller it sees nothing.

    Memory: `max_goods` of about 0.4 kB, those longest not declared forgotten first.

    >>> invoices, goods = Invoices(100), ("p1", "p2", "851830", 0.2, 30.0)
    >>> invoices.prequential_one(goods, 1_000, "S10/LZ551209644CN", "CNPOST", since_ms=0)
    >>> invoices.prequential_one(goods, 2_000, "S10/LZ551209658CN", "CNPOST", since_ms=0)
    Invoiced(times=1, at_ms=1000, identity='S10/LZ551209644CN', provider='CNPOST')
    """

    def __init__(self, max_goods: int) -> None:
        self.max_goods = max_goods
        self._goods: OrderedDict[Goods, tuple[int, int, str, str]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._goods)

    def prequential_one(self, goods: Goods, at_ms: int, identity: str, provider: str, since_ms: int) -> Invoiced | None:
        """The declaration of these goods before this one, not before `since_ms`; then this one is the newest."""
        said = self._goods.get(goods)
        if said is None:
            self._goods[goods] = 1, at_ms, identity, provider
            if len(self._goods) > self.max_goods:
                self._goods.popitem(last=False)
            return None
        before = Invoiced(*said)
        again = before.identity != identity
        lately = again and before.at_ms >= since_ms
        times = before.times + 1 if lately else before.times if not again else 1
        self._goods[goods] = times, at_ms, identity, provider
        self._goods.move_to_end(goods)
        return before if lately else None

    def save(self) -> bytes:
        return orjson.dumps([VERSION, list(self._goods.items())])

    def load(self, saved: bytes) -> None:
        version, entries = orjson.loads(saved)
        same_version(version, VERSION)
        self._goods = OrderedDict((_goods(*goods), _said(*said)) for goods, said in entries)


class OneValue:
    """The newest prices of each seller, with the headings they were declared for.

    Honest sellers have price points too, so one value for everything means: five of the last eight parcels at the same
    price, two of them just now, over four headings or more. Sees a seller's parcels within one shard.

    Memory: `max_sellers` of up to 1 kB. Who came first is forgotten first: of one who still comes eight parcels tell
    as much again.

    >>> sellers = OneValue(100)
    >>> for hs4 in ("8518", "6109", "9503", "6404", "3304"):
    ...     kinds = sellers.prequential_one("p2", 9.99, hs4)
    >>> kinds
    5
    """

    def __init__(self, max_sellers: int) -> None:
        self.max_sellers = max_sellers
        self._prices: OrderedDict[str, tuple[tuple[float, str], ...]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._prices)

    def prequential_one(self, seller: str, price_eur: float, hs4: str) -> int:
        """Over how many kinds of goods this seller declared this price lately; 0 where that is within reason."""
        newest = self._prices.get(seller)
        if newest is None:
            self._prices[seller] = ((price_eur, hs4),)
            if len(self._prices) > self.max_sellers:
                self._prices.popitem(last=False)
            return 0
        self._prices[seller] = (*newest[1 - REMEMBERED :], (price_eur, hs4))
        if newest[-1][0] != price_eur:
            return 0
        kinds = [kind for price, kind in self._prices[seller] if price == price_eur]
        return len(set(kinds)) if len(kinds) >= SAME and len(set(kinds)) >= KINDS else 0

    def save(self) -> bytes:
        return orjson.dumps([VERSION, list(self._prices.items())])

    def load(self, saved: bytes) -> None:
        version, entries = orjson.loads(saved)
        same_version(version, VERSION)
        self._prices = OrderedDict((seller, tuple(_price(*price) for price in newest)) for seller, newest in entries)


def _goods(importer: str, seller: str, hs: str, mass_kg: float, price_eur: float) -> Goods:
    return importer, seller, hs, mass_kg, price_eur


def _said(times: int, at_ms: int, identity: str, provider: str) -> tuple[int, int, str, str]:
    return times, at_ms, identity, provider


def _price(price_eur: float, hs4: str) -> tuple[float, str]:
    return price_eur, hs4
