"""One quantity of one device: its detector, its limits, its usual values, and whether it moves at all."""

from collections.abc import Iterator, Mapping
from math import inf, sqrt
from typing import Any

from streams.sensors.detector import ShapeNovelty, odds
from streams.sensors.pace import Pace
from streams.sensors.rules import Climate, Limits
from streams.sensors.rules.motion import MOTIONS, Motion
from streams.sensors.settings import SensorSettings
from streams.sensors.signs import HIGH, LASTED, WARNING, Sign, figure, over, span
from streams.state.arrays import Array
from streams.state.fields import given, taken

Reading = Mapping[str, Any]


class Quantity:
    """Judges the readings of one (device, type, component) in the order the device took them.

    `about` names it in signs, such as `Temperature` or `Temperature/supply`.
    """

    SAVED = ("_faulty", "used")

    def __init__(self, about: str, kind: str, settings: SensorSettings) -> None:
        self.about, self.kind = about, kind
        self._fastest = settings.fastest_per_min.get(kind, inf)
        self._motion: Motion | None = MOTIONS.get(kind)
        self._climate: Climate | None = None  # for those with limits alone
        self._detector = ShapeNovelty(settings.warm_up_readings, settings.least_range.get(kind, 0.0))
        self._pace = Pace()
        self._usual = Usual()
        self._stillness = Stillness(settings.frozen_readings)
        self._spell = Spell(
            settings.alert_score,
            settings.calm_score,
            settings.calm_readings,
            settings.habit_caution,
            settings.habit_readings,
        )
        self._faulty = False
        self.used = 0
        """The number of the last event of its device that measured it."""

    def state(self, arrays: list[Array]) -> list[Any]:
        """For a snapshot: the shapes into `arrays`, all else as JSON."""
        climate = self._climate.state() if self._climate else None
        return [taken(self), climate, self._detector.state(arrays), *map(taken, self._followed())]

    def restore(self, state: list[Any], arrays: Iterator[Array]) -> None:
        """Become, before the first reading, what `state` told of."""
        fields, climate, detector, *others = state
        given(self, fields)
        if climate:
            self._climate = Climate(self.about, self.kind)
            self._climate.restore(climate)
        self._detector.restore(detector, arrays)
        for other, said in zip(self._followed(), others, strict=True):
            given(other, said)

    def _followed(self) -> "tuple[Pace, Usual, Stillness, Spell]":
        return self._pace, self._usual, self._stillness, self._spell

    def signs(self, reading: Reading, time_s: float, limits: Limits | None, settings: SensorSettings) -> list[Sign]:
        """Signs of one reading taken at `time_s`; a reading without a number is judged by its exception alone."""
        found: list[Sign] = []
        value = reading.get("value", reading.get("meanValue"))
        if value is not None:
            unit = reading.get("uom", "")
            if limits is not None and limits.unit == unit:
                self._climate = self._climate or Climate(self.about, self.kind)
                found += self._climate.signs(value, time_s, limits, settings)
            if self.kind == "Illuminance":
                found += self._light(reading, value, settings)
            if self._motion:
                found += self._motion(reading, value, self.about, settings)
            self._judge(value, unit, time_s, found, settings)
        if "exception" in reading or self._faulty:
            found += self._exception(reading, settings.quiet_s, alone=not found)
        return found

    def alarm(self, reading: Reading, settings: SensorSettings) -> list[Sign]:
        """Signs of a reading that came too late to be compared with its neighbours."""
        value, found = reading.get("value"), list[Sign]()
        if self.kind == "Illuminance" and value is not None and value > settings.light_lux:
            found += self._light(reading, value, settings)
        if reading.get("exception") == "ALARM_CONDITION":
            found += self._exception(reading, settings.quiet_s, alone=not found)
        return found

    @property
    def seen(self) -> int:
        """How many readings its detector has learnt from."""
        return self._detector.seen

    def mean_since(self) -> float | None:
        """The mean of its values since this was asked for last; None where there were none."""
        return self._usual.mean_since()

    def _judge(self, value: float, unit: str, time_s: float, found: list[Sign], settings: SensorSettings) -> None:
        """The hot path: some twenty microseconds a reading."""
        if self._fastest < inf and (last := self._stillness.last) is not None and abs(value - last) > self._fastest:
            found += self._fast(value - last, unit, time_s, settings.quiet_s)
        if self._pace.resumes(time_s):
            self._detector.pause()
        level = self._detector.step(value)
        change = self._spell.take(level)
        if change:
            found.append(self._unusual(value, unit, level, change))
        stuck = self._stillness.take(value)
        if stuck:
            found.append(self._frozen(value, unit, stuck))
        self._usual.take(value)

    def _unusual(self, value: float, unit: str, level: float, change: int) -> Sign:
        if change < 0:
            return over("UNUSUAL_READINGS", f"{self.kind} behaves as usual again: {figure(value, unit)}.", self.about)
        normal = self._usual.words(unit)
        text = (
            f"{self.kind} behaves as never before in {self._detector.seen} readings: "
            f"now {figure(value, unit)}, usually {normal}."
        )
        return Sign("UNUSUAL_READINGS", WARNING, text, self.about, value, normal, round(level, 3))

    def _frozen(self, value: float, unit: str, stuck: int) -> Sign:
        if stuck < 0:
            return over("FROZEN_VALUE", f"{self.kind} moves again: {figure(value, unit)}.", self.about, value)
        text = f"{self.kind} has been exactly {figure(value, unit)} for {stuck} readings; the sensor may be stuck."
        normal = f"changes within {self._stillness.longest} readings"
        return Sign("FROZEN_VALUE", WARNING, text, self.about, value, normal)

    def _fast(self, change: float, unit: str, time_s: float, lasting_s: float) -> Iterator[Sign]:
        last_s = self._pace.last_s
        if last_s is None or time_s <= last_s or abs(change) <= self._fastest * (time_s - last_s) / 60:
            return
        text = f"{self.kind} changed by {figure(change, unit)} within {span(time_s - last_s)}; nothing real does."
        normal = f"at most {figure(self._fastest, unit)} a minute"
        worst, at_worst = abs(change), figure(change, unit)
        yield Sign(
            "IMPOSSIBLE_RATE",
            WARNING,
            text,
            self.about,
            change,
            normal,
            None,
            lasting_s,
            worst=worst,
            at_worst=at_worst,
        )

    def _light(self, reading: Reading, value: float, settings: SensorSettings) -> Iterator[Sign]:
        """A device that calls it an alarm has looked twice itself."""
        unit, limit = reading.get("uom", ""), settings.light_lux
        if value > limit:
            text = f"There is light inside{LASTED}, {figure(value, unit)}, as if it were open."
            hold_s = 0.0 if reading.get("exception") == "ALARM_CONDITION" else settings.hold_s.get("LIGHT_INSIDE", 0.0)
            normal = f"at most {figure(limit, unit)}"
            worst: dict[str, Any] = {"worst": value, "at_worst": figure(value, unit)}
            yield Sign("LIGHT_INSIDE", HIGH, text, self.about, value, normal, hold_s=hold_s, **worst)
        elif value <= limit / 2:
            yield over("LIGHT_INSIDE", f"It is dark inside again: {figure(value, unit)}.", self.about, value)

    def _exception(self, reading: Reading, lasting_s: float, *, alone: bool) -> Iterator[Sign]:
        exception = reading.get("exception")
        was_faulty, self._faulty = self._faulty, exception == "ERROR_CONDITION"
        if self._faulty:
            yield Sign(
                "SENSOR_ERROR_CONDITION",
                WARNING,
                f"The sensor for {self.kind} reports an error of its own.",
                self.about,
            )
        elif was_faulty:
            yield over("SENSOR_ERROR_CONDITION", f"The sensor for {self.kind} works again.", self.about)
        if exception == "ALARM_CONDITION" and alone:
            text = f"The device raises an alarm of its own for {self.kind}."
            yield Sign("DEVICE_ALARM", WARNING, text, self.about, reading.get("value"), lasting_s=lasting_s)


class Spell:
    """Hysteresis: begins at a score of `alert`, ends after `readings` in a row below `calm`.

    Where spells are frequent they are a habit: each raises the bar for the next by the share `caution` of the odds, and
    that fades with a half-life of `memory` readings.

    >>> spell = Spell(alert=0.5, calm=0.3, readings=2, caution=0.5, memory=100)
    >>> [spell.take(score) for score in (0.4, 0.5, 0.1, 0.4, 0.1, 0.1, 0.1)]
    [0, 1, 0, 0, 0, -1, 0]
    >>> spell.take(0.5), spell.take(0.6)
    (0, 1)
    """

    SAVED = ("_on", "_quiet", "_clock", "_began", "_habit")

    def __init__(self, alert: float, calm: float, readings: int, caution: float, memory: float) -> None:
        self._alert, self._calm, self._readings = alert, calm, readings
        self._caution, self._memory = caution, memory
        self._on = False
        self._quiet = 0
        self._clock = self._began = 0
        self._habit = 0.0

    def take(self, score: float) -> int:
        """1 where a spell begins, -1 where it ends, else 0."""
        self._clock += 1
        if self._on:
            return -int(self._ends(score))
        return int(score >= self._alert and self._begins(score))

    def _begins(self, score: float) -> bool:
        habit = self._habit * 0.5 ** ((self._clock - self._began) / self._memory)
        if odds(score) < odds(self._alert) * (1 + self._caution * habit):
            return False
        self._on, self._quiet, self._began, self._habit = True, 0, self._clock, habit + 1
        return True

    def _ends(self, score: float) -> bool:
        self._quiet = self._quiet + 1 if score < self._calm else 0
        self._on = self._quiet < self._readings
        return not self._on


class Stillness:
    """Notices a value that stopped moving: longer than `readings` and four times as long as ever before.

    Values that hardly ever moved are never stuck.

    >>> stillness = Stillness(3)
    >>> moving = [stillness.take(float(i)) for i in range(60)]
    >>> [stillness.take(59.0) for _ in range(5)], stillness.take(1.0)
    ([0, 0, 0, 4, 0], -1)
    """

    SAVED = ("last", "_run", "_moves", "_stuck", "longest")
    MOVES = 50  # as many changes must have been seen

    def __init__(self, readings: int) -> None:
        self._limit = readings
        self.last: float | None = None
        self._run = 0
        self._moves = 0
        self._stuck = False
        self.longest = 0

    def take(self, value: float) -> int:
        """The number of equal readings where that becomes too many, -1 where the value moves again, else 0."""
        if value != self.last:
            self.last, self._moves = value, self._moves + 1
            self.longest = max(self.longest, self._run)
            moved, self._stuck, self._run = self._stuck, False, 0
            return -int(moved)
        self._run += 1
        if self._stuck or self._moves < self.MOVES or self._run <= max(self._limit, 4 * self.longest):
            return 0
        self._stuck = True
        return self._run


class Usual:
    """Running mean and deviation of about the last five hundred values, for the words of an alert.

    And the mean of all values since it was asked for last.

    >>> usual = Usual()
    >>> for value in (4.0, 5.0, 9.0):
    ...     usual.take(value)
    >>> usual.mean_since(), usual.mean_since()
    (6.0, None)
    """

    SAVED = ("_mean", "_variance", "_seen", "_sum", "_since")
    SHARE = 0.002

    def __init__(self) -> None:
        self._mean = 0.0
        self._variance = 0.0
        self._seen = 0
        self._sum = 0.0
        self._since = 0

    def take(self, value: float) -> None:
        self._seen += 1
        self._since += 1
        self._sum += value
        share = max(1 / self._seen, self.SHARE)
        change = value - self._mean
        self._mean += share * change
        self._variance = (1 - share) * (self._variance + share * change * change)

    def mean_since(self) -> float | None:
        mean = self._sum / self._since if self._since else None
        self._sum, self._since = 0.0, 0
        return mean

    def words(self, unit: str) -> str:
        """Two deviations around the mean, such as `71.2 to 89 °C`."""
        spread = 2 * sqrt(self._variance)
        return f"{figure(self._mean - spread)} to {figure(self._mean + spread, unit)}"
