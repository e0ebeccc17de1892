"""How far a shard is, in the input and in the control log, and what of that stands in Kafka."""

from typing import NamedTuple

import orjson

from streams.log import Output
from streams.topics import POSITIONS


class Acted(NamedTuple):
    """The control position and engine time a shard has acted on. Travels in the metadata of its offset commit.

    >>> Acted.read(Acted(7, 1_700_000_000_000).write())
    Acted(control=7, now_ms=1700000000000)
    >>> Acted.read("")
    Acted(control=0, now_ms=0)
    """

    control: int = 0
    now_ms: int = 0

    def write(self) -> str:
        return orjson.dumps(self._asdict()).decode()

    @classmethod
    def read(cls, metadata: str | None) -> "Acted":
        return cls(**orjson.loads(metadata)) if metadata else cls()


BEGINNING = Acted()


class Mark(NamedTuple):
    """Before the record at `input`, the agent let engine time reach `now_ms`: one record of `positions`."""

    agent: str
    input: int
    control: int
    now_ms: int

    def output(self, partition: int) -> Output:
        return Output(POSITIONS, self.agent.encode(), orjson.dumps(self._asdict()), partition=partition)


class Committed(NamedTuple):
    """What Kafka holds of a shard: equal values mean that nobody else went on from there."""

    position: int
    acted: Acted
