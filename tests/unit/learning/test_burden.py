"""Unequal burden is seen, and chance is not taken for it."""

import random
from typing import Any

import pytest

from streams.learning.burden import ORIGIN, OTHERS, PROVIDER, SELLER, Burden, Row


def day(rates: dict[str, float], parcels: int, found: float = 0.5, seed: int = 1) -> Burden:
    """Parcels of each origin, inspected at its rate; inspections find something at the rate `found`."""
    lot, burden = random.Random(seed), Burden()
    for origin, rate in rates.items():
        for _ in range(parcels):
            selected = lot.random() < rate
            burden.add(origin, "CNPOST", "", selected=selected, found=lot.random() < found if selected else None)
    return burden


def row(burden: Burden, kind: str, group: str) -> Row:
    return next(row for row in burden.rows() if (row.kind, row.group) == (kind, group))


def test_rates_are_those_of_the_group_with_an_interval_around_them() -> None:
    burden = Burden()
    for number in range(100):
        burden.add("CN", "CNPOST", "", selected=number < 8, found=(True, False, False, None)[number % 4])

    counted = row(burden, ORIGIN, "CN")
    assert (counted.parcels, counted.selection.estimate) == (100, 0.08)
    assert counted.selection.lower < 0.08 < counted.selection.upper
    assert counted.error
    assert counted.error.estimate == pytest.approx(4 / 6)


def test_an_origin_that_is_inspected_twice_as_often_stands_out_and_the_others_do_not() -> None:
    burden = day({"CN": 0.16} | {f"C{number}": 0.08 for number in range(20)}, 2_000)

    assert [row.group for row in burden.rows() if row.kind == ORIGIN and "selection" in row.unequal] == ["CN"]


def test_chance_is_not_taken_for_unequal_burden_however_many_groups_there_are() -> None:
    flagged = sum(
        bool(row.unequal) for seed in range(20) for row in day(dict.fromkeys("ABCDEFGHIJ", 0.08), 400, seed=seed).rows()
    )

    assert flagged <= 1


def test_inspections_in_vain_stand_out_too() -> None:
    burden = day({"CN": 0.08, "FR": 0.08}, 3_000, found=0.9)
    for _ in range(300):
        burden.add("TR", "TRPOST", "", selected=True, found=False)

    assert "error" in row(burden, ORIGIN, "TR").unequal
    assert "error" in row(burden, PROVIDER, "TRPOST").unequal
    assert row(burden, ORIGIN, "TR").error == pytest.approx((1.0, 0.98778, 1.0), abs=1e-4)


def test_what_an_officer_inspected_of_his_own_accord_is_no_burden_of_ours() -> None:
    burden = Burden()
    burden.add("CN", "CNPOST", "", selected=False, found=False)

    assert row(burden, ORIGIN, "CN").error is None
    assert row(burden, ORIGIN, "CN").selection.estimate == 0


def test_sellers_are_told_apart_by_size_only() -> None:
    burden = Burden()
    for seller, parcels in {"p1secret": 1, "p1small": 10, "p1middle": 100, "p1large": 101, "": 3}.items():
        for number in range(parcels):
            burden.add("CN", "CNPOST", seller, selected=number == 0, found=None)

    sizes = {row.group: row.parcels for row in burden.rows() if row.kind == SELLER}
    assert sizes == {"over 100": 101, "11 to 100": 100, "2 to 10": 10, "1 parcel": 1, "unknown": 3}


@pytest.mark.parametrize("kind", [ORIGIN, PROVIDER, SELLER])
def test_groups_are_bounded(kind: str) -> None:
    burden = Burden(max_groups=3)
    for number in range(50):
        burden.add(f"O{number}", f"P{number}", f"S{number}", selected=False, found=None)

    groups: dict[str, Any] = {row.group: row.parcels for row in burden.rows() if row.kind == kind}
    assert groups[OTHERS] == 47
    assert len(groups) <= 4


def test_a_row_says_what_it_says_in_json() -> None:
    burden = Burden()
    burden.add("CN", "CNPOST", "", selected=True, found=None)

    assert row(burden, ORIGIN, "CN").as_json() == {
        "by": "origin",
        "group": "CN",
        "parcels": 1,
        "selectionRate": {"estimate": 1.0, "lower": 0.025, "upper": 1.0},
        "errorRate": None,
        "unequal": [],
    }
