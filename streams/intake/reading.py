"""Bytes to a JSON tree, or the reason why not. Nothing here raises, whatever the bytes."""

import json
from typing import Any

import orjson

from streams.intake.faults import Fault
from streams.records.codes import Reject

ANOTHER_QUOTE = rb"\u0022"  # a mark that appears only in parsing, and could make up for a dropped one


class _RepeatedKey(Exception):  # noqa: N818 - never leaves this module
    pass


def read(raw: bytes | None) -> Any:
    """The JSON value in `raw`, or a `Fault`.

    The fast parser keeps the last of two equal keys and refuses NaN without saying so; what it refuses, and what lost
    quotation marks in parsing (a key dropped is two of them), is read again by the slow one, which can tell why.

    >>> read(b'{"a": 1}')
    {'a': 1}
    >>> read(b'{"a": 1, "a" : 2}')
    Fault(code=<Reject.DUPLICATE_KEY: 'DUPLICATE_KEY'>, field='')
    """
    if raw is None:
        return Fault(Reject.JSON_INVALID)
    try:
        tree = orjson.loads(raw)
        if raw.count(b'"') == orjson.dumps(tree).count(b'"') and (raw.find(b"\\") < 0 or ANOTHER_QUOTE not in raw):
            return tree
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        pass
    return _read_slowly(raw)


def _read_slowly(raw: bytes) -> Any:
    try:
        tree = json.loads(raw.decode(), object_pairs_hook=_only_once, parse_int=_whole)
        orjson.dumps(tree)  # fails on what only this parser lets through: lone surrogates, deep nesting
    except _RepeatedKey:
        return Fault(Reject.DUPLICATE_KEY)
    except (ValueError, RecursionError, orjson.JSONEncodeError):
        return Fault(Reject.JSON_INVALID)
    return tree


def _only_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _RepeatedKey
    return found


def _whole(digits: str) -> int | float:
    """Beyond 64 bits a whole number becomes a float, as with the fast parser."""
    return int(digits) if len(digits) < 19 else float(digits)
