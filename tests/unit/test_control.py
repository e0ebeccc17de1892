"""Time and learning as a fold over the control log."""

from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from streams.control import LONGEST_STEP_MS, Control
from streams.learning.lessons import REMEMBERED
from streams.learning.targets import Targets
from streams.learning.weeks import week_of
from streams.log import LogRecord
from streams.models import build
from tests.risk_cases import FixedModel
from tests.signers import Signer, registration


def fold(control: Control, said: dict[str, Any], at_ms: int = 0) -> None:
    control.fold(LogRecord(0, control.offset, at_ms, None, orjson.dumps(said)))


def example(y: bool | None = True, decision_id: str = "dec-1", price_eur: float = 5.0) -> dict[str, Any]:
    """An example; if it is not the first of its decision, it says that it corrects the one before."""
    x = {"price_eur": price_eur}
    return {"kind": "example", "decisionId": decision_id, "x": x, "y": y, "supersedes": "o-1"}


def test_time_moves_from_tick_to_tick() -> None:
    control = Control(FixedModel())
    assert control.now_ms == 0

    fold(control, {"kind": "tick"}, 1_790_000_005_000)
    first = control.now_ms
    fold(control, {"kind": "tick"}, 1_790_000_006_000)

    assert 0 < first <= LONGEST_STEP_MS
    assert control.now_ms == first + 1_000


def test_a_stopped_engine_ages_nothing() -> None:
    control = Control(FixedModel())
    for at_ms in (5_000, 5_000_000, 5_001_000):
        fold(control, {"kind": "tick"}, at_ms)

    assert control.now_ms == 2 * LONGEST_STEP_MS + 1_000


def test_time_never_runs_backwards() -> None:
    control = Control(FixedModel())
    seen = []
    for at_ms in (5_000, 4_000, 4_500, 5_500):
        fold(control, {"kind": "tick"}, at_ms)
        seen.append(control.now_ms)

    assert seen == [2_000, 2_000, 2_000, 2_500]


def test_the_offset_is_the_position_after_the_last_record_and_the_model_version_that_after_the_last_lesson() -> None:
    control = Control(FixedModel())
    fold(control, example())
    fold(control, {"kind": "tick"}, 5_000)

    assert (control.offset, control.model_version) == (2, 1)


def test_a_kind_from_a_later_version_is_counted_and_left_out() -> None:
    control = Control(FixedModel())
    fold(control, {"kind": "incident", "y": True})
    control.fold(LogRecord(0, 1, 0, None, None))

    assert (control.ignored, control.offset, control.model.learnt) == (2, 2, [])


def test_an_example_teaches_once() -> None:
    control = Control(FixedModel())
    fold(control, example())
    fold(control, example())

    assert control.model.learnt == [({"price_eur": 5.0}, True)]


def test_a_corrected_label_is_learnt_as_one_more_example() -> None:
    control = Control(FixedModel())
    fold(control, example(y=True))
    fold(control, example(y=False))

    assert [y for _, y in control.model.learnt] == [True, False]


def test_a_withdrawn_label_teaches_nothing_and_may_come_back() -> None:
    control = Control(FixedModel())
    fold(control, example(y=True))
    fold(control, example(y=None))
    fold(control, example(y=True))

    assert [y for _, y in control.model.learnt] == [True, True]


def test_labels_remembered_for_correction_are_bounded() -> None:
    control = Control(FixedModel())
    for number in range(REMEMBERED + 10):
        fold(control, example(decision_id=f"dec-{number}"))

    assert control.sizes()["labels"] == REMEMBERED


def test_the_usual_rate_is_the_one_the_models_tables_count() -> None:
    model = build()
    control = Control(model)
    for number in range(20):
        fold(control, example(y=number < 5, decision_id=f"dec-{number}"))

    assert control.usual == (5 + 1) / (20 + 5)
    assert (model._encoder.positives, model._encoder.examples) == (control.found, control.examples)


def test_a_registration_is_known_once_it_is_folded() -> None:
    control = Control(FixedModel())
    fold(control, registration(Signer(1).as_registered()))

    assert control.providers.get("CNPOST")
    assert (control.offset, control.ignored) == (1, 0)


@pytest.mark.parametrize(
    "malformed",
    [
        None,
        b"",
        b"\xff",
        b"{",
        b"[]",
        b"7",
        b'"tick"',
        b"{}",
        b'{"kind":["tick"]}',
        b'{"kind":"example"}',
        b'{"kind":"example","decisionId":1,"x":{},"y":true}',
        b'{"kind":"example","decisionId":"d","x":[],"y":true}',
        b'{"kind":"example","decisionId":"d","x":{"price_eur":5},"y":1}',
        b'{"kind":"provider","providerId":"CNPOST"}',
        b'{"kind":"of another version"}',
    ],
)
def test_what_is_malformed_is_counted_and_changes_nothing(malformed: bytes | None) -> None:
    control = Control(FixedModel())

    control.fold(LogRecord(0, 41, 1_790_000_005_000, None, malformed))

    assert (control.offset, control.ignored) == (42, 1)
    assert (control.now_ms, control.examples, len(control.providers)) == (0, 0, 0)


def test_whoever_is_registered_is_so_after_a_restart() -> None:
    """A snapshot that left them out would make a registered provider's name anybody's."""
    control, restored = Control(build()), Control(build())
    shared = restored.providers  # intake holds on to it
    fold(control, registration(Signer(1).as_registered()))

    restored.load({name: part for name, part in control.save().items() if part is not None})

    assert [*shared] == [*control.providers] != []


def lived(control: Control, lessons: int) -> Control:
    """Ticks, a registration, and lessons of which some are corrected or withdrawn."""
    key = {"keyId": "k1", "ed25519": "A" * 43 + "="}
    fold(control, {"kind": "provider", "providerId": "ONE", "role": "POST", "status": "ACTIVE", "publicKeys": [key]})
    for number in range(lessons):
        y = (True, False, None)[number % 3]
        fold(control, {"kind": "tick"}, 5_000 + number * 700)
        fold(control, example(y, f"dec-{number % 7}", price_eur=number / 3))
    return control


def after(saved: dict[str, bytes], changes: Mapping[str, bytes | None]) -> dict[str, bytes]:
    return {name: content for name, content in {**saved, **changes}.items() if content is not None}


@pytest.mark.parametrize("lessons", [0, 1, 40])
def test_a_control_fold_loaded_from_a_snapshot_goes_on_as_if_it_had_never_ended(lessons: int) -> None:
    control, loaded = lived(Control(build()), lessons), Control(build())
    saved = after({}, control.save())

    loaded.load(saved)

    assert loaded.save() == {}
    assert (loaded.offset, loaded.now_ms, loaded.usual) == (control.offset, control.now_ms, control.usual)
    assert after(saved, lived(loaded, 20).save()) == after(saved, lived(control, 20).save())
    assert loaded.model.explain_one({"price_eur": 2.0}) == control.model.explain_one({"price_eur": 2.0})


def test_a_tick_changes_one_small_part_of_the_control_fold() -> None:
    control = lived(Control(build()), 5)
    control.save()
    fold(control, {"kind": "tick"}, 90_000)

    changes = control.save()

    assert list(changes) == ["control"]
    assert control.save() == {}


def test_a_snapshot_that_is_malformed_changes_nothing() -> None:
    saved, control = after({}, lived(Control(build()), 9).save()), Control(build())
    for name in saved:
        for spoilt in (
            {**saved, name: b"null"},
            {**saved, name: b"[7]"},
            {key: saved[key] for key in saved if key != name},
        ):
            with pytest.raises(ValueError, match=r"."):
                control.load(spoilt)

    assert control.save() == Control(build()).save()


def test_what_passed_and_what_the_lot_found_become_figures_and_notices_beside_the_lessons() -> None:
    control = Control(FixedModel(), Targets(leakage=0.01))
    now_ms = 1_790_000_000_000
    for number in range(1_801):
        fold(control, {"kind": "tick"}, now_ms + 2_000 * number)
    fold(control, {"kind": "passage", "lanes": [[week_of(now_ms), "GREEN", 990, 9_900.0, 0.0]]}, now_ms)
    drawn = {"week": week_of(now_ms), "selectedBy": "RANDOM", "otherwise": "GREEN", "propensity": 0.01}
    for number in range(10):
        x = {"price_eur": 10.0, "tax_rate": 0.0}
        fold(control, {**example(number < 5, f"dec-{number}"), "x": x, **drawn}, now_ms)
    told = [notice.about for notice in control.noticed(0, control.now_ms + 1)]
    for number in range(1_801):
        fold(control, {"kind": "tick"}, now_ms + 2_000 * (1_801 + number))
    fold(control, {"kind": "passage", "lanes": [[week_of(now_ms), "GREEN", 10, 100.0, 0.0]]}, now_ms)

    assert (control.ignored, control.examples, told) == (0, 10, [])
    assert control.figures()["leakage_parcels", "13w", "ALL", "estimate"] == pytest.approx(500)
    assert [notice.about.rsplit("/", 1)[0] for notice in control.noticed(0, control.now_ms + 1)] == ["target/leakage"]
    assert control.sizes()["weeks"] == 1
