"""What every contender is told and must do: the same work, with nothing but orjson, so any environment can run it."""

import json
import os
import time
from pathlib import Path
from typing import Any

import orjson

JOB: dict[str, Any] = json.loads(os.environ.get("BENCHMARK_JOB", "{}"))
CYCLE_RECORDS = 16_000  # a transaction, an epoch, a commit: whatever a contender calls it
CYCLE_S = 0.25
PRODUCER = {"compression.type": "lz4", "linger.ms": 5, "batch.size": 1_000_000, "batch.num.messages": 10_000,
            "queue.buffering.max.messages": 500_000, "queue.buffering.max.kbytes": 1_048_576}  # fmt: skip
CONSUMER = {
    "log_level": 3,
    "fetch.wait.max.ms": 50,
    "queued.min.messages": 100_000,
    "max.partition.fetch.bytes": 1_048_576,
}


def transform(value: bytes, partition: int, offset: int) -> bytes:
    """Decode, wrap, encode."""
    return orjson.dumps({"source": {"partition": partition, "offset": offset}, "record": orjson.loads(value)})


def first(value: bytes, partition: int, offset: int) -> bytes:
    """The transform of the first record: notes when work began, and what the process had used until then."""
    global work  # noqa: PLW0603 - the cheapest way to do something once
    work = transform
    began = {"wall_s": time.time(), "cpu_s": time.process_time(), "pid": os.getpid()}
    mark = Path(JOB["mark"])
    mark.with_suffix(".new").write_text(json.dumps(began), encoding="utf-8")
    mark.with_suffix(".new").rename(mark)
    return transform(value, partition, offset)


work = first
