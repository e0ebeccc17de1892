"""The public declarations in three versions, for most of any score on them is memory of goods that come again."""

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from agents.backtest.scoring import filing
from agents.convert import kcs
from streams.features import HsMoments, risk_features
from streams.intake.times import epoch_ms
from streams.models.blocklist import fingerprint

THIN = 0.0758  # the share of frauds that is left in the thin version
WEEK_MS = 7 * 86_400_000


class Row(NamedTuple):
    """One declaration: as published, as an officer finds it, and as a model sees it."""

    manifest: dict[str, Any]
    outcome: dict[str, Any]
    at_ms: int
    x: dict[str, Any]

    @property
    def found(self) -> bool:
        return bool(self.outcome["result"] == "NON_CONFORM")


def rows(folder: Path, euro_rates: dict[str, float]) -> list[Row]:
    """All declarations of `folder` in time order."""
    made = []
    for name in ("declarations_train.csv", "declarations_valid.csv"):
        for manifest, outcome in kcs.declarations().examples(folder / name):
            x = risk_features(filing(manifest), euro_rates)
            made.append(Row(manifest, outcome or {}, epoch_ms(manifest["submittedAt"]), x))
    return made


def full(declarations: Sequence[Row]) -> list[Row]:
    """As they are: 68 % repeat the goods code, mass and price of an earlier one."""
    return list(declarations)


def dedup(declarations: Sequence[Row]) -> list[Row]:
    """Only the first of each goods code, mass and price: nothing to remember goods by."""
    seen: dict[tuple[Any, ...], Row] = {}
    for row in declarations:
        seen.setdefault(fingerprint(row.x), row)
    return list(seen.values())


def thin(declarations: Sequence[Row]) -> list[Row]:
    """Frauds dropped by lot until they are as rare as `THIN`; the same lot in every run."""
    guilty = [number for number, row in enumerate(declarations) if row.found]
    clean = len(declarations) - len(guilty)
    kept = set(random.Random(0).sample(guilty, round(THIN / (1 - THIN) * clean)))
    return [row for number, row in enumerate(declarations) if not row.found or number in kept]


def version(name: str, declarations: Sequence[Row]) -> list[Row]:
    """One of `VARIANTS`, with how unusual each declaration is among those before it."""
    moments = HsMoments()
    return [row._replace(x=row.x | moments.prequential_one(row.x)) for row in VARIANTS[name](declarations)]


VARIANTS: dict[str, Callable[[Sequence[Row]], list[Row]]] = {"full": full, "dedup": dedup, "thin": thin}


def week_of(row: Row, first: Row) -> int:
    return (row.at_ms - first.at_ms) // WEEK_MS
