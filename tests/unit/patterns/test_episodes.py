"""Open episodes of patterns: as many as there is room for, and none the dearer for it."""

from time import perf_counter

from streams.log import Effects
from streams.patterns.episodes import Crossing, Episodes
from streams.patterns.view import Say
from tests.parcel_touches import parcel, received

MOST = 5_000


def cross(episodes: Episodes, number: int) -> None:
    subject, items = {"deliveryPoint": "p"}, [f"S10/{number}"]
    crossing = Crossing("SPLIT_CONSIGNMENT", "s", "HIGH", 2.0, 86_400_000, subject, "Text.", 1.0, 1.0, items)
    touch = {**parcel(str(number), point=str(number)), "time_ms": number, "at": number}
    episodes.crossed(crossing, received(touch), Say(0, Effects()))


def test_where_there_are_too_many_the_one_heard_of_first_ends_and_that_costs_no_walk_through_all() -> None:
    episodes = Episodes("points", MOST, 60_000)
    for number in range(MOST):
        cross(episodes, number)

    began = perf_counter()
    for number in range(MOST, MOST + 400):
        cross(episodes, number)

    assert perf_counter() - began < 0.5
    assert len(episodes) == MOST
    assert episodes.of("deliveryPoint/399", "SPLIT_CONSIGNMENT", "s") is None
    assert episodes.of("deliveryPoint/400", "SPLIT_CONSIGNMENT", "s") is not None


def test_how_many_are_open_is_known_again_after_a_restart() -> None:
    episodes, heir = Episodes("points", MOST, 60_000), Episodes("points", MOST, 60_000)
    for number in range(3):
        cross(episodes, number)

    heir.load({name: part.encode() for name, part in episodes.part().items()})

    assert len(heir) == 3
