"""State is a fold over the log: whatever happens, folding it again gives the same, however it was cut in batches."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.log import Effects, LogRecord
from streams.risk import RiskShard
from streams.topics import DECISIONS
from tests.risk_cases import KEY, START_MS, LaneRates, Log, amendment, cancel, filing, outcome, record, refusal

BUSY = LaneRates(red=0.2, yellow=0.2, blue=0.2, random_share=0.2)
MINUTE_MS = 60_000
ITEMS, PROVIDERS, PRICES = st.sampled_from("ABC"), st.sampled_from(["ONE", "ONE", "ONE", "TWO"]), st.integers(1, 4)
LIMITS = {"horizon_s": 3_000.0, "max_items": 2, "max_waiting": 3, "passage_s": 60.0}

filings = st.builds(
    lambda item, price, provider: filing(item, price * 20.0, provider=provider), ITEMS, PRICES, PROVIDERS
)
amendments = st.builds(
    lambda item, price, provider, function: amendment(item, price * 20.0, provider=provider, function=function),
    ITEMS,
    PRICES,
    PROVIDERS,
    st.sampled_from(["4", "5"]),
)
cancels = st.builds(lambda item, provider: cancel(item, provider=provider), ITEMS, PROVIDERS)
outcomes = st.builds(
    lambda item, result, number, corrects, disposition: outcome(
        item,
        result,
        outcome_id=f"o-{number}",
        disposition=disposition,
        **({"supersedesOutcomeId": f"o-{corrects}"} if corrects else {}),
    ),
    ITEMS,
    st.sampled_from(["CONFORM", "NON_CONFORM", "INCONCLUSIVE"]),
    st.integers(1, 4),
    st.integers(0, 4),
    st.sampled_from(["DETAINED", "CONTROLLED_DELIVERY"]),
)
refusals = st.builds(refusal, ITEMS)
ticks = st.integers(1, 8).map(lambda minutes: {"kind": "tick", "minutes": minutes})
cases = filings | filings | amendments | cancels | outcomes | refusals | ticks
Step = LogRecord | int  # a case, or the engine time of a tick


@st.composite
def histories(draw: st.DrawFn) -> list[Step]:
    """Cases at rising offsets and mostly rising times, with ticks between them."""
    now_ms, steps = 0, []
    for number, case in enumerate(draw(st.lists(cases, max_size=40))):
        if case["kind"] == "tick":
            now_ms += case["minutes"] * MINUTE_MS
            steps.append(now_ms)
        else:
            place = {**case["source"], "offset": number}
            at = START_MS + number * draw(st.integers(0, 3)) * MINUTE_MS
            steps.append(record(number, {**case, "source": place, "at": at, "messageId": f"m-{number}"}))
    return steps


def state(log: Log) -> dict[str, bytes]:
    """Everything a shard remembers, as bytes that tell equal from unequal."""
    return {name: part.encode() for name, part in log.shard._parts().items()}


def run(steps: Sequence[Step], sizes: Sequence[int] = (1,)) -> Log:
    """Process the steps in batches of the given sizes, over and over; a tick ends a batch."""
    log, batch, turn = Log(BUSY, **LIMITS), [], 0
    for step in steps:
        if isinstance(step, int):
            log.feed(batch)
            log.tick(step)
            batch = []
            continue
        batch.append(step)
        if len(batch) >= sizes[turn % len(sizes)]:
            log.feed(batch)
            batch, turn = [], turn + 1
    log.feed(batch)
    return log


def answers(log: Log) -> dict[int, list[LogRecord]]:
    """The decisions, as records of decisions.v1, by the case that caused them."""
    found = defaultdict(list)
    for output in log.effects.outputs:
        if output.topic == DECISIONS:
            cause = int(dict(output.headers)["cause"])
            found[cause].append(LogRecord(0, len(found), 0, output.key, output.value, output.headers))
    return found


def marked(log: Log, steps: Sequence[Step]) -> list[Step]:
    """The steps a restart sees: of ticks in a row only those that refused something, and the last."""
    told, probe = [], Log(BUSY, **LIMITS)
    for step, following in zip(steps, [*steps, None][1:], strict=True):
        if isinstance(step, int):
            if probe.tick(step) or not isinstance(following, int):
                told.append(step)
        else:
            probe.feed([step])
            told.append(step)
    assert probe.effects == log.effects
    return told


class Blank:
    """A model that must not be asked."""

    def explain_one(self, _x: Any) -> Any:
        raise AssertionError("restoring asked the model")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_folding_the_log_again_gives_the_same_state_without_the_model(steps: list[Step]) -> None:
    lived = run(steps)
    decisions = answers(lived)

    restored = Log(BUSY, model=Blank(), **LIMITS)
    for step in marked(lived, steps):
        if isinstance(step, int):
            restored.shard.tick(step, Effects())
        else:
            restored.shard.replay(step, decisions[step.offset])

    assert state(restored) == state(lived)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories(), st.integers(0, 40))
def test_a_restored_shard_goes_on_as_if_nothing_had_happened(steps: list[Step], died_after: int) -> None:
    lived = run(steps)
    decisions = answers(lived)

    restored = Log(BUSY, **LIMITS)
    for step in steps[:died_after]:
        if isinstance(step, int):
            restored.shard.tick(step, Effects())
        else:
            restored.shard.replay(step, decisions[step.offset])
    before = len(run(steps[:died_after]).effects.outputs)
    for step in steps[died_after:]:
        if isinstance(step, int):
            restored.tick(step)
        else:
            restored.feed([step])

    assert restored.effects.outputs == lived.effects.outputs[before:]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    histories(),
    st.sets(st.integers(0, 40)),
    st.sampled_from([{"max_items": 2}, {"max_items": 40}, {"max_items": 40, "horizon_s": 600.0}]),
)
def test_a_shard_saved_and_loaded_at_any_time_goes_on_as_if_nothing_had_happened(
    steps: list[Step], saved_after: set[int], limits: dict[str, Any]
) -> None:
    lived, restarted, snapshot = Log(BUSY, **LIMITS | limits), Log(BUSY, **LIMITS | limits), {}
    for number, step in enumerate(steps):
        for log in (lived, restarted):
            log.tick(step) if isinstance(step, int) else log.feed([step])
        if number in saved_after:
            snapshot = after(snapshot, restarted.shard.save())
            assert snapshot == state(lived)
            restarted.shard = RiskShard(0, restarted.control, restarted.settings, KEY)
            restarted.shard.load(snapshot)
            assert restarted.shard.save() == {}

    assert restarted.effects == lived.effects
    assert state(restarted) == state(lived)
    assert len(restarted.shard.items) == len(lived.shard.items)


def after(saved: dict[str, bytes], changes: Mapping[str, bytes | None]) -> dict[str, bytes]:
    """The parts of a snapshot to which what changed has been added."""
    return {name: content for name, content in {**saved, **changes}.items() if content is not None}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories(), st.lists(st.integers(1, 7), min_size=1, max_size=4))
def test_the_cut_into_batches_changes_nothing(steps: list[Step], sizes: list[int]) -> None:
    whole, cut = run(steps), run(steps, sizes)

    assert cut.effects == whole.effects
    assert state(cut) == state(whole)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_every_promise_about_alerts_and_versions_holds(steps: list[Step]) -> None:
    log = run(steps)
    alerts, decisions = log.all("alerts.v1"), log.all(DECISIONS)

    states = [(alert["alertId"], alert["state"]) for alert in alerts]
    assert len(set(states)) == len(states)
    for number, (alert_id, alert_state) in enumerate(states):
        assert alert_state == "RAISED" or (alert_id, "RAISED") in states[:number]
    ids = [decision["decisionId"] for decision in decisions]
    assert len(set(ids)) == len(ids)
    for decision in decisions:
        superseded = decision.get("supersedesDecisionId")
        assert (superseded is None) == (decision["version"] == 1)
        assert superseded is None or superseded in ids[: ids.index(decision["decisionId"])]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_memory_stays_within_its_bounds(steps: list[Step]) -> None:
    log = run(steps)
    shard = log.shard

    assert len(shard.items) <= LIMITS["max_items"]
    assert len(shard.waiting.cases) <= LIMITS["max_waiting"]
    assert sum(map(len, shard.waiting.by_identity.values())) == len(shard.waiting.cases)
    assert shard.waiting.size_bytes == sum(len(waiting.case) for waiting in shard.waiting.cases.values())
