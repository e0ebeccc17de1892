"""Whatever scores come and however rates change: the promises of budgets hold, and a restart changes nothing."""

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.decisions.budgets.pool import Pool
from streams.decisions.budgets.ranks import WINDOW
from streams.decisions.lanes import INSPECTED, Choice, LaneRates, draws
from streams.log import Effects, LogRecord
from streams.risk import RiskShard
from streams.topics import DECISIONS
from tests.risk_cases import KEY, Log, filing

SLOW = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}

# A stretch of parcels whose scores rise or fall, spread or stand still.
stretches = st.tuples(
    st.integers(20, 1_500), st.floats(0, 1), st.floats(-1, 1), st.sampled_from([0.0, 1e-6, 0.01, 0.5])
)


def scores(drawn: Sequence[tuple[int, float, float, float]]) -> list[float]:
    found: list[float] = []
    for length, level, slope, spread in drawn:
        for step in range(length):
            noise = draws(b"noise", str(len(found)), 1).tie - 0.5
            found.append(round(min(max(level + slope * step / length + spread * noise, 0.0), 1.0), 6))
    return found


@settings(max_examples=12, **SLOW)
@given(st.lists(stretches, min_size=2, max_size=8), st.sampled_from([0.02, 0.05, 0.2]), st.integers(0, 99))
def test_any_window_is_within_ten_percent_and_the_cap_whatever_the_scores(
    drawn: list[tuple[int, float, float, float]], rate: float, seed: int
) -> None:
    pool, taken = Pool.of(LaneRates(rate / 2, rate / 2, 0.1, 0.1)), [0]
    for number, score in enumerate(scores(drawn)):
        by = draws(b"seed", f"{seed}-{number}", 1)
        choice = pool.choose(score, by)
        pool.count(score, by, choice)
        taken.append(taken[-1] + (choice.lane in INSPECTED))
        assert choice.propensity > 0

    for before, after in zip(taken, taken[WINDOW:], strict=False):
        count = after - before
        assert 0.9 * rate * WINDOW - 1 <= count <= 1.1 * rate * WINDOW + 1  # nothing stops every draw
        assert count <= pool.rates.most_inspected(WINDOW)


@settings(max_examples=20, **SLOW)
@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), max_size=300), st.integers(0, 300))
def test_a_pool_saved_at_any_time_goes_on_to_the_bit(steps: list[tuple[bool, float]], at: int) -> None:
    lived = restarted = Pool.of(LaneRates(0.1, 0.1, 0.1, 0.2))
    for number, (ruled, score) in enumerate(steps):
        if number == at:
            _, restarted = Pool.loaded(lived.save("office"))
        score_, by = round(score, 6), draws(b"seed", str(number), 1)
        for pool in {id(pool): pool for pool in (lived, restarted)}.values():
            choice = pool.choose(score_, by)
            pool.count(score_, by, Choice("RED", "RULE", 1.0) if ruled else choice)

    assert restarted == lived
    assert restarted.save("office") == lived.save("office")


rates = st.sampled_from(
    [None, LaneRates(0.5, 0.2, 0.1, 0.1), LaneRates(0.05, 0.1, 0.2, 0.3), LaneRates(0.0, 0.0, 0.5, 0.0)]
)
orders = st.tuples(st.just("order"), rates, st.sampled_from([{}, {"office": "ONE"}]))
filed = st.tuples(st.just("filing"), st.sampled_from(["ONE", "TWO"]), st.sampled_from([1.0, 20.0, 60.0]))


@settings(max_examples=40, **SLOW)
@given(st.lists(filed | filed | filed | orders, max_size=90))
def test_a_restart_finds_the_rates_each_parcel_was_decided_under(steps: list[tuple[str, object, object]]) -> None:
    """The control log is folded to its end before a shard folds its own log again."""
    log = Log(LaneRates(0.1, 0.1, 0.1, 0.2))
    for number, (what, first, second) in enumerate(steps):
        if what == "order":
            log.order(first, **second)
        else:
            log.take(filing(f"P{number}", second, office=first, offset=number))
    answers = [output for output in log.effects.outputs if output.topic == DECISIONS]

    restored = RiskShard(0, log.control, log.settings, KEY)
    for record, answer in zip(log.records, answers, strict=True):
        restored.replay(record, [LogRecord(0, 0, 0, answer.key, answer.value, answer.headers)])

    assert restored.desk.pools == log.shard.desk.pools
    following = LogRecord(0, 999, 0, b"X", log.records[-1].value) if log.records else None
    if following:
        effects = Effects(), Effects()
        for shard, effect in zip((restored, log.shard), effects, strict=True):
            shard.process([following], effect)
        assert effects[0] == effects[1]
