"""The memory of shapes finds the nearest, forgets what it has not met for longest, and stays within its bound."""

import numpy as np

from streams.sensors.prototypes import Prototypes


def filled(*points: float, limit: int = 3) -> Prototypes:
    memory = Prototypes(size=2, limit=limit)
    for point in points:
        memory.add(shape(point))
    return memory


def shape(point: float) -> np.ndarray:
    return np.array([point, 10 * point], dtype=np.float32)


def test_an_empty_memory_knows_nothing() -> None:
    assert filled().nearest(shape(1.0)) == (-1, float("inf"))


def test_the_least_recently_matched_gives_way() -> None:
    memory = filled(1.0, 2.0, 3.0)
    memory.draw(0, shape(1.0), 0.5)
    memory.add(shape(4.0))
    assert [memory.nearest(shape(point))[1] for point in (1.0, 2.0, 3.0, 4.0)] == [0.0, 11.0, 0.0, 0.0]


def test_a_match_draws_a_prototype_part_of_the_way() -> None:
    memory = filled(1.0)
    memory.draw(0, shape(2.0), 0.25)
    assert memory.nearest(shape(1.25)) == (0, 0.0)


def test_it_grows_to_its_limit_and_no_further() -> None:
    memory = filled(*map(float, range(100)), limit=40)
    assert memory.count == 40
    assert memory.nearest(shape(60.0))[1] == 0.0
    assert memory.nearest(shape(0.0))[1] > 0.0


def test_a_scaled_copy_leaves_the_original_alone() -> None:
    memory = filled(1.0, 2.0)
    scaled = memory.scaled(first_row=1, factor=0.5)
    assert scaled.nearest(np.array([2.0, 10.0], dtype=np.float32)) == (1, 0.0)
    assert memory.nearest(shape(2.0)) == (1, 0.0)
