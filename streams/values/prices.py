"""What goods usually cost: quartiles that follow the market and that no seller can drag."""

from collections import OrderedDict
from math import exp, log
from typing import NamedTuple

import numpy as np

from streams.state.arrays import pack, unpack

FEWEST = 16  # prices before the first quartiles: fewer say nothing
SELLERS = 8  # who moved a norm last, all different: it takes nine to move it, and each has a ninth of the say at most
MEMORY = 256  # prices a quartile remembers, about: over so many it follows the market
PACE = 2.0  # steps in interquartile ranges: about 1 / density at the quartiles of a normal distribution
LEAST_RANGE = 0.4  # log scale, a half more: goods that all cost the same would else be unusual at the first rebate


class Norm:
    """The quartiles of the logarithms of prices, and whose prices moved them last.

    The first sixteen are sorted; from then on each quartile takes a step up or down by the side on which a price falls,
    the Robbins-Monro recursion for quantiles. How far off it falls does not matter, so no price, be it absurd, moves a
    quartile further than another. (`river.stats.Quantile`, P², forgets nothing, so it would not follow a market, and
    tells its state to pickle alone.)

    >>> norm = Norm()
    >>> for seller in range(16):
    ...     norm.learn_one(log(10 + seller), seller)
    >>> [round(exp(value), 1) for value in (norm.low, norm.median, norm.high)]
    [13.0, 17.5, 22.0]
    >>> norm.learn_one(log(1e6), seller=1)
    >>> [round(exp(value), 1) for value in (norm.low, norm.median, norm.high)]
    [13.2, 18.0, 23.0]

    References
    ----------
    Tierney, L. (1983). A space-efficient recursive procedure for estimating a quantile of an unknown distribution. SIAM
    Journal on Scientific and Statistical Computing 4(4).
    """

    __slots__ = ("high", "low", "median", "n", "sellers", "young")

    def __init__(self) -> None:
        self.n = 0
        self.low = self.median = self.high = 0.0
        self.young: list[float] | None = []
        self.sellers = [-1] * SELLERS

    def learn_one(self, value: float, seller: int) -> None:
        """Take a price into account, unless its seller is among the last eight who moved this norm."""
        if seller in self.sellers:
            return
        self.sellers[self.n % SELLERS] = seller
        self.n = n = self.n + 1
        if self.young is not None:
            self._first(self.young, value)
            return
        low, median, high = self.low, self.median, self.high
        step = max(high - low, LEAST_RANGE) * PACE / min(n, MEMORY)
        low += step * (0.25 if value > low else -0.75)
        median += step * (0.5 if value > median else -0.5)
        high += step * (0.75 if value > high else -0.25)
        if not low <= median <= high:
            low, median, high = sorted((low, median, high))
        self.low, self.median, self.high = low, median, high

    def beyond(self, value: float) -> float:
        """How far outside the quartiles a price lies, in interquartile ranges: below negative, between them 0.

        Beyond 1.5 a value is an outlier, beyond 3 "far out" (Tukey, Exploratory Data Analysis, 1977).
        """
        if self.low <= value <= self.high:
            return 0.0
        return (value - (self.high if value > self.high else self.low)) / max(self.high - self.low, LEAST_RANGE)

    def _first(self, young: list[float], value: float) -> None:
        young.append(value)
        if len(young) == FEWEST:
            ordered = sorted(young)
            self.low, self.high = ordered[FEWEST // 4 - 1], ordered[-FEWEST // 4]
            self.median = (ordered[FEWEST // 2 - 1] + ordered[FEWEST // 2]) / 2
            self.young = None


class Unusual(NamedTuple):
    """A price in EUR, how far beyond the quartiles of `goods` it lies (interquartile ranges), and these quartiles."""

    beyond: float
    price_eur: float
    goods: str  # 851830/CN, 851830 or 8518
    low_eur: float
    usual_eur: float
    high_eur: float

    @property
    def ratio(self) -> float:
        """How many times the usual price, or what part of it."""
        return self.price_eur / self.usual_eur


class Prices:
    """One norm for each goods code and origin, for goods codes, and for headings (the first four digits).

    A price is judged by the finest norm that has enough history, and moves the norms up to that one: a coarse norm is
    that of goods without a history of their own. A finer one begins when the coarser one has enough. Goods that fewer
    than nine sellers send have none, so a seller cannot make his own prices the norm, however much he sends. Who sells
    under nine names or more is not caught by this.

    Memory: `max_norms` norms of about 0.5 kB. The one made first is forgotten first: of goods that still come there is
    a new one after sixteen prices.
    """

    def __init__(self, max_norms: int) -> None:
        self.max_norms = max_norms
        self._norms: OrderedDict[str, Norm] = OrderedDict()

    def __len__(self) -> int:
        return len(self._norms)

    def prequential_one(self, hs: str, origin: str, price_eur: float, seller: int, least: float) -> Unusual | None:
        """Judge a price above 0 by what was usual before, then take it into account.

        `hs` has six digits, `seller` is a number, not negative. Told is what lies `least` or more beyond the quartiles.
        """
        value, finer = log(price_eur), ""
        for goods in (f"{hs}/{origin}", hs, hs[:4]):
            norm = self._norms.get(goods)
            if norm is None:
                finer = goods
                continue
            if norm.young is None:
                if finer:
                    self._new(finer).learn_one(value, seller)
                beyond = norm.beyond(value)
                unusual = _unusual(beyond, price_eur, goods, norm) if abs(beyond) >= least else None
                norm.learn_one(value, seller)
                return unusual
            norm.learn_one(value, seller)
            finer = ""
        if finer:
            self._new(finer).learn_one(value, seller)
        return None

    def save(self) -> bytes:
        """All norms as bytes, the one made first first."""
        norms = list(self._norms.values())
        young = [norm.young or [] for norm in norms]
        arrays = {
            "n": np.array([norm.n for norm in norms], dtype=np.int64),
            "quartiles": np.array([(norm.low, norm.median, norm.high) for norm in norms], dtype=np.float64),
            "sellers": np.array([norm.sellers for norm in norms], dtype=np.int64),
            "young": np.array([value for values in young for value in values], dtype=np.float64),
        }
        return pack(arrays, [list(self._norms), [len(values) for values in young]])

    def load(self, saved: bytes) -> None:
        """Become what `save` told of. Raises `ValueError`."""
        arrays, (keys, youths) = unpack(saved)
        columns = (arrays["n"].tolist(), arrays["quartiles"].tolist(), arrays["sellers"].tolist(), youths)
        young = arrays["young"].tolist()
        self._norms = OrderedDict()
        for key, n, (low, median, high), sellers, youth in zip(keys, *columns, strict=True):
            norm = self._norms[key] = Norm()
            norm.n, norm.low, norm.median, norm.high, norm.sellers = n, low, median, high, sellers
            norm.young, young = (young[:youth], young[youth:]) if n < FEWEST else (None, young)

    def _new(self, goods: str) -> Norm:
        norm = self._norms[goods] = Norm()
        if len(self._norms) > self.max_norms:
            self._norms.popitem(last=False)
        return norm


def _unusual(beyond: float, price_eur: float, goods: str, norm: Norm) -> Unusual:
    return Unusual(beyond, price_eur, goods, exp(norm.low), exp(norm.median), exp(norm.high))
