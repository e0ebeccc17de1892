"""Rates hold over any 2,000 parcels whatever the scores do, rules count, and nothing exceeds the cap."""

import random
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, islice
from math import sqrt
from pathlib import Path

import pytest

from agents.backtest.scoring import filing
from agents.convert import kcs
from agents.convert.declarations import is_found
from streams.decisions.budgets.pool import COLD, Pool
from streams.decisions.budgets.ranks import WINDOW
from streams.decisions.lanes import INSPECTED, Choice, Draws, LaneRates, draws, forced
from streams.features import HsMoments, risk_features
from streams.models import build
from tests.risk_cases import RATES

PARCELS = 6_000
JUMP = 3_000  # where it comes
RNG = random.Random(7)


def usual() -> float:
    return RNG.betavariate(1, 8)


SHAPES = {
    "smooth": [usual() for _ in range(PARCELS)],
    "up": [usual() * (0.3 if n < JUMP else 1) + 0.5 * (n >= JUMP) for n in range(PARCELS)],
    "down": [usual() * (1 if n < JUMP else 0.3) + 0.5 * (n < JUMP) for n in range(PARCELS)],
    "constant": [usual() if n < JUMP else 0.2 for n in range(PARCELS)],
    "zero": [usual() if n < JUMP else 0.0 for n in range(PARCELS)],
    "two values": [usual() if n < JUMP else RNG.choice([0.01, 0.99]) for n in range(PARCELS)],
    "to and fro": [usual() * 0.3 + 0.5 * (n // 500 % 2) for n in range(PARCELS)],
    "bursts": [0.9 if n % 1_000 < 100 else usual() * 0.1 for n in range(PARCELS)],
    "ever falling": [1 - n / PARCELS for n in range(PARCELS)],
}


def decide(scores: Iterable[float], pool: Pool, key: bytes = b"seed") -> list[Choice]:
    choices = []
    for number, score in enumerate(scores):
        choices.append(one(round(score, 6), draws(key, f"item-{number}", 1), pool))
    return choices


def one(score: float, by: Draws, pool: Pool) -> Choice:
    choice = pool.choose(score, by)
    pool.count(score, by, choice)
    return choice


def windows(choices: Sequence[Choice], lanes: Iterable[str]) -> list[int]:
    """How many of any `WINDOW` consecutive parcels took one of these lanes."""
    sums = [0, *accumulate(choice.lane in set(lanes) for choice in choices)]
    return [after - before for before, after in zip(sums, sums[WINDOW:], strict=False)]


@pytest.mark.parametrize("rate", [0.02, 0.05, 0.3])
@pytest.mark.parametrize("shape", SHAPES)
def test_inspections_stay_within_ten_percent_of_their_rate_over_any_window(shape: str, rate: float) -> None:
    rates = LaneRates(rate * 3 / 8, rate * 5 / 8, 0.07, random_share=0.1)

    counts = windows(decide(SHAPES[shape], Pool.of(rates)), INSPECTED)

    assert min(counts) >= 0.9 * rate * WINDOW
    assert max(counts) <= 1.1 * rate * WINDOW


@pytest.mark.parametrize("shape", SHAPES)
def test_each_lane_stays_within_a_quarter_of_its_rate_over_any_window(shape: str) -> None:
    choices = decide(SHAPES[shape], Pool.of(RATES))

    for lane, rate in (("RED", RATES.red), ("YELLOW", RATES.yellow), ("BLUE", RATES.blue)):
        counts = windows(choices, {lane})
        assert 0.75 * rate * WINDOW <= min(counts) <= max(counts) <= 1.25 * rate * WINDOW
        assert choices_of(choices, lane) / PARCELS == pytest.approx(rate, rel=0.12)


def choices_of(choices: Sequence[Choice], lane: str) -> int:
    return sum(choice.lane == lane for choice in choices)


def test_after_a_jump_those_who_are_chosen_are_soon_the_riskiest_again() -> None:
    """Were the quantile one of all 2,000 scores, the first to come would be taken for a thousand parcels."""
    scores = SHAPES["up"]
    choices = decide(scores, Pool.of(RATES))

    following = range(JUMP + 300, JUMP + 1_300)
    chosen = [scores[n] for n in following if choices[n].selected_by == "RISK"]
    best = sorted((scores[n] for n in following), reverse=True)[: len(chosen)]
    all_of_them = sum(scores[n] for n in following) / len(following)
    lift = (sum(chosen) / len(chosen) - all_of_them) / (sum(best) / len(best) - all_of_them)
    assert lift > 0.8


def ruled(share: float, parcels: int = PARCELS) -> tuple[list[Choice], Pool]:
    """Choices where rules force an inspection of this share of parcels, from the jump on."""
    pool, rng, choices = Pool.of(RATES), random.Random(3), []
    for number in range(parcels):
        score, by = round(rng.betavariate(1, 8), 6), draws(b"seed", f"item-{number}", 1)
        choice = pool.choose(score, by)
        if number >= JUMP and rng.random() < share:
            choice = forced("RED", choice)
        pool.count(score, by, choice)
        choices.append(choice)
    return choices, pool


def test_what_rules_take_is_taken_from_the_model_and_not_from_the_lot() -> None:
    choices, _ = ruled(share=0.04)

    later = choices[-WINDOW:]
    by = {name: sum(choice.selected_by == name for choice in later) / WINDOW for name in ("RULE", "RISK", "RANDOM")}
    assert by["RULE"] == pytest.approx(0.04, abs=0.01)
    assert by["RANDOM"] == pytest.approx(RATES.drawn(), abs=0.004)
    assert sum(by.values()) == pytest.approx(RATES.inspected, rel=0.1)


def test_rules_may_go_over_the_cap_and_nothing_else_does() -> None:
    choices, _ = ruled(share=0.3)

    assert max(windows(choices, INSPECTED)) > 3 * RATES.inspected * WINDOW
    later = [choice for choice in choices[JUMP + 1_000 :] if choice.selected_by != "RULE"]
    assert {(choice.lane in INSPECTED, choice.propensity) for choice in later} == {(False, 0.0)}


def test_the_lot_goes_on_under_the_cap_when_the_model_may_take_nothing() -> None:
    choices, _ = ruled(share=RATES.inspected * 1.1)

    later = [choice for choice in choices[JUMP + WINDOW :] if choice.selected_by != "RULE"]
    assert sum(choice.selected_by == "RISK" for choice in later) < 0.1 * RATES.inspected * len(later)
    assert sum(choice.selected_by == "RANDOM" for choice in later) / len(later) == pytest.approx(0.008, abs=0.004)


def test_a_changed_rate_holds_at_once_and_nothing_is_made_up_for() -> None:
    pool = Pool.of(RATES)
    decide(SHAPES["smooth"][:JUMP], pool)
    doubled = LaneRates(0.06, 0.1, 0.07, 0.1)
    pool.adopt(doubled)
    following = decide(SHAPES["smooth"][JUMP:], pool, b"another")

    taken = [choice.lane in INSPECTED for choice in following]
    assert sum(taken[:500]) == pytest.approx(0.16 * 500, rel=0.25)
    counts = windows(following, INSPECTED)
    assert 0.9 * 0.16 * WINDOW <= min(counts) <= max(counts) <= 1.1 * 0.16 * WINDOW


def test_a_lowered_cap_counts_what_was_inspected_before() -> None:
    pool = Pool.of(RATES)
    decide(SHAPES["smooth"][:JUMP], pool)
    pool.adopt(LaneRates(0.01, 0.01, 0.07, 0.1))

    following = decide(SHAPES["smooth"][JUMP:], pool, b"another")

    first = next(number for number, choice in enumerate(following) if choice.propensity > 0)
    assert first > WINDOW * (1 - 1.25 * 0.02 / RATES.inspected) * 0.8
    assert not any(choice.lane in INSPECTED for choice in following[:first])


SITUATIONS = {
    "cold": lambda: Pool.of(RATES),
    "warm": lambda: after(SHAPES["smooth"][:2_500]),
    "equal scores": lambda: after([0.2] * 2_500),
    "two scores": lambda: after([0.1, 0.2] * 1_250),
    "owed": lambda: after([*SHAPES["smooth"][:2_500], *[0.0001] * 300], spared=range(2_500, 2_800)),
    "overdrawn": lambda: after(SHAPES["smooth"][:2_500], ruled=range(2_470, 2_500)),
    "at the cap": lambda: after(SHAPES["smooth"][:2_500], ruled=range(2_200, 2_500)),
    "exploring": lambda: exploring(after(SHAPES["smooth"][:2_500])),
}


def after(scores: Sequence[float], spared: range = range(0), ruled: range = range(0)) -> Pool:
    """A pool with this history, where some were passed whatever it said, and some inspected by a rule."""
    pool = Pool.of(LaneRates(0.03, 0.05, 0.07, 0.1, 0.2))
    for number, score in enumerate(round(score, 6) for score in scores):
        by = draws(b"history", str(number), 1)
        choice = pool.choose(score, by)
        if number in spared:
            choice = Choice("GREEN", "NONE", 0.0)
        pool.count(score, by, forced("RED", choice) if number in ruled else choice)
    return pool


def exploring(pool: Pool) -> Pool:
    pool.explore(2.0)
    return pool


def chance(pool: Pool, score: float) -> float:
    """The probability of an inspection over all draws, from nothing but what `choose` does with them."""

    def first(inspected: Callable[[float], bool]) -> float:
        low, high = 0.0, 1.0
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (low, middle) if inspected(middle) else (middle, high)
        return high

    def inspected(tie: float, lot: float) -> bool:
        return pool.choose(score, Draws(tie, lot, 0.5)).lane in INSPECTED

    ranked = 1 - first(lambda tie: inspected(tie, 1.0))
    if inspected(0.0, 1.0):
        return 1.0
    drawn = first(lambda lot: not inspected(0.0, lot))
    return ranked + (1 - ranked) * drawn


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_propensity_logged_is_the_probability_over_all_draws(situation: str) -> None:
    pool = SITUATIONS[situation]()
    threshold = pool._inspected_from()
    near = [round(threshold, 6), round(threshold, 6) - 1e-6] if 0 < threshold < 1 else []
    for score in (0.0, 0.0001, 0.05, 0.1, 0.2, 0.3, 0.95, 1.0, *near):
        choices = [pool.choose(score, draws(b"fresh", f"{score}-{number}", 1)) for number in range(1_500)]
        (propensity,) = {choice.propensity for choice in choices}
        taken = sum(choice.lane in INSPECTED for choice in choices) / len(choices)
        assert propensity == pytest.approx(chance(pool, score), abs=2e-6)
        assert abs(taken - propensity) <= 4 * sqrt(propensity * (1 - propensity) / len(choices)) + 1e-3


def test_the_situations_are_what_they_are_called() -> None:
    pools = {name: make() for name, make in SITUATIONS.items()}

    assert not pools["cold"].warm
    assert pools["owed"].inspected.lacking > 1
    assert pools["overdrawn"].inspected.lacking < -1
    assert pools["at the cap"].choose(1.0, Draws(0.9, 0.0, 0.0)).propensity == 0
    assert pools["exploring"].drawn == 2 * pools["warm"].drawn


def test_whatever_was_taken_everybody_has_a_chance_until_the_cap_is_reached() -> None:
    for shape in SHAPES.values():
        assert all(choice.propensity > 0.1 * 0.008 for choice in decide(shape, Pool.of(RATES)))


def test_more_is_drawn_where_there_is_more_to_find_out_and_no_more_than_allowed() -> None:
    rates = LaneRates(0.03, 0.05, 0.07, random_share=0.1, most_random_share=0.2)
    shares = {}
    for factor in (1.0, 1.5, 5.0):
        pool = Pool.of(rates)
        pool.explore(factor)
        choices = decide(SHAPES["smooth"], pool)
        inspected = [choice for choice in choices if choice.lane in INSPECTED]
        assert len(inspected) / PARCELS == pytest.approx(rates.inspected, rel=0.05)
        shares[factor] = sum(choice.selected_by == "RANDOM" for choice in inspected) / len(inspected)

    assert shares[1.0] == pytest.approx(0.1, abs=0.03)
    assert shares[1.5] == pytest.approx(0.15, abs=0.035)
    assert shares[5.0] == pytest.approx(0.2, abs=0.04)


def test_a_pool_saved_and_loaded_goes_on_to_the_bit() -> None:
    lived = after(SHAPES["to and fro"][:3_333])
    lived.adopt(LaneRates(0.04, 0.05, 0.07, 0.1))
    decide(SHAPES["smooth"][:700], lived)

    office, loaded = Pool.loaded(lived.save("DE004851"))

    assert (office, loaded) == ("DE004851", lived)
    assert decide(SHAPES["up"], loaded) == decide(SHAPES["up"], lived)
    assert loaded.save("DE004851") == lived.save("DE004851")


def test_shards_that_know_nothing_of_each_other_keep_the_rate_together() -> None:
    """Two of them: it holds over as many parcels of each as it does for one."""
    pools, scores = [Pool.of(RATES) for _ in range(2)], [*SHAPES["up"], *SHAPES["down"]]
    choices = []
    for number, score in enumerate(scores):
        pool = pools[draws(b"spread", str(number), 1).tie < 0.5]
        choices.append(one(round(score, 6), draws(b"seed", f"item-{number}", 1), pool))

    sums = [0, *accumulate(choice.lane in INSPECTED for choice in choices)]
    counts = [after - before for before, after in zip(sums, sums[2 * WINDOW :], strict=False)]
    assert 0.88 * RATES.inspected * 2 * WINDOW <= min(counts) <= max(counts) <= 1.12 * RATES.inspected * 2 * WINDOW


def test_small_offices_of_a_few_parcels_keep_their_rate_together_from_the_first_parcel_on() -> None:
    rng, choices = random.Random(9), []
    for office in range(300):
        pool = Pool.of(RATES)
        choices += decide((rng.betavariate(1, 8) for _ in range(COLD)), pool, f"office {office}".encode())

    assert sum(choice.lane in INSPECTED for choice in choices) / len(choices) == pytest.approx(0.08, abs=0.01)


def test_budgets_hold_on_the_public_declarations(declared: list[float]) -> None:
    choices = decide(declared, Pool.of(RATES))

    counts = windows(choices, INSPECTED)
    assert 0.9 * RATES.inspected * WINDOW <= min(counts) <= max(counts) <= 1.1 * RATES.inspected * WINDOW


@pytest.fixture(scope="module")
def declared(data_dir: Path) -> list[float]:
    """Scores of the public declarations of some months, by a model that learns a tenth of them as they come."""
    model, moments, scores = build(), HsMoments(), []
    examples = kcs.declarations().examples(data_dir / "customs" / "declarations_train.csv")
    for number, example in enumerate(islice(examples, 2 * PARCELS)):
        x = risk_features(filing(example.manifest), {"KRW": 1600.0})
        x |= moments.prequential_one(x)
        scores.append(model.score_one(x))
        if number % 10 == 0 and example.outcome:
            model.learn_one(x, is_found(example.outcome))
    return scores
