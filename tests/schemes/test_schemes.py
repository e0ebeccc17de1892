"""The planted schemes come to light in a small world too, and the table would say so if they did not."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from agents.simulator.weeks import Weeks
from tests.schemes.border import Border, Said
from tests.schemes.table import Judge, Table, drawn

WEEKS = Weeks(seed=1, parcels=1_200, boxes=18, days=3.0)  # fleets of five and more: smaller ones are silent one by one
HOUR_S = 3600.0


@pytest.fixture(scope="module")
def border() -> Border:
    return Border(WEEKS).run()


def judged(border: Border, **instead: Any) -> Table:
    said = {"weeks": border.weeks, "truths": border.truths, "alerts": border.alerts, "incidents": border.incidents}
    return Judge(SimpleNamespace(**(said | instead))).table()  # type: ignore[arg-type]  # all that it looks at


def test_what_was_planted_is_raised_and_nothing_else(border: Border) -> None:
    table = judged(border)

    assert table.met, "\n".join([*drawn(table), *map(str, table.missed), *map(str, table.false)])
    assert {row.scheme for row in table.rows} == {planted.scheme for planted in WEEKS.planted()}
    assert sum(row.planted for row in table.rows) > 15


def test_an_engine_that_says_nothing_raises_nothing(border: Border) -> None:
    table = judged(border, alerts=[], incidents=[])

    assert not table.met
    assert {row.raised for row in table.rows} == {0}
    assert sorted(table.missed) == sorted(WEEKS.planted())


def test_what_is_told_too_late_or_of_another_is_not_raised(border: Border) -> None:
    late = [said._replace(at_s=said.at_s + 60 * HOUR_S) for said in border.alerts]
    later = [
        said._replace(record=said.record | {"eventTimeMs": said.record.get("eventTimeMs", 0) + 200_000_000})
        for said in border.incidents
    ]
    assert not [row for row in judged(border, alerts=late, incidents=later).rows if row.raised]

    swapped = [said._replace(record=said.record | {"subject": {"deviceID": "another"}}) for said in border.alerts]
    told = {row.scheme: row.raised for row in judged(border, alerts=swapped).rows}
    assert (told["frozen device"], told["silent device"], told["silent caretaker"]) == (0, 0, 0)


def incident(kind: str, **links: Any) -> Said:
    record = {"kind": "incident", "incidentId": f"inc-{kind}", "state": "RAISED", "type": kind, "links": links}
    return Said(30 * HOUR_S, record)


def invented(border: Border) -> Iterator[Said]:
    honest = [truth.item_id for truth in border.truths.values() if not truth.illicit][:3]
    untouched = next(box for box in WEEKS.containers if not box.tampered)
    yield incident("MULE_ADDRESS", itemIds=[{"itemIdType": "HAWB", "itemId": item} for item in honest])
    yield incident("DOOR_OPENED", equipmentReference=untouched.number)


def test_an_engine_that_cries_wolf_is_found_out(border: Border) -> None:
    table = judged(border, incidents=[*border.incidents, *invented(border)])

    assert not table.met
    assert (len(table.false_of_parcels), len(table.false_of_devices)) == (1, 1)
    assert table.rates()[0] == pytest.approx(10_000 / len(border.truths))
    assert any("DOOR_OPENED: 1" in line for line in drawn(table))
