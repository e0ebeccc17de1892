"""What a closed loop came to, week by week: what was found, what slipped through, and what the engine believes did."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from agents.backtest.selective import Decided
from streams.learning.weeks import ALL, MONDAY_MS, WEEK_MS, Estimates, Inspected, Week, week_of

WINDOW = 13  # weeks
Examples = Mapping[str, Mapping[str, Any]]  # of the control log, by decision


@dataclass(slots=True)
class Tally:
    """Sums of some declarations. The truth is known only where each of them has a label; `inspected` without one are
    left out of precision.

    `known` is what the engine itself could know of them: the same sums that it keeps while it runs.
    """

    declarations: int = 0
    inspected: int = 0
    drawn: int = 0
    labelled: int = 0
    judged: int = 0
    found: int = 0
    frauds: int = 0
    revenue_eur: float = 0.0
    revenue_found_eur: float = 0.0
    known: Week = field(default_factory=Week)

    def add(self, decided: Decided, example: Mapping[str, Any] | None) -> None:
        """Count in a declaration, and the example that an officer's report of it became, if there is one."""
        fraud, inspected = bool(decided.found), decided.inspected
        self.declarations += 1
        self.inspected += inspected
        self.drawn += decided.selected_by == "RANDOM"
        self.labelled += decided.found is not None
        self.judged += inspected and decided.found is not None
        self.frauds += fraud
        self.found += inspected and fraud
        self.revenue_eur += decided.revenue_eur * fraud
        self.revenue_found_eur += decided.revenue_eur * (inspected and fraud)
        self.known.pass_by(decided.lane, (1.0, 0.0, decided.revenue_eur))
        if inspected and example is not None:
            self.known.inspect(Inspected.of(example, example["y"]))

    def as_json(self) -> dict[str, Any]:
        """Shares of 0 to 1, None where nobody knows; `missed` are frauds not inspected."""
        true = self.labelled == self.declarations
        return {
            "declarations": self.declarations,
            "inspected": self.inspected,
            "drawn": self.drawn,
            "found": self.found,
            "precision": _share(self.found, self.judged),
            "recall": _share(self.found, self.frauds) if true else None,
            "revenue": _share(self.revenue_found_eur, self.revenue_eur) if true else None,
            "missed": self.missed(),
        }

    def missed(self) -> dict[str, float | None]:
        """Frauds that nobody inspected: how many there were, and what the lot says, with a 95 % interval."""
        interval = Estimates.of(self.known).parcels[ALL]
        estimate, lower, upper = (round(bound, 1) for bound in interval) if interval else (None, None, None)
        true = self.frauds - self.found if self.labelled == self.declarations else None
        return {"true": true, "estimated": estimate, "lower": lower, "upper": upper}


def report(decided: Iterable[Decided], examples: Examples) -> dict[str, Any]:
    """Weeks (Monday to Sunday, those after the warm-up) and their total, each as `Tally.as_json` tells.

    One week holds a handful of drawn inspections, too few to say much; so each line tells of the `WINDOW` to it, too.
    """
    weeks: dict[int, Tally] = {}
    for declaration in decided:
        if not declaration.warm_up:
            tally = weeks.setdefault(week_of(declaration.at_ms), Tally())
            tally.add(declaration, examples.get(declaration.decision_id))
    lines = []
    for week, tally in weeks.items():
        window = _sum([weeks[near] for near in range(week - WINDOW + 1, week + 1) if near in weeks])
        lines.append({"from": monday(week), **tally.as_json(), "missed_13_weeks": window.missed()})
    return {"weeks": lines, "total": _sum(list(weeks.values())).as_json()}


def monday(week: int) -> str:
    """The first day of a week, as `streams.learning.weeks` counts them.

    >>> monday(0), monday(1)
    ('1969-12-29', '1970-01-05')
    """
    return datetime.fromtimestamp((week * WEEK_MS - MONDAY_MS) / 1000, UTC).date().isoformat()


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def _sum(tallies: Sequence[Tally]) -> Tally:
    added = Tally()
    for name in Tally.__slots__:
        setattr(added, name, sum((getattr(tally, name) for tally in tallies), getattr(added, name)))
    return added
