"""When it is time to say again what a device knows of its container: after a change, and every so often."""

from collections.abc import Sequence


class Reporting:
    """What was reported last, and the temperatures since, by component.

    >>> reporting = Reporting()
    >>> [reporting.due(60.0 * minute, ["OPEN" if minute == 3 else "CLOSED"], 3_600) for minute in range(5)]
    [True, False, False, True, True]
    >>> for cel in (4.0, 6.0):
    ...     reporting.measure("supply", cel)
    >>> reporting.temperatures(), reporting.temperatures()
    ({'supply': 5.0}, {})
    """

    SAVED = ("_told", "_told_s", "_sums")

    def __init__(self) -> None:
        self._told: list[str] = []
        self._told_s = 0.0
        self._sums: dict[str, list[float]] = {}  # sum and number

    def measure(self, component: str, cel: float) -> None:
        """Take a temperature, in °C."""
        sums = self._sums.setdefault(component, [0.0, 0])
        sums[0] += cel
        sums[1] += 1

    def due(self, time_s: float, facts: Sequence[str], every_s: float) -> bool:
        """Whether `facts` are to be reported at `time_s`; they then count as told."""
        if facts == self._told and time_s - self._told_s < every_s:
            return False
        self._told, self._told_s = list(facts), time_s
        return True

    def temperatures(self) -> dict[str, float]:
        """The means since the last time this was asked."""
        means = {component: round(total / number, 2) for component, (total, number) in self._sums.items()}
        self._sums = {}
        return means
