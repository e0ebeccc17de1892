"""How a stream is seen: tracks (blocks of readings) and views (windows over a track)."""

from collections.abc import Iterator
from math import sqrt
from typing import Any, NamedTuple

import numpy as np

from streams.sensors.prototypes import Prototypes, Shape
from streams.state.arrays import Array
from streams.state.fields import given, taken

NEW_SHAPE = 0.02  # a window further than this from all known ones (share of the range) is remembered as a new shape
SNAP_TO_MEAN = 0.1  # a block's extreme nearer than this to its mean is noise (share of the range)
SNAP_TO_MEDIAN = 0.075  # a point nearer than this to the running median is the median (share of the range)
SLOWEST = 0.01  # mean and deviation of the novelty follow the last hundred or so windows
SLOW_FROM = 1 / SLOWEST
SMALLEST = 1e-30  # a range below this is none: ratios of it overflow
HOLD = 0.97  # a surprise fades by this factor a reading
STEADY = 0.04  # added to the deviation, so that the slightest change in a steady stream is no wonder


class Look(NamedTuple):
    """What one view saw: how surprising (in deviations), how novel (share of the range), which shape, where."""

    surprise: float
    novelty: float
    place: int
    shape: Shape | None
    memory: Prototypes


class View:
    """Compares the last `width` points with up to `limit` prototypes of earlier windows.

    The distance adds differences of values and, weighted by `emphasis`, of shapes (each window stretched to 0..1), as
    shares of the stream's range. `skip_usual` saves the scan where the whole window is the median.
    """

    SAVED = ("_recent", "_span", "_mean", "_variance", "_steepness", "_seen")

    def __init__(self, width: int, limit: int, emphasis: float, decay: float, *, skip_usual: bool = False) -> None:
        self.width, self.emphasis, self.decay = width, emphasis, decay
        self.skip_usual = skip_usual
        self._recent: list[float] = []
        self._memory = Prototypes(2 * width, limit)
        self._span = 0.0  # the range in whose unit the memory holds its stretched halves
        self._mean = 0.0
        self._variance = 0.0
        self._steepness = 1 / STEADY
        self._seen = 0

    def state(self, arrays: list[Array]) -> list[Any]:
        """For a snapshot: the shapes into `arrays`, all else as JSON."""
        return [taken(self), self._memory.state(arrays)]

    def restore(self, state: list[Any], arrays: Iterator[Array]) -> None:
        """Become what `state` told of."""
        given(self, state[0])
        self._memory.restore(state[1], arrays)

    def look(self, point: float, span: float, usual: float) -> Look | None:
        """Judge the window that ends at `point`; None while there is no full window or no range."""
        window = [*self._recent, point]
        if span < SMALLEST or len(window) < self.width:
            return None
        if self.skip_usual and window.count(usual) == self.width:
            return Look(0.0, 0.0, -1, None, self._memory)
        memory = self._memory if span == self._span else self._in_unit_of(span)
        shape = np.array(window + self._stretched(window, span), np.float32)
        place, distance = memory.nearest(shape)
        novelty = min(distance / (span * self.width), 1.0)
        surprise = (novelty - self._mean) * self._steepness if novelty > self._mean else 0.0
        return Look(surprise, novelty, place, shape, memory)

    def learn(self, point: float, span: float, look: Look | None) -> None:
        """Take the window that `look` judged into the memory."""
        self._recent.append(point)
        if len(self._recent) == self.width:
            del self._recent[0]
        if look is None:
            return
        _, novelty, place, shape, self._memory = look
        self._span = span
        if shape is not None:
            if novelty > NEW_SHAPE:
                self._memory.add(shape)
            else:
                self._memory.draw(place, shape, self.decay)
        self._seen += 1
        share = SLOWEST if self._seen > SLOW_FROM else 1 / self._seen
        change = novelty - self._mean
        self._mean += share * change
        self._variance = (1 - share) * (self._variance + share * change * change)
        self._steepness = 1 / (sqrt(self._variance) + STEADY)

    def pause(self) -> None:
        """What comes next does not follow what came last: no window spans both."""
        self._recent.clear()

    def _stretched(self, window: list[float], span: float) -> list[float]:
        low, high = min(window), max(window)
        if high <= low:
            return [0.0] * self.width
        unit = self.emphasis * span / (high - low)
        return [(value - low) * unit for value in window]

    def _in_unit_of(self, span: float) -> Prototypes:
        return self._memory.scaled(self.width, span / self._span) if self._span else self._memory


class Glance(NamedTuple):
    """What a track saw when a block was full: its point, the median then, what each view saw, and the surprise held."""

    point: float
    smooth: float
    median: float
    looks: list[Look | None]
    held: list[float]
    surprise: float


class Track:
    """Cuts a stream into blocks of `size` readings, each one point: its extreme, or its mean where that is near.

    `surprise` is the sum of what its views held at the last reading; it fades from reading to reading.
    """

    SAVED = ("surprise", "_held", "_pending", "_smooth", "_median", "_blocks")

    def __init__(self, size: int, views: list[View]) -> None:
        self.size, self.views = size, views
        self.surprise = 0.0
        self._fade = HOLD**size
        self._held = [0.0] * len(views)
        self._pending: list[float] = []
        self._smooth: float | None = None
        self._median: float | None = None
        self._blocks = 0

    def state(self, arrays: list[Array]) -> list[Any]:
        """For a snapshot, as that of a view."""
        return [taken(self), [view.state(arrays) for view in self.views]]

    def restore(self, state: list[Any], arrays: Iterator[Array]) -> None:
        """Become what `state` told of."""
        given(self, state[0])
        for view, seen in zip(self.views, state[1], strict=True):
            view.restore(seen, arrays)

    def look(self, value: float, span: float) -> Glance | None:
        """Judge the block that `value` completes; None in the midst of a block."""
        if len(self._pending) + 1 < self.size:
            return None
        point, smooth = (value, value) if self.size == 1 else self._extreme([*self._pending, value], span)
        median = self._next_median(point, span)
        if abs(point - median) < SNAP_TO_MEDIAN * span:
            point = median
        looks, held, surprise = [], [], 0.0
        for view, before in zip(self.views, self._held):  # noqa: B905 - equally long, and this is the hot path
            look, now = view.look(point, span, median), before * self._fade
            if look is not None and look.surprise > now:
                now = look.surprise
            looks.append(look)
            held.append(now)
            surprise += now
        return Glance(point, smooth, median, looks, held, surprise)

    def learn(self, value: float, span: float, glance: Glance | None, *, calm: bool) -> None:
        """Take `value`, and the block it completes, into the state; while `calm`, surprises are not held."""
        if glance is None:
            self._pending.append(value)
            self.surprise *= HOLD
            return
        self._pending.clear()
        point, self._smooth, self._median, looks, held, surprise = glance
        self._blocks += 1
        if not calm:
            self._held, self.surprise = held, surprise
        for view, look in zip(self.views, looks):  # noqa: B905 - as above
            view.learn(point, span, look)

    def pause(self) -> None:
        """Drop the block and the windows begun; what was learnt stays."""
        self._pending.clear()
        for view in self.views:
            view.pause()

    def _extreme(self, block: list[float], span: float) -> tuple[float, float]:
        mean = sum(block) / self.size
        smooth = mean if self._smooth is None else (self._smooth + mean) / 2
        high, low = max(block), min(block)
        point = high if high - smooth > smooth - low else low
        return (mean if abs(point - mean) < SNAP_TO_MEAN * span else point), smooth

    def _next_median(self, point: float, span: float) -> float:
        if self._median is None:
            return point
        step = span / 2 * max(1 / (self._blocks + 1), 0.005)
        return self._median + (step if point > self._median else -step if point < self._median else 0.0)
