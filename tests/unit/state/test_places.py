"""The index finds every place it was given, and hardly ever another."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from streams.state.places import FEWEST, LOW, Places

HASHES = st.lists(st.integers(0, 2**64 - 1) | st.integers(2**64 - 9, 2**64 - 1) | st.integers(0, 9), max_size=300)


def places_of(*batches: list[int]) -> Places:
    places, number = Places(), 0
    for batch in batches:
        places.add(np.array(batch, dtype=np.uint64), np.arange(number, number + len(batch)))
        number += len(batch)
    return places


@given(HASHES, HASHES, HASHES)
def test_what_was_added_is_found_and_nothing_else(first: list[int], second: list[int], absent: list[int]) -> None:
    places = places_of(first, second)
    added = [*first, *second]

    for number, hashed in enumerate(added):
        assert number in places.find(hashed)
    for hashed in {*added, *absent}:
        alike = [number for number, other in enumerate(added) if other & LOW == hashed & LOW]
        assert set(places.find(hashed)) <= set(alike)


def test_it_says_when_it_is_full() -> None:
    places = Places()

    assert places.has_room_for(FEWEST // 2)
    assert not places.has_room_for(FEWEST)
    assert Places(1_000_000).has_room_for(1_000_000)


def test_a_full_table_still_finds_everything() -> None:
    hashes = np.random.default_rng(5).integers(0, 2**64, FEWEST - 1, dtype=np.uint64)
    places = places_of(hashes.tolist())

    assert all(number in places.find(hashed) for number, hashed in enumerate(hashes.tolist()))
