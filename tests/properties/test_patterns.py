"""What delivery points are found to show, against an oracle that looks at all parcels again, window by window.

Exact as far as it is promised: parcels no later than `late_s`, no more of them than are remembered of a point.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.log import Effects, LogRecord
from streams.patterns import PatternsShard
from tests.parcel_touches import SETTINGS, Patterns, page, parcel

HOUR_MS = 3_600_000
SMALL = replace(SETTINGS, max_parcels=1_000, split_s=4 * 3600, mule_s=12 * 3600, mule_names=3, late_s=48 * 3600)
SPLIT, MULE = "SPLIT_CONSIGNMENT", "MULE_ADDRESS"

histories = st.lists(
    st.builds(
        lambda item, **told: parcel(f"P{item}", **told),
        item=st.integers(0, 11),
        point=st.sampled_from(["d1", "d2"]),
        seller=st.sampled_from(["s1", "s2"]),
        name=st.sampled_from(["n1", "n2", "n3", "n4"]),
        hs=st.sampled_from(["851830", "610910", ""]),
        value_eur=st.sampled_from([0.0, 40.0, 80.0, 149.0, 300.0]),
        minutes=st.integers(0, 24).map(lambda halves: halves * 60.0),
    ),
    max_size=14,
    unique_by=lambda touch: touch["itemId"],
)


def named(patterns: Patterns, code: str) -> set[str]:
    """The items that alerts and incidents of this code concern, as far as they are told by the end."""
    patterns.run(2)  # what joined
    told = [incident for incident in patterns.incidents() if incident["type"] == code]
    return {item["itemId"] for incident in told for item in incident["links"]["itemIds"]}


def stretches(group: Sequence[dict[str, Any]], hours: float) -> Iterable[list[dict[str, Any]]]:
    """Every window that begins with a parcel of the group: what of the group lies in it."""
    for first in group:
        until_ms = first["time_ms"] + hours * HOUR_MS
        yield [touch for touch in group if first["time_ms"] <= touch["time_ms"] <= until_ms]


def beside(window: Sequence[dict[str, Any]], all_of: Sequence[dict[str, Any]], hours: float) -> int:
    begin_ms = min(touch["time_ms"] for touch in window)
    return sum(begin_ms <= touch["time_ms"] <= begin_ms + hours * HOUR_MS for touch in all_of)


def purchases(touches: Sequence[dict[str, Any]]) -> set[str]:
    """The items of all purchases that are split: by seller and name, or seller and goods."""
    found = set[str]()
    for point, seller, field in {(t["entity"], t["seller"], f) for t in touches for f in ("consignee", "hs")}:
        here = [touch for touch in touches if touch["entity"] == point]
        for common in {touch[field] for touch in here} - {""}:
            others = [touch for touch in here if field == "hs" or touch[field] == common]
            group = [
                touch
                for touch in here
                if touch[field] == common and touch["seller"] == seller and 0 < touch["value_eur"] < 150
            ]
            for window in stretches(group, 4):
                dear = len(window) >= 3 and sum(touch["value_eur"] for touch in window) > 150
                if dear and len(window) >= 0.3 * beside(window, others, 4):
                    found |= {touch["itemId"] for touch in window}
    return found


def lent(touches: Sequence[dict[str, Any]]) -> set[str]:
    """The items of all windows with too many names."""
    found = set[str]()
    for point, field in {(touch["entity"], field) for touch in touches for field in ("seller", "hs")}:
        here = [touch for touch in touches if touch["entity"] == point]
        for common in {touch[field] for touch in here} - {""}:
            for window in stretches([touch for touch in here if touch[field] == common], 12):
                many = len({touch["consignee"] for touch in window}) >= 3
                if many and len(window) >= (0.8 if field == "hs" else 0.5) * beside(window, here, 12):
                    found |= {touch["itemId"] for touch in window}
    return found


@settings(max_examples=150, deadline=None)
@given(histories)
def test_in_the_order_of_time_all_windows_that_cross_a_threshold_are_found_and_no_other(
    history: list[dict[str, Any]],
):
    """A window is looked at when the last of its parcels has come, so those that came before decide."""
    history.sort(key=lambda touch: touch["time_ms"])
    patterns = Patterns(SMALL)
    patterns.each(history)
    so_far = [history[: length + 1] for length in range(len(history))]

    assert named(patterns, SPLIT) == set().union(*map(purchases, so_far))
    assert named(patterns, MULE) == set().union(*map(lent, so_far))


@settings(max_examples=150, deadline=None)
@given(histories.flatmap(st.permutations))
def test_in_any_order_of_arrival_nothing_is_missed_that_crosses_a_threshold_in_the_end(history: list[dict[str, Any]]):
    patterns = Patterns(SMALL)
    patterns.each(history)

    assert named(patterns, SPLIT) >= purchases(history)
    assert named(patterns, MULE) >= lent(history)
    assert named(patterns, SPLIT) | named(patterns, MULE) <= {touch["itemId"] for touch in history}


@settings(max_examples=80, deadline=None)
@given(histories, st.data())
def test_versions_count_once_with_what_the_newest_says(history: list[dict[str, Any]], data: st.DataObject):
    """Earlier versions that are worth nothing, to nobody in particular, leave no trace."""
    nothing = {"value_eur": 0.0, "hs": "", "consignee": "", "version": 0}
    changed = [touch | nothing | {"seller": f"o{n}"} for n, touch in enumerate(history) if data.draw(st.booleans())]
    plain, versioned = Patterns(SMALL), Patterns(SMALL)
    plain.each(history)
    versioned.each([*changed, *history])

    assert named(versioned, SPLIT) == named(plain, SPLIT)


@settings(max_examples=60, deadline=None)
@given(histories, st.lists(st.integers(1, 2_000), max_size=14), st.data())
def test_saved_and_loaded_at_any_point_it_goes_on_as_if_it_had_never_ended(
    history: list[dict[str, Any]], minutes: list[int], data: st.DataObject
):
    """Touches of delivery points and sellers, ticks between them, and after each step what has changed is saved."""
    goods = [touch | {"entity": f"seller/{touch['seller']}", "goods": "gtin/1"} for touch in history]
    steps = [step for pair in zip(history, goods, strict=True) for step in pair] + list(minutes)
    steps = data.draw(st.permutations(steps))
    cut = data.draw(st.integers(0, len(steps)))
    live, restored = PatternsShard(0, SMALL), PatternsShard(0, SMALL)
    after, again, saved = Effects(), Effects(), dict[str, bytes | None]()

    for step in steps[:cut]:
        fold(live, [step], Effects())
        saved |= live.save()
    restored.load({name: content for name, content in (saved or live.save()).items() if content is not None})
    assert restored.save() == {}
    fold(live, steps[cut:], after)
    fold(restored, steps[cut:], again)

    assert again == after
    assert everything(restored) == everything(live)


@settings(max_examples=60, deadline=None)
@given(histories, st.lists(st.integers(1, 2_000), max_size=20), st.data())
def test_ticks_that_say_nothing_may_be_left_out_when_the_log_is_folded_again(
    history: list[dict[str, Any]], minutes: list[int], data: st.DataObject
):
    """Only ticks that wrote something, and the last ones before a record, are marked in the log, each time once."""
    steps = data.draw(st.permutations([*history, *minutes]))
    live, again, now_ms = PatternsShard(0, SMALL), PatternsShard(0, SMALL), 0
    for step in steps:
        effects = Effects()
        if isinstance(step, int):
            now_ms += step * 60_000
            live.tick(now_ms, effects)
        if now_ms > again.now_ms and (effects.outputs or not isinstance(step, int)):  # at one time once, as live
            again.tick(now_ms, Effects())
        if not isinstance(step, int):
            fold(live, [step], effects)
            fold(again, [step], Effects())

    assert everything(again) == everything(live)


def fold(shard: PatternsShard, steps: Sequence[Any], effects: Effects) -> None:
    for step in steps:
        if isinstance(step, int):
            shard.tick(shard.now_ms + step * 60_000, effects)
        else:
            shard.process([LogRecord(0, 0, step["at"], None, page(step))], effects)


def everything(shard: PatternsShard) -> dict[str, bytes]:
    """All that would be saved, changed or not."""
    return {name: part.encode() for view in shard.views.values() for name, part in view.parts().items()}
