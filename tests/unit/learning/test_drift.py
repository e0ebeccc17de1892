"""The world changes: noticed, named, answered with exploration, told, and over after a while."""

import random

import pytest

from streams.learning.drift import KEPT, WATCHED, Drift, Watch
from streams.learning.example import Example
from streams.learning.notices import Notices
from streams.learning.settings import LearningSettings
from streams.state.members import Place

DAY_MS = 86_400_000


class Stream:
    """Labels one after the other, ten a day."""

    def __init__(self) -> None:
        self.drift, self.notices, self.labels, self.lot = Drift(LearningSettings()), Notices(), 0, random.Random(0)

    @property
    def now_ms(self) -> int:
        return self.labels * DAY_MS // 10

    def hear(self, labels: int, hits: float, *, score: float = 0.7, price: float = 20.0, by: str = "RISK") -> list[str]:
        moved = []
        for _ in range(labels):
            self.labels += 1
            x = {"price_eur": self.lot.lognormvariate(0, 0.3) * price, "mass_kg": self.lot.lognormvariate(0, 0.3)}
            example = Example(f"dec-{self.labels}", x, self.lot.random() < hits, selected_by=by)
            place = Place(self.labels, self.labels, self.now_ms)
            moved += self.drift.hear(example, score + self.lot.uniform(-0.05, 0.05), place, self.notices)
        return moved

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(notice.about.split("/")[1], notice.state) for notice in self.notices.between(0, 10**15)]


def test_a_steady_world_is_no_drift() -> None:
    stream = Stream()

    assert stream.hear(3_000, 0.7) + stream.hear(1_000, 0.2, score=0.2, by="RANDOM") == []
    assert stream.drift.exploring(stream.now_ms) == 1.0


def test_a_hit_rate_that_falls_is_noticed_answered_and_told_once() -> None:
    stream = Stream()
    stream.hear(600, 0.7)

    moved = stream.hear(150, 0.2)

    assert {"hits", "surprise"} <= set(moved)
    assert stream.drift.exploring(stream.now_ms) == 2.0
    assert sorted(stream.told) == [("hits", "RAISED"), ("surprise", "RAISED")]


def test_a_hit_rate_that_rises_is_good_news() -> None:
    stream = Stream()
    stream.hear(600, 0.3, score=0.3)

    assert "hits" not in stream.hear(300, 0.8, score=0.8)


@pytest.mark.parametrize(("what", "change"), [("price", {"price": 60.0}), ("scores", {"score": 0.5, "hits": 0.5})])
def test_inputs_and_scores_are_watched_on_what_was_drawn_by_lot(what: str, change: dict[str, float]) -> None:
    drawn, chosen = Stream(), Stream()
    before = {"hits": 0.2, "score": 0.2}
    drawn.hear(600, **before, by="RANDOM")
    chosen.hear(600, **before)

    assert what in drawn.hear(300, **(before | change), by="RANDOM")
    assert what not in chosen.hear(300, **(before | change))


def test_exploration_ends_when_nothing_has_moved_for_the_time_set_and_that_is_told() -> None:
    stream = Stream()
    stream.hear(600, 0.7)
    stream.hear(150, 0.2, score=0.2)

    stream.hear(28 * 10 + 150, 0.2, score=0.2)

    assert stream.drift.exploring(stream.now_ms) == 1.0
    assert ("hits", "CLEARED") in stream.told


def test_a_detector_knows_the_same_after_a_restart_and_is_bounded() -> None:
    lot, lived, restarted = random.Random(3), Watch(), Watch()
    for number in range(3 * KEPT):
        lived.change(float(lot.random() < 0.5))
        assert len(lived.values) < 2 * KEPT
        if number % 997 == 0:
            restarted.begin(lived.values)
            assert restarted._detector.width == lived._detector.width
            assert restarted._detector.estimation == lived._detector.estimation


def test_every_stream_can_be_named_to_operators() -> None:
    assert all(watched.called[0].isupper() and watched.least > 0 for watched in WATCHED.values())
