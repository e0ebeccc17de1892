"""What is packed comes back to the bit, whatever it is, and takes no more room than it needs."""

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.state.arrays import Arrays, pack, unpack
from streams.state.columns import Digests, Form, Numbers, Sparse, Words

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
PSEUDONYM = Form("p1", 12)
PSEUDONYMS = st.from_regex(r"p1[0-9a-f]{24}", fullmatch=True) | st.from_regex(r"p1[0-9A-F ]{24}", fullmatch=True)


def carried(arrays: Arrays) -> Arrays:
    """Over a restart."""
    return unpack(pack(arrays))[0]


def bits(numbers: list[float]) -> list[bytes]:
    return [struct.pack("<d", number) for number in numbers]


@given(st.lists(st.floats(), min_size=1), st.sampled_from([1, 100, 4_096]))
def test_any_floats_come_back_to_the_bit(numbers: list[float], steps: int) -> None:
    column = Numbers(carried(Numbers.pack("n", numbers, steps)), "n")

    assert bits([column[slot] for slot in range(len(numbers))]) == bits(numbers)


@given(st.lists(st.integers(-50_000, 50_000), min_size=1), st.sampled_from([1, 100, 1_000, 4_096, 1_000_000]))
def test_multiples_of_a_step_come_back_to_the_bit(multiples: list[int], steps: int) -> None:
    numbers = [multiple / steps for multiple in multiples]
    column = Numbers(carried(Numbers.pack("n", numbers, steps)), "n")

    assert bits([column[slot] for slot in range(len(numbers))]) == bits(numbers)


@given(st.lists(TEXTS, min_size=1))
def test_any_words_come_back(words: list[str]) -> None:
    column = Words(carried(Words.pack("w", words)), "w")

    assert [column[slot] for slot in range(len(words))] == words


@given(st.lists(TEXTS | PSEUDONYMS | st.just("p1" + "0" * 24), min_size=1))
def test_pseudonyms_and_what_is_none_come_back(texts: list[str]) -> None:
    column = Digests(carried(Digests.pack("d", texts, PSEUDONYM)), "d", PSEUDONYM)

    assert [column[slot] for slot in range(len(texts))] == texts


@given(st.dictionaries(st.integers(0, 300), st.binary(max_size=5)))
def test_sparse_things_are_found_where_they_are_and_nowhere_else(things: dict[int, bytes]) -> None:
    column = Sparse(carried(Sparse.pack("s", dict(sorted(things.items())))), "s")

    assert {slot: column.get(slot) for slot in range(301)} == {slot: things.get(slot) for slot in range(301)}


@pytest.mark.parametrize(
    ("packed", "bytes_each"),
    [
        (Numbers.pack("grams", [number / 1_000 for number in range(4_096)], 1_000), 2),
        (Numbers.pack("time", [1_790_000_000_000 + number for number in range(4_096)]), 2),
        (Numbers.pack("thirds", [number % 8 / 3 for number in range(4_096)], 100), 1),
        (Words.pack("lane", [("GREEN", "RED")[number % 2] for number in range(4_096)]), 1),
        (Words.pack("nothing", [""] * 4_096), 0),
        (Digests.pack("seller", [f"p1{number:024x}" for number in range(4_096)], PSEUDONYM), 12),
    ],
)
def test_columns_are_narrow(packed: Arrays, bytes_each: int) -> None:
    assert sum(array.nbytes for array in packed.values()) <= 4_096 * bytes_each + 100


@pytest.mark.parametrize("spoilt", [b"", b"{}", bytes(8), bytes(100), pack({"a": np.arange(9)})[:-8], b"\xff" * 64])
def test_what_was_never_packed_is_refused(spoilt: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpack(spoilt)


def test_arrays_are_used_where_they_lie() -> None:
    arrays: dict[str, Any] = {"a": np.arange(3, dtype=np.uint8), "b": np.arange(6.0).reshape(2, 3)}
    packed = pack(arrays, {"of": "anything"})
    views, about = unpack(packed)

    assert about == {"of": "anything"}
    assert all((views[name] == arrays[name]).all() for name in arrays)
    assert not any(view.flags.owndata or view.flags.writeable for view in views.values())
