"""Who sent how much in one slice of a public topic, and how much of it was refused: one small record a slice."""

from collections.abc import Iterable

from streams import topics
from streams.log import Output
from streams.records.tally import OTHERS
from streams.records.wire import encode

MOST_NAMES = 1_000  # in one slice; whoever comes after them is counted among others: names are free to invent


class Census:
    """Counts parcels, events or outcomes while a slice is processed; costs a lookup a record.

    >>> census = Census()
    >>> census.take("CNPOST", 3, ["FIELD_FORMAT"], offset=17)
    >>> census.accepted, census.refused
    ({'CNPOST': 3}, {('CNPOST', 'FIELD_FORMAT'): [1, 17]})
    """

    __slots__ = ("accepted", "refused")

    def __init__(self) -> None:
        self.accepted: dict[str, int] = {}
        self.refused: dict[tuple[str, str], list[int]] = {}

    def take(self, provider: str, accepted: int, codes: Iterable[str], offset: int, weight: int = 1) -> None:
        """Count what one record held: `accepted` ones, and for each of `codes` so many refused as `weight` says."""
        if accepted:
            name = provider if provider in self.accepted or len(self.accepted) < MOST_NAMES else OTHERS
            self.accepted[name] = self.accepted.get(name, 0) + accepted
        for code in codes:
            self._refuse(provider, code, offset, weight)

    def _refuse(self, provider: str, code: str, offset: int, weight: int) -> None:
        known = (provider, code) in self.refused or len(self.refused) < MOST_NAMES
        counted = self.refused.setdefault((provider if known else OTHERS, code), [0, offset])
        counted[:] = counted[0] + weight, offset

    def output(self, topic: str, full_name: str, partition: int, at_ms: int) -> Output:
        """The slice as `streams.records.tally.Tally`, for the one place where the whole topic is judged."""
        said = {
            "topic": full_name,
            "partition": partition,
            "at": at_ms,
            "accepted": self.accepted,
            "refused": [[*about, *counted] for about, counted in self.refused.items()],
        }
        return Output(topics.TALLIES, topic.encode(), encode(said))
