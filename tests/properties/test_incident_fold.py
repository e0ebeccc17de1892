"""What incidents do is a fold over the logs too: a shard restored from them, or from a snapshot, has the same state."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.control import Control
from streams.incidents import Incidents
from streams.log import Effects, LogRecord
from streams.state.members import Place
from streams.topics import DECISIONS
from tests.incident_cases import DOOR, OTHER_CONTAINER, SEAL, Engine, aboard, cleared, raised
from tests.risk_cases import START_MS, LaneRates, amendment, cancel, filing, outcome

BUSY = LaneRates(red=0.2, yellow=0.2, blue=0.2, random_share=0.2)
RECEPTACLE = "CNCANADEFRAAAUN20001001112345"
ITEMS, PRICES = st.sampled_from("ABCD"), st.integers(1, 4).map(lambda price: price * 20.0)
CONTAINERS = st.sampled_from(["MSKU9070323", OTHER_CONTAINER])

filings = st.builds(
    lambda item, price, container: aboard(filing(item, price), container, RECEPTACLE), ITEMS, PRICES, CONTAINERS
)
amendments = st.builds(
    lambda item, price, container: aboard(amendment(item, price), container), ITEMS, PRICES, CONTAINERS
)
cases = filings | filings | amendments | st.builds(cancel, ITEMS) | st.builds(outcome, ITEMS)
links = (
    CONTAINERS.map(lambda container: {"equipmentReference": container})
    | st.just({"receptacleId": RECEPTACLE})
    | st.lists(ITEMS.map(lambda item: {"itemId": item}), min_size=1, max_size=2).map(lambda items: {"itemIds": items})
)
incidents = st.builds(
    lambda number, lane, weight, reason, severity, where: raised(
        f"inc-{number}", lane, weight=weight, reason=reason, severity=severity, **where
    ),
    st.integers(1, 3),
    st.sampled_from(["YELLOW", "RED"]),
    st.sampled_from([1.0, 3.0]),
    st.sampled_from([SEAL, DOOR]),
    st.sampled_from(["HIGH", "CRITICAL"]),
    links,
)
clearings = st.integers(1, 3).map(lambda number: cleared(f"inc-{number}"))
ticks = st.just({"kind": "tick"})
steps = st.lists(cases | cases | incidents | clearings | ticks, max_size=30)
Step = Mapping[str, Any]


class Blank:
    """A model that must not be asked."""

    def explain_one(self, _x: Any) -> Any:
        raise AssertionError("restoring asked the model")


def live(history: list[Step], engine: Engine, marks: list[tuple[int, int]] | None = None) -> Engine:
    """What a worker does: fold what has come, let time pass, process; and mark where time passed, if anything came of
    it.
    """
    marks, marked = [] if marks is None else marks, 0
    for number, step in enumerate(history):
        if step["kind"] in {"filing", "cancel", "outcome"}:
            source = {**step["source"], "offset": number}
            engine.take({**step, "source": source, "at": START_MS + number * 1_000, "messageId": f"m-{number}"})
            visible = True
        else:
            visible = bool(engine.happens(step) if step["kind"] == "tick" else engine.say(step))
        now_ms = engine.shard.now_ms
        if visible and now_ms > marked:
            before = len(engine.cases) - (step["kind"] not in {"tick", "incident"})
            marks.append((before, now_ms))
            marked = now_ms
    return engine


def unasked(engine: Engine) -> Control:
    """The same fold, with a model that must not be asked."""
    control = Control(Blank())  # type: ignore[arg-type]
    for record in engine.told:
        control.fold(record)
    return control


def answers(engine: Engine) -> dict[int, list[LogRecord]]:
    """The decisions by the case that caused them; those that none caused are not given back to a restart."""
    found = defaultdict(list)
    for output in engine.effects.outputs:
        if output.topic == DECISIONS and "cause" in (headers := dict(output.headers)):
            found[int(headers["cause"])].append(LogRecord(0, 0, 0, output.key, output.value, output.headers))
    return found


def restored(lived: Engine, marks: list[tuple[int, int]], control: Control) -> Engine:
    """What a restart does, with `control`, the fold of the control log, far ahead of the shard."""
    engine, decisions, left = Engine(BUSY, control=control), answers(lived), list(marks)
    for record in lived.cases:
        while left and left[0][0] <= record.offset:
            engine.shard.tick(left.pop(0)[1], Effects(heard=False))
        engine.shard.replay(record, decisions[record.offset])
    for _, now_ms in left:
        engine.shard.tick(now_ms, Effects(heard=False))
    return engine


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_folding_the_log_again_gives_the_same_state_without_the_model(history: list[Step]) -> None:
    marks = list[tuple[int, int]]()
    lived = live(history, Engine(BUSY), marks)
    lived.tick()  # what was left out because it changed nothing visible: its time passes now
    again = restored(lived, [*marks, (len(lived.cases), lived.control.now_ms)], unasked(lived))

    assert again.state() == lived.state()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps, steps)
def test_a_restored_shard_decides_what_the_one_that_died_would_have(history: list[Step], future: list[Step]) -> None:
    marks = list[tuple[int, int]]()
    lived = live(history, Engine(BUSY), marks)
    twin = restored(lived, marks, lived.control)
    before, twin.cases = len(lived.effects.outputs), list(lived.cases)
    assert twin.act() == [], "a turn begins with the time that passed: what was told is not told again"
    for step in future:  # both see the same control log, so it is written once
        if step["kind"] in {"filing", "cancel", "outcome"}:
            number = len(lived.cases)
            told = {**step, "source": {**step["source"], "offset": 100 + number}, "at": START_MS + number * 1_000}
            lived.take(told)
            twin.take(told)
        else:
            lived.say(step)
            lived.act()
            twin.act()

    assert twin.effects.outputs == lived.effects.outputs[before:]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps, st.sets(st.integers(0, 30)))
def test_a_shard_saved_and_loaded_at_any_time_goes_on_as_if_nothing_had_happened(
    history: list[Step], saved_after: set[int]
) -> None:
    lived, restarted, snapshot = Engine(BUSY), Engine(BUSY), dict[str, bytes]()
    for number, step in enumerate([filing("A"), *history, raised("inc-9"), {"kind": "tick"}]):
        for engine in (lived, restarted):
            live([step], engine)
        if number in saved_after:
            changed = restarted.shard.save()
            snapshot = {name: content for name, content in {**snapshot, **changed}.items() if content is not None}
            assert snapshot == lived.state()
            restarted.shard = restarted.fresh()
            restarted.shard.load(snapshot)

    assert restarted.effects == lived.effects


@settings(max_examples=100, deadline=None)
@given(st.lists(incidents | clearings, max_size=20), st.integers(0, 20))
def test_the_fold_of_incidents_is_the_same_when_saved_and_loaded_on_the_way(told: list[Step], cut: int) -> None:
    whole, first, second = Incidents(), Incidents(), Incidents()
    places = [Place(offset, 1_000 * offset, START_MS + offset) for offset in range(len(told))]
    for said, place in zip(told, places, strict=True):
        whole.fold(said, place)
    for said, place in zip(told[:cut], places[:cut], strict=True):
        first.fold(said, place)
    second.load({name: part.encode() for name, part in first.parts().items()})
    for said, place in zip(told[cut:], places[cut:], strict=True):
        second.fold(said, place)

    assert {name: part.encode() for name, part in second.parts().items()} == {
        name: part.encode() for name, part in whole.parts().items()
    }
    assert list(second) == list(whole)
    assert (second.sizes(), second.figures()) == (whole.sizes(), whole.figures())
