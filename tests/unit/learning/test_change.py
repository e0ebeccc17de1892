"""A border on which fraudsters change their habits half-way, lived through week by week."""

from statistics import mean

import pytest

from streams.control import Control
from streams.learning.settings import LearningSettings
from streams.models import build
from tests.learning_loop import WEEK_MS, Border, borders, by_week

CHANGE_WEEK, WEEKS, A_DAY, SEEDS = 6, 10, 300, (2, 4, 6)


def lived(change_week: float, seed: int, weeks: int = WEEKS) -> tuple[Border, dict[int, float]]:
    """The border, and the precision of what the model chose in each week: the lot is answer enough to the change."""
    border = Border(Control(build(), learning=LearningSettings()), 0.1, seed=seed)
    inspected = border.run(borders(weeks, A_DAY, change_week, seed), 2 * WEEK_MS)
    return border, by_week(each for each in inspected if each.selected_by == "RISK")


@pytest.fixture(scope="module", params=SEEDS)
def turned(request: pytest.FixtureRequest) -> tuple[Border, dict[int, float]]:
    return lived(CHANGE_WEEK, request.param)


def test_a_change_of_habits_is_detected_and_told_within_a_week_and_answered(
    turned: tuple[Border, dict[int, float]],
) -> None:
    border, _ = turned
    told = [alert for alert in border.alerts if "hit rate" in alert["title"]]

    assert told[0]["state"] == "RAISED"
    assert CHANGE_WEEK * WEEK_MS < border.since_ms(told[0]) < (CHANGE_WEEK + 1) * WEEK_MS + 3 * 86_400_000
    assert "multiplied by 2" in told[0]["title"]
    assert max(border.explored) == 2.0


def test_precision_is_back_within_a_tenth_of_its_level_in_four_weeks(
    turned: tuple[Border, dict[int, float]],
) -> None:
    border, weeks = turned
    level = mean(weeks[week] for week in range(3, CHANGE_WEEK))

    assert weeks[CHANGE_WEEK] < 0.3 * level, "the change hurts, or this shows nothing"
    assert weeks[CHANGE_WEEK + 3] >= 0.9 * level
    assert border.control.model_name.startswith("target-bayes")
    assert not border.control.lessons.guard.suspects, "offices are no suspects because the world has turned"


def test_in_a_steady_world_nothing_is_detected_and_nobody_takes_over() -> None:
    border, _ = lived(change_week=1e9, seed=4, weeks=5)

    assert border.alerts == []
    assert border.control.model_name == "target-bayes"
