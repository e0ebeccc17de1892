"""What travels in what: found again after any number of filings, for as long as a voyage lasts, and not for longer."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.risk.aboard import STRIDE, Aboard, Page

HOUR_MS = 3_600_000
VOYAGE_MS = 10 * HOUR_MS
CONTAINERS, RECEPTACLES = st.sampled_from(["", "C1", "C2"]), st.sampled_from(["", "R1", "R2"])
FILINGS = st.lists(st.tuples(st.integers(0, 9), CONTAINERS, RECEPTACLES, st.integers(0, 40)), max_size=40)


def case(container: str, receptacle: str, at_ms: int) -> dict[str, Any]:
    transport = {"containerId": container, "receptacleId": receptacle, "modeOfTransport": "1"}
    return {"at": at_ms, "parcel": {"transport": {name: value for name, value in transport.items() if value}}}


def aboard(max_items: int = 32) -> Aboard:
    return Aboard(VOYAGE_MS, max_items)


@settings(deadline=None)
@given(FILINGS, st.integers(0, 40), st.sampled_from(["equipment/C1", "equipment/C2", "receptacle/R1"]))
def test_every_filing_within_a_voyage_is_found_and_no_other(
    filings: list[tuple[int, str, str, int]], hour: int, asked: str
) -> None:
    index, due = aboard(max_items=10_000), []
    for number, container, receptacle, at in sorted(filings, key=lambda filing: filing[3]):
        content = bytes([number, at, 0, 0, 9, 9, 9, 9])
        index.add(f"S10/{number}", case(container, receptacle, at * HOUR_MS), content, at * HOUR_MS)
        here = asked in {f"equipment/{container}", f"receptacle/{receptacle}"}
        if here and abs(at - hour) * HOUR_MS <= VOYAGE_MS:
            due.append((f"S10/{number}", content[:4]))

    assert [(filed.identity, filed.content) for filed in index.search([asked])(asked, hour * HOUR_MS)] == due


@settings(deadline=None)
@given(FILINGS, st.integers(0, 40))
def test_what_is_loaded_goes_on_as_what_was_saved(filings: list[tuple[int, str, str, int]], cut: int) -> None:
    lived, saved = aboard(), aboard()
    for place, (number, container, receptacle, at) in enumerate(filings):
        if place == cut:
            parts, number_of_page = {name: part.encode() for name, part in saved.parts().items()}, saved.number
            saved = aboard()
            saved.load(parts, number_of_page)
        for index in (lived, saved):
            index.add(f"S10/{number}", case(container, receptacle, at * HOUR_MS), bytes(8), at * HOUR_MS)

    told = [{name: part.encode() for name, part in index.parts().items()} for index in (lived, saved)]
    assert told[0] == told[1]
    assert len(lived) == len(saved)
    for asked in ("equipment/C1", "receptacle/R2"):
        assert list(lived.search([asked])(asked, 20 * HOUR_MS)) == list(saved.search([asked])(asked, 20 * HOUR_MS))


def test_what_travels_in_nothing_takes_no_room() -> None:
    index = aboard()
    index.add("S10/1", {"at": 0, "parcel": {}}, bytes(8), 0)
    index.add("S10/2", case("", "", 0), bytes(8), 0)

    assert len(index) == 0


def test_as_many_are_remembered_as_items_are_and_the_oldest_leave_in_pages() -> None:
    index = aboard(max_items=32)
    for number in range(100):
        index.add(f"S10/{number}", case("C1", "", number), bytes(8), number)

    found = [filed.identity for filed in index.search(["equipment/C1"])("equipment/C1", 0)]
    assert 32 <= len(index) < 36
    assert found == [f"S10/{number}" for number in range(100 - len(found), 100)]


def test_a_filing_keeps_its_place_whatever_is_forgotten_before_it_and_no_other_gets_it() -> None:
    index, places = aboard(max_items=32), dict[str, tuple[int, int]]()
    for number in range(100):
        index.add(f"S10/{number}", case("C1", "", number), bytes(8), number)
        if number % 7 == 0:
            parts, following = {name: part.encode() for name, part in index.parts().items()}, index.number
            index = aboard(max_items=32)
            index.load(parts, following)
        for filed in index.search(["equipment/C1"])("equipment/C1", 0):
            assert places.setdefault(filed.identity, filed.place) == filed.place

    assert sorted(places, key=places.__getitem__) == [f"S10/{number}" for number in range(100)]
    assert len(set(places.values())) == 100


@settings(deadline=None)
@given(FILINGS, st.sets(st.sampled_from(["equipment/C1", "equipment/C2", "equipment/C3", "receptacle/R1"])))
def test_many_things_searched_in_one_pass_are_found_as_if_each_were_searched_alone(
    filings: list[tuple[int, str, str, int]], asked: set[str]
) -> None:
    index = aboard()
    for number, container, receptacle, at in filings:
        index.add(f"S10/{number}", case(container, receptacle, at * HOUR_MS), bytes(8), at * HOUR_MS)

    together = index.search(asked)
    for one in asked:
        assert list(together(one, 20 * HOUR_MS)) == list(index.search([one])(one, 20 * HOUR_MS))


def test_a_thousand_containers_that_nobody_names_are_searched_in_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    index, looked = aboard(), Counter[str]()
    for number in range(30):
        index.add(f"S10/{number}", case("C1", "", 0), bytes(8), 0)
    monkeypatch.setattr(Page, "named", lambda _page, _asked: looked.update(["named"]) or [])
    find = index.search(f"equipment/NOBODY{number}" for number in range(1_000))

    assert [found for number in range(1_000) for found in find(f"equipment/NOBODY{number}", 0)] == []
    assert looked["named"] == len(index.pages)


def test_voyages_that_are_over_leave() -> None:
    index = aboard(max_items=32)
    for number in range(10):
        index.add(f"S10/{number}", case("C1", "", 0), bytes(8), 0)
    for number in range(4):
        index.add(f"S10/{number}", case("C1", "", 2 * VOYAGE_MS), bytes(8), 2 * VOYAGE_MS)

    assert len(index) < 7


def test_a_filing_takes_some_35_bytes() -> None:
    index, pages = aboard(max_items=10**6), 3
    for number in range(pages * STRIDE):
        number_of_box = number // 600
        transport = case(f"MSKU{number_of_box:07}", f"CNCANADEFRAAAUN2{number // 60:013}", number * 1_000)
        index.add(f"S10/LZ{number:09}CN", transport, number.to_bytes(8, "little"), number * 1_000)

    assert sum(len(page.packed) for page in index.pages.values()) / (pages * STRIDE) < 36


def test_a_container_named_by_a_container_and_by_a_receptacle_of_that_name_are_two_things() -> None:
    index = aboard()
    index.add("S10/1", case("X1", "", 0), bytes(8), 0)

    assert list(index.search(["receptacle/X1"])("receptacle/X1", 0)) == []
