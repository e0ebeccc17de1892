"""What is known of one week's parcels, as sums: those of many weeks add up to those of a window."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

from streams.learning.leakage import Interval, Sample, clopper_pearson

PASSING = ("GREEN", "BLUE")  # lanes in which nobody looks before release
ALL = "ALL"
WEEK_MS = 7 * 24 * 3_600_000
MONDAY_MS = 3 * 24 * 3_600_000  # 1970 began on a Thursday
Amounts = tuple[float, float, float]  # parcels, their declared value in EUR, the duty on it


def week_of(at_ms: int) -> int:
    """The number of the week, Monday to Sunday in UTC, counted from that of 1 January 1970.

    >>> week_of(0), week_of(4 * 24 * 3_600_000 - 1), week_of(4 * 24 * 3_600_000)
    (0, 0, 1)
    """
    return (at_ms + MONDAY_MS) // WEEK_MS


@dataclass(slots=True)
class Passed:
    """Parcels of one lane that passed, and the drawn ones that stand for them: counted, by value, by duty."""

    amounts: Amounts = (0.0, 0.0, 0.0)
    drawn: tuple[Sample, Sample, Sample] = field(default_factory=lambda: (Sample(), Sample(), Sample()))

    def __add__(self, other: Self) -> "Passed":
        return Passed(_sum(self.amounts, other.amounts), _sum(self.drawn, other.drawn))

    def packed(self) -> list[Any]:
        return [self.amounts, *(sample.sums() for sample in self.drawn)]

    @classmethod
    def unpacked(cls, packed: Sequence[Any]) -> Self:
        amounts, *samples = packed
        parcels, value, duty = (Sample(*sums) for sums in samples)
        return cls(tuple(amounts), (parcels, value, duty))


@dataclass(slots=True)
class Hits:
    """Inspections that officers reported on, and those that found something."""

    reported: int = 0
    found: int = 0

    def __add__(self, other: Self) -> "Hits":
        return Hits(self.reported + other.reported, self.found + other.found)

    def rate(self) -> Interval | None:
        """Findings per inspection; None before the first."""
        return clopper_pearson(self.found, self.reported) if self.reported else None


@dataclass(slots=True)
class Week:
    """Sums of one week, or of several: what passed in each lane, and what inspections found of chosen and drawn."""

    passed: dict[str, Passed] = field(default_factory=lambda: {lane: Passed() for lane in PASSING})
    chosen: Hits = field(default_factory=Hits)
    drawn: Hits = field(default_factory=Hits)

    def __add__(self, other: Self) -> "Week":
        lanes = {lane: passed + other.passed[lane] for lane, passed in self.passed.items()}
        return Week(lanes, self.chosen + other.chosen, self.drawn + other.drawn)

    def pass_by(self, lane: str, amounts: Iterable[float]) -> None:
        """Count in parcels that took a `lane`."""
        if lane in self.passed:
            self.passed[lane].amounts = _sum(self.passed[lane].amounts, amounts)

    def inspect(self, example: "Inspected", times: int = 1) -> None:
        """Count in an inspection; with `times` -1 take it out again."""
        hits = self.drawn if example.otherwise else self.chosen
        hits.reported += times
        hits.found += times * example.found
        if example.otherwise and 0 < example.propensity < 1:
            stands_for = 1 / example.propensity - 1
            for sample, amount in zip(self.passed[example.otherwise].drawn, example.amounts, strict=True):
                if amount > 0:
                    sample.add(stands_for * amount, example.found, times)

    def packed(self) -> list[Any]:
        hits = (self.chosen.reported, self.chosen.found, self.drawn.reported, self.drawn.found)
        return [hits, *(self.passed[lane].packed() for lane in PASSING)]

    @classmethod
    def unpacked(cls, packed: Sequence[Any]) -> Self:
        (chosen, chosen_found, drawn, drawn_found), *lanes = packed
        passed = {lane: Passed.unpacked(said) for lane, said in zip(PASSING, lanes, strict=True)}
        return cls(passed, Hits(chosen, chosen_found), Hits(drawn, drawn_found))


class Inspected(NamedTuple):
    """An inspection somebody reported on: of a parcel chosen, or drawn and so standing for others.

    `otherwise` is the lane that a drawn parcel would have taken, "" of a chosen one.
    """

    propensity: float
    otherwise: str
    amounts: Amounts
    found: bool

    @classmethod
    def of(cls, example: Mapping[str, Any], found: bool) -> Self:  # noqa: FBT001 - a label
        """From an `example` of the control log. Raises `KeyError`, `TypeError` for what is none."""
        x = example["x"]
        amounts = 1.0, float(x["price_eur"]), x["price_eur"] * x["tax_rate"] / 100
        otherwise = example.get("otherwise", "")
        if otherwise not in {"", *PASSING}:
            raise TypeError(otherwise)
        return cls(float(example["propensity"]), otherwise, amounts, found)


class Estimates(NamedTuple):
    """What is known of a window, each with its interval; None where nobody can say.

    `parcels` are frauds that passed, by lane and in `ALL`; `share` those of all that passed. `value_eur` is what was
    declared for them, `duty_eur` the duty on that. `recall`: findings per fraud. `precision`: findings per inspection,
    `hit_rate` the same of those chosen and of those drawn.
    """

    parcels: Mapping[str, Interval | None]
    share: Mapping[str, Interval | None]
    value_eur: Interval | None
    duty_eur: Interval | None
    recall: Interval | None
    precision: Interval | None
    hit_rate: Mapping[str, Interval | None]

    @classmethod
    def of(cls, sums: Week) -> Self:
        """The estimates that follow from a week's sums, or a window's."""
        lanes = {**sums.passed, ALL: sum(sums.passed.values(), Passed())}
        share = {lane: passed.drawn[0].share() for lane, passed in lanes.items()}
        parcels, value_eur, duty_eur = (
            _times(sample.share(), amount) for sample, amount in zip(lanes[ALL].drawn, lanes[ALL].amounts, strict=True)
        )
        inspected = sums.chosen + sums.drawn
        return cls(
            parcels={lane: _times(share[lane], passed.amounts[0]) for lane, passed in lanes.items()},
            share=share,
            value_eur=value_eur,
            duty_eur=duty_eur,
            recall=_recall(inspected.found, parcels),
            precision=inspected.rate(),
            hit_rate={"RISK": sums.chosen.rate(), "RANDOM": sums.drawn.rate()},
        )


def _recall(found: int, missed: Interval | None) -> Interval | None:
    """Found of all there were: the more was missed, the less."""
    if missed is None or not found + missed.upper:
        return None
    return Interval(*(found / (found + bound) if found else 0.0 for bound in (missed[0], missed[2], missed[1])))


def _times(share: Interval | None, amount: float) -> Interval | None:
    return None if share is None else share.times(max(amount, 0.0))


def _sum(ours: Any, others: Any) -> Any:
    return tuple(a + b for a, b in zip(ours, others, strict=True))
