"""Runtimes side by side: the same records, decoded, wrapped, encoded and produced, one worker process each.

A run is timed from the first record handed to user code to the moment the broker appended the last output, so neither
imports nor joining a group count, for anybody. What was written is counted afterwards by a `read_committed` reader.
"""

import json
import logging
import os
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from agents.errors import EnvironmentLacksError
from tests.benchmarks import measure
from tests.benchmarks.environments import Environment, Java, Python

log = logging.getLogger(__name__)
HERE = Path(__file__).parent / "contenders"
STILL_S = 1.0
CLOCK_S = 0.001  # how finely the broker dates what it appends
PATIENCE_S = 180.0


class Contender(NamedTuple):
    """A runtime: the script that does the work, the environment it needs, and its share of the load."""

    title: str
    guarantee: str
    script: str
    environment: Environment
    share: float = 1.0

    def command(self) -> list[str]:
        """What runs it."""
        return self.environment.command(HERE / self.script)


OURS = Contender("greenlane runtime", "exactly once", "ours.py", Python("faust-streaming"))
KAFKA_STREAMS = Contender(
    "Kafka Streams",
    "exactly once",
    "kafka_streams.java",
    Java("kafka-streams", HERE / "kafka_streams.xml"),
    share=5.0,  # Java compiles what runs often while it runs: a shorter run measures little else
)
CONTENDERS = (
    OURS,
    Contender("Quix Streams", "exactly once", "quix.py", Python("quixstreams", ("quixstreams==3.28.*", "orjson"))),
    Contender("bytewax", "at least once", "bytewax_flow.py", Python("bytewax", ("bytewax[kafka]==0.21.*", "orjson"))),
    KAFKA_STREAMS,
    Contender(
        "Faust, `async for` + `topic.send`", "loses on a crash", "plain_faust.py", Python("faust-streaming"), share=0.1
    ),
)


class Run(NamedTuple):
    """One run: records a second, of all and of the second half, CPU microseconds of the worker process a record, how
    many records, and the topic they were written to."""

    records_per_s: float
    warm_per_s: float
    cpu_us_per_record: float
    records: int
    target: str


class Result(NamedTuple):
    contender: Contender
    runs: list[Run]

    @property
    def records_per_s(self) -> float:
        return median(run.records_per_s for run in self.runs)

    @property
    def warm_per_s(self) -> float:
        return median(run.warm_per_s for run in self.runs)

    @property
    def cpu_us_per_record(self) -> float:
        return median(run.cpu_us_per_record for run in self.runs)


def compare(broker: str, records: int, rounds: int, contenders: tuple[Contender, ...] = CONTENDERS) -> list[Result]:
    """Run all contenders in turn, `rounds` times, so that whatever slows the machine slows everybody."""
    results = [Result(contender, []) for contender in contenders if available(contender)]
    for number in range(rounds):
        for contender, runs in results:
            runs.append(run(broker, contender, int(records * contender.share)))
            log.info("round %d of %d: %s %.0f records/s", number + 1, rounds, contender.title, runs[-1].records_per_s)
    return results


def available(contender: Contender) -> bool:
    """Whether its environment is there or can be made; without network it is left out, and said so."""
    try:
        contender.command()
    except (EnvironmentLacksError, subprocess.CalledProcessError) as error:
        log.warning("%s is left out: its environment cannot be made (%s)", contender.title, error)
        return False
    return True


def run(broker: str, contender: Contender, records: int) -> Run:
    """One contender, once, on topics of its own."""
    name = f"{Path(contender.script).stem.replace('_', '-')}-{time.time_ns()}"
    source, target = f"{name}.in", f"{name}.out"
    measure.make_topic(broker, source)
    measure.make_topic(broker, target)
    for internal in ("control", "positions"):  # of ours
        measure.make_topic(broker, f"{name}.{internal}", 1 if internal == "control" else measure.PARTITIONS)
    measure.fill(broker, source, ((b"%d" % number, measure.a_record(number)) for number in range(records)))
    with tempfile.TemporaryDirectory() as folder:
        mark = Path(folder) / "mark.json"
        job = {"broker": broker, "source": source, "target": target, "group": name, "mark": str(mark), "folder": folder}
        process = subprocess.Popen(
            contender.command(),
            env={**os.environ, "BENCHMARK_JOB": json.dumps(job), "PYTHONWARNINGS": "ignore"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        try:
            used_s = watch(broker, process, target, records)
        finally:
            process.kill()
            process.wait()
        began = json.loads(mark.read_text(encoding="utf-8"))
    written = measure.count(broker, target)
    assert written.records == records, f"{contender.title} wrote {written.records} of {records}"
    took_s, used_s = written.last_append_s - began["wall_s"], used_s - began["cpu_s"]
    half_s = max(written.last_append_s - written.middle_append_s, CLOCK_S)
    return Run(records / took_s, records / 2 / half_s, used_s * 1e6 / records, records, target)


def watch(broker: str, process: subprocess.Popen[bytes], target: str, records: int) -> float:
    """Wait until nothing is appended any more; gives the CPU time (s) the process had used when it stopped."""
    consumer = measure.reader(broker)
    deadline, seen, since, used_s = time.monotonic() + PATIENCE_S, 0, time.monotonic(), 0.0
    while seen < records or time.monotonic() - since < STILL_S:
        assert process.poll() is None, f"{process.args} ended with {process.returncode} after {seen} records"
        assert time.monotonic() < deadline, f"{process.args} wrote {seen} of {records} in {PATIENCE_S} s"
        time.sleep(0.05)
        if (now := measure.ends(consumer, target)) != seen:
            seen, since, used_s = now, time.monotonic(), measure.cpu_s(process.pid)
    consumer.close()
    return used_s
