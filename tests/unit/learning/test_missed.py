"""What was missed, as a fold over the control log: weeks, windows, corrections, bounds, and targets."""

from collections.abc import Iterable
from typing import Any

import orjson
import pytest

from streams.control import Control
from streams.learning.missed import JUDGE_MS, WEEKS_KEPT, Missed
from streams.learning.targets import Targets
from streams.learning.weeks import WEEK_MS, Estimates, week_of
from streams.log import LogRecord
from streams.records.schema import RECORDS, check
from streams.state.members import Place
from streams.state.parts import Ledger
from streams.topics import ALERTS
from tests.risk_cases import RATES, FixedModel, Log, said

NOW_MS = 1_790_000_000_000
THIS = week_of(NOW_MS)
PLACE = Place(7, 0, NOW_MS)


def passage(lane: str = "GREEN", parcels: float = 1_000, week: int = THIS, eur: float = 50.0) -> dict[str, Any]:
    return {"kind": "passage", "lanes": [[week, lane, parcels, parcels * eur, parcels * eur / 10]]}


def example(y: bool | None, by: str = "RANDOM", otherwise: str = "GREEN", **more: Any) -> dict[str, Any]:
    drawn = {"otherwise": otherwise, "propensity": 0.01} if by == "RANDOM" else {"propensity": 1.0}
    x = {"price_eur": 50.0, "tax_rate": 10.0}
    return {"kind": "example", "y": y, "selectedBy": by, "week": THIS, "x": x, **drawn, **more}


def fold(said: Iterable[dict[str, Any]], targets: Targets | None = None, missed: Missed | None = None) -> Missed:
    missed = missed or Missed(targets or Targets())
    for record in said:
        assert missed.fold(record, PLACE)
    return missed


def state(missed: Missed) -> bytes:
    return (Ledger().changes(missed.parts()))["missed"] or b""


TEN_DRAWN = [example(number < 2) for number in range(10)]


def test_the_drawn_stand_for_all_that_passed() -> None:
    estimates = fold([passage(parcels=900), passage(parcels=100), *TEN_DRAWN]).window(13)

    parcels, share = estimates.parcels["ALL"], estimates.share["ALL"]
    assert parcels
    assert share
    assert parcels.estimate == pytest.approx(200)
    assert parcels.lower < 200 < parcels.upper < 1_000
    assert estimates.parcels["GREEN"] == parcels
    assert estimates.value_eur
    assert estimates.value_eur.estimate == pytest.approx(10_000)
    assert estimates.duty_eur
    assert estimates.duty_eur.estimate == pytest.approx(1_000)


def test_each_lane_is_estimated_from_the_drawn_that_would_have_taken_it() -> None:
    blue = [example(number < 6, otherwise="BLUE") for number in range(10)]
    estimates = fold([passage(parcels=900), passage("BLUE", 100), *TEN_DRAWN, *blue]).window(13)

    found = {lane: interval and round(interval.estimate) for lane, interval in estimates.parcels.items()}
    assert found["GREEN"] == 180
    assert found["BLUE"] == 60


def test_chosen_parcels_say_nothing_about_those_that_passed() -> None:
    chosen = [example(True, by="RISK") for _ in range(50)]
    without, with_them = fold([passage(), *TEN_DRAWN]).window(13), fold([passage(), *TEN_DRAWN, *chosen]).window(13)

    assert with_them.parcels == without.parcels
    assert with_them.precision
    assert with_them.precision.estimate == pytest.approx(52 / 60)
    assert with_them.hit_rate["RISK"]
    assert with_them.hit_rate["RISK"].estimate == 1.0
    assert with_them.hit_rate["RANDOM"] == without.hit_rate["RANDOM"] == without.precision


def test_a_drawn_parcel_of_which_nobody_knows_where_it_would_have_gone_stands_for_none() -> None:
    unknown = {name: value for name, value in example(True).items() if name != "otherwise"}
    without, with_it = fold([passage(), *TEN_DRAWN]).window(13), fold([passage(), *TEN_DRAWN, unknown]).window(13)

    assert with_it.parcels == without.parcels


def test_recall_is_what_was_found_of_all_there_was() -> None:
    recall = fold([passage(), *TEN_DRAWN, *[example(True, by="RISK") for _ in range(48)]]).window(13).recall

    assert recall
    assert recall.estimate == pytest.approx(50 / (50 + 200))
    assert recall.lower < recall.estimate < recall.upper


def test_what_an_officer_looked_at_although_it_had_passed_counts_nowhere() -> None:
    assert state(fold([passage(), example(True, by="NONE")])) == state(fold([passage()]))


@pytest.mark.parametrize("y", [True, False, None])
def test_a_corrected_label_takes_the_place_of_the_first(y: bool | None) -> None:
    corrected = fold([passage(), *TEN_DRAWN, example(y, was=False)])
    right = fold([passage(), *TEN_DRAWN[:-1], *([example(y)] if y is not None else [])])

    assert _estimate(corrected.window(13)) == pytest.approx(_estimate(right.window(13)))


def _estimate(estimates: Estimates) -> tuple[float, ...]:
    share, rate = estimates.share["ALL"], estimates.hit_rate["RANDOM"]
    assert share
    assert rate
    return (*share, *rate)


def test_a_window_holds_its_weeks_and_no_others() -> None:
    early = [{**record, "week": THIS - 13} for record in TEN_DRAWN]
    missed = fold([passage(week=THIS - 13), *early, passage(week=THIS - 12), passage(), *TEN_DRAWN])

    at = {weeks: interval and round(interval.estimate) for weeks in (1, 13, 14) if (interval := _all(missed, weeks))}
    assert at == {1: 200, 13: 400, 14: 600}


def _all(missed: Missed, weeks: int) -> Any:
    return missed.window(weeks).parcels["ALL"]


def test_no_more_weeks_are_kept_than_said() -> None:
    missed = fold([passage(week=week) for week in range(THIS - 100, THIS + 1)])

    assert missed.sizes()["weeks"] == WEEKS_KEPT
    assert min(missed.weeks) == THIS - WEEKS_KEPT + 1
    fold([{**example(True), "week": THIS - 60}], missed=missed)
    assert min(missed.weeks) == THIS - WEEKS_KEPT + 1


@pytest.mark.parametrize(
    "said",
    [
        {"kind": "passage"},
        {"kind": "passage", "lanes": [["x", "GREEN", 1, 2, 3]]},
        {"kind": "passage", "lanes": [[THIS, "GREEN", 1, 2]]},
        {"kind": "passage", "lanes": [[THIS, "GREEN", 1, None, 3]]},
        {"kind": "passage", "lanes": [7]},
        example(True, otherwise="RED"),
        example(True, propensity="much"),
        example(True, x={"price_eur": 1.0}),
    ],
)
def test_what_is_malformed_changes_nothing(said: dict[str, Any]) -> None:
    missed = fold([passage(), *TEN_DRAWN])
    before = state(missed)

    assert not missed.fold(said, PLACE)
    assert state(missed) == before


@pytest.mark.parametrize("week", [-1, THIS - WEEKS_KEPT, THIS + 2, 10**9])
def test_weeks_that_are_over_for_long_or_cannot_have_come_are_left_out(week: int) -> None:
    missed, strange = fold([passage(), *TEN_DRAWN]), {**example(True), "week": week}
    before = state(missed)

    assert state(fold([passage(week=week), strange], missed=missed)) == before


def test_a_publisher_whose_clock_is_ahead_on_sunday_night_moves_no_window() -> None:
    missed = fold([passage(), *TEN_DRAWN])
    before = missed.window(1)
    fold([passage(week=THIS + 1)], missed=missed)

    assert missed.window(1) == before
    assert missed.fold(passage(week=THIS + 1), Place(8, 0, NOW_MS + WEEK_MS))
    assert missed.weeks[THIS + 1].passed["GREEN"].amounts[0] == 2_000


def test_an_example_that_does_not_say_its_week_counts_nowhere_and_is_not_malformed() -> None:
    assert Missed().fold({"kind": "example", "y": True, "x": {}}, PLACE)


def test_a_loaded_fold_is_the_one_that_was_saved() -> None:
    lived = fold([passage(), *TEN_DRAWN], Targets(leakage=0.001))
    heir = Missed(Targets(leakage=0.001))
    heir.load({"missed": state(lived)})
    for missed in lived, heir:
        fold([passage(), example(True, was=False)], missed=missed)

    assert state(heir) == state(lived)
    assert heir.figures() == lived.figures()


def test_operators_see_every_window_and_bound_and_nothing_before_there_is_something() -> None:
    assert Missed().figures() == {}

    missed = fold([passage(), *TEN_DRAWN], Targets(recall=0.5))
    assert missed.fold(passage(parcels=0), Place(8, JUDGE_MS, NOW_MS))
    figures = missed.figures()
    assert figures["leakage_parcels", "13w", "ALL", "estimate"] == pytest.approx(200)
    assert figures["leakage_ratio", "1w", "GREEN", "upper"] < 1
    assert figures["hit_ratio", "4w", "RANDOM", "estimate"] == pytest.approx(0.2)
    assert figures["leakage_duty_euros", "13w", "estimate"] == pytest.approx(1_000)
    assert figures["target_ratio", "recall"] == 0.5
    assert figures["target_missed", "recall"] == 1


def test_figures_follow_what_is_folded() -> None:
    missed = fold([passage(), *TEN_DRAWN])
    before = missed.figures()["leakage_parcels", "13w", "ALL", "estimate"]
    fold([passage()], missed=missed)

    assert missed.figures()["leakage_parcels", "13w", "ALL", "estimate"] == pytest.approx(2 * before)


# Targets.

MANY_BAD = [example(number < 60) for number in range(100)]
MANY_GOOD = [example(False) for _ in range(900)]


def hours(missed: Missed, *batches: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Fold one batch an hour; what was noticed of it."""
    for hour, batch in enumerate(batches, 1):
        for record in batch:
            assert missed.fold(record, Place(hour * 1_000, hour * JUDGE_MS, NOW_MS))
        assert missed.fold(passage(parcels=1), Place(hour * 1_000 + 1, hour * JUDGE_MS, NOW_MS))
    return [(notice.about, notice.state) for notice in missed.notices.between(0, 10**12)]


def test_a_missed_target_is_told_once_and_once_more_when_it_is_met_again() -> None:
    missed = Missed(Targets(leakage=0.2))
    told = hours(missed, [passage()], MANY_BAD, [], [], MANY_GOOD, [], MANY_BAD * 20)

    first, second = "target/leakage/2001", "target/leakage/7001"
    assert told == [(first, "RAISED"), (first, "CLEARED"), (second, "RAISED")]


def test_an_estimate_beyond_the_target_is_not_enough_while_chance_may_have_made_it() -> None:
    assert hours(Missed(Targets(leakage=0.15)), [passage()], TEN_DRAWN) == []
    assert hours(Missed(Targets(leakage=0.001)), [passage()], TEN_DRAWN) != []


@pytest.mark.parametrize(
    ("targets", "batch"),
    [
        (Targets(random_hit_rate=0.2), MANY_BAD),
        (Targets(recall=0.9), MANY_BAD),
        (Targets(precision=0.5), MANY_GOOD),
    ],
)
def test_every_target_can_be_missed_and_says_what_it_is_about(targets: Targets, batch: list[dict[str, Any]]) -> None:
    missed = Missed(targets)
    hours(missed, [passage()], batch)

    (notice,) = missed.notices.between(0, 10**12)
    assert (notice.state, notice.severity) == ("RAISED", "WARNING")
    assert "wanted at" in notice.title
    assert "%" in notice.title
    assert notice.reasons[0]["code"].startswith("TARGET_")


def test_without_targets_nothing_is_told() -> None:
    assert hours(Missed(), [passage()], MANY_BAD, MANY_GOOD) == []


def test_a_target_that_is_given_up_is_missed_no_more() -> None:
    missed = Missed(Targets(leakage=0.2))
    hours(missed, [passage()], MANY_BAD)
    heir = Missed()
    heir.load({"missed": state(missed)})

    assert [state for _, state in hours(heir, [], [], [], [])] == ["RAISED", "CLEARED"]


def test_what_is_saved_is_json_and_small() -> None:
    missed = fold([record for week in range(THIS - 30, THIS + 1) for record in (passage(week=week), *_of(week))])

    assert orjson.loads(state(missed))
    assert len(state(missed)) < 30_000


def _of(week: int) -> list[dict[str, Any]]:
    return [{**record, "week": week} for record in TEN_DRAWN]


def test_the_shard_of_the_first_partition_tells_of_a_missed_target_once_and_a_restart_does_not_tell_it_again() -> None:
    lived = Log(RATES)
    lived.control = lived.shard.control = Control(FixedModel(), Targets(leakage=0.01))
    for record in ({"kind": "tick"}, passage(), *MANY_BAD):
        _log(lived, record)
    for second in range(JUDGE_MS // 2_000):
        _log(lived, {"kind": "tick"}, NOW_MS + 2_000 * second)
    _log(lived, passage())
    heir = Log(RATES)
    heir.control = heir.shard.control = lived.control
    told = []
    for step in range(1, 5):
        _log(lived, {"kind": "tick"}, NOW_MS + JUDGE_MS + 2_000 * step)
        alerts = said(lived.tick(lived.control.now_ms), ALERTS)
        told += [(alert["kind"], alert["state"], alert["severity"]) for alert in alerts]
        for alert in alerts:
            check(RECORDS[ALERTS], alert)
    heir.shard.load({name: part for name, part in lived.shard.save().items() if part is not None})
    _log(lived, {"kind": "tick"}, NOW_MS + 2 * JUDGE_MS)

    assert told == [("SYSTEM", "RAISED", "WARNING")]
    assert said(heir.tick(lived.control.now_ms), ALERTS) == []


def _log(log: Log, record: dict[str, Any], at_ms: int = NOW_MS) -> None:
    log.control.fold(LogRecord(0, log.control.offset, at_ms, None, orjson.dumps(record)))
