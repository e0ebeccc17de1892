"""The state of the tally as anybody would fold it from the logs, sharing no code with the runtime."""

import json
from typing import Any

import orjson

from streams.log import Effects
from tests.chaos.runtime.crew import Crew, committed
from tests.chaos.runtime.subject import Tally


class Read:
    """A record as shards see it."""

    def __init__(self, message: Any) -> None:
        self.partition, self.offset = message.partition(), message.offset()
        self.key, self.value, self.headers = message.key(), message.value(), message.headers() or []


def log(crew: Crew, topic: str) -> list[Read]:
    """Every committed record of a topic, by offset."""
    records = [Read(message) for message in committed(crew.broker, f"{crew.namespace}.{topic}")]
    return sorted(records, key=lambda record: record.offset)


def fresh(crew: Crew) -> dict[str, Any]:
    """The state of both shards, as they write it down at their end."""
    answers = {(r.partition, int(dict(r.headers)["cause"])): r for r in log(crew, "decisions.v1")}
    marks = [(r.partition, orjson.loads(r.value)) for r in log(crew, "positions")]
    cases = log(crew, "cases")
    shards = {partition: Tally(partition) for partition in (0, 1)}
    for partition, shard in shards.items():
        events = [(mark["input"], 0, mark["now_ms"]) for p, mark in marks if p == partition]
        events += [(record.offset, 1, record) for record in cases if record.partition == partition]
        for _, kind, what in sorted(events, key=lambda event: event[:2]):
            if kind:
                shard.replay(what, [answers[partition, what.offset]])
            elif what > shard.now_ms:  # a snapshot is marked even where no time has passed
                shard.tick(what, Effects())
    return json.loads(json.dumps({str(p): shard.state() for p, shard in shards.items()}, sort_keys=True))


def manifests(crew: Crew) -> dict[tuple[int, str], dict[str, Any]]:
    """The newest manifest of each agent in each partition of `snapshots`."""
    records = [record for record in log(crew, "snapshots") if b"/" not in record.key]
    return {(record.partition, record.key.decode()): orjson.loads(record.value) for record in records}


def saved(crew: Crew) -> int:
    """How many input positions the newest snapshots of the tally cover."""
    return sum(said["position"] for (_, agent), said in manifests(crew).items() if agent == "tally")
