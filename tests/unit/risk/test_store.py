"""Items, packed or not, are what they were; and the newest are remembered, as many as was said."""

from collections import OrderedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.risk.items import FEATURES, Item, Raised, Version, Weight
from streams.risk.segments import NUMBERS, TRADERS, Segment, packed
from streams.risk.store import Items
from streams.state.parts import Ledger

DAY_MS = 86_400_000
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
PSEUDONYMS = st.from_regex(r"p1[0-9a-f]{24}", fullmatch=True)
VALUES = st.tuples(
    *(FLOATS if name in NUMBERS else PSEUDONYMS | TEXTS if name in TRADERS else TEXTS for name in FEATURES)
)
VERSIONS = st.builds(
    Version,
    st.integers(1, 300),
    st.from_regex(r"dec-[0-9a-f]{24}", fullmatch=True),
    st.binary(min_size=8, max_size=8),
    st.sampled_from(["GREEN", "BLUE", "YELLOW", "RED"]),
    st.sampled_from(["NONE", "RISK", "RANDOM"]),
    st.integers(0, 1_000_000).map(lambda millionths: millionths / 1_000_000),
    VALUES,
    st.integers(0, 2**41),
    st.sampled_from([None, True, False]),
    st.integers(0, 4_000),
    st.sampled_from(["", "GREEN", "BLUE"]),
    st.lists(TEXTS, max_size=2).map(tuple),
    st.lists(st.builds(Weight, TEXTS, TEXTS, st.floats(0, 6)), max_size=2).map(tuple),
)
RAISED = st.lists(st.builds(Raised, TEXTS, TEXTS, TEXTS, TEXTS), max_size=2).map(tuple)
OUTCOMES = st.lists(st.tuples(TEXTS, st.integers(0, 9)), max_size=2).map(tuple)
DECIDED = st.builds(
    Item, st.integers(0, 2**41), TEXTS, VERSIONS, st.lists(VERSIONS, max_size=2).map(tuple), st.booleans(),
    st.integers(0, 2**41), OUTCOMES, RAISED, RAISED,
)  # fmt: skip
UNDECIDED = st.builds(Item, st.integers(0, 2**41), refused=RAISED)


@settings(deadline=None)
@given(st.lists(DECIDED | UNDECIDED, min_size=1, max_size=5))
def test_an_item_unpacked_is_the_item_that_was_packed(items: list[Item]) -> None:
    keyed = {number.to_bytes(12, "big"): item for number, item in enumerate(items)}

    assert list(Segment(packed(keyed)).items()) == list(keyed.items())
    assert repr(list(Segment(packed(keyed)).items())) == repr(list(keyed.items())), "types too"


class Simple:
    """The same promise, kept without packing anything: every item changed within the horizon, newest last."""

    def __init__(self, horizon_ms: int) -> None:
        self.horizon_ms, self.now_ms, self.items = horizon_ms, 0, OrderedDict[str, Item]()

    def advance(self, at_ms: int) -> None:
        self.now_ms = max(at_ms, self.now_ms)
        for name in [name for name, item in self.items.items() if item.seen_ms < self.now_ms - self.horizon_ms]:
            del self.items[name]

    def touch(self, name: str) -> Item:
        item = self.items.setdefault(name, Item(self.now_ms))
        item.seen_ms = self.now_ms
        self.items.move_to_end(name)
        return item


STEPS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 30)), max_size=200)


@settings(deadline=None)
@given(STEPS, st.sampled_from([60, 300]), st.sampled_from([100, 1_000_000]))
def test_the_newest_items_are_remembered_as_they_were_last(
    steps: list[tuple[int, int]], max_items: int, horizon_ms: int
) -> None:
    items, simple = Items(horizon_ms, max_items), Simple(horizon_ms)
    for at_ms, (number, wait_ms) in enumerate(steps):
        for store in (items, simple):
            store.advance(store.log_ms + wait_ms if isinstance(store, Items) else store.now_ms + wait_ms)
            store.touch(f"S10/{number}").provider = f"{at_ms}"

    for number in range(41):
        assert items.get(f"S10/{number}") == simple.items.get(f"S10/{number}")


@given(st.lists(st.integers(0, 400), max_size=1_200), st.integers(1, 60))
@settings(deadline=None, max_examples=50)
def test_as_many_as_was_said_are_remembered_and_hardly_more(numbers: list[int], max_items: int) -> None:
    items, order = Items(DAY_MS, max_items), OrderedDict[int, None]()
    for number in numbers:
        items.touch(f"S10/{number}")
        order[number] = None
        order.move_to_end(number)
        places = items.archive.slots + len(items.in_use)
        segment = max(max_items // 16, 1)
        assert places <= max_items + max_items // 4 + 4 * segment

    if items.archive.slots == items.archive.live:
        newest = list(order)[-max_items:]
        assert all(items.get(f"S10/{number}") for number in newest)


def test_many_items_are_remembered_in_hundred_bytes_each_and_found_again_after_a_restart() -> None:
    items, number = Items(DAY_MS, 200_000), 20_000
    for index in range(number):
        decide(items.touch(f"S10/LZ{index:09d}CN"), index)
    parts = {name: content for name, content in Ledger().changes(items.parts()).items() if content is not None}

    packed_bytes = sum(len(segment.packed) for segment in items.archive.segments.values())
    assert packed_bytes / items.archive.live < 95
    restarted = Items(DAY_MS, 200_000)
    restarted.load(parts, items.log_ms, items.archive.number)
    assert len(restarted) == len(items) == number
    for index in range(0, number, 97):
        found = restarted.get(f"S10/LZ{index:09d}CN")
        assert found == items.get(f"S10/LZ{index:09d}CN")
        assert found is not None
        assert found.current == version(index)


def test_old_places_are_not_kept_for_ever() -> None:
    items = Items(DAY_MS, 1_600)
    for index in range(1_000):
        decide(items.touch(f"S10/{index}"), index)
    for _ in range(10):
        for index in range(1_000):
            items.touch(f"S10/{index}")

    assert items.archive.slots + len(items.in_use) <= 1_600 * 5 // 4 + 400
    assert len(items) == 1_000


def version(index: int) -> Version:
    x = tuple(
        index % 977 / 100 if name in NUMBERS else f"p1{index:024x}" if name in TRADERS else "DE" for name in FEATURES
    )
    return Version(1, f"dec-{index:024x}", index.to_bytes(8, "big"), "GREEN", "NONE", index % 100 / 1e6, x)


def decide(item: Item, index: int) -> None:
    item.decide(version(index), "CNPOST")


@pytest.mark.parametrize("spoilt", [b"", b"[]", bytes(64)])
def test_items_of_another_version_are_refused(spoilt: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Items(1, 1).load({"segment-0": spoilt}, 0, 1)
