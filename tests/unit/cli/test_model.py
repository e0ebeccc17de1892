"""`greenlane model`: who decides and who would, on a control log that only these tests write."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import orjson
import pytest
from typer.testing import CliRunner

from agents import models
from agents.cli.app import app
from agents.errors import UsageError
from agents.worker import fold
from config.settings import load
from streams.models.catalogue import DEFAULT
from tests import commands

WHO = ("--by", "risk-unit", "--why", "a test")
Run = Callable[..., str]


class Message:
    """What a consumer gives."""

    def __init__(self, offset: int, value: bytes) -> None:
        self._offset, self._value = offset, value

    def offset(self) -> int:
        return self._offset

    def value(self) -> bytes:
        return self._value

    def key(self) -> None:
        return None

    def timestamp(self) -> tuple[int, int]:
        return 1, 1_790_000_000_000


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The control log."""
    said: list[dict[str, Any]] = [{"kind": "tick"}]

    def committed(*_of: Any) -> Iterator[Message]:
        yield from (Message(offset, orjson.dumps(record)) for offset, record in enumerate(said))

    monkeypatch.setattr(models, "committed", committed)
    monkeypatch.setattr(models, "_say", lambda _settings, told: said.append(told))
    monkeypatch.setenv("GREENLANE_LEARNING__CHALLENGERS", '["blocklist"]')
    return said


@pytest.fixture
def greenlane(log: list[dict[str, Any]]) -> Run:  # noqa: ARG001 - the log it works on
    return partial(commands.run, "model")


def deciding(run: Run) -> list[str]:
    return [each["model"] for each in map(orjson.loads, run("show", "--json").splitlines()) if each["decides"]]


def test_a_challenger_is_promoted_and_the_promotion_taken_back(greenlane: Run) -> None:
    assert deciding(greenlane) == [DEFAULT]
    greenlane("promote", "blocklist", *WHO)
    assert deciding(greenlane) == ["blocklist"]
    assert greenlane("rollback", *WHO) == f"{DEFAULT} decides again, in place of blocklist\n"
    assert deciding(greenlane) == [DEFAULT]


@pytest.mark.parametrize(("name", "why"), [(DEFAULT, "decides already"), ("target-logistic", "learning.challengers")])
def test_a_promotion_that_would_change_nothing_is_refused_with_a_reason(
    log: list[dict[str, Any]], name: str, why: str
) -> None:
    with pytest.raises(UsageError, match=why):
        models.promote(load(), name, by="risk-unit", why="a test")
    assert log == [{"kind": "tick"}]


def test_who_has_always_decided_cannot_be_taken_back(log: list[dict[str, Any]]) -> None:
    with pytest.raises(UsageError, match="nothing to go back to"):
        models.roll_back(load(), by="risk-unit", why="a test")
    assert len(log) == 1


def test_what_is_held_back_is_listed_by_office_and_pseudonym_and_released(
    greenlane: Run, log: list[dict[str, Any]]
) -> None:
    for y in (True, False):
        x = {"hs": "851830"}
        log.append({"kind": "example", "decisionId": "d1", "x": x, "y": y, "office": "O1", "officer": "p1f"})

    assert greenlane("held").split() == ["d1", "O1", "p1f", "contradiction", "clean"]
    assert greenlane("release", "O1", "--drop", *WHO) == "O1 is learnt from again; 1 held examples dropped\n"
    assert greenlane("held") == ""
    with pytest.raises(UsageError, match="nothing of O1 is held back"):
        models.release(load(), "O1", learn=True, by="audit", why="again")


def test_a_reason_is_asked_for() -> None:
    assert CliRunner().invoke(app, ["model", "promote", "blocklist", "--by", "risk-unit"]).exit_code == 2
    with pytest.raises(UsageError, match="--why"):
        models._say(load(), {"kind": "promotion", "by": "risk-unit", "why": ""})


def test_a_challenger_that_is_no_model_stops_the_worker_with_the_names_there_are() -> None:
    with pytest.raises(UsageError, match=f"names guesswork, which is none of .*{DEFAULT}"):
        fold(load(learning=load().learning.model_dump() | {"challengers": ["guesswork"]}))
