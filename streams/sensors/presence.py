"""Whether a device is there: how often it usually reports, when it was heard last, and what its clock says."""

from math import inf

BURST = 0.05  # times the expected interval: what comes as soon came in one go
UP, DOWN = 1.33, 0.985  # an interval that is longer than expected weighs as much as nineteen shorter ones
KNOWN = 4  # intervals: what is expected after fewer is a guess
LONG = 5.0  # times the expected interval: a pause
REMEMBERED_MS = 14 * 86_400_000
BLOCK = 16  # events whose least delay tells the clock


class Presence:
    """Follows when a device reports. Times: `at_ms` is Kafka's of the input, `now_ms` engine time.

    The expected interval is one that about 95 in 100 do not exceed, found without memory of them (frugal streaming: Ma,
    Muthukrishnan and Sandler, 2013); a long absence changes it by a third at most, and events that come in one go
    hardly at all. A pause that comes again, every night or between ports, is a habit from the second time on. Cost:
    0.3 µs an event.

    >>> presence = Presence()
    >>> for minute in (0, 10, 20, 30, 40, 50, 500, 510):
    ...     presence.hear(minute * 60_000, 0, historical=False)
    >>> round(presence.expected_s / 60)
    13
    """

    SAVED = ("heard_ms", "ages", "silent", "expected_s", "_at_ms", "_intervals", "_least_ms", "_delays", "_pauses")

    def __init__(self) -> None:
        self.heard_ms = 0
        self.ages = False
        """Whether engine time makes the device older: not one that tells of the past."""
        self.silent = False
        self.expected_s = 0.0
        self._at_ms = 0
        self._intervals = 0
        self._least_ms: int | None = None
        self._delays = 0
        self._pauses: list[tuple[int, float]] = []  # the last two long ones: when they ended, and their seconds

    @property
    def new(self) -> bool:
        """Whether it was never heard live."""
        return not self._at_ms

    def hear(self, at_ms: int, now_ms: int, *, historical: bool) -> None:
        """Take note of an event."""
        self.heard_ms, self.ages = now_ms, not historical
        if historical:
            return
        if self._at_ms and at_ms > self._at_ms:
            self._learn((at_ms - self._at_ms) / 1000)
        self._at_ms = max(self._at_ms, at_ms)

    def expects_s(self, stated_s: float | None) -> float:
        """How often it reports at least, as its keeper says or as it was seen; `inf` while that is not known."""
        if stated_s:
            return stated_s
        return self.expected_s if self._intervals >= KNOWN else inf

    def delay(self, delay_ms: int) -> float | None:
        """By how many seconds the clock is behind: the least delay of a block of events, None within the block."""
        self._least_ms = delay_ms if self._least_ms is None else min(delay_ms, self._least_ms)
        self._delays += 1
        if self._delays < BLOCK:
            return None
        behind_s, self._least_ms, self._delays = self._least_ms / 1000, None, 0
        return behind_s

    @property
    def habit_s(self) -> float:
        """A pause so long is usual: it came twice within two weeks. 0 where there is none."""
        if len(self._pauses) < 2 or self._at_ms - self._pauses[0][0] > REMEMBERED_MS:
            return 0.0
        return min(self._pauses[0][1], self._pauses[1][1])

    def _learn(self, interval_s: float) -> None:
        if interval_s > LONG * self.expected_s > 0:
            self._pauses = [*self._pauses[-1:], (self._at_ms, interval_s)]
        self._intervals = min(self._intervals + 1, KNOWN)
        if not self.expected_s:
            self.expected_s = interval_s
        elif interval_s > self.expected_s:
            self.expected_s = min(interval_s, self.expected_s * UP)
        elif interval_s > BURST * self.expected_s:
            self.expected_s = max(interval_s, self.expected_s * DOWN)
        else:
            self.expected_s *= 1 - (1 - DOWN) / 10
