"""Windows of event time over the parcels of one entity: every one that can be, not only those that time cut off."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any

Row = list[Any]  # a parcel: its event time (ms), its item, and what the pattern in question asks for
TIME, ITEM = 0, 1
time_of = itemgetter(TIME)


def with_newest(rows: list[Row], row: Row, keep_ms: int, most: int) -> list[Row]:
    """`rows`, in order of time, with `row` in the place of an earlier version of the same item.

    What lies more than `keep_ms` before the newest is over, and of the rest the `most` newest are kept.

    >>> rows = with_newest([[10, "A"], [20, "B"]], [15, "A"], keep_ms=100, most=2)
    >>> with_newest(rows, [5, "C"], keep_ms=100, most=3)
    [[5, 'C'], [15, 'A'], [20, 'B']]
    >>> with_newest(rows, [200, "C"], keep_ms=180, most=3)
    [[20, 'B'], [200, 'C']]
    """
    if not rows:  # as it mostly is
        return [row]
    kept = [other for other in rows if other[ITEM] != row[ITEM]]
    insort(kept, row)
    first = bisect_left(kept, kept[-1][TIME] - keep_ms, key=time_of)
    return kept[max(first, len(kept) - most) :]


def windows(rows: Sequence[Row], at_ms: int, length_ms: int) -> Iterator[range]:
    """All stretches of `rows`, in order of time, that begin with one of them, last `length_ms` and hold `at_ms`.

    Given as places in `rows`, none beginning or ending before the one before it. Whoever arrives can only have changed
    these, so after any order of arrival each window was looked at when the last of its parcels had come.

    >>> list(windows([[0, "A"], [50, "B"], [90, "C"], [120, "D"]], 90, 100))
    [range(0, 3), range(1, 4), range(2, 4)]
    """
    first = bisect_left(rows, at_ms - length_ms, key=time_of)
    end = first
    for start in range(first, bisect_right(rows, at_ms, lo=first, key=time_of)):
        end = bisect_right(rows, rows[start][TIME] + length_ms, lo=end, key=time_of)
        yield range(start, end)


def covered(rows: Sequence[Row], found: Iterable[range]) -> list[Row]:
    """Those of `rows` that lie in any of the windows `found`.

    >>> covered(["A", "B", "C", "D", "E"], [range(0, 2), range(1, 3), range(4, 5)])
    ['A', 'B', 'C', 'E']
    """
    kept, end = list[Row](), 0
    for window in found:
        kept += rows[max(window.start, end) : window.stop]
        end = window.stop
    return kept


def number_beside(begin_ms: int, rows: Sequence[Row], length_ms: int) -> int:
    """How many of `rows`, in order of time, lie in the window that begins at `begin_ms`."""
    return bisect_right(rows, begin_ms + length_ms, key=time_of) - bisect_left(rows, begin_ms, key=time_of)


def span_ms(rows: Sequence[Row]) -> int:
    """How long it is from the first to the last."""
    length: int = rows[-1][TIME] - rows[0][TIME]
    return length
