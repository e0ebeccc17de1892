"""Quantities whose middle differs from both ends: risk may be highest for the light and the heavy."""

from collections.abc import Mapping, Sequence

from streams.features.moments import FEWEST, LEAST_SD, WIDEST, Moments
from streams.models.tables import LOGARITHMS, SQUARES

FARTHEST = WIDEST**2


class Bends:
    """The squared distance of each logarithm from its mean, in deviations, over all labelled parcels; at most 25.

    Nothing before the third of them. Cost: 1 µs to transform, 3 to learn.

    >>> bends = Bends()
    >>> for log_mass in (1.0, 2.0, 3.0):
    ...     bends.learn_one({"log_mass": log_mass})
    >>> [round(bends.transform_one({"log_mass": log_mass})["log_mass_squared"], 2) for log_mass in (0.0, 2.0, 4.0)]
    [3.63, 0.0, 3.63]
    """

    def __init__(self) -> None:
        self._moments = [Moments() for _ in LOGARITHMS]
        self._scales: list[tuple[str, str, float, float]] = []  # a logarithm, its square, mean, 1 / deviation

    def transform_one(self, x: Mapping[str, float]) -> dict[str, float]:
        """The squares of the logarithms in `x`; one that is absent is 0."""
        squares = {}
        for name, square, mean, scale in self._scales:
            off = (x.get(name, 0.0) - mean) * scale
            squares[square] = min(off * off, FARTHEST)
        return squares

    def learn_one(self, x: Mapping[str, float]) -> None:
        """Take the logarithms of a labelled parcel into account."""
        for name, moment in zip(LOGARITHMS, self._moments, strict=True):
            moment.learn_one(x.get(name, 0.0))
        self._scale()

    def save(self) -> list[tuple[int, float, float]]:
        return [(moment.n, moment.mean, moment.squares) for moment in self._moments]

    def load(self, saved: Sequence[tuple[int, float, float]]) -> None:
        self._moments = [Moments(*moment) for moment in saved]
        self._scale()

    def _scale(self) -> None:
        self._scales = [
            (name, square, moment.mean, 1 / ((moment.squares / (moment.n - 1)) ** 0.5 + LEAST_SD))
            for name, square, moment in zip(LOGARITHMS, SQUARES, self._moments, strict=True)
            if moment.n >= FEWEST
        ]
