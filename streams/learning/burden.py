"""Who bears inspections: how often parcels are selected, and how often in vain, by origin, provider and seller size.

Unequal need not mean unfair, for fraud is unequal too. What cannot be defended is to select some more often and find
less: a high selection rate beside a high error rate.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from streams.learning.leakage import CONFIDENCE, Interval, clopper_pearson

ORIGIN, PROVIDER, SELLER = "origin", "provider", "seller size"
SIZES = ((1, "1 parcel"), (10, "2 to 10"), (100, "11 to 100"))
LARGEST, UNKNOWN, OTHERS = "over 100", "unknown", "others"
MAX_GROUPS = 1_000_000  # of a kind; those who come later are counted together


@dataclass(slots=True)
class Tally:
    """Parcels of one group: decided, selected for inspection, reported on, and found to be in order."""

    decided: int = 0
    selected: int = 0
    reported: int = 0
    in_order: int = 0

    def add(self, other: "Tally", times: int = 1) -> None:
        self.decided += times * other.decided
        self.selected += times * other.selected
        self.reported += times * other.reported
        self.in_order += times * other.in_order


class Row(NamedTuple):
    """A group: `selection`, the share of its parcels that is inspected; `error`, the share of that in vain.

    The `unequal` rates are those that differ from all other groups' more than chance explains, however many groups
    are looked at.
    """

    kind: str
    group: str
    parcels: int
    selection: Interval
    error: Interval | None
    unequal: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        record: dict[str, Any] = {"by": self.kind, "group": self.group, "parcels": self.parcels}
        for name, rate in (("selectionRate", self.selection), ("errorRate", self.error)):
            record[name] = rate and {bound: round(value, 6) for bound, value in rate._asdict().items()}
        return record | {"unequal": list(self.unequal)}


@dataclass(slots=True)
class Burden:
    """Counts parcels by group.

    Memory: some 200 bytes a group; sellers are many, so at most `max_groups` of a kind are told apart.

    >>> burden = Burden()
    >>> for number in range(200):
    ...     selected = number < 20 if number % 2 else number < 120
    ...     burden.add("CN" if number % 2 else "FR", "POST", "", selected=selected, found=False if selected else None)
    >>> [(row.group, round(row.selection.estimate, 2), row.unequal) for row in burden.rows() if row.kind == ORIGIN]
    [('CN', 0.1, ('selection',)), ('FR', 0.6, ('selection',))]
    """

    max_groups: int = MAX_GROUPS
    _tallies: dict[str, dict[str, Tally]] = field(default_factory=lambda: defaultdict(dict))

    def add(self, origin: str, provider: str, seller: str, *, selected: bool, found: bool | None) -> None:
        """Count a decided parcel. `found` is what its inspection said, None where nothing was reported yet."""
        reported = selected and found is not None
        one = Tally(1, selected, reported, reported and not found)
        for kind, group in ((ORIGIN, origin), (PROVIDER, provider), (SELLER, seller)):
            self._of(kind, group or UNKNOWN).add(one)

    def rows(self) -> Iterator[Row]:
        """One row a group, kind by kind, those with most parcels first."""
        for kind in (ORIGIN, PROVIDER, SELLER):
            groups = self._tallies[kind] if kind != SELLER else self._sizes()
            whole = Tally()
            for tally in groups.values():
                whole.add(tally)
            for group, tally in sorted(groups.items(), key=lambda item: (-item[1].decided, item[0])):
                yield _row(kind, group, tally, whole, 1 - (1 - CONFIDENCE) / (2 * len(groups)))

    def _of(self, kind: str, group: str) -> Tally:
        tallies = self._tallies[kind]
        name = group if group in tallies or len(tallies) < self.max_groups else OTHERS
        return tallies.setdefault(name, Tally())

    def _sizes(self) -> Mapping[str, Tally]:
        sizes: dict[str, Tally] = defaultdict(Tally)
        for seller, tally in self._tallies[SELLER].items():
            sizes[seller if seller in {UNKNOWN, OTHERS} else size_of(tally.decided)].add(tally)
        return sizes


def size_of(parcels: int) -> str:
    """The class of a seller who sent so many.

    >>> size_of(1), size_of(100), size_of(101)
    ('1 parcel', '11 to 100', 'over 100')
    """
    return next((size for most, size in SIZES if parcels <= most), LARGEST)


def _row(kind: str, group: str, tally: Tally, whole: Tally, confidence: float) -> Row:
    others = Tally()
    others.add(whole)
    others.add(tally, -1)
    rates = {
        "selection": (tally.selected, tally.decided, others.selected, others.decided),
        "error": (tally.in_order, tally.reported, others.in_order, others.reported),
    }
    unequal = tuple(name for name, counts in rates.items() if _differs(*counts, confidence))
    error = clopper_pearson(tally.in_order, tally.reported) if tally.reported else None
    return Row(kind, group, tally.decided, clopper_pearson(tally.selected, tally.decided), error, unequal)


def _differs(part: int, of: int, others_part: int, others_of: int, confidence: float) -> bool:
    """Whether two rates differ beyond doubt: their intervals lie apart."""
    if not of or not others_of:
        return False
    ours, theirs = clopper_pearson(part, of, confidence), clopper_pearson(others_part, others_of, confidence)
    return ours.lower > theirs.upper or ours.upper < theirs.lower
