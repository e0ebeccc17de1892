"""How often readings come, and when they stayed away for longer than they are used to."""

LONG = 24.0  # times the usual interval: a quarter of a day for readings every quarter of an hour
LONGER = 2.0  # times the longest silence before: devices that sleep at night, or between ports, have a habit too
SHARE = 0.05  # the usual interval follows about the last twenty


class Pace:
    """Notices that nothing came for long, by the times of the readings alone.

    Times that stand still or run backwards say nothing, and a silence of any length changes what is usual by no more
    than a `LONG` one would.

    >>> pace = Pace()
    >>> [pace.resumes(time_s) for time_s in (0.0, 60.0, 120.0, 180.0, 1000.0, 3600.0, 3660.0, 6000.0)]
    [False, False, False, False, False, True, False, False]
    """

    SAVED = ("last_s", "_usual_s", "_longest_s")

    def __init__(self) -> None:
        self.last_s: float | None = None
        self._usual_s = 0.0
        self._longest_s = 0.0

    def resumes(self, time_s: float) -> bool:
        """Take the time of a reading; whether it is the first after an unusually long silence."""
        last_s, self.last_s = self.last_s, time_s
        if last_s is None or time_s <= last_s:
            return False
        interval_s = time_s - last_s
        usual_s, longest_s = self._usual_s or interval_s, self._longest_s
        self._usual_s = usual_s + SHARE * (min(interval_s, LONG * usual_s) - usual_s)
        self._longest_s = max(longest_s, interval_s)
        return interval_s > max(LONG * usual_s, LONGER * longest_s)
