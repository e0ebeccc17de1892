"""How unusual a parcel is for its goods."""

import pickle
from math import log1p
from statistics import mean, stdev
from typing import Any

import pytest
from river import stats

from streams.features import HsMoments
from streams.features.moments import STEPS, Z_SCORES, Moments

PRICES = [10.0, 12.0, 11.0, 14.0, 9.0]
NOTHING = dict.fromkeys(Z_SCORES, 0.0)


def earphones(price_eur: float, mass_kg: float = 0.2, hs: str = "851830") -> dict[str, Any]:
    return {"hs": hs, "mass_kg": mass_kg, "price_eur": price_eur}


def moments_of(*prices: float) -> HsMoments:
    moments = HsMoments()
    for price in prices:
        moments.learn_one(earphones(price))
    return moments


def test_a_z_score_is_the_distance_from_the_mean_in_deviations() -> None:
    logs = [log1p(price) for price in PRICES]
    expected = (log1p(13.0) - mean(logs)) / (stdev(logs) + 0.05)
    assert moments_of(*PRICES).transform_one(earphones(13.0))["z_price"] == pytest.approx(expected, abs=1 / STEPS)


def test_two_parcels_are_no_normal() -> None:
    assert moments_of(10.0, 12.0).transform_one(earphones(500.0)) == NOTHING
    assert moments_of(10.0, 12.0, 11.0).transform_one(earphones(500.0)) != NOTHING


def test_unusual_ends_at_five_deviations() -> None:
    moments = moments_of(*PRICES)
    assert moments.transform_one(earphones(1e9))["z_price"] == 5.0
    assert moments.transform_one(earphones(0.0))["z_price"] == -5.0


def test_other_goods_have_their_own_normal() -> None:
    assert moments_of(*PRICES).transform_one(earphones(10.0, hs="640411")) == NOTHING


def test_scoring_does_not_count_the_parcel_scored() -> None:
    moments = moments_of(*PRICES)
    before = pickle.dumps(moments)
    moments.transform_one(earphones(500.0))
    assert pickle.dumps(moments) == before


def test_parcels_without_goods_code_mass_and_price_are_measured_too() -> None:
    moments = HsMoments()
    for _ in range(4):
        moments.learn_one({})
    assert moments.transform_one({}) == NOTHING


def test_the_code_unseen_longest_is_forgotten() -> None:
    moments = HsMoments(max_codes=2)
    for hs in ("1", "2", "1", "3", "1", "3", "3"):
        moments.learn_one(earphones(10.0, hs=hs))
    known = {hs for hs in "123" if moments.transform_one(earphones(99.0, hs=hs)) != NOTHING}
    assert known == {"1", "3"}


def test_running_moments_are_rivers_to_the_bit() -> None:
    moments, theirs = Moments(), stats.Var()
    for value in map(log1p, PRICES):
        moments.learn_one(value)
        theirs.update(value)
    z = (log1p(13.0) - theirs.mean.get()) / (theirs.get() ** 0.5 + 0.05)
    assert (moments.n, moments.mean, moments.squares / (moments.n - 1)) == (5, theirs.mean.get(), theirs.get())
    assert moments.z_score(log1p(13.0)) == round(z * STEPS) / STEPS


def test_scoring_and_learning_at_once_is_scoring_then_learning() -> None:
    at_once, apart = moments_of(*PRICES), moments_of(*PRICES)
    for parcel in (earphones(13.0), earphones(500.0), earphones(13.0, hs="640411")):
        assert at_once.prequential_one(parcel) == apart.transform_one(parcel)
        apart.learn_one(parcel)
    assert pickle.dumps(at_once) == pickle.dumps(apart)
