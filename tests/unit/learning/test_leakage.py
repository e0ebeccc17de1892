"""The statistics of what slips through: exact where there is something exact, and sums that may be taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from streams.learning.leakage import Interval, Sample, clopper_pearson

WEIGHTS = st.lists(st.tuples(st.floats(0.1, 500.0), st.booleans()), min_size=1, max_size=60)


def sample_of(weighted: list[tuple[float, bool]]) -> Sample:
    sample = Sample()
    for weight, found in weighted:
        sample.add(weight, found)
    return sample


def share_of(weighted: list[tuple[float, bool]]) -> Interval:
    share = sample_of(weighted).share()
    assert share is not None
    return share


@pytest.mark.parametrize(("found", "of"), [(0, 7), (3, 7), (7, 7), (20, 195)])
def test_for_whole_numbers_the_interval_is_the_exact_one(found: int, of: int) -> None:
    exact = stats.binomtest(found, of).proportion_ci(0.95, method="exact")

    assert clopper_pearson(found, of) == pytest.approx((found / of, exact.low, exact.high))


def test_nothing_found_does_not_mean_that_nothing_was_missed() -> None:
    share = share_of([(99.0, False)] * 6)

    assert (share.estimate, share.lower) == (0.0, 0.0)
    assert share.upper == pytest.approx(1 - 0.025 ** (1 / 6))  # a Wald interval says 0 here


def test_of_nothing_nothing_can_be_said() -> None:
    assert Sample().share() is None


@given(WEIGHTS)
def test_bounds_enclose_the_estimate_and_are_shares(weighted: list[tuple[float, bool]]) -> None:
    share = share_of(weighted)

    assert 0 <= share.lower <= share.estimate + 1e-9
    assert share.estimate - 1e-9 <= share.upper <= 1


@given(WEIGHTS)
def test_unequal_weights_never_narrow_what_as_many_equal_ones_say_of_nothing_found(
    weighted: list[tuple[float, bool]],
) -> None:
    unequal = share_of([(weight, False) for weight, _ in weighted])
    equal = share_of([(1.0, False)] * len(weighted))

    assert unequal.upper >= equal.upper - 1e-9


def test_frauds_among_those_that_stand_for_many_make_it_less_sure_than_kish_alone_knows() -> None:
    """Kish's count is the same whoever is fraudulent: it does not see on whom the weights fall."""
    few, many = [(20.0, False)] * 35, [(180.0, number < 5) for number in range(20)]
    weights = [weight for weight, _ in few + many]
    worth = sum(weights) ** 2 / sum(weight * weight for weight in weights)
    share = share_of(few + many)
    kish = clopper_pearson(share.estimate * worth, worth)

    assert share.upper - share.lower > 1.05 * (kish.upper - kish.lower)


@given(WEIGHTS, st.integers(0, 59))
def test_samples_add_up_and_what_was_added_can_be_taken_out(weighted: list[tuple[float, bool]], cut: int) -> None:
    whole = sample_of(weighted)
    parts = sample_of(weighted[:cut]) + sample_of(weighted[cut:])
    for weight, found in weighted[cut:]:
        whole.add(weight, found, -1)

    assert parts.sums() == pytest.approx(sample_of(weighted).sums())
    assert whole.sums() == pytest.approx(sample_of(weighted[:cut]).sums(), abs=1e-6)
