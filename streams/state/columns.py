"""Columns: one field of thousands of things, as arrays no wider than its values need.

Each kind has `pack`, which names its arrays after the column, and is read thing by thing. Reading costs about a
microsecond: what is packed is seldom looked at. What is read is what was packed, to the bit.
"""

from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from streams.state.arrays import Array, Arrays

NONE = np.zeros(0, dtype=np.uint8)
HEXADECIMAL = b"0123456789abcdef"


class Form:
    """What the texts of a `Digests` column look like: `prefix`, then two hexadecimal digits a byte."""

    def __init__(self, prefix: str, size_bytes: int) -> None:
        self.prefix, self.size_bytes, self.nought = prefix, size_bytes, "00" * size_bytes
        self.start = len(prefix)
        self._length = self.start + 2 * size_bytes

    def digits(self, texts: Sequence[str]) -> str | None:
        """The digits of all `texts`, one behind the other; None if one of them has another form."""
        if set(map(len, texts)) != {self._length} or not "".join(texts).isascii():
            return None
        rows = np.frombuffer("".join(texts).encode(), np.uint8).reshape(len(texts), self._length)
        digits = rows[:, self.start :].tobytes()
        prefixed = (rows[:, : self.start] == np.frombuffer(self.prefix.encode(), np.uint8)).all()
        return digits.decode() if prefixed and not digits.translate(None, HEXADECIMAL) else None


def narrow(codes: Array) -> Array:
    """Numbers from 0 on, in the narrowest type; no numbers at all where all are 0.

    >>> narrow(np.array([3, 300])).dtype, len(narrow(np.array([0, 0])))
    (dtype('uint16'), 0)
    """
    highest = int(codes.max(initial=0))
    return codes.astype(np.min_scalar_type(highest)) if highest else NONE


def at(codes: Array, slot: int) -> int:
    """The number at `slot` of what `narrow` made."""
    return int(codes[slot]) if len(codes) else 0


class Texts:
    """Texts one behind the other, each found by where it ends."""

    @staticmethod
    def pack(name: str, texts: Sequence[bytes]) -> dict[str, Array]:
        ends = np.fromiter(accumulate(map(len, texts)), np.uint32, len(texts))
        return {f"{name}.end": ends, f"{name}.text": np.frombuffer(b"".join(texts), np.uint8)}

    def __init__(self, arrays: Arrays, name: str) -> None:
        self._ends, self._text = arrays[f"{name}.end"], arrays[f"{name}.text"].data

    def __getitem__(self, place: int) -> bytes:
        return bytes(self._text[int(self._ends[place - 1]) if place else 0 : int(self._ends[place])])


class Words:
    """Texts that recur: each distinct one once, and 0 to 2 bytes a thing.

    >>> column = Words(Words.pack("lane", ["GREEN", "RED", "GREEN"]), "lane")
    >>> [column[slot] for slot in range(3)]
    ['GREEN', 'RED', 'GREEN']
    """

    @staticmethod
    def pack(name: str, words: Sequence[str]) -> dict[str, Array]:
        if words.count(words[0]) == len(words):  # the usual case, and the quickest to tell
            return {f"{name}.code": NONE, **Texts.pack(name, [words[0].encode()])}
        places = {word: place for place, word in enumerate(dict.fromkeys(words))}
        codes = np.fromiter(map(places.__getitem__, words), np.uint32, len(words))
        return {f"{name}.code": narrow(codes), **Texts.pack(name, [word.encode() for word in places])}

    def __init__(self, arrays: Arrays, name: str) -> None:
        self._codes, self._texts = arrays[f"{name}.code"], Texts(arrays, name)

    def __getitem__(self, slot: int) -> str:
        return self._texts[at(self._codes, slot)].decode()


class Numbers:
    """Floats: as whole multiples of a step, as places among the distinct ones, or as they are; whatever is smallest.

    >>> packed = Numbers.pack("kg", [0.412, 0.2, 30.0], steps=1000)  # to the gram
    >>> packed["kg.code"].dtype, [Numbers(packed, "kg")[slot] for slot in range(3)]
    (dtype('uint16'), [0.412, 0.2, 30.0])
    """

    @staticmethod
    def pack(name: str, numbers: Sequence[float], steps: int = 1) -> dict[str, Array]:
        """`steps` to the unit, where that is exact for all of them."""
        values = np.frombuffer(array("d", numbers))
        packed = _stepwise(values, steps)
        if not packed or packed["code"].itemsize > 2:
            codings = [{"value": values}, _distinct(values), packed]
            packed = min(filter(None, codings), key=lambda arrays: sum(array_.nbytes for array_ in arrays.values()))
        return {f"{name}.{part}": array_ for part, array_ in packed.items()}

    def __init__(self, arrays: Arrays, name: str) -> None:
        self._values, self._steps = arrays.get(f"{name}.value"), arrays.get(f"{name}.step")
        self._codes = arrays.get(f"{name}.code")

    def __getitem__(self, slot: int) -> float:
        if self._steps is not None and self._codes is not None:
            least, steps = self._steps.tolist()
            number: float = (least + at(self._codes, slot)) / steps
            return number
        values: NDArray[np.float64] = self._values if self._values is not None else NONE.astype(np.float64)
        return values.item(slot if self._codes is None else at(self._codes, slot))


def _distinct(values: NDArray[np.float64]) -> dict[str, Array]:
    bits, codes = np.unique(values.view(np.int64), return_inverse=True)  # by bits: 0.0 is not -0.0
    return {"code": narrow(codes), "value": bits.view(np.float64)}


def _stepwise(values: NDArray[np.float64], steps: int) -> dict[str, Array]:
    if not np.abs(values).max(initial=0.0) < 2**52 / steps:  # nor where one is no number
        return {}
    multiples = np.rint(values * steps).astype(np.int64)
    if ((multiples / steps).view(np.int64) != values.view(np.int64)).any():
        return {}
    least = int(multiples.min())
    return {"code": narrow(multiples - least), "step": np.array([least, steps], dtype=np.int64)}


class Sparse:
    """Bytes that few things have.

    >>> column = Sparse(Sparse.pack("rest", {3: b"three"}), "rest")
    >>> column.get(3), column.get(4)
    (b'three', None)
    """

    @staticmethod
    def pack(name: str, things: Mapping[int, bytes]) -> dict[str, Array]:
        """Slots in rising order."""
        return {f"{name}.slot": np.fromiter(things, np.uint16, len(things)), **Texts.pack(name, list(things.values()))}

    def __init__(self, arrays: Arrays, name: str) -> None:
        self._slots, self._texts = arrays[f"{name}.slot"], Texts(arrays, name)

    def get(self, slot: int) -> bytes | None:
        place = bisect_left(self._slots, slot)
        return self._texts[place] if place < len(self._slots) and self._slots[place] == slot else None


class Digests:
    """Texts of a fixed form, a prefix and then hexadecimal digits, hardly any twice: 12 bytes each for 24 digits.

    What has another form stands aside, at the price of its text and six bytes.

    >>> pseudonym = Form("p1", 12)
    >>> packed = Digests.pack("seller", ["", "p14a9789ff8c36a6a1417c9ed1"], pseudonym)
    >>> column = Digests(packed, "seller", pseudonym)
    >>> [column[slot] for slot in range(2)]
    ['', 'p14a9789ff8c36a6a1417c9ed1']
    """

    @staticmethod
    def pack(name: str, texts: Sequence[str], form: Form) -> dict[str, Array]:
        digits, others = form.digits(texts), dict[int, bytes]()
        if digits is None:
            others = {slot: text.encode() for slot, text in enumerate(texts) if form.digits([text]) is None}
            digits = "".join(form.nought if slot in others else text[form.start :] for slot, text in enumerate(texts))
        digests = np.frombuffer(bytes.fromhex(digits), np.uint8).reshape(len(texts), form.size_bytes)
        return {f"{name}.digest": digests, **Sparse.pack(f"{name}.other", others)}

    def __init__(self, arrays: Arrays, name: str, form: Form) -> None:
        self._digests, self._others, self._form = arrays[f"{name}.digest"], Sparse(arrays, f"{name}.other"), form

    def __getitem__(self, slot: int) -> str:
        other = self._others.get(slot)
        return self._form.prefix + self._digests[slot].tobytes().hex() if other is None else other.decode()
