"""Somebody's files as one history in time order."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from agents.convert.declarations import Declarations, Example
from agents.errors import BadDataError

Advance = Callable[[int], None]


def unheard(_bytes: int) -> None:
    """Progress that nobody watches."""


def merged(paths: Sequence[Path], declarations: Declarations, advance: Advance = unheard) -> Iterator[Example]:
    """The declarations of all files by time; of the same moment in the order of the files.

    Raises `BadDataError` where a file is not what its mapping says, or not in time order.
    """
    return heapq.merge(*(in_order(path, declarations, advance) for path in paths), key=submitted)


def in_order(path: Path, declarations: Declarations, advance: Advance) -> Iterator[Example]:
    """The declarations of one file, as long as they are in time order."""
    latest = ""
    for number, example in enumerate(declarations.examples(path, advance), start=2):
        if submitted(example) < latest:
            raise BadDataError(f"{path}, line {number} is earlier than the line before: sort the file by date")
        latest = submitted(example)
        yield example


def submitted(example: Example) -> str:
    """When it was declared: RFC 3339 in UTC, so that text sorts by time."""
    at: str = example.manifest["submittedAt"]
    return at
