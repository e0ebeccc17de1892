"""Measures of a selection, where they are easy to get wrong: ties, edges, nothing to find."""

from itertools import permutations
from random import Random

import numpy as np
import pytest

from streams.learning import auc, calibration_error, evaluate
from streams.learning.evaluation import expected_sum


def test_auc_is_the_share_of_pairs_in_the_right_order() -> None:
    rng = Random(1)
    scores = [round(rng.random(), 1) for _ in range(200)]  # many ties
    labels = [rng.random() < score for score in scores]
    pairs = [
        (bad > good) + 0.5 * (bad == good)
        for bad, guilty in zip(scores, labels, strict=True)
        if guilty
        for good, also in zip(scores, labels, strict=True)
        if not also
    ]
    assert auc(scores, labels) == pytest.approx(sum(pairs) / len(pairs))


def test_equal_scores_share_what_an_order_among_them_would_decide() -> None:
    scores, values = np.array([0.9, 0.5, 0.5, 0.5, 0.1]), [1.0, 8.0, 0.0, 1.0, 4.0]
    for count in range(1, 6):
        tops = [sum([values[0], *middle, values[4]][:count]) for middle in permutations(values[1:4])]
        assert expected_sum(scores, np.array(values), count) == pytest.approx(sum(tops) / len(tops))


def test_the_order_of_history_does_not_flatter_a_score_that_knows_nothing() -> None:
    labels = [True] * 50 + [False] * 50
    quality = evaluate([0.5] * 100, labels, [1.0] * 100)
    assert quality.auc == 0.5
    assert set(quality.precision.values()) == {0.5}
    assert quality.recall == {0.01: 0.01, 0.05: 0.05, 0.10: 0.10}


def test_a_perfect_score_finds_all_it_may() -> None:
    labels = [False] * 90 + [True] * 10
    quality = evaluate([float(label) for label in labels], labels, [2.0] * 100)
    assert (quality.auc, quality.precision[0.05], quality.recall[0.05], quality.revenue[0.1]) == (1.0, 1.0, 0.5, 1.0)


@pytest.mark.parametrize("labels", [[], [False, False], [True, True]])
def test_histories_without_contrast_are_measured_as_far_as_they_can_be(labels: list[bool]) -> None:
    quality = evaluate([0.5] * len(labels), labels, [1.0] * len(labels), shares=[0.5])
    assert quality.auc is None
    assert quality.precision == {0.5: float(bool(labels and all(labels)))}


def test_revenue_counts_frauds_only() -> None:
    quality = evaluate([0.9, 0.8, 0.1, 0.0], [False, True, True, False], [1e9, 3.0, 1.0, 1e9], shares=[0.5])
    assert quality.revenue == {0.5: 0.75}


def test_json_names_shares_by_percent() -> None:
    record = evaluate([0.9, 0.1], [True, False], [1.0, 1.0]).as_json()
    assert record["precision"].keys() == record["recall"].keys() == record["revenue"].keys() == {"1", "5", "10"}


def test_calibration_error_sees_scores_that_are_too_sure() -> None:
    rng = Random(2)
    rates = [rng.random() for _ in range(5_000)]
    labels = [rng.random() < rate for rate in rates]
    too_sure = [min(max(2 * rate - 0.5, 0.0), 1.0) for rate in rates]
    assert calibration_error(rates, labels) < 0.03
    assert calibration_error(too_sure, labels) > 0.1


def test_calibration_of_nothing_is_no_error() -> None:
    assert calibration_error([], []) == 0.0
