"""Readings that must stay between limits: by their setpoint, or by what the cargo bears."""

from collections.abc import Iterator
from math import exp, log
from typing import Any

from streams.sensors.rules.limits import Limits
from streams.sensors.settings import SensorSettings
from streams.sensors.signs import CRITICAL, HIGH, LASTED, Sign, figure, over
from streams.state.fields import given, taken

ACTIVATION_KEL = 10_000.0  # activation energy of the mean kinetic temperature over the gas constant: 83.144 kJ/mol / R
ZERO_CEL_IN_KEL = 273.15
COLDEST_KEL, HOTTEST_KEL = 20.0, 5_000.0  # beyond it the formula leaves what floats can say
LONGEST_KIND = 60  # characters of it in a code, which has 70
LONGEST_S = 7_200.0  # of silence over which the last temperature is taken to have lasted


class Climate:
    """Notices excursions of one quantity, and how much of the cargo's life they cost.

    Temperatures in °C are also judged by their mean kinetic temperature, the constant one that would age the cargo as
    much (Haynes 1971; ICH Q1A(R2), USP <1079.2>; activation energy 83.144 kJ/mol). Cost: 0.4 µs a reading; 1 µs with
    mean kinetic temperatures.
    """

    SAVED = ("_outside", "_warm_s", "_ended_s")

    def __init__(self, about: str, kind: str) -> None:
        self.about, self.kind = about, kind
        self._code = f"{kind.upper()[:LONGEST_KIND]}_EXCURSION"
        self._kinetic = Kinetic()
        self._outside = False
        self._warm_s: float | None = None  # since when it has been too warm
        self._ended_s: float | None = None  # when it was last too warm

    def state(self) -> list[Any]:
        """For a snapshot, as JSON."""
        return [taken(self), taken(self._kinetic)]

    def restore(self, state: list[Any]) -> None:
        """Become what `state` told of."""
        given(self, state[0])
        given(self._kinetic, state[1])

    def signs(self, value: float, time_s: float, limits: Limits, settings: SensorSettings) -> Iterator[Sign]:
        """Signs of one reading taken at `time_s`."""
        off = max(limits.lowest - value, value - limits.highest)
        kinetic = self.kind == "Temperature" and limits.unit == "CEL"
        if kinetic:
            self._kinetic.take(value, time_s, settings.kinetic_s)
        if off > 0:
            if not self._outside:
                self._kinetic.begin()
            self._outside = True
            yield self._excursion(value, off, time_s, limits, settings)
        elif self._outside and off <= -limits.margin:
            self._outside = False
            self._ended_s, self._warm_s = (time_s, None) if self._warm_s is not None else (self._ended_s, None)
            mean = f"; its mean kinetic temperature was {figure(self._kinetic.mean, 'CEL')}" if kinetic else ""
            text = f"{self.kind} is back at {figure(value, limits.unit)}{mean}."
            yield over(self._code, text, self.about, value)

    def _excursion(self, value: float, off: float, time_s: float, limits: Limits, settings: SensorSettings) -> Sign:
        hold_s = self._hold_s(value, time_s, limits, settings)
        now = figure(value, limits.unit)
        text = f"{self.kind} is {now}, outside {limits.whose}{LASTED}."
        severity, spoilt = HIGH, self._kinetic.of_window(settings.kinetic_s)
        if self.kind == "Temperature" and spoilt is not None and spoilt > limits.highest:
            severity = CRITICAL
            hours = figure(settings.kinetic_s / 3600)
            text += f" The mean kinetic temperature of {hours} hours is {figure(spoilt, 'CEL')}."
        worst: dict[str, Any] = {"worst": off, "at_worst": now}
        return Sign(self._code, severity, text, self.about, value, limits.normal, hold_s=hold_s, **worst)

    def _hold_s(self, value: float, time_s: float, limits: Limits, settings: SensorSettings) -> float:
        """A defrost cycle is warm for a while, not very, and not often; anything else is no defrost cycle."""
        if value <= limits.highest:
            return limits.hold_s
        self._warm_s = time_s if self._warm_s is None else min(self._warm_s, time_s)
        due = self._ended_s is None or self._warm_s - self._ended_s >= settings.defrost_every_s
        if due and value <= limits.highest + settings.defrost_cel:
            return max(limits.defrost_s, limits.hold_s)
        return limits.hold_s


class Kinetic:
    """Mean kinetic temperatures, in °C: since something began, and of about the last `window_s` seconds.

    Between two readings counts the mean of both; the window forgets exponentially.

    >>> kinetic = Kinetic()
    >>> for minute, cel in enumerate((5.0, 5.0, 25.0, 25.0)):
    ...     kinetic.take(cel, minute * 60.0, 86_400)
    >>> round(kinetic.mean, 1)  # more than the 15 °C that half and half make, for warmth does more harm
    19.7
    """

    SAVED = ("_cel", "_time_s", "_sum", "_lasted_s", "_window", "_covered_s")

    def __init__(self) -> None:
        self._cel = 0.0
        self._time_s: float | None = None
        self._sum = self._lasted_s = 0.0
        self._window = self._covered_s = 0.0

    def take(self, cel: float, time_s: float, window_s: float) -> None:
        """Take a reading; those that run backwards in time say nothing."""
        ageing = _ageing(cel)
        if self._time_s is None:
            self._window = ageing
        elif time_s > self._time_s:
            lasted_s = min(time_s - self._time_s, LONGEST_S)
            between = (ageing + _ageing(self._cel)) / 2
            self._sum += between * lasted_s
            self._lasted_s += lasted_s
            self._window += (1 - exp(-lasted_s / window_s)) * (between - self._window)
            self._covered_s += lasted_s
        else:
            return
        self._cel, self._time_s = cel, time_s

    def begin(self) -> None:
        """Measure `mean` from the last reading on."""
        self._sum = self._lasted_s = 0.0

    @property
    def mean(self) -> float:
        """Since it began."""
        return _cel(self._sum / self._lasted_s) if self._lasted_s else self._cel

    def of_window(self, window_s: float) -> float | None:
        """Of the window; None before a quarter of it was seen."""
        return _cel(self._window) if self._covered_s >= window_s / 4 else None


def _ageing(cel: float) -> float:
    return exp(-ACTIVATION_KEL / min(max(cel + ZERO_CEL_IN_KEL, COLDEST_KEL), HOTTEST_KEL))


def _cel(ageing: float) -> float:
    return -ACTIVATION_KEL / log(ageing) - ZERO_CEL_IN_KEL
