"""What every detector of the registry keeps to, in river's terms and ours."""

import math
import pickle
from random import Random

import orjson
import pytest

from streams.sensors.detector import DETECTORS, Announced, Detector, ShapeNovelty

KINDS = {
    **DETECTORS,
    "shape_novelty, hasty": lambda: ShapeNovelty(warm_up=50),
    "announced, talkative": lambda: Announced(ShapeNovelty(warm_up=50), quiet=10, half_life=100.0),
}


@pytest.fixture(params=KINDS)
def detector(request: pytest.FixtureRequest) -> Detector:
    return KINDS[request.param]()


def habit(length: int, seed: int = 7) -> list[float]:
    rng = Random(seed)
    return [20 + 5 * math.sin(i / 20) + rng.gauss(0, 0.3) for i in range(length)]


def learnt(detector: Detector, values: list[float]) -> Detector:
    for value in values:
        detector.learn_one({"value": value})
    return detector


def test_scores_lie_between_nought_and_one(detector: Detector) -> None:
    values = [*habit(500), 1e300, -1e300, 0.0, 5e-324, *habit(200), 1e308, -1e308]
    assert all(0.0 <= detector.step(value) <= 1.0 for value in values)


def test_scoring_learns_nothing(detector: Detector) -> None:
    learnt(detector, habit(600))
    before = pickle.dumps(detector)
    scores = {detector.score_one({"value": 90.0}) for _ in range(3)}
    assert len(scores) == 1
    assert pickle.dumps(detector) == before


def test_neither_verb_changes_what_it_is_given(detector: Detector) -> None:
    x = {"value": 21.0}
    detector.score_one(x)
    detector.learn_one(x)
    assert x == {"value": 21.0}


def test_a_step_is_a_score_and_then_a_lesson() -> None:
    for make in KINDS.values():
        apart, at_once = make(), make()
        for value in [*habit(500), *[40.0] * 30, *habit(100)]:
            score = apart.score_one({"value": value})
            apart.learn_one({"value": value})
            assert at_once.step(value) == score


def test_equal_pasts_give_equal_scores(detector: Detector) -> None:
    learnt(detector, habit(500))
    twin = pickle.loads(pickle.dumps(detector))  # noqa: S301 - our own bytes
    future = [*habit(100, seed=8), 60.0, *habit(50, seed=9)]
    assert [detector.step(value) for value in future] == [twin.step(value) for value in future]


def test_a_detector_restored_from_its_state_goes_on_as_if_nothing_had_happened() -> None:
    for length in (0, 1, 299, 300, 2_000):
        detector, restored, arrays = ShapeNovelty(), ShapeNovelty(), []
        learnt(detector, [*habit(length), *[value * 3 for value in habit(length // 4, seed=3)]])
        state = orjson.loads(orjson.dumps(detector.state(arrays)))
        restored.restore(state, iter([array.copy() for array in arrays]))
        assert pickle.dumps(restored) == pickle.dumps(detector)
        future = [*habit(300, seed=8), 60.0, *habit(50, seed=9)]
        assert [restored.step(value) for value in future] == [detector.step(value) for value in future]


def test_a_stranger_scores_higher_than_the_habit(detector: Detector) -> None:
    values = habit(700)
    usual = max([detector.step(value) for value in values][500:])
    assert max(detector.step(60.0) for _ in range(5)) > max(usual, 0.3)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, None])
def test_what_is_no_number_scores_nothing_and_teaches_nothing(detector: Detector, value: float) -> None:
    learnt(detector, habit(400))
    before = detector.score_one({"value": 33.0})
    assert detector.score_one({"value": value}) == 0.0
    detector.learn_one({"value": value})
    assert detector.score_one({}) == 0.0
    detector.learn_one({})
    assert detector.score_one({"value": 33.0}) == before


def test_the_unit_does_not_matter(detector: Detector) -> None:
    celsius = [*habit(500), 45.0, *habit(50)]
    other = pickle.loads(pickle.dumps(detector))  # noqa: S301 - our own bytes
    doubled = [other.step(2 * value + 32) for value in celsius]
    assert doubled == pytest.approx([detector.step(value) for value in celsius], abs=1e-6)


def test_one_wild_reading_blinds_it_for_no_time(detector: Detector) -> None:
    learnt(detector, [*habit(500), 1e6, *habit(400)])
    assert max(detector.step(45.0) for _ in range(10)) > 0.3


def test_a_pause_forgets_nothing_but_what_was_begun(detector: Detector) -> None:
    learnt(detector, habit(700))
    detector.pause()
    usual = [detector.step(value) for value in habit(300, seed=4)]
    assert max(usual) < 0.35
    assert max(detector.step(60.0) for _ in range(5)) > 0.3


def test_memory_is_bounded(detector: Detector) -> None:
    rng = Random(3)
    sizes = []
    for _ in range(3):
        learnt(detector, [rng.gauss(0, 1) for _ in range(1500)])
        sizes.append(len(pickle.dumps(detector)))
    assert max(sizes) < 120_000
    assert sizes[2] - sizes[1] < 2_000


def test_a_river_clone_is_new(detector: Detector) -> None:
    learnt(detector, habit(400))
    clone = detector.clone()
    assert clone.score_one({"value": 99.0}) == 0.0
    assert type(clone) is type(detector)


def test_a_flat_line_is_no_anomaly(detector: Detector) -> None:
    assert {detector.step(45.0) for _ in range(1000)} == {0.0}
