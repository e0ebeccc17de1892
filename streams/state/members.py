"""What the fold of the control log consists of (`streams.control`): a member for each kind of record."""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from streams.state.parts import Part


class Place(NamedTuple):
    """Where in the control log a record stands: its offset, engine time there, and Kafka's time of the record."""

    offset: int
    now_ms: int
    at_ms: int


class Member(Protocol):
    """What the records of one kind add up to."""

    def fold(self, said: Mapping[str, Any], place: Place) -> bool:
        """Take the next record of this kind. False: it is malformed, and has changed nothing."""

    def parts(self) -> Mapping[str, Part]:
        """What is to be saved; no two members have parts of one name."""

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved. Raises `ValueError`, or what `streams.state.parts.understood` takes for one."""

    def figures(self) -> Mapping[tuple[str, ...], float]:
        """What operators see of it: numbers by the name of a gauge (`agents.metrics.GAUGES`) and its labels."""

    def sizes(self) -> Mapping[str, int]:
        """How many entries each store holds."""
