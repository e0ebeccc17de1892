"""Lanes follow the score, chance has its share, and what is logged as probability is one."""

import random
from collections import Counter
from collections.abc import Callable

import pytest

from streams.decisions.budgets.pool import COLD, Pool
from streams.decisions.budgets.pools import MAX_POOLS, Pools
from streams.decisions.budgets.ranks import WINDOW
from streams.decisions.lanes import Choice, LaneRates, draws
from tests.risk_cases import RATES

PARCELS = 10_000


def decide(score_of: Callable[[int], float], rates: LaneRates = RATES, parcels: int = PARCELS) -> list[Choice]:
    pool, choices = Pool.of(rates), []
    for number in range(parcels):
        score, by = round(score_of(number), 6), draws(b"seed", f"item-{number}", 1)
        choices.append(pool.choose(score, by))
        pool.count(score, by, choices[-1])
    return choices


def rates_of(choices: list[Choice], what: Callable[[Choice], str] = lambda choice: choice.lane) -> Counter[str]:
    counts = Counter(map(what, choices))
    return Counter({name: count / len(choices) for name, count in counts.items()})


def scores(shape: str) -> Callable[[int], float]:
    rng = random.Random(7)
    return {
        "all equal": lambda _: 0.2,
        "three values": lambda _: rng.choice([0.1, 0.2, 0.9]),
        "smooth": lambda _: rng.betavariate(1, 8),
        "heavy tail": lambda _: rng.betavariate(0.05, 2),
        "rising": lambda n: min(rng.betavariate(1, 8) * (1 + n / 3_000), 1.0),
        "falling": lambda n: rng.betavariate(1, 8) * (1 - n / 20_000),
        "cold, then learnt": lambda n: 0.2 if n < 2_000 else rng.betavariate(1, 8),
        "rising without noise": lambda n: n / PARCELS,
    }[shape]


@pytest.mark.parametrize(
    "shape",
    [
        "all equal",
        "three values",
        "smooth",
        "heavy tail",
        "rising",
        "falling",
        "cold, then learnt",
        "rising without noise",
    ],
)
def test_every_lane_keeps_its_rate(shape: str) -> None:
    found = rates_of(decide(scores(shape)))

    assert found["RED"] == pytest.approx(RATES.red, abs=0.006)
    assert found["YELLOW"] == pytest.approx(RATES.yellow, abs=0.006)
    assert found["BLUE"] == pytest.approx(RATES.blue, abs=0.008)


@pytest.mark.parametrize("shape", ["smooth", "heavy tail", "falling"])
def test_chance_has_its_share_of_the_inspections(shape: str) -> None:
    drawn = rates_of(decide(scores(shape)), lambda choice: choice.selected_by)["RANDOM"]

    assert drawn == pytest.approx(RATES.drawn(), abs=0.003)


@pytest.mark.parametrize("shape", ["all equal", "three values", "smooth", "heavy tail", "rising"])
def test_the_propensities_add_up_to_the_inspections_made(shape: str) -> None:
    choices = decide(scores(shape))

    expected = sum(choice.propensity for choice in choices)
    spread = sum(choice.propensity * (1 - choice.propensity) for choice in choices) ** 0.5
    inspected = sum(choice.lane in {"RED", "YELLOW"} for choice in choices)
    assert abs(inspected - expected) < 4 * spread + 1
    assert all(0 < choice.propensity <= 1 for choice in choices)


def test_the_propensity_of_one_parcel_is_how_often_other_draws_would_have_taken_it() -> None:
    pool = Pool.of(RATES)
    for number in range(3_000):
        score, by = random.Random(number).choice([0.1, 0.2]), draws(b"seed", str(number), 1)
        pool.count(score, by, pool.choose(score, by))

    for score in (0.05, 0.1, 0.2, 0.3):
        choices = [pool.choose(score, draws(b"seed", f"other-{number}", 1)) for number in range(20_000)]
        (propensity,) = {choice.propensity for choice in choices}
        taken = sum(choice.lane in {"RED", "YELLOW"} for choice in choices) / len(choices)
        assert taken == pytest.approx(propensity, abs=0.012)


def test_the_riskiest_take_the_severest_lanes() -> None:
    rng = random.Random(3)
    values = [round(rng.random(), 6) for _ in range(PARCELS)]
    choices = decide(values.__getitem__)

    mean = {
        lane: sum(v for v, c in zip(values, choices, strict=True) if c.lane == lane and c.selected_by != "RANDOM")
        / sum(c.lane == lane and c.selected_by != "RANDOM" for c in choices)
        for lane in ("RED", "YELLOW", "BLUE", "GREEN")
    }
    assert mean["RED"] > mean["YELLOW"] > mean["BLUE"] > mean["GREEN"]


def test_who_is_chosen_among_equals_was_chosen_by_lot() -> None:
    chosen = [choice for choice in decide(lambda _: 0.2) if choice.lane in {"RED", "YELLOW"}]

    assert {choice.selected_by for choice in chosen} == {"RANDOM"}


def test_green_and_blue_were_selected_by_nobody() -> None:
    for choice in decide(scores("smooth")):
        assert (choice.selected_by == "NONE") == (choice.lane in {"GREEN", "BLUE"})


def test_an_offices_first_parcels_are_inspected_by_lot_only() -> None:
    choices = decide(lambda n: n / 100, parcels=COLD)

    assert {choice.propensity for choice in choices} == {RATES.inspected}


@pytest.mark.parametrize(
    ("rates", "lanes"),
    [
        (LaneRates(1.0, 0.0, 0.0, 0.0), {"RED"}),
        (LaneRates(0.0, 1.0, 0.0, 0.0), {"YELLOW"}),
        (LaneRates(0.0, 0.0, 0.0, 0.1), {"GREEN"}),
        (LaneRates(0.5, 0.5, 0.0, 0.0), {"RED", "YELLOW"}),
        (LaneRates(0.0, 0.0, 1.0, 0.1), {"BLUE", "GREEN"}),
    ],
)
def test_extreme_rates_are_kept_too(rates: LaneRates, lanes: set[str]) -> None:
    assert {choice.lane for choice in decide(scores("smooth"), rates, 2_000)} == lanes


def test_every_office_has_its_own_budget() -> None:
    pools, rng, lanes = Pools(), random.Random(5), {"STRICT": Counter(), "EASY": Counter()}
    for number in range(2 * PARCELS):
        office = "STRICT" if number % 2 else "EASY"
        score = round(rng.betavariate(1, 8) * (1.0 if office == "STRICT" else 0.1), 6)
        by = draws(b"seed", str(number), 1)
        choice = pools.of(office, RATES).choose(score, by)
        lanes[office][choice.lane] += 1
        pools.of(office, RATES).count(score, by, choice)

    for counts in lanes.values():
        assert (counts["RED"] + counts["YELLOW"]) / PARCELS == pytest.approx(RATES.inspected, abs=0.01)


def test_small_offices_keep_their_rates_together() -> None:
    rng, choices = random.Random(9), []
    for office in range(60):
        pool = Pool.of(RATES)
        for number in range(150):
            score, by = round(rng.betavariate(1, 8), 6), draws(b"seed", f"{office}-{number}", 1)
            choices.append(pool.choose(score, by))
            pool.count(score, by, choices[-1])

    found = rates_of(choices)
    assert found["RED"] + found["YELLOW"] == pytest.approx(RATES.inspected, abs=0.008)


def test_invented_offices_do_not_fill_the_memory() -> None:
    pools = Pools()

    def pool(office: str) -> Pool:
        return pools.of(pools.name(office), RATES)

    for number in range(MAX_POOLS + 50):
        pool(f"office {number}")

    assert len(pools.by_office) <= MAX_POOLS + 1
    assert pool("one more") is pool("and another")
    assert pool("office 3") is not pool("one more")


def test_a_pool_remembers_the_window_and_no_more() -> None:
    pool = Pool.of(RATES)
    for number in range(WINDOW + 500):
        score, by = random.Random(number).random(), draws(b"seed", str(number), 1)
        pool.count(score, by, pool.choose(score, by))

    assert len(pool.ranks.ordered) == len(pool.ranks.newest) == WINDOW
    assert pool.ranks.ordered == sorted(pool.ranks.newest)


def test_draws_depend_on_key_item_and_version_and_are_even() -> None:
    one = draws(b"key", "S10/A", 1)
    assert len({one, draws(b"other", "S10/A", 1), draws(b"key", "S10/B", 1), draws(b"key", "S10/A", 2)}) == 4

    many = [draws(b"key", f"S10/{number}", 1) for number in range(10_000)]
    for drawn in zip(*many, strict=True):
        assert all(0 <= value < 1 for value in drawn)
        assert sum(drawn) / len(drawn) == pytest.approx(0.5, abs=0.02)
