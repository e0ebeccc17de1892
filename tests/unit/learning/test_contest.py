"""Who would predict better: challengers in the shadow, newcomers after a change, promotions and the way back."""

import random
from typing import Any

import pytest

from streams.control import Control
from streams.learning.contest import SURE, Contest, Duel, Succession
from streams.learning.example import Example
from streams.learning.settings import LearningSettings
from streams.log import LogRecord
from streams.models import build
from streams.models.catalogue import DEFAULT
from streams.records.wire import encode


def learn(contest: Contest, examples: int, selected_by: str = "RANDOM", seed: int = 0) -> list[str]:
    """Goods of one kind are found in nine of ten cases, the other in one; who is found to be better on the way."""
    lot, better = random.Random(seed), list[str]()
    for number in range(examples):
        hs = lot.choice(["851830", "610910"])
        y = lot.random() < (0.9 if hs == "851830" else 0.1)
        x = {"hs": hs, "mass_kg": float(number), "price_eur": 5.0, "seller": f"s{number}"}
        better += contest.learn(Example(f"dec-{number}", x, y, selected_by=selected_by))[1]
    return better


def test_a_better_challenger_is_found_out_in_the_shadow_and_once() -> None:
    contest = Contest(build(name="blocklist"), "blocklist", ["target-logistic"])

    assert learn(contest, 600) == ["target-logistic"]
    assert contest.champion == "blocklist", "nobody is promoted by winning"


def test_a_worse_challenger_is_not_promoted_and_known_to_be_worse() -> None:
    contest = Contest(build(name="target-logistic"), "target-logistic", ["blocklist"])

    assert learn(contest, 600) == []
    assert {each["model"]: each["verdict"] for each in contest.standings()}["blocklist"] == "worse"


def test_what_the_champion_chose_says_nothing_of_challengers() -> None:
    contest = Contest(build(name="blocklist"), "blocklist", ["target-logistic"])

    assert learn(contest, 600, selected_by="RISK") == []


def test_of_two_alike_hardly_ever_one_is_taken_for_better_however_often_one_looks() -> None:
    """The bound is 1 in `SURE`; of 100 duels, each looked at 400 times, one or two may be won by chance."""
    lot, won = random.Random(1), 0
    for _ in range(100):
        duel = Duel()
        for _ in range(400):
            one, other = (min(max(0.3 + lot.gauss(0, 0.1), 0.0), 1.0) for _ in range(2))
            duel.count(one, other, lot.random() < 0.3)
            if duel.won:
                won += 1
                break

    assert won <= 4
    assert SURE == 100


def test_a_newcomer_beats_a_champion_who_has_become_wrong_and_leaves_one_who_is_right() -> None:
    wrong, right = Succession(), Succession()
    for _ in range(15):
        wrong.count(0.7, 0.2, found=False)
        right.count(0.7, 0.2, found=True)

    assert (wrong.won, wrong.lost) == (True, False)
    assert (right.won, right.lost) == (False, True)


def test_a_newcomer_that_is_worse_leaves() -> None:
    contest = Contest(build(), DEFAULT)
    learn(contest, 300)
    contest.renew()
    assert [*contest.models] == [DEFAULT, f"{DEFAULT}:new"]

    learn(contest, 300, seed=1)

    assert [*contest.models] == [DEFAULT]


def test_only_who_has_learnt_here_can_be_promoted() -> None:
    contest = Contest(build(), DEFAULT, ["blocklist"])

    assert not contest.promote("target-logistic", "", "")
    assert not contest.promote(DEFAULT, "", "decides already")
    assert contest.promote("blocklist", "", "")


def control_of(*said: dict[str, Any], **settings: Any) -> Control:
    control = Control(build(), learning=LearningSettings(challengers=("blocklist",), **settings))
    for record in said:
        control.fold(LogRecord(0, control.offset, 0, None, encode(record)))
    return control


PROMOTED = {"kind": "promotion", "model": "blocklist", "by": "head of risk", "why": "a test"}
BACK = {"kind": "promotion", "rollback": True, "by": "head of risk", "why": "it was worse"}


def test_a_promotion_changes_who_decides_from_its_place_in_the_log_on() -> None:
    control = control_of({"kind": "tick"}, PROMOTED)

    assert (control.model_name, control.model_version) == ("blocklist", 2)
    assert control.lessons.contest.terms[-1] == ("blocklist", "head of risk", "a test")
    [notice] = control.noticed(0, 10**15)
    assert notice.title == "Model blocklist decides from now on"


def test_a_promotion_can_be_taken_back_until_there_is_nobody_left() -> None:
    control = control_of(PROMOTED, BACK)
    assert control.model_name == DEFAULT

    control.fold(LogRecord(0, control.offset, 0, None, encode(BACK)))

    assert (control.model_name, control.ignored) == (DEFAULT, 1)


def test_who_was_in_office_before_a_restart_decides_after_it() -> None:
    control, restarted = control_of(PROMOTED), control_of()

    restarted.load({name: part for name, part in control.save().items() if part is not None})

    assert restarted.model_name == "blocklist"
    assert restarted.model is restarted.lessons.contest.models["blocklist"]


def test_a_snapshot_whose_champion_is_no_challenger_any_more_says_what_to_do() -> None:
    saved = {name: part for name, part in control_of(PROMOTED).save().items() if part is not None}
    other = Control(build())

    with pytest.raises(ValueError, match=r"learning\.challengers"):
        other.load(saved)
    assert other.model_name == DEFAULT


def test_a_challenger_named_since_the_snapshot_begins_with_nothing() -> None:
    saved = {name: part for name, part in control_of().save().items() if part is not None}
    more = Control(build(), learning=LearningSettings(challengers=("blocklist", "target-logistic")))

    more.load(saved)

    assert [*more.lessons.contest.models] == [DEFAULT, "blocklist", "target-logistic"]
