"""What is learnt of what officers report: contradictions, suspects and corrections; and what survives a restart."""

from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from streams.control import Control
from streams.learning.lessons import MAX_HELD
from streams.learning.settings import LearningSettings
from streams.log import LogRecord
from streams.models import build
from tests.risk_cases import FixedModel


class Log:
    """A control log with a fold behind it."""

    def __init__(self, model: Any = None, **settings: Any) -> None:
        self.control = Control(model or FixedModel(), learning=LearningSettings(**settings))
        self.records: list[LogRecord] = []

    def say(self, **said: Any) -> None:
        self.records.append(LogRecord(0, self.control.offset, 1_000 * len(self.records), None, orjson.dumps(said)))
        self.control.fold(self.records[-1])

    def report(self, number: int, y: bool | None, office: str = "O1", officer: str = "p1a", **more: Any) -> None:
        """An outcome of parcel `number`, chosen for a risk of 0.9."""
        said = {"decisionId": f"dec-{number}", "x": {"price_eur": 90.0}, "y": y, "office": office, "officer": officer}
        self.say(kind="example", **{"selectedBy": "RISK", **said, **more})

    @property
    def learnt(self) -> list[bool]:
        return [y for _, y in self.control.model.learnt]

    @property
    def titles(self) -> list[tuple[str, str]]:
        return [(notice.state, notice.title) for notice in self.control.lessons.notices.between(0, 10**15)]


def test_a_report_that_contradicts_an_earlier_one_is_held_back_and_told_once() -> None:
    log = Log()
    for number in range(3):
        log.report(number, y=True)
        log.report(number, y=False)

    assert log.learnt == [True] * 3
    assert len(log.control.lessons.held) == 3
    [(state, title)] = log.titles
    assert (state, title[:46]) == ("RAISED", "Customs office O1: its reports contradict each")


def test_the_first_word_said_again_settles_a_contradiction_by_saying_nothing_new() -> None:
    log = Log()
    for y in (True, False, True):
        log.report(0, y=y)

    assert log.learnt == [True]


def test_a_report_that_says_it_corrects_is_learnt_and_takes_the_place_of_what_was_held() -> None:
    log = Log()
    log.report(0, y=True)
    log.report(0, y=False)
    log.report(0, y=False, supersedes="o-1")

    assert log.learnt == [True, False]
    assert not log.control.lessons.held


def test_goods_found_after_papers_alone_were_in_order_are_no_contradiction() -> None:
    log = Log()
    log.report(0, y=False, partial=True)
    log.report(0, y=True)

    assert log.learnt == [False, True]
    assert not log.titles


def test_a_withdrawn_report_teaches_nothing_and_what_comes_after_it_is_no_contradiction() -> None:
    log = Log()
    log.report(0, y=True)
    log.report(0, y=None, supersedes="o-1")
    log.report(0, y=False)

    assert log.learnt == [True, False]


def working_day(log: Log, start: int, reports: int, lies: bool) -> None:
    """Ten officers find something in nine of ten such parcels; the tenth says what he likes."""
    for number in range(start, start + reports):
        officer = number % 10
        y = number % 11 != 0
        log.report(number, y=y if officer or not lies else False, officer=f"p1{officer}")


def test_an_officer_who_finds_nothing_where_others_do_is_no_longer_learnt_from() -> None:
    log = Log()
    working_day(log, 0, 200, lies=False)
    working_day(log, 200, 400, lies=True)

    assert log.control.lessons.guard.suspects == {"O1/p10": "too little"}
    before = len(log.learnt)
    log.report(7_000, y=False, officer="p10")
    log.report(7_001, y=True, officer="p11")
    assert len(log.learnt) == before + 1
    assert [example.officer for example, _ in log.control.lessons.held.values()] == ["p10"] * len(
        log.control.lessons.held
    )


def test_operators_hear_of_the_office_and_never_of_the_officer() -> None:
    log = Log()
    working_day(log, 0, 600, lies=True)

    [(state, title)] = log.titles
    assert state == "RAISED"
    assert title.startswith("Customs office O1: one of its officers finds much less than others do")
    assert "p10" not in title
    [notice] = log.control.lessons.notices.between(0, 10**15)
    assert notice.office == "O1"


def test_honest_officers_are_believed_however_long_one_looks() -> None:
    log = Log()
    working_day(log, 0, 3_000, lies=False)

    assert not log.control.lessons.guard.suspects


def test_without_the_guard_everything_is_learnt() -> None:
    log = Log(guard=False)
    working_day(log, 0, 600, lies=True)

    assert len(log.learnt) == 600


@pytest.mark.parametrize(("learn", "more"), [(True, True), (False, False)])
def test_a_release_says_what_becomes_of_what_was_held(learn: bool, more: bool) -> None:
    log = Log()
    working_day(log, 0, 600, lies=True)
    held, before = len(log.control.lessons.held), len(log.learnt)

    log.say(kind="release", office="O1", learn=learn, why="looked at", by="audit")

    assert held > 0
    assert len(log.learnt) == before + (held if more else 0)
    assert not log.control.lessons.held
    assert [state for state, title in log.titles if "office" in title] == ["RAISED", "CLEARED"]
    before = len(log.learnt)
    log.report(7_000, y=False, officer="p10")
    assert len(log.learnt) == before + 1, "believed again"


def test_a_release_of_an_office_of_which_nothing_is_held_is_ignored() -> None:
    log = Log()
    log.say(kind="release", office="O7", learn=True)

    assert log.control.ignored == 1


def test_what_is_held_back_is_bounded_and_the_oldest_given_up() -> None:
    log = Log()
    for number in range(MAX_HELD + 5):
        log.report(number, y=True)
        log.report(number, y=False)

    assert log.control.sizes()["held"] == MAX_HELD
    assert log.control.lessons.dropped == 5
    assert "dec-0" not in log.control.lessons.held


def test_figures_tell_what_is_held_back_and_who_is_not_believed() -> None:
    log = Log()
    working_day(log, 0, 600, lies=True)
    log.report(1, y=False)

    figures = log.control.figures()

    assert figures["held_examples", "suspect"] == len(log.control.lessons.held) - 1
    assert figures["held_examples", "contradiction"] == 1
    assert figures["suspect_sources",] == 1


def saved(control: Control) -> dict[str, bytes]:
    return {name: content for name, content in control.save().items() if content is not None}


def changed(saved: Mapping[str, bytes], control: Control) -> dict[str, bytes]:
    """What a snapshot holds after `control` was saved again."""
    return {name: content for name, content in {**saved, **control.save()}.items() if content is not None}


@pytest.fixture(scope="module")
def history() -> Log:
    log = Log(build(name="blocklist"), challengers=("blocklist",))
    working_day(log, 0, 300, lies=False)
    working_day(log, 300, 300, lies=True)
    for number in range(700, 800):  # and the world turns
        log.report(number, y=False, officer=f"p1{number % 10}", selectedBy=("RISK", "RANDOM")[number % 2])
    return log


@pytest.mark.parametrize("cut", [0, 1, 590, 680])
def test_a_restart_at_any_place_leaves_suspects_drift_contest_and_notices_as_they_were(history: Log, cut: int) -> None:
    first, second = (Control(build(name="blocklist"), learning=history.control.lessons.settings) for _ in range(2))
    for record in history.records[:cut]:
        first.fold(record)
    snapshot = saved(first)
    second.load(snapshot)

    for record in history.records[cut:]:
        second.fold(record)

    lessons = history.control.lessons
    assert (lessons.guard.suspects, len(lessons.contest.models)) == ({"O1/p10": "too little"}, 3), "it was eventful"
    history.control._ledger._told.clear()
    assert changed(snapshot, second) == saved(history.control)
    assert second.figures() == history.control.figures()
