"""The internal record of `tallies`, keyed by public topic: what one slice of one of its partitions held."""

from typing_extensions import TypedDict

UNNAMED = "(unnamed)"
"""Stands for the provider where a record names none, or could not be read far enough to say."""

OTHERS = "(others)"
"""Stands for providers beyond those that are counted by name. No provider can be called so."""


class Tally(TypedDict):
    """`at` is the newest Kafka timestamp of the slice, in milliseconds since 1970; `topic` is Kafka's name.

    `accepted` counts parcels, events or outcomes by provider; `refused` are (provider, code, number, offset of the
    newest record with it).
    """

    topic: str
    partition: int
    at: int
    accepted: dict[str, int]
    refused: list[tuple[str, str, int, int]]
