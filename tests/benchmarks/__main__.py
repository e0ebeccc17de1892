"""`make bench`: other runtimes beside ours, the whole engine, and where the time goes; writes `docs/benchmarks.md`."""

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Annotated, TypeVar

import typer

from agents.broker import jars, local
from tests.benchmarks import full_path, loads, passthrough, stage_intake, stage_sensors, stages
from tests.benchmarks.report import Results, page

log = logging.getLogger(__name__)
PAGE = Path(__file__).parents[2] / "docs" / "benchmarks.md"
Measured = TypeVar("Measured")
PARTS = ("passthrough", "full", "stages")


def main(
    quick: Annotated[bool, typer.Option(help="A tenth of everything, once: does it run at all?")] = False,
    rounds: Annotated[int, typer.Option(min=1, help="Runs of each contender, taken in turn.")] = 5,
    part: Annotated[list[str] | None, typer.Option(help=f"Only some of {', '.join(PARTS)}.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where the page goes; docs/benchmarks.md for a whole run.")] = None,
) -> None:
    """Measure, print the page, and write it.

    Example: python -m tests.benchmarks --part passthrough --rounds 3
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    load_average, scale, rounds = os.getloadavg()[0], 0.1 if quick else 1.0, 1 if quick else rounds
    with local() as broker:
        results = measure(broker.address, set(part or PARTS), scale, rounds)
    text = page(results, load_average)
    typer.echo(text)
    if out or not (quick or part):
        (out or PAGE).parent.mkdir(exist_ok=True)
        (out or PAGE).write_text(text, encoding="utf-8")


def measure(broker: str, parts: set[str], scale: float, rounds: int) -> Results:
    """Run what was asked for."""
    results = Results(jars.version())
    if "passthrough" in parts:
        results = results._replace(passthrough=passthrough.compare(broker, int(200_000 * scale), rounds))
    if "full" in parts:
        results = _full(broker, results, scale, rounds)
    return results._replace(stages=_stages(results, scale)) if "stages" in parts else results


def _full(broker: str, results: Results, scale: float, rounds: int) -> Results:
    manifests, events = loads.manifests(int(60_000 * scale)), loads.sensor_events(int(30_000 * scale))
    rate_per_s = 3_000 * min(scale * 3, 1)
    return results._replace(
        manifests=[_told(full_path.manifests_per_s(broker, manifests)) for _ in range(rounds)],
        readings=[_told(full_path.readings_per_s(broker, events)) for _ in range(rounds)],
        latencies=[_told(full_path.latency(broker, manifests, rate_per_s, 5 * scale))],
        manifest_bytes=sum(len(load.value) for load in manifests) / len(manifests),
    )


def _told(measured: Measured) -> Measured:
    log.info("%s", measured)
    return measured


def _stages(results: Results, scale: float) -> Mapping[str, float]:
    manifest = stages.measure(loads.manifests(int(5_000 * scale)))
    found = {f"a manifest, {stage}": cost_us for stage, cost_us in manifest.items()}
    if not scale < 1:
        found |= stage_intake.measure() | stage_sensors.measure()
    if results.manifests:
        whole = median(run.cpu_us for run in results.manifests)
        rest = whole - sum(manifest[shard] for shard in stages.WHOLE)
        found |= {"worker process, a manifest": whole, "of it: fetch, queue, produce, commit, all threads": rest}
    return found


if __name__ == "__main__":
    typer.run(main)
