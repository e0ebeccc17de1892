"""The scorer keeps to what the benchmark's authors published of theirs, and agrees with a plain one."""

from math import exp
from random import Random

import pytest

from tests.nab.scorer import (
    FEW_FALSE_ALARMS,
    FEW_MISSED,
    OUTSIDE,
    STANDARD,
    Profile,
    Scored,
    at,
    best,
    probation,
    worth,
)

ROWS, WINDOW = 1000, (400, 499)


def told(*alarms: int, rows: int = ROWS, windows: tuple[tuple[int, int], ...] = (WINDOW,)) -> Scored:
    return Scored([float(row in alarms) for row in range(rows)], windows)


def test_silence_is_worth_nought_and_the_first_row_of_every_window_a_hundred() -> None:
    assert best([told()]).normalised == 0.0
    corpus = [told(400), told(200, 700, windows=((200, 249), (700, 749)))]
    for profile in (STANDARD, FEW_FALSE_ALARMS, FEW_MISSED):
        assert best(corpus, profile).normalised == pytest.approx(100.0)


def test_the_same_score_everywhere_is_as_good_as_silence() -> None:
    assert best([Scored([0.5] * ROWS, (WINDOW,))]).normalised == 0.0


def test_a_detection_halfway_through_its_window_earns_what_the_paper_says() -> None:
    value, _ = worth(ROWS, [WINDOW], STANDARD)
    assert value[450] * 0.98661 == pytest.approx(0.84828, abs=1e-4)


def test_a_false_alarm_costs_its_weight_unless_a_window_has_just_passed() -> None:
    value, window = worth(ROWS, [WINDOW], STANDARD)
    assert value[399] == value[999] == -0.11
    assert value[499 + 99] == pytest.approx(-0.11 * 0.98661, abs=1e-5)
    assert -0.02 < value[500] < 0
    assert set(window[400:500]) == {0}
    assert set(window[500:]) == set(window[:400]) == {OUTSIDE}


def test_only_the_best_detection_of_a_window_counts() -> None:
    assert at(1.0, [told(420, 430, 440)]) == at(1.0, [told(420)])


def test_a_missed_window_costs_twice_as_much_where_missing_is_dear() -> None:
    assert (at(1.0, [told()]).earned, at(1.0, [told()], FEW_MISSED).earned) == (-1.0, -2.0)


@pytest.mark.parametrize(("rows", "ignored"), [(1000, 150), (4032, 604), (5000, 750), (22695, 750)])
def test_the_first_rows_of_a_file_do_not_count(rows: int, ignored: int) -> None:
    assert probation(rows) == ignored
    window = ((rows - 50, rows - 1),)
    assert at(1.0, [told(*range(ignored), rows=rows, windows=window)]).earned == -1.0
    assert at(1.0, [told(ignored, rows=rows, windows=window)]).earned == pytest.approx(-1.11)


def test_one_threshold_serves_all_files() -> None:
    sure, unsure = (
        told(400),
        Scored([0.5 * (row == 400) + 0.6 * (row in (200, 210, 220)) for row in range(ROWS)], (WINDOW,)),
    )
    result = best([sure, unsure])
    assert (result.threshold, result.earned) == (0.5, pytest.approx(2 - 3 * 0.11))


def test_equal_scores_are_detected_together() -> None:
    both = Scored([0.7 * (row in (200, 400)) for row in range(ROWS)], (WINDOW,))
    assert best([both]).earned == pytest.approx(1 - 0.11)


def test_a_plain_scorer_that_tries_every_threshold_agrees() -> None:
    rng = Random(6)
    for profile in (STANDARD, FEW_FALSE_ALARMS, FEW_MISSED):
        files = [
            Scored([round(rng.random(), 2) for _ in range(rows)], windows)
            for rows, windows in ((300, ((100, 120),)), (200, ((60, 79), (150, 199))), (120, ()))
        ]
        thresholds = [1.1, *{score for file in files for score in file.scores}]
        assert best(files, profile).earned == pytest.approx(
            max(sum(plain(f, t, profile) for f in files) for t in thresholds)
        )


def plain(file: Scored, threshold: float, profile: Profile) -> float:
    """One file, row by row, as the paper describes it."""

    def sigmoid(position: float) -> float:
        return 2 / (1 + exp(5 * position)) - 1

    begin = int(0.15 * len(file.scores))
    alarms = [row for row in range(begin, len(file.scores)) if file.scores[row] >= threshold]
    earned = 0.0
    for first, last in file.windows:
        hits = [row for row in alarms if first <= row <= last]
        width = last - first + 1
        early = -(last - min(hits) + 1) / width if hits else 0.0
        earned += profile.found * sigmoid(early) / sigmoid(-1) if hits else -profile.missed
    for row in alarms:
        if any(first <= row <= last for first, last in file.windows):
            continue
        passed = [(first, last) for first, last in file.windows if last < row]
        behind = (row - passed[-1][1]) / (passed[-1][1] - passed[-1][0]) if passed else 3.0
        earned += profile.false_alarm * (sigmoid(behind) if behind < 3 else -1.0)
    return earned
