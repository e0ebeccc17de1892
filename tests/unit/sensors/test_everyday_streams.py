"""Where the benchmark is silent: what devices do all day must raise next to nothing, and what is new must be seen."""

import math
from collections.abc import Callable, Sequence
from random import Random

import pytest

from streams.sensors.detector import ShapeNovelty
from streams.sensors.pace import Pace
from streams.sensors.quantity import Spell
from tests.unit.sensors.events import SETTINGS, event, reading, run, said

DAY = 96  # readings of a day, one every quarter of an hour
LENGTH = 60 * DAY


def begun(values: Sequence[float]) -> list[int]:
    """Where episodes of unusual readings begin, with the settings as they come."""
    detector = ShapeNovelty(SETTINGS.warm_up_readings)
    habit = (SETTINGS.habit_caution, SETTINGS.habit_readings)
    spell = Spell(SETTINGS.alert_score, SETTINGS.calm_score, SETTINGS.calm_readings, *habit)
    return [place for place, value in enumerate(values) if spell.take(detector.step(value)) > 0]


def warm(n: int, rng: Random) -> float:
    return 20 + 5 * math.sin(2 * math.pi * n / DAY) + rng.gauss(0, 0.3)


QUIET: dict[str, Callable[[int, Random], float]] = {
    "a season of days": warm,
    "a season of days, and the slow one of a voyage": lambda n, rng: warm(n, rng) + 10 * math.sin(n / 1900),
    "a drift": lambda n, rng: 20 + n / 100 + rng.gauss(0, 0.3),
    "a defrost cycle": lambda n, rng: 5 + rng.gauss(0, 0.1) + 6 * (n % 48 < 3),
    "a fifth of the readings missing": lambda n, rng: math.nan if rng.random() < 0.2 else warm(n, rng),
    "a flat line": lambda _n, _rng: 5.0,
}


@pytest.mark.parametrize("name", QUIET)
def test_what_devices_do_all_day_raises_nothing(name: str) -> None:
    rng = Random(3)
    assert begun([QUIET[name](n, rng) for n in range(LENGTH)]) == []


@pytest.mark.parametrize("name", QUIET)
def test_and_yet_what_is_new_is_seen_at_once(name: str) -> None:
    rng = Random(3)
    values = [QUIET[name](n, rng) for n in range(3000)]
    low, high = min(filter(math.isfinite, values)), max(filter(math.isfinite, values))
    values[2900:2910] = [high + max(high - low, 1.0) / 2] * 10
    assert set(begun(values)) & set(range(2900, 2910))


def test_noise_alone_raises_at_most_one_episode_in_two_thousand_readings() -> None:
    for seed in range(3):
        rng = Random(seed)
        assert len(begun([rng.gauss(5, 0.2) for _ in range(6000)])) <= 3


def test_nothing_is_as_unusual_as_a_day_that_does_not_come() -> None:
    for seed in range(3):
        rng, detector = Random(seed), ShapeNovelty()
        values = [warm(n, rng) if n // DAY != 40 else rng.gauss(20, 0.3) for n in range(LENGTH)]
        scores = [detector.step(value) for value in values]
        assert scores.index(max(scores)) // DAY == 40


def told(gap_days: float, quiet_before: int = 40) -> list[tuple[str, str]]:
    """A device that measures days on end, says nothing for a while, and goes on where the day is then."""
    rng = Random(5)
    numbers = [*range(quiet_before * DAY), *range(int((quiet_before + gap_days) * DAY), int((50 + gap_days) * DAY))]
    return said(run(*(event(k, 15.0 * n, sensorReport=[reading(warm(n, rng))]) for k, n in enumerate(numbers))))


def test_days_of_nothing_are_no_anomaly_whatever_the_hour_at_which_readings_come_back() -> None:
    assert told(gap_days=5.5) == told(gap_days=5.25) == told(gap_days=0.0) == []


def test_readings_that_jump_within_their_usual_pace_are_one() -> None:
    rng = Random(5)
    numbers = [*range(40 * DAY), *range(40 * DAY + DAY // 2, 50 * DAY)]
    jumped = [event(k, 15.0 * k, sensorReport=[reading(warm(n, rng))]) for k, n in enumerate(numbers)]
    assert ("UNUSUAL_READINGS", "RAISED") in said(run(*jumped))


def test_a_silence_that_comes_every_night_is_a_habit() -> None:
    pace = Pace()
    days = [[day * 86_400.0 + n * 300 for n in range(150)] for day in range(10)]
    assert [sum(map(pace.resumes, day)) for day in days] == [0, 1, *[0] * 8]
