"""Squares of quantities: risk at both ends can be learnt."""

from random import Random

import pytest

from streams.models.bends import Bends
from streams.models.tables import LOGARITHMS, SQUARES


def bends_of(*logarithms: float) -> Bends:
    bends = Bends()
    for value in logarithms:
        bends.learn_one(dict.fromkeys(LOGARITHMS, value))
    return bends


def test_two_parcels_have_no_middle_three_do() -> None:
    assert bends_of(1.0, 2.0).transform_one({"log_mass": 9.0}) == {}
    assert bends_of(1.0, 2.0, 3.0).transform_one({"log_mass": 9.0}).keys() == set(SQUARES)


def test_a_square_is_that_of_the_distance_in_deviations() -> None:
    rng = Random(2)
    bends = bends_of(*(rng.gauss(4, 2) for _ in range(5_000)))
    assert bends.transform_one({"log_price": 8.0})["log_price_squared"] == pytest.approx(4, abs=0.3)
    assert bends.transform_one({"log_price": 0.0})["log_price_squared"] == pytest.approx(4, abs=0.3)


def test_however_far_away_it_ends() -> None:
    assert bends_of(1.0, 2.0, 3.0).transform_one({"log_mass": 1e9})["log_mass_squared"] == 25.0


def test_what_is_loaded_goes_on_as_if_nothing_had_happened() -> None:
    bends, loaded = bends_of(1.0, 2.5, 3.0), Bends()
    loaded.load(bends.save())
    for one in (bends, loaded):
        one.learn_one({"log_mass": 7.0})
    assert loaded.save() == bends.save()
    assert loaded.transform_one({"log_mass": 0.3}) == bends.transform_one({"log_mass": 0.3})
