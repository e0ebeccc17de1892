"""The watch over refusals is a fold: cut, replayed, saved or loaded, it is the same; and it keeps its bounds."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.log import Effects, LogRecord
from streams.quality import QualitySettings, QualityShard
from streams.records.wire import encode
from streams.state.parts import Ledger
from streams.topics import MANIFESTS, SENSORS

SETTINGS = QualitySettings(share_limit=0.2, window_s=100.0, window_records=60, least_records=10, max_providers=3)
PROVIDERS, NUMBERS = st.sampled_from("ABCDE"), st.integers(1, 30)
CODES = st.sampled_from(["FIELD_FORMAT", "JSON_INVALID"])
tallies = st.builds(
    lambda topic, accepted, refused: (
        {"topic": f"n.{topic}", "partition": 0, "at": 5, "accepted": accepted}
        | {"refused": [[*about, number, 3] for about, number in refused.items()]}
    ),
    st.sampled_from([MANIFESTS, SENSORS]),
    st.dictionaries(PROVIDERS, NUMBERS, max_size=3),
    st.dictionaries(st.tuples(PROVIDERS, CODES), NUMBERS, max_size=3),
)
histories = st.lists(tallies | st.integers(1, 60), max_size=30)


def run(shard: QualityShard, steps: list[Any], first: int = 0, now_s: int = 0) -> Effects:
    """Numbers let so many seconds pass."""
    effects = Effects()
    for offset, step in enumerate(steps, first):
        if isinstance(step, int):
            now_s += step
            shard.tick(now_s * 1000, effects)
        else:
            shard.process([LogRecord(0, offset, 0, None, encode(step))], effects)
    return effects


def state(shard: QualityShard) -> bytes:
    shard._ledger = Ledger()
    return shard.save()["state"] or b""


@settings(deadline=None)
@given(histories, st.integers(0, 30))
def test_a_loaded_shard_goes_on_as_if_nothing_had_happened(steps: list[Any], died_after: int) -> None:
    lived, heir = QualityShard(0, SETTINGS), QualityShard(0, SETTINGS)
    past, future = steps[:died_after], steps[died_after:]
    passed_s = sum(step for step in past if isinstance(step, int))
    run(lived, past)
    parts = {name: part for name, part in lived.save().items() if part is not None}

    if parts:
        heir.load(parts)

    assert heir.save() == {}
    assert run(heir, future, len(past), passed_s) == run(lived, future, len(past), passed_s)
    assert state(heir) == state(lived)


@settings(deadline=None)
@given(histories)
def test_ticks_that_changed_nothing_may_be_left_out(steps: list[Any]) -> None:
    """A restart sees of ticks in a row only those that had alerts to tell, and the last."""
    lived, restored = QualityShard(0, SETTINGS), QualityShard(0, SETTINGS)
    probe, marked, waited = QualityShard(0, SETTINGS), [], 0
    now_s = 0
    for step, following in zip(steps, [*steps, None][1:], strict=True):
        if not isinstance(step, int):
            probe.process([LogRecord(0, len(marked), 0, None, encode(step))], Effects())
            marked.append(step)
            continue
        now_s, waited, effects = now_s + step, waited + step, Effects()
        probe.tick(now_s * 1000, effects)
        if effects.outputs or not isinstance(following, int):
            marked.append(waited)
            waited = 0

    run(lived, [step for step in steps if step])
    run(restored, marked)

    assert without_places(state(restored)) == without_places(state(lived))


def without_places(state: bytes) -> list[bytes]:
    """Leaving ticks out gives the slices other offsets here, and alert ids hold the offset."""
    return [piece for piece in state.split(b'"') if not piece.startswith(b"alt-")]


@settings(deadline=None)
@given(histories)
def test_each_alert_is_raised_once_before_it_is_cleared_once_and_memory_is_bounded(steps: list[Any]) -> None:
    shard, open_alerts, seen = QualityShard(0, SETTINGS), set[str](), set[str]()
    for offset, step in enumerate(steps):
        effects = run(shard, [step], offset, shard.now_ms // 1000)
        for output in effects.outputs:
            about = dict(output.headers)["ce_id"].decode()
            alert_id, _, kind = about.rpartition("-")
            assert about not in seen
            seen.add(about)
            assert kind == "RAISED" or alert_id in open_alerts
            (open_alerts.add if kind == "RAISED" else open_alerts.remove)(alert_id)
    for watch in shard.topics.values():
        assert len(watch.windows) <= SETTINGS.max_providers + 1
        for window in watch.windows.values():
            assert len(window.slices) <= 10
            assert window.total == sum(each.total for each in window.slices)
            assert window.refused == sum(each.refused.total() for each in window.slices)
