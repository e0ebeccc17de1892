"""Online anomaly detectors of one number each, in river's manner: `score_one`, `learn_one`, and both at once."""

from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any, NamedTuple, Protocol

from river.base import AnomalyDetector

from streams.sensors.views import HOLD, SMALLEST, Glance, Track, View
from streams.state.arrays import Array
from streams.state.fields import given, taken

Features = dict[str, float]

LARGEST = 1e30  # beyond it sums overflow
RECORD_WEIGHT = 0.3  # what a new maximum or minimum adds
RECORD_MARGIN = 0.02  # by which share of the range it must beat the old one


class Detector(Protocol):
    """What the engine asks of a detector: river's two verbs, and `step`, which is both for the price of one."""

    def score_one(self, x: Features) -> float: ...
    def learn_one(self, x: Features) -> None: ...
    def step(self, value: float) -> float: ...
    def pause(self) -> None: ...


class _Sight(NamedTuple):
    """All that follows from one reading, before anything is learnt."""

    value: float
    level: float
    low: float
    high: float
    record: float
    glances: list[Glance | None]


class ShapeNovelty(AnomalyDetector):  # type: ignore[misc]  # river publishes no types
    """How unlike its own past a stream of numbers has become.

    Six small memories of window shapes, at four time scales (windows of 3 readings up to windows of 12 blocks of 16),
    measure the distance to the nearest shape seen before; each distance is judged against its own running mean and
    deviation, and held for some thirty readings. The score is their mean: what is new at several scales at once is
    more than noise that is new at one.

    Works for streams that have habits: levels, cycles, noise of a steady size. Works badly where bursts are the
    habit, where the range keeps growing, and below some hundred readings; blind to what comes in with the first
    `warm_up` readings, which count as normal, and to anomalies within 7 % of the range around the median.

    Input: `{"value": number}` in any unit, equally spaced or nearly so. What is not a finite number scores 0 and is
    not learnt. Score: 0..1; 0 during warm-up; 0.5 means surprises of one deviation in the mean of the memories.
    About 17 µs a reading; at most 95 kB, much less for quiet streams.

    Parameters
    ----------
    warm_up
        Readings that count as normal, whatever they are.
    least_range
        A range below this counts as this: what moves less is noise, whatever its shape. In the unit of the readings.

    Examples
    --------
    >>> detector = ShapeNovelty(warm_up=200)
    >>> calm = [detector.step(20.0 + i % 10 / 10) for i in range(400)]
    >>> max(calm) < 0.01
    True
    >>> round(detector.step(26.0), 2)
    0.47

    References
    ----------
    Lavin and Ahmad, Evaluating Real-Time Anomaly Detection Algorithms: the Numenta Anomaly Benchmark, ICMLA 2015,
    https://arxiv.org/abs/1510.03336. The running likelihood of a score follows Ahmad, Lavin, Purdy and Agha,
    Unsupervised real-time anomaly detection for streaming data, Neurocomputing 262 (2017).
    """

    SAVED = ("_record", "_origin", "_low", "_high", "seen")

    def __init__(self, warm_up: int = 250, least_range: float = 0.0) -> None:
        self.warm_up = warm_up
        self.least_range = least_range
        self._tracks = [
            Track(1, [View(3, 400, 0.4, 0.2, skip_usual=True)]),
            Track(3, [View(2, 300, 0.5, 0.1), View(8, 300, 0.3, 0.1)]),
            Track(8, [View(2, 300, 0.5, 0.05), View(8, 300, 0.3, 0.1)]),
            Track(16, [View(12, 200, 0.3, 0.1)]),
        ]
        self._views = sum(len(track.views) for track in self._tracks)
        self._record = 0.0
        self._origin = 0.0  # the first reading: all else is relative to it, so that 32 bits are precise enough
        self._low = self._high = 0.0
        self.seen = 0

    def state(self, arrays: list[Array]) -> list[Any]:
        """For a snapshot: the shapes into `arrays`, all else as JSON."""
        return [taken(self), [track.state(arrays) for track in self._tracks]]

    def restore(self, state: list[Any], arrays: Iterator[Array]) -> None:
        """Become, before anything is learnt, what `state` told of one made alike."""
        fields, tracks = state
        given(self, fields)
        for track, seen in zip(self._tracks, tracks, strict=True):
            track.restore(seen, arrays)

    def score_one(self, x: Features) -> float:
        """The score of a reading, 0..1, from what was learnt before it. Changes nothing."""
        value = _number(x)
        return 0.0 if value is None else self._see(value).level

    def learn_one(self, x: Features) -> None:
        """Take a reading into the past."""
        value = _number(x)
        if value is not None:
            self._take(value, self._see(value))

    def step(self, value: float) -> float:
        """`score_one`, then `learn_one`, at the cost of one of them."""
        if not isfinite(value):
            return 0.0
        sight = self._see(value)
        self._take(value, sight)
        return sight.level

    def pause(self) -> None:
        """Nothing came for long: what comes next is no continuation, so no shape is seen across the gap."""
        for track in self._tracks:
            track.pause()

    def _see(self, value: float) -> _Sight:
        value = value - self._origin if self.seen else 0.0
        low, high = self._low, self._high
        if low <= value <= high:
            record = self._record * HOLD
        else:
            value, low, high, record = self._beyond(value)
        span = max(high - low, self.least_range)
        glances = [track.look(value, span) for track in self._tracks]
        return _Sight(value, self._level(record, glances), low, high, record, glances)

    def _beyond(self, value: float) -> tuple[float, float, float, float]:
        """A value outside the range, the range with it, and whether it is a record.

        One wild reading must not stretch the range so far that all others look alike afterwards, so its reach is
        limited to the range's own width.
        """
        span = max(self._high - self._low, self.least_range)
        reach = span if span > SMALLEST and self.seen >= self.warm_up else LARGEST
        value = min(max(value, self._low - reach, -LARGEST), self._high + reach, LARGEST)
        margin = RECORD_MARGIN * span
        beaten = value > self._high + margin or value < self._low - margin
        return value, min(self._low, value), max(self._high, value), 1.0 if beaten else self._record * HOLD

    def _level(self, record: float, glances: list[Glance | None]) -> float:
        if self.seen < self.warm_up:
            return 0.0
        surprise = 0.0
        for track, glance in zip(self._tracks, glances):  # noqa: B905 - equally long, and this is the hot path
            surprise += glance.surprise if glance else track.surprise * HOLD
        surprise = surprise / self._views + RECORD_WEIGHT * record
        return surprise / (1 + surprise)

    def _take(self, reading: float, sight: _Sight) -> None:
        if not self.seen:
            self._origin = reading
        value, _, self._low, self._high, self._record, glances = sight
        calm, span = self.seen < self.warm_up, max(self._high - self._low, self.least_range)
        self.seen += 1
        for track, glance in zip(self._tracks, glances):  # noqa: B905 - as above
            track.learn(value, span, glance, calm=calm)


class Announced(AnomalyDetector):  # type: ignore[misc]  # river publishes no types
    """A detector whose score speaks once per spell: at its start, and again when it has doubled.

    For readers who count alarms, such as the Numenta benchmark. A score is passed on, less a fifth of the highest
    surprise remembered, when `quiet` readings have passed since the last one or it is twice as surprising as that;
    otherwise it is 0. Wraps `ShapeNovelty` unless told otherwise.

    This rule weighs more in that benchmark than any detail of a detector; 80 to 120 readings of `quiet` do about as
    well.

    Examples
    --------
    >>> detector = Announced(ShapeNovelty(warm_up=200))
    >>> scores = [detector.step(20.0 + i % 10 / 10 + 6 * (i >= 300)) for i in range(400)]
    >>> [i for i, score in enumerate(scores) if score > 0.1]
    [300, 303]
    """

    def __init__(self, detector: ShapeNovelty | None = None, quiet: int = 100, half_life: float = 1000.0) -> None:
        self.detector = ShapeNovelty() if detector is None else detector
        self.quiet = quiet
        self.half_life = half_life
        self._highest = 0.0
        self._last = 0.0
        self._since = quiet

    def score_one(self, x: Features) -> float:
        """The score of a reading, 0..1; mostly 0. Changes nothing."""
        return self._speak(odds(self.detector.score_one(x)))[0]

    def learn_one(self, x: Features) -> None:
        """Take a reading into the past."""
        if _number(x) is not None:
            self._remember(odds(self.detector.score_one(x)))
            self.detector.learn_one(x)

    def step(self, value: float) -> float:
        """`score_one`, then `learn_one`, at the cost of one of them."""
        if not isfinite(value):
            return 0.0
        surprise = odds(self.detector.step(value))
        score = self._speak(surprise)[0]
        self._remember(surprise)
        return score

    def pause(self) -> None:
        """Nothing came for long: what comes next is no continuation."""
        self.detector.pause()

    def _speak(self, surprise: float) -> tuple[float, bool]:
        if self._since < self.quiet and surprise <= 2 * self._last:
            return 0.0, False
        news = max(0.0, surprise - 0.2 * self._faded())
        return news / (1 + news), True

    def _remember(self, surprise: float) -> None:
        speaks = self._speak(surprise)[1]
        self._highest = max(self._faded(), surprise) if speaks else self._faded()
        self._last = surprise if speaks else self._last
        self._since = 0 if speaks else self._since + 1

    def _faded(self) -> float:
        return float(self._highest * 0.5 ** (1 / self.half_life))


def _number(x: Features) -> float | None:
    value = x.get("value")
    return value if value is not None and isfinite(value) else None


def odds(score: float) -> float:
    """The surprise behind a score, in deviations: 0.5 is one, 0.75 is three."""
    return score / (1 - score)


DETECTORS: dict[str, Callable[[], Detector]] = {"shape_novelty": ShapeNovelty, "announced": Announced}
"""Every detector by name: what stands here is tested by `tests/contract/test_every_detector.py`."""
