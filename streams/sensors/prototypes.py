"""A bounded memory of recent shapes, and how far a new shape is from the nearest of them."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from streams.state.arrays import Array

Shape = NDArray[np.float32]

_FIRST = 16  # capacity to begin with; it doubles up to the bound, so that a quiet stream stays small


class Prototypes:
    """At most `limit` shapes of `size` numbers; when full, the one least recently matched gives way.

    Distances are sums of absolute differences (L1). One scan costs about 5 µs at 400 shapes of 6 numbers; memory
    is 4 bytes a number, allocated as shapes come. Sums run row by row, so they are the same on every processor.

    >>> memory = Prototypes(size=2, limit=300)
    >>> memory.add(np.array([1.0, 2.0]))
    >>> memory.nearest(np.array([1.0, 2.5]))
    (0, 0.5)
    """

    def __init__(self, size: int, limit: int) -> None:
        self.limit = limit
        self.count = 0
        self._points = np.zeros((size, min(limit, _FIRST)), dtype=np.float32)
        self._matched = np.zeros(min(limit, _FIRST), dtype=np.int64)
        self._clock = 0

    def nearest(self, shape: Shape) -> tuple[int, float]:
        """The place of the nearest shape and its distance; infinite while the memory is empty."""
        if not self.count:
            return -1, float("inf")
        gaps = self._points[:, : self.count] - shape[:, None]
        np.abs(gaps, gaps)
        distances = np.add.reduce(gaps, 0)
        place = distances.argmin()
        return int(place), distances.item(place)

    def add(self, shape: Shape) -> None:
        """Remember a new shape."""
        if self.count < self.limit:
            self._make_room()
            place = self.count
            self.count += 1
        else:
            place = int(self._matched.argmin())
        self._points[:, place] = shape
        self._touch(place)

    def draw(self, place: int, shape: Shape, share: float) -> None:
        """Move the shape at `place` towards `shape` by `share` of the way (0..1)."""
        column = self._points[:, place]
        step = shape - column
        step *= share
        column += step
        self._touch(place)

    def scaled(self, first_row: int, factor: float) -> "Prototypes":
        """A copy in which the numbers from `first_row` on are multiplied by `factor`."""
        other = Prototypes(len(self._points), self.limit)
        other.count, other._clock = self.count, self._clock
        other._points, other._matched = self._points.copy(), self._matched.copy()
        other._points[first_row:] *= factor
        return other

    def state(self, arrays: list[Array]) -> int:
        """For a snapshot: the shapes and when each was matched, into `arrays`; the clock."""
        arrays += [self._points[:, : self.count], self._matched[: self.count]]
        return self._clock

    def restore(self, clock: int, arrays: Iterator[Array]) -> None:
        """Become what `state` told of."""
        points, matched = next(arrays), next(arrays)
        while self._points.shape[1] < points.shape[1]:
            self.count = self._points.shape[1]
            self._make_room()
        self.count, self._clock = points.shape[1], clock
        self._points[:, : self.count], self._matched[: self.count] = points, matched

    def _make_room(self) -> None:
        capacity = self._points.shape[1]
        if self.count == capacity:
            more = min(self.limit, 2 * capacity) - capacity
            self._points = np.pad(self._points, ((0, 0), (0, more)))
            self._matched = np.pad(self._matched, (0, more))

    def _touch(self, place: int) -> None:
        self._clock += 1
        self._matched[place] = self._clock
