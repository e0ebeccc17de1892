"""Measures of a selection: what inspecting the highest scores would have found.

Equal scores have no order, so whatever depends on one is the mean over all orders: exact, and without luck.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

SHARES = (0.01, 0.05, 0.10)
BINS = 15

Floats = NDArray[np.float64]


class Quality(NamedTuple):
    """What a selection is worth. Mappings go from the share inspected to a share of 0 to 1.

    `precision`: findings per inspection. `recall`: findings per fraud. `revenue`: revenue at stake in what was found,
    of that in all frauds. `auc` is None where all labels are equal.
    """

    declarations: int
    frauds: int
    auc: float | None
    precision: Mapping[float, float]
    recall: Mapping[float, float]
    revenue: Mapping[float, float]

    def as_json(self) -> dict[str, Any]:
        """With shares as whole percents, `"1"`, `"5"` and `"10"`, and figures to four decimals."""
        record: dict[str, Any] = {"declarations": self.declarations, "frauds": self.frauds}
        record["auc"] = None if self.auc is None else round(self.auc, 4)
        for name in ("precision", "recall", "revenue"):
            record[name] = {f"{share:.0%}"[:-1]: round(value, 4) for share, value in getattr(self, name).items()}
        return record


def evaluate(
    scores: Sequence[float], labels: Sequence[bool], revenues: Sequence[float], shares: Sequence[float] = SHARES
) -> Quality:
    """Quality of inspecting the highest `scores`. `revenues` are what is at stake in each, in any unit.

    >>> quality = evaluate([0.9, 0.8, 0.2, 0.1], [True, False, True, False], [30.0, 0.0, 10.0, 0.0], shares=[0.5])
    >>> quality.auc, quality.precision, quality.recall, quality.revenue
    (0.75, {0.5: 0.5}, {0.5: 0.5}, {0.5: 0.75})
    """
    ranks, found = np.asarray(scores, dtype=float), np.asarray(labels, dtype=float)
    at_stake = found * np.asarray(revenues, dtype=float)
    inspected = {share: round(share * len(ranks)) for share in shares}
    caught = {share: expected_sum(ranks, found, count) for share, count in inspected.items()}
    return Quality(
        declarations=len(ranks),
        frauds=int(found.sum()),
        auc=auc(scores, labels),
        precision={share: _ratio(caught[share], count) for share, count in inspected.items()},
        recall={share: _ratio(caught[share], found.sum()) for share in shares},
        revenue={
            share: _ratio(expected_sum(ranks, at_stake, count), at_stake.sum()) for share, count in inspected.items()
        },
    )


def auc(scores: Sequence[float], labels: Sequence[bool]) -> float | None:
    """Probability that a fraud scores higher than another; ties count half. None where there is only one kind.

    >>> auc([0.5, 0.5], [True, False]), auc([0.1, 0.9], [True, True])
    (0.5, None)
    """
    ranks, found = np.asarray(scores, dtype=float), np.asarray(labels, dtype=bool)
    if found.all() or not found.any():
        return None
    won = stats.mannwhitneyu(ranks[found], ranks[~found]).statistic
    return float(won / (found.sum() * (~found).sum()))


def expected_sum(scores: Floats, values: Floats, count: int) -> float:
    """Sum of the `values` of the `count` highest scores; of equal scores at the edge, their fair share.

    >>> expected_sum(np.array([0.9, 0.5, 0.5, 0.5]), np.array([1.0, 1.0, 0.0, 0.5]), 2)
    1.5
    """
    if not 0 < count <= len(scores):
        return 0.0
    edge = np.partition(scores, -count)[-count]
    above, tied = scores > edge, scores == edge
    return float(values[above].sum() + values[tied].mean() * (count - above.sum()))


def calibration_error(scores: Sequence[float], labels: Sequence[bool], bins: int = BINS) -> float:
    """Expected calibration error: mean distance between predicted and real rate over equal bins of probability.

    >>> calibration_error([0.25] * 4, [True, False, False, False]), calibration_error([1.0, 1.0], [False, False])
    (0.0, 1.0)
    """
    predicted = np.asarray(scores, dtype=float)
    surplus = predicted - np.asarray(labels, dtype=float)
    per_bin = np.bincount(np.minimum((predicted * bins).astype(int), bins - 1), weights=surplus)
    return _ratio(np.abs(per_bin).sum(), len(predicted))


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0
