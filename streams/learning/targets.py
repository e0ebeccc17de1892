"""Targets that the selection is measured against, and what is told when one is missed.

With few drawn parcels an estimate jumps about, so a target counts as missed only when the whole interval lies on the
wrong side of it: then it is missed, with 97.5 % certainty. It is met again when the estimate is.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from streams.learning.leakage import Interval
from streams.learning.notices import Notices
from streams.learning.weeks import ALL, Estimates
from streams.state.members import Place

SEVERITY = "WARNING"


@dataclass(frozen=True, slots=True)
class Targets:
    """Shares from 0 to 1 over 13 weeks; None: no such target.

    `leakage` is the most that may be fraudulent of what passes, `random_hit_rate` of what is drawn; `recall` and
    `precision` are the least that inspections should find, of all frauds and of all they look at.
    """

    leakage: float | None = None
    random_hit_rate: float | None = None
    recall: float | None = None
    precision: float | None = None


@dataclass(frozen=True, slots=True)
class Sense:
    """What a target is about: in words, whether it is a ceiling, and where the figure stands."""

    words: str
    at_most: bool

    def missed(self, figure: Interval, target: float) -> bool:
        """Beyond doubt."""
        return figure.lower > target if self.at_most else figure.upper < target

    def met(self, figure: Interval, target: float) -> bool:
        """As far as the estimate goes."""
        return figure.estimate <= target if self.at_most else figure.estimate >= target


SENSES: Mapping[str, Sense] = {
    "leakage": Sense("Frauds among parcels that passed", at_most=True),
    "random_hit_rate": Sense("Finds among parcels drawn at random", at_most=True),
    "recall": Sense("Frauds found of all there were", at_most=False),
    "precision": Sense("Finds among inspected parcels", at_most=False),
}


def figure_of(target: str, estimates: Estimates) -> Interval | None:
    """What is measured against a target."""
    match target:
        case "leakage":
            return estimates.share[ALL]
        case "random_hit_rate":
            return estimates.hit_rate["RANDOM"]
        case "recall":
            return estimates.recall
    return estimates.precision


class Judge:
    """Looks whether targets are met, and notices when one is missed and when it is met again.

    `missed` maps a target to what is about it in notices, for as long as it is missed.
    """

    def __init__(self, targets: Targets, notices: Notices) -> None:
        self.missed: dict[str, str] = {}
        self._targets = {of.name: value for of in fields(targets) if (value := getattr(targets, of.name)) is not None}
        self._notices = notices

    def look(self, estimates: Estimates, place: Place) -> None:
        """Compare what is estimated at `place` with all targets. What cannot be said changes nothing."""
        for name, target in self._targets.items():
            figure = figure_of(name, estimates)
            if figure is None:
                continue
            if name not in self.missed and SENSES[name].missed(figure, target):
                self.missed[name] = f"target/{name}/{place.offset}"
                self._notice(name, "RAISED", figure, place)
            elif name in self.missed and SENSES[name].met(figure, target):
                self._notice(name, "CLEARED", figure, place)
                del self.missed[name]
        self._give_up_targets_that_are_gone(place)

    def figures(self) -> Iterator[tuple[tuple[str, ...], float]]:
        """What operators see of it (`agents.metrics.GAUGES`)."""
        for name, target in self._targets.items():
            yield ("target_ratio", name), target
            yield ("target_missed", name), float(name in self.missed)

    def _give_up_targets_that_are_gone(self, place: Place) -> None:
        for name in self.missed.keys() - self._targets.keys():
            about = self.missed.pop(name)
            self._notices.add(place, about, "CLEARED", SEVERITY, f"{SENSES[name].words}: no target is set any more")

    def _notice(self, name: str, state: str, figure: Interval, place: Place) -> None:
        sense, target = SENSES[name], self._targets[name]
        found = f"{figure.estimate:.1%} (between {figure.lower:.1%} and {figure.upper:.1%})"
        wanted = f"{'at most' if sense.at_most else 'at least'} {target:.1%}"
        title = f"{sense.words}: {found} over 13 weeks, {'wanted' if state == 'RAISED' else 'as wanted,'} {wanted}"
        reason = {
            "code": f"TARGET_{name.upper()}",
            "source": "RANDOM",
            "text": f"{title}. Estimated from the parcels inspected at random: docs/leakage.md.",
            "value": round(figure.estimate, 4),
            "normal": target,
        }
        self._notices.add(place, self.missed[name], state, SEVERITY, title, reasons=[reason])
