"""How much one outcome says under a key: against the truth it was drawn from."""

from random import Random

import pytest

from streams.models.encoder import TargetEncoder
from streams.models.shrinkage import LEAST, MOST, Shrinkage
from streams.models.tables import Table

OVERALL = 0.2


def learnt(alpha: float, keys: int = 3_000, outcomes: int = 4) -> float:
    """The shrinkage of keys whose own rates are drawn from a beta distribution of `alpha` outcomes' weight."""
    rng, shrinkage = Random(3), Shrinkage(5.0)
    for _ in range(keys):
        rate, found = rng.betavariate(alpha * OVERALL, alpha * (1 - OVERALL)), 0
        for n in range(outcomes):
            y = rng.random() < rate
            if n:
                shrinkage.learn_one(found / n, y, OVERALL)
            found += y
    return shrinkage.value


@pytest.mark.parametrize("alpha", [0.5, 2.0, 8.0])
def test_it_finds_the_weight_that_the_rates_of_keys_were_drawn_with(alpha: float) -> None:
    assert learnt(alpha) == pytest.approx(alpha, rel=0.25)


def test_keys_that_mean_nothing_are_hardly_believed_and_keys_that_decide_nearly_at_once() -> None:
    assert learnt(1e6) > 50
    assert learnt(0.01) == LEAST


def test_it_stays_within_bounds_however_long_it_goes_on() -> None:
    against = Shrinkage(2.0)
    for _ in range(1_000):
        against.learn_one(1.0, False, OVERALL)
    assert against.value == MOST


def test_nothing_learnt_leaves_what_it_was_started_with() -> None:
    assert Shrinkage(2.5).value == 2.5


def test_a_table_whose_keys_mean_nothing_falls_silent() -> None:
    encoder, rng = TargetEncoder((Table(("seller",), 2.0), Table(("office",), 2.0)), learns_shrinkage=True), Random(5)
    for _ in range(3_000):
        seller = rng.randrange(300)
        encoder.learn_one({"seller": seller, "office": rng.randrange(300)}, seller < 60)
    encoded = encoder.transform_one({"seller": 1, "office": 1})
    assert encoded["seller"] > 2
    assert abs(encoded["office"]) < 0.3


def test_shrinkage_stays_as_given_unless_told_to_learn() -> None:
    encoder = TargetEncoder((Table(("seller",), 2.0),))
    for _ in range(100):
        encoder.learn_one({"seller": 1}, True)
    assert [shrinkage.value for _, _, shrinkage, _, _ in encoder._plan] == [2.0]
