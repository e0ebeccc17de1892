"""What inspecting a share of the declarations costs, whom it delays, and what it brings in."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from agents.backtest.selective import Decided


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What a history cannot tell: configuration (`[report]`), stated on the page. `duty_share` is 0 to 1.

    A finding brings in `duty_share` of the duty on the declared value: that is what a history has, not what was evaded.
    """

    minutes_red: float
    minutes_yellow: float
    officer_eur_per_hour: float
    delay_days_red: float
    delay_days_yellow: float
    duty_share: float

    def hours(self, lane: str) -> float:
        """An officer's hours for one declaration in this lane."""
        return {"RED": self.minutes_red, "YELLOW": self.minutes_yellow}.get(lane, 0.0) / 60

    def delay_days(self, lane: str) -> float:
        return {"RED": self.delay_days_red, "YELLOW": self.delay_days_yellow}.get(lane, 0.0)

    def as_json(self) -> dict[str, float]:
        return asdict(self)


def costs(decided: Sequence[Decided], assumed: Assumptions) -> dict[str, Any]:
    """Of what was decided under one budget: `net_eur` is the duty recovered less the officers' time.

    `break_even_precision` is the share of inspections that would have to find something to pay for them all, at the
    duty a finding brought in here; None where nothing was found.
    """
    inspected = [declaration for declaration in decided if declaration.inspected]
    found = [declaration for declaration in inspected if declaration.found]
    missed = [declaration for declaration in decided if declaration.found and not declaration.inspected]
    hours = sum(assumed.hours(declaration.lane) for declaration in inspected)
    officers_eur = hours * assumed.officer_eur_per_hour
    duty_eur = sum(declaration.revenue_eur for declaration in found) * assumed.duty_share
    honest = [declaration for declaration in inspected if declaration.found is False]
    return {
        "inspected": len(inspected),
        "rate": round(len(inspected) / len(decided), 4) if decided else 0.0,
        "precision": round(len(found) / len(inspected), 4) if inspected else 0.0,
        "officer_hours": round(hours, 1),
        "officers_eur": round(officers_eur, 2),
        "honest_inspected": len(honest),
        "honest_delay_days": round(sum(assumed.delay_days(declaration.lane) for declaration in honest), 1),
        "found": len(found),
        "duty_recovered_eur": round(duty_eur, 2),
        "missed": len(missed),
        "duty_missed_eur": round(sum(declaration.revenue_eur for declaration in missed) * assumed.duty_share, 2),
        "net_eur": round(duty_eur - officers_eur, 2),
        "break_even_precision": round(officers_eur / duty_eur * len(found) / len(inspected), 4) if duty_eur else None,
    }


def break_even(budgets: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """From which rate of inspections on one more costs more than it brings in; `budgets` are rising.

    What a step from one budget to the next adds is held against what it costs; between the last step that paid and the
    first that did not, the rate lies where the two lines meet. `rate` is None where no step paid (`below` the first
    rate) or all did (`above` the last).

    >>> break_even([{"rate": 0.05, "net_eur": 100.0}, {"rate": 0.1, "net_eur": 140.0}, {"rate": 0.2, "net_eur": 100.0}])
    {'rate': 0.125, 'below': None, 'above': None}
    """
    rates = [0.0, *(budget["rate"] for budget in budgets)]
    nets = [0.0, *(budget["net_eur"] for budget in budgets)]
    slopes = [
        ((rate + next_rate) / 2, (next_net - net) / (next_rate - rate))
        for (rate, net), (next_rate, next_net) in pairwise(zip(rates, nets, strict=True))
        if next_rate > rate
    ]
    if not slopes or slopes[0][1] <= 0:
        return {"rate": None, "below": rates[1] if slopes else None, "above": None}
    for (rate, slope), (next_rate, next_slope) in pairwise(slopes):
        if next_slope <= 0:
            crossing = rate + (next_rate - rate) * slope / (slope - next_slope)
            return {"rate": round(crossing, 4), "below": None, "above": None}
    return {"rate": None, "below": None, "above": rates[-1]}
