"""Many small states: bounded, and saved page by page."""

from itertools import count, islice

import pytest

from streams.patterns.entities import PAGES, Entities
from streams.patterns.touches import partition_of
from streams.state.parts import understood


def neighbours(number: int) -> list[str]:
    """Entities that share a page."""
    return list(islice((entity for entity in map(str, count()) if page_of(entity) == page_of("0")), number))


def page_of(entity: str) -> list[str]:
    alone = Entities("points", PAGES)
    alone.put(entity, 0)
    return list(alone.parts())


def test_who_changed_longest_ago_is_forgotten_first():
    first, second, third = neighbours(3)
    entities = Entities("points", 2 * PAGES)
    for entity in (first, second, first, third):
        entities.put(entity, entity)

    assert [entities.get(entity) for entity in (first, second, third)] == [first, None, third]


def test_what_is_got_is_a_copy():
    entities = Entities("points", PAGES)
    entities.put("a", [1])
    entities.get("a").append(2)

    assert entities.get("a") == [1]


def test_pages_are_used_evenly_by_entities_of_one_partition():
    """Which partition an entity is in follows from the same checksum."""

    entities = Entities("points", 100 * PAGES)
    for entity in (f"deliveryPoint/p{n}" for n in range(8_000)):
        if partition_of(entity, 4) == 1:
            entities.put(entity, 0)

    assert len(entities.parts()) == PAGES
    assert len(entities) > 1_900


@pytest.mark.parametrize("spoilt", [b"", b"[]", b"null", b"[[1]]", b'["a"]'])
def test_a_spoilt_page_is_refused(spoilt: bytes):

    entities = Entities("points", PAGES)
    with pytest.raises(ValueError, match=r"."), understood():
        entities.load({"points-00": spoilt})
