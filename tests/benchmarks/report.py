"""The results as a page: what ran where, side by side, and where the time goes."""

import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.full_path import Latency, Throughput
from tests.benchmarks.passthrough import CONTENDERS, OURS, Result

TARGETS = {"Quix Streams": 1.5, "bytewax": 1.0, "Kafka Streams": 1.0, CONTENDERS[-1].title: 15.0}
PACKAGES = ("aiokafka", "confluent-kafka", "faust-streaming", "orjson")


class Results(NamedTuple):
    """Everything one run found out; a part that was left out is None."""

    broker: str
    passthrough: Sequence[Result] | None = None
    manifests: Sequence[Throughput] | None = None
    readings: Sequence[Throughput] | None = None
    latencies: Sequence[Latency] | None = None
    stages: Mapping[str, float] | None = None
    manifest_bytes: float = 0.0


def machine() -> str:
    """Processor, cores, memory and system in one line."""
    cpus = [line for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if "model name" in line]
    memory_kb = int(Path("/proc/meminfo").read_text(encoding="utf-8").split()[1])
    model = cpus[0].split(":")[1].strip() if cpus else platform.machine()
    return f"{len(cpus)} cores ({model}), {memory_kb / 2**20:.0f} GiB, {platform.system()} {platform.release()}"


def page(results: Results, load_average: float) -> str:
    """The whole page as Markdown."""
    parts = [
        _head(results, load_average),
        _passthrough(results.passthrough) if results.passthrough else "",
        _full_path(results) if results.manifests else "",
        _stages(results.stages) if results.stages else "",
    ]
    return "\n".join(filter(None, parts))


def _head(results: Results, load_average: float) -> str:
    busy = (
        " **Other work ran beside: rates are too low, CPU times and ratios hold better.**" if load_average > 1 else ""
    )
    used = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"""# Benchmarks

Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}; do not edit. Numbers of another machine differ, ratios less so.

- Machine: {machine()}; load average before the run {load_average:.1f}.{busy}
- Python {platform.python_version()}; {used}; Apache Kafka {results.broker}, one KRaft node on the same cores.
"""


def _passthrough(results: Sequence[Result]) -> str:
    ours = next(result for result in results if result.contender is OURS)
    rows = "\n".join(_row(result, ours) for result in results)
    runs = len(ours.runs)
    return f"""## Runtimes side by side

{ours.runs[0].records:,} JSON records of about 473 bytes on four partitions, decoded (orjson; Jackson in Java), wrapped,
encoded and produced (lz4) by one worker process. Timed from the first record handed to user code to the broker's append
of the last output, so imports and joining count for nobody; outputs are counted afterwards by an independent
`read_committed` consumer and must be complete. The others commit each 0.25 s or 16,000 records, whichever comes first,
Kafka Streams, which counts no records, each 0.25 s, ours as it always does, each 0.1 s; client buffers are the same.
Medians of {runs} runs, taken in turn. CPU is user and system time of the worker process. Plain Faust gets a tenth of
the records; its rate needs no more. Kafka Streams, one stream thread, gets five times as many: Java compiles what runs
often while it runs, at the cost of the first seconds after every start, which would be most of a shorter run. "Warm" is
the rate of the second half of the outputs; targets are about whole runs.

| runtime | guarantee | version | records/s | range | warm | CPU µs a record | we are | target |
| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
{rows}
"""


def _row(result: Result, ours: Result) -> str:
    title, guarantee, _, environment, _ = result.contender
    speeds = [run.records_per_s for run in result.runs]
    ratio, target = ours.records_per_s / result.records_per_s, TARGETS.get(title)
    return (
        f"| {title} | {guarantee} | {environment.version()} | {result.records_per_s:,.0f} | "
        f"{min(speeds):,.0f} to {max(speeds):,.0f} | {result.warm_per_s:,.0f} | {result.cpu_us_per_record:.1f} | "
        + (f"{ratio:.2f} times | {_verdict(ratio >= target)} (≥ {target}) |" if target else "| |")
    )


def _full_path(results: Results) -> str:
    rows = [
        *_throughput("single-parcel manifests, to decisions", results.manifests or (), 6_000),
        *_throughput("sensor readings, in events of ten, to detectors", results.readings or (), 25_000),
    ]
    latencies = "\n".join(
        f"| {latency.rate_per_s:,.0f}/s | {latency.p50_ms:,.0f} | {latency.p99_ms:,.0f} | {latency.max_ms:,.0f} | "
        f"{_verdict(latency.p99_ms <= 500)} (≤ 500, goal 250) |"
        for latency in results.latencies or ()
    )
    return f"""## The whole engine, one worker process

Throughput while the worker works off what waits, from its first commit on; the broker shares the cores. The model has
learnt nothing yet: with full tables a decision costs some 30 µs more. Manifests
are those of the simulated border day, {results.manifest_bytes:,.0f} bytes on average. Each passes three hops: intake,
risk, then the patterns of its delivery point and of its seller.

| input | units/s | runs | CPU µs a unit | target |
| --- | ---: | ---: | ---: | ---: |
{chr(10).join(rows)}

Latency from the moment a manifest was due to be published to the moment an independent `read_committed` consumer has
its decision:

| rate | p50 ms | p99 ms | longest ms | p99 target |
| ---: | ---: | ---: | ---: | ---: |
{latencies}
"""


def _throughput(title: str, runs: Sequence[Throughput], target: float) -> list[str]:
    if not runs:
        return []
    middle = sorted(runs)[len(runs) // 2]
    each = ", ".join(f"{run.per_s:,.0f}" for run in runs)
    verdict = f"{_verdict(middle.per_s >= target)} (≥ {target:,})"
    return [f"| {title} | {middle.per_s:,.0f} | {each} | {middle.cpu_us:.1f} | {verdict} |"]


def _stages(stages: Mapping[str, float]) -> str:
    rows = "\n".join(f"| {stage} | {cost_us:.1f} |" for stage, cost_us in stages.items())
    return f"""## Where the time goes

Microseconds of CPU, pure code in one process, best of some rounds; "intake", "risk" and "patterns" are whole shards,
lines with a colon their parts. The last lines are the worker process as a whole and what it spends beside pure code.

| stage | µs |
| --- | ---: |
{rows}
"""


def _verdict(met: bool) -> str:
    return "met" if met else "**missed**"
