"""Named arrays as one piece of bytes, and back without copying: millions of numbers are ready as soon as they are read.

Like `numpy.savez`, but what is read are views of the bytes, and equal arrays give equal bytes.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

Array = NDArray[Any]
Arrays = Mapping[str, Array]
ALIGNED = 8  # bytes: where a number of any type may stand


def pack(arrays: Arrays, about: Any = None) -> bytes:
    """`arrays` by name, in their order, with anything that JSON can say `about` them."""
    header = orjson.dumps([about, [(name, array.dtype.str, array.shape) for name, array in arrays.items()]])
    pieces = [len(header).to_bytes(ALIGNED, "little"), header, *(array.tobytes() for array in arrays.values())]
    return b"".join(piece + bytes(-len(piece) % ALIGNED) for piece in pieces)


def unpack(packed: bytes) -> tuple[dict[str, Array], Any]:
    """What was packed; the arrays cannot be written to. Raises `ValueError` where `packed` is something else.

    >>> unpack(pack({"mass": np.array([1, 2], dtype=np.uint16)}, "in grams"))
    ({'mass': array([1, 2], dtype=uint16)}, 'in grams')
    """
    length = int.from_bytes(packed[:ALIGNED], "little")
    try:
        about, directory = orjson.loads(packed[ALIGNED : ALIGNED + length])
        return dict(_views(packed, directory, ALIGNED + length + -length % ALIGNED)), about
    except (TypeError, OverflowError) as error:
        raise ValueError("packed arrays are malformed") from error


def _views(packed: bytes, directory: list[tuple[str, str, list[int]]], at: int) -> list[tuple[str, Array]]:
    views = []
    for name, kind, shape in directory:
        dtype, count = np.dtype(kind), int(np.prod(shape, dtype=np.int64))
        views.append((name, np.frombuffer(packed, dtype, count, at).reshape(shape)))
        at += count * dtype.itemsize + -(count * dtype.itemsize) % ALIGNED
    if at != len(packed):
        raise ValueError("packed arrays are cut off")
    return views
