"""The runtime of greenlane under a shard that does nothing but the transform."""

from collections.abc import Sequence

import job

from agents.runtime import Agent, run
from config.settings import load
from streams.log import Effects, Output, Record


class PassThrough:
    """A shard without state."""

    def process(self, records: Sequence[Record], effects: Effects) -> None:
        effects.outputs += [
            Output("out", record.key, job.work(record.value or b"", record.partition, record.offset))
            for record in records
        ]

    def tick(self, now_ms: int, effects: Effects) -> None:
        """Time changes nothing here."""

    def replay(self, record: Record, answers: Sequence[Record]) -> None:
        """There is no state to restore."""


class NoControl:
    """A fold of a control log in which nothing stands."""

    offset = now_ms = 0

    def fold(self, record: Record) -> None:
        """Nothing to learn."""
        self.offset = record.offset + 1


settings = load(broker=job.JOB["broker"], namespace=job.JOB["group"])
run([Agent("pass", "in", lambda _partition: PassThrough())], NoControl(), settings, slot=0)
