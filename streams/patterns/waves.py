"""Which devices of a caretaker may have fallen silent at one moment, and how many then would be missed by now."""

from collections.abc import Iterable
from math import fsum
from typing import NamedTuple

from streams.patterns.caretaker import Fleet, Listened

ALIKE = 1.2  # times the usual interval: how often a device reports is known only so well


class Wave(NamedTuple):
    """Devices that were all heard last before some moment between `from_ms` and `to_ms`, and should have been after it.

    Times are Kafka's. Where each of them fell silent for reasons of its own there is such a moment by chance only.
    """

    devices: frozenset[str] = frozenset()
    from_ms: int = 0
    to_ms: int = 0

    def takes_up(self, device: Listened, spread_ms: int) -> bool:
        """Whether a device that is missed now may have fallen silent with these."""
        since_ms, until_ms = window(device, spread_ms)
        return since_ms <= self.to_ms and until_ms >= self.from_ms


def window(device: Listened, spread_ms: int) -> tuple[int, int]:
    """When a silent device was heard last, and by when it should have been heard again, had it not fallen silent."""
    return device.heard_ms, device.heard_ms + max(round(ALIKE * 1000 * device.expected_s), spread_ms)


def largest(fleet: Fleet, silent: Iterable[str], spread_ms: int) -> Wave:
    """The largest wave among those that are `silent` with at least one of which nobody was told yet.

    A sweep over all windows: n log n for n devices.

    >>> fleet, at = Fleet(), {"at": 9_000_000, "time_ms": 9_000_000}
    >>> for name, heard_ms, told in (("a", 0, ""), ("b", 500_000, "alt-1"), ("c", 4_000_000, "")):
    ...     fleet.join(name, Listened(expected_s=600, silent_ms=9, told=told, touch=at | {"last_heard_ms": heard_ms}))
    >>> wave = largest(fleet, fleet.devices, 0)
    >>> sorted(wave.devices), wave.from_ms, wave.to_ms
    (['a', 'b'], 500000, 720000)
    """
    windows = {name: window(fleet.devices[name], spread_ms) for name in sorted(silent)}
    bounds = [(at_ms, ends, name) for name, both in windows.items() for ends, at_ms in enumerate(both)]
    open_now, most, from_ms = set[str](), 0, 0
    waiting = 0
    for at_ms, ends, name in sorted(bounds):
        waiting += (1 - 2 * ends) * (name in fleet.waiting)
        (open_now.discard if ends else open_now.add)(name)
        if not ends and waiting and len(open_now) > most:
            most, from_ms = len(open_now), at_ms
    within = {name for name, (since_ms, until_ms) in windows.items() if most and since_ms <= from_ms <= until_ms}
    return Wave(frozenset(within), from_ms, min((windows[name][1] for name in within), default=0))


def missed(fleet: Fleet, silent_ms: int, now_ms: int) -> float:
    """How many of those that are heard would be missed at `now_ms`, had they fallen silent at `silent_ms`.

    Each had been heard within its usual interval before, sooner or later; so it counts as likely as it were missed.
    """
    # In whatever order they are known: after a restart it is another.
    return fsum(_missed(device, (now_ms - silent_ms) / 1000) for device in fleet.devices.values() if not device.silent)


def _missed(device: Listened, after_s: float) -> float:
    """
    >>> device = Listened(expected_s=600.0, missed_s=3000.0)
    >>> [_missed(device, after_s) for after_s in (2400.0, 2700.0, 9000.0)], _missed(Listened(), 9000.0)
    ([0.0, 0.5, 1.0], 0.0)
    """
    usual_s, missed_s = device.expected_s, device.missed_s or device.expected_s
    return min(max((after_s - missed_s + usual_s) / usual_s, 0.0), 1.0) if usual_s else 0.0


def by_chance(fleet: Fleet, silent: Iterable[str], spread_ms: int, within_ms: int) -> float:
    """How many windows of those that fell silent within the last `within_ms` cover any moment, on average."""
    windows = (window(fleet.devices[name], spread_ms) for name in silent)
    return sum(until_ms - since_ms for since_ms, until_ms in windows) / within_ms
