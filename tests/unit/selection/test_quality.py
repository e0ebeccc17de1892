"""The measuring behind `make quality`: what it counts, and that it fails when a promise is broken."""

from collections.abc import Sequence

import numpy as np
import pytest

from tests.quality.histories import Row, dedup, thin
from tests.quality.measure import Result, Spread, measure
from tests.quality.targets import targets
from tests.quality.weekly import BoostedEncoded, BoostedRaw, Known, OurModel, Ranker, choose, run

RESULT = Result(precision=0.9, recall=0.5, revenue=0.5, rate=0.05, cpu_s=1.0)
DAY_MS = 86_400_000


def row(number: int, *, found: bool = False, goods: int = 0) -> Row:
    words = ("office", "procedure", "import_type", "use", "payment", "mode", "courier", "departure", "origin")
    x = dict.fromkeys((*words, "tax_type", "origin_indicator", "declarant", "importer"), "")
    x |= {"hs": "851830", "seller": f"S{goods % 7}", "mass_kg": 1.0 + goods, "price_eur": 10.0, "tax_rate": 8.0}
    return Row({}, {"result": "NON_CONFORM" if found else "CONFORM"}, number * DAY_MS // 20, x)


def history() -> list[Row]:
    """Eight weeks, 140 declarations each; every seventh kind of goods is fraudulent, always."""
    return [row(number, found=number % 28 == 0, goods=number % 28) for number in range(8 * 140)]


def test_a_week_is_chosen_by_rank_but_for_the_lot() -> None:
    ranks = np.arange(200.0)
    chosen = choose(ranks, 0.1, np.random.default_rng(0))
    assert len(chosen) == 20
    assert {*range(182, 200)} <= chosen


def test_dedup_keeps_the_first_of_each_goods() -> None:
    first, again, other = row(0, goods=1), row(1, goods=1, found=True), row(2, goods=2)
    assert dedup([first, again, other]) == [first, other]


def test_thin_keeps_the_clean_and_a_known_share_of_frauds() -> None:
    thinned = thin([row(number, found=number % 4 == 0) for number in range(4_000)])
    assert sum(not kept.found for kept in thinned) == 3_000
    assert sum(kept.found for kept in thinned) / len(thinned) == pytest.approx(0.0758, abs=0.0005)


@pytest.mark.parametrize("make", [Known, OurModel, BoostedRaw, BoostedEncoded])
def test_every_contender_finds_goods_that_come_again(make: type[Ranker]) -> None:
    """A budget of 5 % with a tenth of it drawn, one in 28 fraudulent: at best six of seven inspections find."""
    assert run(history(), make, 0.05, seed=0).precision > 0.5


def test_nobody_is_told_labels_of_what_was_not_inspected() -> None:
    told: list[float] = []

    class Deaf(Known):
        def learn(self, week: Sequence[Row], inspected: Sequence[int]) -> None:
            told.append(len(inspected) / len(week))

    run(history(), Deaf, 0.05, seed=0)
    assert told[:8] == [1.0] * 4 + [0.05] * 4


def test_a_broken_promise_is_not_met() -> None:
    good = Spread.of([RESULT], "precision")
    cell = ("full", "ours", 0.05)
    for precision, met in ((good, True), (Spread(0.86, 0.0), False)):
        judged = list(targets({cell: precision}, {cell: good}, {cell: good}, {cell: Spread(0.05, 0.0)}))
        assert all(target.met for target in judged) is met


def test_rivals_must_be_beaten_where_goods_do_not_repeat() -> None:
    ours, rival = ("dedup", "ours", 0.05), ("dedup", "lightgbm-raw", 0.05)
    precision = {ours: Spread(0.36, 0.0), rival: Spread(0.37, 0.0)}
    seconds = {ours: Spread(1.0, 0.0), rival: Spread(200.0, 0.0)}
    judged = targets(precision, seconds, seconds, {ours: Spread(0.05, 0.0)})
    missed = [target for target in judged if not target.met]
    assert [target.what for target in missed] == ["dedup, budget 5%, precision against lightgbm-raw"]


def test_figures_are_shares_of_what_was_seen() -> None:
    assert measure([(True, True, 2.0), (False, True, 2.0), (False, False, 0.0), (True, False, 0.0)], 1.0) == Result(
        0.5, 0.5, 0.5, 0.5, 1.0
    )
