"""`greenlane detect`: the worker's detector on a file, without Kafka."""

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC
from itertools import chain, tee
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.surface import settings

if TYPE_CHECKING:
    from agents.convert.nab import Row
    from streams.sensors.detector import Announced, Detector

HEADER = "timestamp,value,anomaly_score"


def detect(
    file: Annotated[
        Path, typer.Argument(help="A CSV with the columns timestamp and value.", exists=True, dir_okay=False)
    ],
) -> None:
    """Score a series of numbers in one pass: CSV of timestamp, value and anomaly_score (0 to 1).

    The detector is the worker's; a score above 0 is said once per spell, where it begins and where it doubles. A value
    that is empty or no finite number is a measurement that is missing, and scores 0.

    Example: greenlane detect machine_temperature_system_failure.csv > scored.csv
    """
    lines = scored(file, live())
    first = next(lines, "")  # what is no such file fails here, before anything is written
    sys.stdout.writelines(chain((f"{HEADER}\n", first), lines))


def live() -> "Announced":
    """The worker's detector, with the settings in force, speaking once per spell."""
    from streams.sensors.detector import Announced, ShapeNovelty

    return Announced(ShapeNovelty(settings().sensors.warm_up_readings))


def scored(file: Path, detector: "Detector") -> Iterator[str]:
    """Each line of `file` with its score, computed before the line is learnt. Raises `BadDataError`."""
    from agents.convert.nab import rows

    lines, judged = tee(rows(file))
    for row, score in zip(lines, scores(judged, detector), strict=True):
        yield f"{row.timestamp},{row.text},{score:.6f}\n"


def scores(rows: Iterable["Row"], detector: "Detector") -> Iterator[float]:
    """The score of each row, 0 where nothing was measured; after a long gap the detector is told, as in the worker."""
    from streams.sensors.pace import Pace

    pace = Pace()
    for row in rows:
        if isfinite(row.value) and pace.resumes(row.time.replace(tzinfo=UTC).timestamp()):
            detector.pause()
        yield detector.step(row.value)
