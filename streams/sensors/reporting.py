"""When it is time to say again what a device knows of its container: after a change, and every so often."""

from collections.abc import Sequence


class Reporting:
    """What was reported last.

    >>> reporting = Reporting()
    >>> [reporting.due(60.0 * minute, ["OPEN" if minute == 3 else "CLOSED"], 3_600) for minute in range(5)]
    [True, False, False, True, True]
    """

    SAVED = ("_told", "_told_s")

    def __init__(self) -> None:
        self._told: list[str] = []
        self._told_s = 0.0

    def due(self, time_s: float, facts: Sequence[str], every_s: float) -> bool:
        """Whether `facts` are to be reported at `time_s`; they then count as told."""
        if facts == self._told and time_s - self._told_s < every_s:
            return False
        self._told, self._told_s = list(facts), time_s
        return True
