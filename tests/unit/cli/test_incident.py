"""`greenlane incident`: what is written to the control log, and what is refused."""

from collections.abc import Callable
from functools import partial
from typing import Any

import orjson
import pytest

from agents import incidents
from agents.errors import UsageError
from streams.incidents import Incidents
from streams.state.members import Place
from tests import commands

Run = Callable[..., str]
WHO = ("--because", "Seal found broken at the gate.", "--by", "risk-unit")
RECEPTACLE = "CNCANADEFRAAAUN20001001112345"


@pytest.fixture
def greenlane(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on a control log that holds nothing but what these commands wrote."""
    log, offsets = Incidents(), iter(range(100))

    def order(_settings: Any, said: Any) -> None:
        assert log.fold(orjson.loads(orjson.dumps(said)), Place(next(offsets), 0, 0))

    monkeypatch.setattr(incidents, "order", order)
    monkeypatch.setattr(incidents, "known", lambda _settings: log)

    return partial(commands.run, "incident")


def shown(run: Run) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in run("show", "--json").splitlines()]


def test_an_officer_tells_of_a_container_and_later_that_it_is_over(greenlane: Run) -> None:
    told = greenlane("raise", "--container", "MSKU9070323", "--lane", "RED", *WHO)
    [said] = shown(greenlane)

    assert told == f"{said['incidentId']}: MSKU9070323, lane RED at least\n"
    assert said["links"] == {"equipmentReference": "MSKU9070323"}
    assert (said["lane"], said["weight"], said["by"]) == ("RED", 3.0, "risk-unit")
    assert said["reason"] == {
        "code": "REPORTED_BY_OFFICER",
        "source": "RULE",
        "text": "Seal found broken at the gate.",
    }
    assert "MSKU9070323" in greenlane("show")

    greenlane("clear", said["incidentId"], "--by", "risk-unit", "--why", "container stripped")
    assert shown(greenlane) == []
    assert greenlane("show") == "no incident is open\n"


def test_parcels_may_be_named_with_or_without_their_type_and_receptacles_too(greenlane: Run) -> None:
    greenlane("raise", "--receptacle", RECEPTACLE, "--item", "A1", "--item", "S10/LZ551209644CN", *WHO)

    assert shown(greenlane)[0]["links"] == {
        "receptacleId": RECEPTACLE,
        "itemIds": [{"itemId": "A1"}, {"itemIdType": "S10", "itemId": "LZ551209644CN"}],
    }


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("raise", *WHO), "name what it happened to"),
        (("raise", "--container", "MSKU9070323", "--lane", "GREEN", *WHO), "lane"),
        (("raise", "--item", "two words", *WHO), "itemId"),
        (("raise", "--container", "MSKU9070323", "--because", "b", "--by", "Jane Doe"), "by"),
        (("clear", "inc-unknown", "--by", "b", "--why", "w"), "inc-unknown is not open"),
    ],
)
def test_what_makes_no_sense_is_refused_before_it_is_written(
    greenlane: Run, command: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(UsageError, match=sentence):
        greenlane(*command)
    assert shown(greenlane) == []
