"""How far caretakers are believed, as all shards know it: by engine time, bounded, and the same after a restart."""

from typing import Any

import pytest

from streams.patterns import standing
from streams.patterns.containers import Containers
from streams.patterns.standing import Standing
from streams.state.changes import MAX_CHANGES
from streams.state.members import Place
from tests.device_touches import Devices, pattern_settings


def told(publisher: str, trust: Any, now_s: int = 0, into: Standing | None = None) -> Standing:
    into = into or Standing()
    assert into.fold({"kind": "caretaker", "publisher": publisher, "trust": trust}, Place(0, now_s * 1000, 0))
    return into


def test_who_asks_as_of_an_earlier_time_gets_the_answer_of_that_time() -> None:
    known = told("ACME", 0.3, 20, told("ACME", 0.6, 10))

    assert [known.trust("ACME", now_s * 1000) for now_s in (10, 11, 20, 21)] == [1.0, 0.6, 0.6, 0.3]


@pytest.mark.parametrize("trust", [-0.1, 1.1, "0.5", None, []])
def test_what_is_no_trust_is_refused(trust: Any) -> None:
    known = Standing()

    assert not known.fold({"kind": "caretaker", "publisher": "ACME", "trust": trust}, Place(0, 0, 0))
    assert not known.fold({"kind": "caretaker", "publisher": 7, "trust": 0.5}, Place(0, 0, 0))
    assert known.sizes() == {"doubted caretakers": 0}


def test_it_is_bounded_and_the_one_told_of_longest_ago_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "MAX_CARETAKERS", 2)
    known = Standing()
    for number, publisher in enumerate(["A", "B", "A", "C"]):
        told(publisher, 0.4, number, known)
    for number in range(2 * MAX_CHANGES):
        told("C", 0.4, 10 + number, known)

    assert [known.trust(publisher) for publisher in "ABC"] == [0.4, 1.0, 0.4]
    assert len(known._changes["C"]) == MAX_CHANGES


def test_what_was_in_force_is_still_known_however_many_changes_and_days_later() -> None:
    often, rarely = told("ACME", 0.2, 1), told("ACME", 0.2, 1)
    for number in range(2 * MAX_CHANGES):
        told("ACME", 0.2 + 0.1 * (number % 2), 3 + number, often)
    for day in (1, 2, 3):
        told("ACME", 0.3, 86_400 * day, rarely)

    assert often.trust("ACME", 2_000) == 0.2
    assert rarely.trust("ACME", 2_000) == 0.3
    assert len(rarely._changes["ACME"]) == 2


def test_what_is_saved_comes_back() -> None:
    known, heir = told("ACME", 0.3, 20, told("ACME", 1, 10)), Standing()

    heir.load({name: part.encode() for name, part in known.parts().items()})

    assert heir.trust("ACME", 20_001) == 0.3
    assert {name: part.encode() for name, part in heir.parts().items()} == {
        name: part.encode() for name, part in known.parts().items()
    }


def test_operators_see_how_many_are_doubted_without_a_name() -> None:
    known = Standing()
    for publisher, trust in (("A", 0.2), ("B", 0.49), ("C", 0.5), ("D", 0.79), ("E", 0.8), ("F", 1.0)):
        told(publisher, trust, 0, known)

    assert known.figures() == {("doubted_caretakers", "low"): 2, ("doubted_caretakers", "middling"): 2}


def test_a_containers_incident_weighs_as_little_as_its_caretaker_is_believed_from_the_next_tick_on() -> None:
    known = told("ACME", 0.25, 60)
    box = Devices(Containers(pattern_settings(), known.trust))
    box.now_ms = 60_000
    (before,) = box.sign("SEAL_BROKEN", 0)
    box.now_ms = 61_000
    (after,) = box.sign("SEAL_BROKEN", 24 * 60)

    assert [(each["lane"], each["weight"]) for each in (before, after)] == [("RED", 4.0), ("YELLOW", 1.0)]
