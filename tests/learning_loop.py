"""A border in memory for the tests of learning: parcels decided one by one, labels late and only of what was inspected.

The policy is the engine's in short: the highest scores within the budget, and a random share of it. Labels go through
the fold of the control log as examples, as the risk shards write them.
"""

import random
from collections import deque
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson

from config.settings import load
from streams.control import Control
from streams.intake.times import epoch_ms
from streams.log import Effects, LogRecord
from streams.risk.telling import tell
from streams.topics import ALERTS
from tests.quality.histories import rows, version

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
OFFICERS = 20  # of an office


class Parcel(NamedTuple):
    """What comes to the border, and what is true of it."""

    at_ms: int
    office: str
    x: dict[str, Any]
    found: bool


class Inspected(NamedTuple):
    """A parcel that was selected, by RISK or RANDOM, and what is true of it."""

    at_ms: int
    office: str
    selected_by: str
    found: bool


Lie = Callable[[Parcel, str], bool]  # what the officer reports instead of what is true


def honest(parcel: Parcel, _officer: str) -> bool:
    return parcel.found


class Border:
    """Runs parcels past `control` under a budget."""

    def __init__(
        self, control: Control, budget: float, *, random_share: float = 0.1, report: Lie = honest, seed: int = 0
    ) -> None:
        self.control = control
        self.budget, self.random_share, self.report = budget, random_share, report
        self.lot = random.Random(seed)
        self.reports: list[bool] = []  # whether each was a lie
        self.alerts: list[dict[str, Any]] = []
        self.inspected: list[Inspected] = []
        self._scores: deque[float] = deque(maxlen=2_000)
        self.explored: set[float] = set()
        self._told_ms = 0
        self._due: deque[tuple[int, dict[str, Any]]] = deque()
        self._threshold = 1.0
        self._decided = 0

    def run(self, parcels: Iterable[Parcel], warm_up_ms: int = 0) -> list[Inspected]:
        """All inspections of `parcels`; until `warm_up_ms` everything is inspected, but not told."""
        inspected = []
        for parcel in parcels:
            self._learn(parcel.at_ms)
            selected_by = self._select(parcel)
            if parcel.at_ms < warm_up_ms:
                self._inspect(parcel, selected_by or "NONE")
            elif selected_by:
                self._inspect(parcel, selected_by)
                inspected.append(Inspected(parcel.at_ms, parcel.office, selected_by, parcel.found))
        return inspected

    def say(self, said: dict[str, Any], at_ms: int) -> None:
        """Append to the control log."""
        self.control.fold(LogRecord(0, self.control.offset, at_ms, None, orjson.dumps(said)))

    @staticmethod
    def since_ms(alert: dict[str, Any]) -> int:
        """When an alert was raised."""
        return epoch_ms(alert["raisedAt"])

    def _select(self, parcel: Parcel) -> str:
        score = self.control.model.score_one(parcel.x)
        self.explored.add(self.control.exploring)
        drawn = min(self.random_share * self.control.exploring, 0.5) * self.budget
        self._scores.append(score + self.lot.random() * 1e-6)
        self._decided += 1
        if self._decided % 25 == 0:
            self._threshold = float(np.quantile(self._scores, 1 - (self.budget - drawn)))
        if self._scores[-1] >= self._threshold:
            return "RISK"
        return "RANDOM" if self.lot.random() < drawn / (1 - self.budget + drawn) else ""

    def _inspect(self, parcel: Parcel, selected_by: str) -> None:
        officer = f"p1{self.lot.randrange(OFFICERS):02d}"
        y = self.report(parcel, officer)
        self.reports.append(y is not parcel.found)
        said = {
            "kind": "example", "decisionId": f"dec-{len(self.reports)}", "x": parcel.x, "y": y,
            "office": parcel.office, "officer": officer, "selectedBy": selected_by,
        }  # fmt: skip
        self._due.append((parcel.at_ms + 3 * DAY_MS, said))

    def _learn(self, until_ms: int) -> None:
        while self._due and self._due[0][0] <= until_ms:
            due_ms, said = self._due.popleft()
            self.say({"kind": "tick"}, due_ms)
            self._tell(due_ms)
            self.say(said, due_ms)

    def _tell(self, at_ms: int) -> None:
        """Write what the risk shard of partition 0 writes at a tick."""
        effects = Effects()
        tell(self.control, self._told_ms, self.control.now_ms, "customs", effects)
        self._told_ms = self.control.now_ms
        for output in effects.outputs:
            said = orjson.loads(output.value or b"")
            if output.topic == ALERTS:
                self.alerts.append(said)
            else:
                self.say(said, at_ms)


@cache
def public_declarations(folder: Path, variant: str = "full") -> list[Parcel]:
    """The public customs data as a border, in time order."""
    made = version(variant, rows(folder, load().euro_rates))
    return [Parcel(row.at_ms, row.manifest["parcels"][0]["declaration"]["officeId"], row.x, row.found) for row in made]


def precision(inspected: Iterable[Inspected]) -> float:
    """Of what was selected by risk or lot."""
    found = [each.found for each in inspected]
    return sum(found) / len(found) if found else 0.0


def borders(weeks: int, a_day: int = 200, change_week: float = 1e9, seed: int = 0) -> list[Parcel]:
    """A made-up border: of 40 goods codes and 8 origins, fraudsters like few, and from `change_week` on others."""
    rng = random.Random(seed)
    codes = [f"{number:06}" for number in range(610_000, 650_000, 1_000)]
    origins = ["CN", "VN", "TR", "IN", "US", "BR", "PK", "AE"]
    parcels = []
    for number in range(weeks * 7 * a_day):
        at_ms = number * DAY_MS // a_day
        hs, origin = rng.choice(codes), rng.choice(origins)
        liked = codes[:6] if at_ms < change_week * WEEK_MS else codes[20:26]
        found = rng.random() < (0.7 if hs in liked and origin in origins[:5] else 0.02)
        mass, price = round(rng.lognormvariate(0, 1), 2), round(rng.lognormvariate(3, 1), 2)
        x = {
            "hs": hs, "origin": origin, "departure": origin, "seller": f"s{rng.randrange(2_000)}",
            "mass_kg": mass, "price_eur": price, "tax_rate": 8.0,
        }  # fmt: skip
        parcels.append(Parcel(at_ms, f"O{rng.randrange(4)}", x, found))
    return parcels


def by_week(inspected: Iterable[Inspected]) -> dict[int, float]:
    """Precision of each week."""
    weeks: dict[int, list[Inspected]] = {}
    for each in inspected:
        weeks.setdefault(each.at_ms // WEEK_MS, []).append(each)
    return {week: precision(each) for week, each in sorted(weeks.items())}
