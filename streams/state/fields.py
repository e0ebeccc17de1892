"""Small objects as the JSON of their fields: `SAVED` names those that change, the rest they are made with."""

from collections.abc import Sequence
from typing import Any


def taken(thing: Any) -> list[Any]:
    """The saved fields, in the order in which they are named."""
    return [getattr(thing, name) for name in thing.SAVED]


def given(thing: Any, values: Sequence[Any]) -> None:
    """Set them again. Raises `ValueError` where there are more or fewer.

    >>> class Seen:
    ...     SAVED = ("count", "last")
    >>> seen = Seen()
    >>> given(seen, [2, "b"])
    >>> seen.last, taken(seen)
    ('b', [2, 'b'])
    """
    for name, value in zip(thing.SAVED, values, strict=True):
        setattr(thing, name, value)
