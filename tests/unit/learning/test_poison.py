"""One officer of the largest office lies: the public declarations lived through with and without the guard."""

from pathlib import Path

import pytest

from streams.control import Control
from streams.learning.settings import LearningSettings
from streams.models import build
from tests.learning_loop import WEEK_MS, Border, Parcel, precision, public_declarations

OFFICE, OFFICER = "40", "p107"  # one of twenty officers, so he has 5 % of the office's labels
BUDGET, WARM_UP_WEEKS = 0.05, 4


def contrary(parcel: Parcel, officer: str) -> bool:
    """This officer reports the contrary of what is true."""
    return parcel.found != ((parcel.office, officer) == (OFFICE, OFFICER))


@pytest.fixture(scope="module")
def declared(data_dir: Path) -> list[Parcel]:
    return public_declarations(data_dir / "customs")


def lived(declared: list[Parcel], *, guard: bool) -> Border:
    """The declarations, decided one by one and reported by honest officers and him."""
    border = Border(Control(build(), learning=LearningSettings(guard=guard)), BUDGET, report=contrary)
    border.inspected = border.run(declared, declared[0].at_ms + WARM_UP_WEEKS * WEEK_MS)
    return border


@pytest.mark.slow
def test_with_five_percent_of_the_labels_of_an_office_poisoned_the_guard_keeps_lies_out_and_precision_up(
    declared: list[Parcel],
) -> None:
    trusting, guarded = lived(declared, guard=False), lived(declared, guard=True)

    found = {"without guard": precision(trusting.inspected), "with guard": precision(guarded.inspected)}
    print({name: f"{share:.3f}" for name, share in found.items()})  # noqa: T201 - shown by pytest -rP
    assert found["with guard"] > found["without guard"] + 0.005
    assert set(guarded.control.lessons.guard.suspects) == {f"{OFFICE}/{OFFICER}"}
    assert sum(guarded.reports) - len(guarded.control.lessons.held) < 0.7 * sum(trusting.reports)
