"""`greenlane burden` joins what was filed, decided and found, whatever order it came in."""

from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from agents.cli.burden import burden_of, show
from streams.learning.burden import Row
from streams.log import Effects, Output
from streams.topics import DECISIONS
from tests.incident_cases import Engine, aboard, raised
from tests.risk_cases import ALWAYS_RED, NEVER, Log, amendment, cancel, filing, outcome


class Message:
    """A record as confluent-kafka hands it out."""

    def __init__(self, offset: int, value: Any, headers: Sequence[tuple[str, bytes]] = ()) -> None:
        self._said = offset, value if isinstance(value, bytes) else orjson.dumps(value), headers

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self._said[0]

    def value(self) -> bytes:
        return self._said[1]

    def headers(self) -> Sequence[tuple[str, bytes]]:
        return self._said[2]


def rows(log: Log, cases: Sequence[dict[str, Any]]) -> dict[tuple[str, str], Row]:
    """What is counted once `log` has decided `cases`."""
    outputs: list[Output] = [output for case in cases for output in log.take(case)]
    decisions = [Message(0, o.value, o.headers) for o in outputs if o.topic == DECISIONS]
    counted = burden_of([Message(offset, case) for offset, case in enumerate(cases)], decisions)
    return {(row.kind, row.group): row for row in counted.rows()}


def test_selections_and_inspections_in_vain_are_counted_for_those_who_filed() -> None:
    cases = [filing("A1"), filing("A2", provider="FRPOST", offset=1), outcome("A1", "CONFORM"), outcome("A2")]
    found = rows(Log(ALWAYS_RED), cases)

    ours, theirs = found["provider", "CNPOST"], found["provider", "FRPOST"]
    assert (ours.parcels, ours.selection.estimate, ours.error and ours.error.estimate) == (1, 1.0, 1.0)
    assert (theirs.parcels, theirs.selection.estimate, theirs.error and theirs.error.estimate) == (1, 1.0, 0.0)
    assert found["origin", "CN"].parcels == 2


def test_an_item_counts_once_with_its_newest_decision_and_its_newest_outcome() -> None:
    corrected = outcome("A1", "CONFORM", outcome_id="o-2", supersedesOutcomeId="o-1")
    found = rows(Log(ALWAYS_RED), [filing("A1"), amendment("A1"), outcome("A1"), corrected, cancel("A1")])

    ours = found["provider", "CNPOST"]
    assert (ours.parcels, ours.error and ours.error.estimate) == (1, 1.0)


def test_what_passed_is_counted_as_passed() -> None:
    ours = rows(Log(NEVER), [filing("A1"), filing("A2", offset=1)])["provider", "CNPOST"]

    assert (ours.parcels, ours.selection.estimate, ours.error) == (2, 0.0, None)


@pytest.mark.parametrize("as_json", [True, False])
def test_it_is_shown_to_people_and_programs(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    log = Log(ALWAYS_RED)
    decisions = [o for o in log.take(filing("A1")) if o.topic == DECISIONS]
    show(burden_of([Message(0, filing("A1"))], [Message(0, o.value, o.headers) for o in decisions]), as_json=as_json)

    said = capsys.readouterr().out
    if as_json:
        assert [orjson.loads(line)["by"] for line in said.splitlines()] == ["origin", "provider", "seller size"]
    else:
        assert "CNPOST" in said
        assert "100.0%" in said


def test_a_decision_whose_filing_came_after_we_began_is_left_out() -> None:
    log = Log(ALWAYS_RED)
    (decision,) = [output for output in log.take(filing("A1")) if output.topic == DECISIONS]

    assert list(burden_of([], [Message(0, decision.value, decision.headers)]).rows()) == []
    assert log.effects != Effects()


def test_a_parcel_decided_again_because_of_an_incident_counts_as_inspected() -> None:
    engine, cases = Engine(), [aboard(filing("A1")), aboard(filing("A2", offset=1), container="CSQU3054383")]
    outputs = [*engine.take(*cases), *engine.happens(raised())]
    decisions = [Message(0, o.value, o.headers) for o in outputs if o.topic == DECISIONS]
    assert [orjson.loads(decision.value())["selectedBy"] for decision in decisions] == ["NONE", "NONE", "INCIDENT"]

    counted = burden_of([Message(offset, case) for offset, case in enumerate(cases)], decisions)
    (ours,) = [row for row in counted.rows() if row.kind == "provider"]
    assert (ours.parcels, ours.selection.estimate) == (2, 0.5)


def test_a_decision_because_of_an_incident_whose_filing_came_after_we_began_is_left_out() -> None:
    engine = Engine()
    engine.take(aboard(filing("A1")))
    (decision,) = [output for output in engine.happens(raised()) if output.topic == DECISIONS]

    assert list(burden_of([], [Message(0, decision.value, decision.headers)]).rows()) == []
