"""`make soak` (F19): a steady load at 70 % of what the machine can do, and whether anything grows that should not."""

import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Annotated, NamedTuple

import typer

from tests.benchmarks.measure import count
from tests.chaos.load import decisions_due, happenings, load
from tests.chaos.matrix.stage import PARTITIONS, Stage
from tests.chaos.matrix.traffic import Load, Witness
from tests.chaos.matrix.worlds import single
from tests.outside.kafka import await_quiet
from tests.outside.processes import Worker

PAGE = Path("build/soak.md")
WARM_S, MEASURED_S, SAMPLE_S = 10.0, 30.0, 2.0
SHARE = 0.7
GROWTH = 0.03  # of resident memory, from the second quarter to the last
UNPACED_PER_S = 1e6
# What a worker remembers is bounded; a soak of minutes must reach that bound before its second quarter.
ENV = {"GREENLANE_ITEMS__MAX_ITEMS": "20000", "GREENLANE_RUNTIME__SESSION_TIMEOUT_S": "10"}


class Sample(NamedTuple):
    """A worker at one moment."""

    memory_mib: float
    files: int
    threads: int
    lag: float


def sample(worker: Worker) -> Sample:
    assert worker.process
    proc = Path(f"/proc/{worker.process.pid}")
    status = proc.joinpath("status").read_text(encoding="utf-8")
    return Sample(
        worker.memory_mib,
        len(list(proc.joinpath("fd").iterdir())),
        int(re.findall(r"Threads:\s+(\d+)", status)[0]),
        worker.lag_records,
    )


def faults(samples: Sequence[Sample]) -> list[str]:
    """What grew from the second quarter to the last.

    >>> faults([Sample(100, 30, 20, 5)] * 8)
    []
    >>> faults([*[Sample(100, 30, 20, 5)] * 6, *[Sample(110, 30, 20, 5)] * 2])
    ['memory went from 100 to 110 MiB']
    """
    quarter = len(samples) // 4
    second, last = samples[quarter : 2 * quarter], samples[-quarter:]

    def of(part: Sequence[Sample], what: Callable[[Sample], float]) -> float:
        return median(map(what, part))

    memory = [of(part, lambda s: s.memory_mib) for part in (second, last)]
    files, threads = ([of(part, what) for part in (second, last)] for what in (lambda s: s.files, lambda s: s.threads))
    lag = [of(part, lambda s: s.lag) for part in (second, last)]
    told = {
        f"memory went from {memory[0]:.0f} to {memory[1]:.0f} MiB": memory[1] > (1 + GROWTH) * memory[0],
        f"open files went from {files[0]:.0f} to {files[1]:.0f}": files[1] > files[0],
        f"threads went from {threads[0]:.0f} to {threads[1]:.0f}": threads[1] > threads[0],
        f"lag went from {lag[0]:.0f} to {lag[1]:.0f} records": lag[1] > 2 * lag[0] + 1000,
    }
    return [sentence for sentence, grew in told.items() if grew]


def capacity_per_s(stage: Stage, seconds: float) -> float:
    """Decisions a second when the publisher, on the same machine, gives all it can."""
    all_it_can = Load(stage.broker, stage.namespace, happenings, UNPACED_PER_S)
    witness = Witness(stage.broker, stage.namespace, PARTITIONS)
    witness.start()
    all_it_can.start()
    time.sleep(WARM_S)
    began, before = time.monotonic(), len(witness.sights)
    time.sleep(seconds)
    rate = (len(witness.sights) - before) / (time.monotonic() - began)
    witness.await_count(stage.due(all_it_can.finish()), 10 * seconds)
    witness.stop()
    return rate


def records_per_decision() -> float:
    """What a load has of outcomes, sensor events, repeats and rubbish besides."""
    return len(list(load("any", 1000))) / decisions_due(1000)


def soak(worker: Worker, stage: Stage, per_s: float, seconds: float) -> tuple[list[Sample], int]:
    """Samples of all the time, and how many decisions are due in the end."""
    steady = Load(stage.broker, stage.namespace, happenings, per_s)
    steady.start()
    until, samples = time.monotonic() + seconds, []
    while time.monotonic() < until:
        if worker.code is not None:
            raise ChildProcessError(f"the worker ended with {worker.code}: {worker.said()[-2000:]}")
        with suppress(OSError):  # a page that does not come in time is no sample
            samples.append(sample(worker))
        time.sleep(SAMPLE_S)
    return samples, stage.due(steady.finish())


def main(
    minutes: Annotated[float, typer.Option(min=0.5, help="Length of the steady load.")] = 20.0,
    seconds: Annotated[float, typer.Option(min=1, help="Length of the measurement before it.")] = MEASURED_S,
) -> None:
    """Exits with 0 only if nothing grew and the accounts are right."""
    with single() as world, tempfile.TemporaryDirectory(prefix="chaos-soak-") as folder:
        measuring, soaking = (Stage(world, Path(folder), 0, ENV) for _ in range(2))
        worker = measuring.worker(0).start().await_ready()
        per_s = SHARE * capacity_per_s(measuring, seconds) * records_per_decision()
        worker.stop()
        worker = soaking.worker(0).start().await_ready()
        try:
            samples, due = soak(worker, soaking, per_s, 60 * minutes)
            found = faults(samples)
            await_quiet(world.address, [soaking.topic("decisions.v1")], timeout_s=120)
            soaking.require(len(samples) >= 8, f"only {len(samples)} samples")
            soaking.require(worker.stop() == 0, f"it ended with {worker.code}")
        finally:
            worker.kill()
        decided = count(world.address, soaking.topic("decisions.v1"), PARTITIONS).records  # too many to audit each
        soaking.require(decided == due, f"{decided} decisions where {due} are due")
    heading = f"F19 {minutes:.0f} minutes at {per_s:.0f} records a second, {decided} decisions"
    told = "".join(f"{text}\n" for text in (heading, *found, *soaking.faults))
    sys.stdout.write(told)
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(told + "".join(f"{s}\n" for s in samples), encoding="utf-8")
    raise typer.Exit(bool(found or soaking.faults))


if __name__ == "__main__":
    typer.run(main)
