"""Noticing that the world has changed: what is declared, how it scores, what is found, how wrong the model is."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import log, log1p
from typing import Any, NamedTuple

from river.drift import ADWIN

from streams.learning.example import Example
from streams.learning.notices import Notices
from streams.learning.settings import LearningSettings
from streams.state.members import Place

KEPT = 2_000  # newest values a detector is made anew from, when there are twice as many
NEWEST = 100  # numbers that say where a stream is now
DELTA = 0.002  # of ADWIN: how easily chance is taken for a change
SEVERITY = "WARNING"
SURE = 1e-4  # probabilities are kept this far from 0 and 1, or one surprise would be without end


class Watched(NamedTuple):
    """A stream of numbers: which examples have one, what it is called, which way is worse, and what is too little.

    `worse` is -1 (less), 1 (more) or 0 (both): a model that gets better is no drift. A change smaller than `least` may
    be certain, and is still nothing to act on.
    """

    called: str
    number: Callable[[Example, float], float | None]
    worse: int
    least: float


def _surprise(example: Example, score: float) -> float:
    """Log loss beyond what the score itself expects: nought on average of honest scores, whatever is inspected."""
    score = min(max(score, SURE), 1 - SURE)
    loss, other = (-log(likely) for likely in ((score, 1 - score) if example.y else (1 - score, score)))
    return (loss - other) * ((1 - score) if example.y else score)


def _drawn(number: Callable[[Example, float], float]) -> Callable[[Example, float], float | None]:
    """Of parcels drawn by lot only: they are like all parcels."""
    return lambda example, score: number(example, score) if example.random else None


WATCHED: Mapping[str, Watched] = {
    "price": Watched("Declared prices (log EUR)", _drawn(lambda e, _: log1p(e.x.get("price_eur") or 0.0)), 0, 0.3),
    "mass": Watched("Declared masses (log kg)", _drawn(lambda e, _: log1p(e.x.get("mass_kg") or 0.0)), 0, 0.3),
    "scores": Watched("Scores", _drawn(lambda _, score: score), 0, 0.05),
    "hits": Watched("The hit rate of chosen parcels", lambda e, _: float(bool(e.y)) if e.chosen else None, -1, 0.1),
    "surprise": Watched("How wrong the model is beyond its own doubts (log loss)", _surprise, 1, 0.1),
}


class Watch:
    """river's ADWIN over one stream. What it knows follows from `values` alone, so that is all that is saved.

    >>> watch = Watch()
    >>> changes = [watch.change(value) for value in [0.9] * 300 + [0.4] * 100]
    >>> [(round(before, 1), round(after, 1)) for before, after in filter(None, changes)]
    [(0.9, 0.6), (0.9, 0.5)]
    """

    def __init__(self) -> None:
        self.begin(())

    def begin(self, values: Iterable[float]) -> None:
        """Start anew with `values`, as after a restart."""
        self.values: list[float] = []
        self._detector = ADWIN(DELTA)
        for value in values:
            self._take(value)

    def change(self, value: float) -> tuple[float, float] | None:
        """Take the next number. If there was a change: the means before and after it."""
        self._take(value)
        width = int(self._detector.width)
        if self._detector.drift_detected and width < len(self.values):
            gone, stays = self.values[:-width], self.values[-width:]
            self.begin(stays)
            newest = stays[-NEWEST:]  # ADWIN keeps some of what was before, so as not to cut too much
            return sum(gone) / len(gone), sum(newest) / len(newest)
        if len(self.values) >= 2 * KEPT:
            self.begin(self.values[-KEPT:])
        return None

    def _take(self, value: float) -> None:
        self.values.append(value)
        self._detector.update(value)


@dataclass(slots=True)
class Drift:
    """All that is watched. After a change for the worse exploration is raised for a while, and somebody told.

    It sees what the control log holds, labelled parcels: inputs and scores of those drawn by lot, the hit rate of those
    chosen, the surprise of all. Some hundred labels after a large change it is noticed; a slow one may never be.

    Cost: some 10 µs a label.
    """

    settings: LearningSettings
    watches: dict[str, Watch] = field(default_factory=lambda: {name: Watch() for name in WATCHED})
    open: dict[str, tuple[str, int]] = field(default_factory=dict)  # what moved: its notice, and when last (ms)

    def exploring(self, at_ms: int) -> float:
        """By how much exploration is to be multiplied at Kafka's time `at_ms`, 1 or more."""
        if not self.open:  # asked for every parcel
            return 1.0
        answered = any(at_ms < self._until_ms(moved_ms) for _, moved_ms in self.open.values())
        return self.settings.drift_exploring if answered else 1.0

    def hear(self, example: Example, score: float, place: Place, notices: Notices) -> list[str]:
        """Take the next label of a parcel, with the score it had before it was learnt. What has moved with it."""
        self._end(place, notices)
        moved = []
        for name, watched in WATCHED.items():
            value = watched.number(example, score)
            change = None if value is None else self.watches[name].change(value)
            if change and self._matters(name, *change):
                moved.append(name)
                self._moved(name, *change, place, notices)
        return moved

    def packed(self) -> list[Any]:
        return [{name: watch.values for name, watch in self.watches.items()}, self.open]

    def unpack(self, packed: Iterable[Any]) -> None:
        """Become what was packed."""
        values, told = packed
        self.open = {name: (about, moved_ms) for name, (about, moved_ms) in told.items()}
        for name, watch in self.watches.items():
            watch.begin(values[name])

    def _until_ms(self, moved_ms: int) -> float:
        return moved_ms + self.settings.drift_exploring_s * 1000

    def _matters(self, name: str, before: float, after: float) -> bool:
        watched, moved = WATCHED[name], after - before
        return abs(moved) >= watched.least and moved * watched.worse >= 0

    def _moved(self, name: str, before: float, after: float, place: Place, notices: Notices) -> None:
        if name not in self.open:
            self._begin(name, before, after, place, notices)
        self.open[name] = self.open.get(name, (f"drift/{name}/{place.offset}",))[0], place.at_ms

    def _begin(self, name: str, before: float, after: float, place: Place, notices: Notices) -> None:
        title = (
            f"{WATCHED[name].called} moved from {before:.2f} to {after:.2f}: "
            f"random inspections are multiplied by {self.settings.drift_exploring:g} for a while"
        )
        notices.add(place, f"drift/{name}/{place.offset}", "RAISED", SEVERITY, title)

    def _end(self, place: Place, notices: Notices) -> None:
        for name, (about, moved_ms) in list(self.open.items()):
            if place.at_ms >= self._until_ms(moved_ms):
                del self.open[name]
                title = f"{WATCHED[name].called}: no further change; random inspections are as many as before"
                notices.add(place, about, "CLEARED", SEVERITY, title)
