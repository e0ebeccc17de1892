"""How many parcels a seller sends in a day: what is usual, and what is far beyond."""

from dataclasses import dataclass, field
from typing import Any, Self

from scipy.special import betainc

HOUR_MS, DAY_MS, HOURS = 3_600_000, 86_400_000, 24
REMEMBERED = 28  # days that make the usual one: older ones fade
SWAY = 0.5  # days vary by this share of the usual one: weekdays, pay days, sales
UNUSUAL = 3.0  # times the usual day is the most that one day teaches, or a burst would be usual the day after


@dataclass(slots=True)
class Pace:
    """Parcels of the newest 24 hours, and the mean of the days before, in event time.

    The day on which a seller was first seen is cut off, so it teaches nothing. A parcel later than 24 hours counts
    for nothing.

    >>> pace = Pace()
    >>> for day in range(10):
    ...     for parcel in range(20):
    ...         pace.count(day * DAY_MS + parcel * HOUR_MS)
    >>> pace.newest, pace.usual, pace.days
    (20, 20.0, 8)
    """

    first_ms: int = -1
    hour: int = 0
    day: int = 0
    hours: list[int] = field(default_factory=lambda: [0] * HOURS)  # the newest last
    today: int = 0
    usual: float = 0.0
    days: int = -1

    @property
    def newest(self) -> int:
        """Parcels of the newest 24 hours."""
        return sum(self.hours)

    def count(self, time_ms: int) -> None:
        """One more parcel."""
        hour, day = time_ms // HOUR_MS, time_ms // DAY_MS
        if self.first_ms < 0:
            self.first_ms, self.hour, self.day = time_ms, hour, day
        elif hour > self.hour:
            self._pass_time(hour, day)
        self.first_ms = min(self.first_ms, time_ms)
        if hour > self.hour - HOURS:
            self.hours[hour - self.hour - 1] += 1
        self.today += day == self.day

    def chance(self) -> float:
        """How likely a seller of this pace sends so many parcels or more in 24 hours, though nothing is the matter.

        Negative binomial: Poisson around a mean that varies from day to day by `SWAY` (a gamma distribution), and that
        is known only as well as the parcels seen so far tell. Cost: 2 µs.

        >>> pace = Pace(0, 0, 0, [0] * 23 + [100], usual=20.0, days=14)
        >>> f"{pace.chance():.0e}"
        '1e-05'
        """
        shape = 1 / (SWAY**2 + 1 / (self.usual * self.days))
        return float(betainc(self.newest, shape, self.usual / (self.usual + shape)))

    def packed(self) -> list[Any]:
        return [self.first_ms, self.hour, self.day, self.hours, self.today, self.usual, self.days]

    @classmethod
    def unpacked(cls, packed: list[Any]) -> Self:
        return cls(*packed)

    def _pass_time(self, hour: int, day: int) -> None:
        later = min(hour - self.hour, HOURS)
        self.hours = self.hours[later:] + [0] * later
        for _ in range(min(day - self.day, REMEMBERED)):
            self._close_day()
        self.hour, self.day = hour, day

    def _close_day(self) -> None:
        if self.days >= 0:
            taught = min(self.today, UNUSUAL * self.usual) if self.days >= REMEMBERED // 4 else self.today
            self.usual += (taught - self.usual) / (min(self.days, REMEMBERED - 1) + 1)
        self.days, self.today = min(self.days + 1, REMEMBERED), 0
