"""What was missed, week by week: the fold of `passage` and `example` records of the control log."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from streams.learning.leakage import Interval
from streams.learning.notices import Notices
from streams.learning.targets import Judge, Targets
from streams.learning.weeks import Amounts, Estimates, Inspected, Week, week_of
from streams.state.members import Place
from streams.state.parts import Part

WEEKS_KEPT = 26  # a window, and as long again for outcomes that are late
WINDOWS = {"1w": 1, "4w": 4, "13w": 13}  # to the newest week, which may not be over
LONGEST = "13w"
JUDGE_MS = 3_600_000  # engine time between two looks at the targets
PART = "missed"
BOUNDS = ("estimate", "lower", "upper")


class Missed:
    """Weekly sums of what passed and of what inspections found, and whether targets are met.

    A label that is corrected or withdrawn is taken out of its week again. Parcels that an officer looked at although
    the engine had let them pass teach the model, but say nothing here: nobody knows why they were chosen.

    `newest` is the week that the control log has come to: publishers' clocks move no window. Bounded: the `WEEKS_KEPT`
    weeks to it and one that may begin early, some 300 bytes each.
    """

    def __init__(self, targets: Targets = Targets()) -> None:  # noqa: B008 - frozen
        self.weeks: dict[int, Week] = {}
        self.newest = 0
        self.notices = Notices()
        self._judge = Judge(targets, self.notices)
        self._judged_ms = 0
        self._figures: dict[tuple[str, ...], float] | None = None

    def fold(self, said: Mapping[str, Any], place: Place) -> bool:
        """Take in what passed, or what an inspection found. False: it is malformed."""
        self._figures = None
        match said:
            case {"kind": "passage", "lanes": list(lanes)}:
                return self._pass(lanes, place)
            case {"kind": "example", "week": int(week), "selectedBy": str(by)} if by != "NONE":
                return self._inspect(said, week, place)
        return bool(said["kind"] == "example")  # of a parcel the engine let pass

    def window(self, weeks: int) -> Estimates:
        """Estimates over the newest `weeks`, the one still going on included."""
        inside = (self.weeks[week] for week in sorted(self.weeks) if self.newest - weeks < week <= self.newest)
        return Estimates.of(sum(inside, Week()))

    def figures(self) -> Mapping[tuple[str, ...], float]:
        """What operators see of it (`agents.metrics.GAUGES`); a look costs 5 ms after something came, else nothing."""
        if self._figures is None:
            told = ((window, self.window(weeks)) for window, weeks in WINDOWS.items() if self.weeks)
            self._figures = {name: figure for window, of in told for name, figure in _figures(window, of)}
            self._figures.update(self._judge.figures())
        return self._figures

    def parts(self) -> Mapping[str, Part]:
        """What is to be saved."""
        weeks = [[week, sums.packed()] for week, sums in sorted(self.weeks.items())]
        return {PART: Part.json([self.newest, self._judged_ms, weeks, self._judge.missed, self.notices.packed()])}

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved."""
        self.newest, self._judged_ms, weeks, judge, notices = orjson.loads(parts[PART])
        self.weeks = {week: Week.unpacked(packed) for week, packed in weeks}
        self._judge.missed.update(judge)
        self.notices.unpack(notices)

    def sizes(self) -> Mapping[str, int]:
        """How many entries each store holds."""
        return {"weeks": len(self.weeks), "notices": len(self.notices)}

    def _pass(self, lanes: list[Any], place: Place) -> bool:
        try:
            rows = [_row(*row) for row in lanes]
        except (TypeError, ValueError):
            return False
        for week, lane, amounts in rows:
            self._week(week).pass_by(lane, amounts)
        self._move_on(place)
        self._look(place)
        return True

    def _inspect(self, said: Mapping[str, Any], week: int, place: Place) -> bool:
        try:
            now, before = (
                Inspected.of(said, found) if isinstance(found := said.get(label), bool) else None
                for label in ("y", "was")
            )
        except (KeyError, TypeError, ValueError):
            return False
        if before:
            self._week(week).inspect(before, -1)
        if now:
            self._week(week).inspect(now)
        self._move_on(place)
        return True

    def _week(self, week: int) -> Week:
        return self.weeks.setdefault(week, Week())

    def _move_on(self, place: Place) -> None:
        """Forget weeks that are over for long, and weeks that no clock can have come to."""
        self.newest = max(self.newest, week_of(place.at_ms))
        for week in [week for week in self.weeks if not self.newest - WEEKS_KEPT < week <= self.newest + 1]:
            del self.weeks[week]

    def _look(self, place: Place) -> None:
        if place.now_ms >= self._judged_ms + JUDGE_MS:
            self._judged_ms = place.now_ms
            self._judge.look(self.window(WINDOWS[LONGEST]), place)


def _row(week: int, lane: str, parcels: float, value_eur: float, duty_eur: float) -> tuple[int, str, Amounts]:
    """Raises `TypeError`, `ValueError` for what is none."""
    return int(week), str(lane), (float(parcels), float(value_eur), float(duty_eur))


def _figures(window: str, of: Estimates) -> Iterator[tuple[tuple[str, ...], float]]:
    for lane, parcels in of.parcels.items():
        yield from _bounds(("leakage_parcels", window, lane), parcels)
        yield from _bounds(("leakage_ratio", window, lane), of.share[lane])
    yield from _bounds(("leakage_value_euros", window), of.value_eur)
    yield from _bounds(("leakage_duty_euros", window), of.duty_eur)
    yield from _bounds(("recall_ratio", window), of.recall)
    for selected_by, rate in of.hit_rate.items():
        yield from _bounds(("hit_ratio", window, selected_by), rate)
    yield from _bounds(("hit_ratio", window, "ALL"), of.precision)


def _bounds(name: tuple[str, ...], interval: Interval | None) -> Iterator[tuple[tuple[str, ...], float]]:
    return (((*name, bound), figure) for bound, figure in zip(BOUNDS, interval or (), strict=False))
