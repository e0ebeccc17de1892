"""Bytes to a JSON tree, with what is wrong with it as JSON. Nothing here raises, whatever the bytes."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from streams.intake.faults import Fault, pointer
from streams.records.codes import Reject

ANOTHER_QUOTE = rb"\u0022"  # a mark that appears only in parsing, and could make up for a dropped one
DEEPEST = 250  # levels; orjson writes no more
SPACE = re.compile(r"[ \t\n\r]*")
SKIPPING = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)  # only where a value ends matters


class Read(NamedTuple):
    """`tree` is None where the bytes are no JSON at all; `faults` point at what no JSON should hold."""

    tree: Any
    faults: Sequence[Fault] = ()


class _Repeating(dict[str, Any]):
    """An object in which names occur twice; as with most parsers the last of each counts."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.repeated = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]


def read(raw: bytes | None) -> Read:
    """The JSON value in `raw`.

    The fast parser keeps the last of two equal keys and refuses NaN without saying so; what it refuses, and what lost
    quotation marks in parsing (a key dropped is two of them), is read again by the slow one, which can tell why.

    >>> read(b'{"a": 1}')
    Read(tree={'a': 1}, faults=())
    >>> read(b'{"a": {"b": 1, "b" : 2}}').faults
    [Fault(code=<Reject.DUPLICATE_KEY: 'DUPLICATE_KEY'>, field='/a/b')]
    """
    if raw is None:
        return NO_JSON
    try:
        tree = orjson.loads(raw)
        if raw.count(b'"') == orjson.dumps(tree).count(b'"') and (raw.find(b"\\") < 0 or ANOTHER_QUOTE not in raw):
            return Read(tree)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        pass
    return _read_slowly(raw)


def parcels_as_sent(raw: bytes) -> list[bytes]:
    """The parcels of a message that could be read, each byte for byte as it was declared.

    >>> parcels_as_sent(b'{"a": 0, "parcels": [ {"mass": 1e400, "mass":0.10},NaN]}')
    [b'{"mass": 1e400, "mass":0.10}', b'NaN']
    """
    text = raw.decode()
    names_and_values = iter(_values(text, text.index("{")))
    parcels = next(
        value for name, value in zip(names_and_values, names_and_values, strict=True) if name[0] == "parcels"
    )
    return [text[begin:end].encode() for _, begin, end in _values(text, parcels[1])]


def _values(text: str, at: int) -> Iterator[tuple[Any, int, int]]:
    """What stands in the object or list that opens at `at`, names too: each value, where it begins, where it ends."""
    while (at := _solid(text, at + 1)) < len(text) and text[at] not in "]}":
        value, end = SKIPPING.raw_decode(text, at)
        yield value, at, end
        if text[at := _solid(text, end)] in "]}":
            return


def _solid(text: str, at: int) -> int:
    """The next place from `at` on that is no white space."""
    found = SPACE.match(text, at)
    return found.end() if found else at


def _read_slowly(raw: bytes) -> Read:
    try:
        tree = json.loads(raw.decode(), object_pairs_hook=_object, parse_int=_whole)
    except (ValueError, RecursionError):
        return NO_JSON
    faults: list[Fault] = []
    _examine(tree, (), faults)
    return Read(tree, faults)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Repeating(pairs)


def _whole(digits: str) -> int | float:
    """Beyond 64 bits a whole number becomes a float, as with the fast parser."""
    return int(digits) if len(digits) < 19 else float(digits)


def _examine(tree: Any, way: tuple[str | int, ...], faults: list[Fault]) -> None:
    """Find names given twice, and what only the slow parser lets through: half surrogate pairs, deep nesting."""
    if len(way) > DEEPEST or (isinstance(tree, str) and not _is_unicode(tree)):
        faults.append(Fault(Reject.JSON_INVALID, pointer(way)))
    elif isinstance(tree, dict):
        faults += (Fault(Reject.DUPLICATE_KEY, pointer((*way, name))) for name in getattr(tree, "repeated", ()))
        faults += (Fault(Reject.JSON_INVALID, pointer((*way, name))) for name in tree if not _is_unicode(name))
        for name, inner in tree.items():
            _examine(inner, (*way, name), faults)
    elif isinstance(tree, list):
        for place, inner in enumerate(tree):
            _examine(inner, (*way, place), faults)


def _is_unicode(text: str) -> bool:
    return text.isascii() or text.encode(errors="replace").decode() == text


NO_JSON = Read(None, (Fault(Reject.JSON_INVALID),))
