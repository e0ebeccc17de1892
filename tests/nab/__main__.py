"""Score the live detector as the Numenta Anomaly Benchmark does: `python -m tests.nab [FOLDER]`.

FOLDER holds `windows.json` and the files it names; `../shared/data/nab` unless told. Prints the score of each profile
over all files, that of each folder at the threshold of the whole, and at the threshold that the other folders chose.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from agents.cli.detect import live, scores
from streams.sensors.detector import Detector
from tests.nab.corpus import Series, corpus
from tests.nab.scorer import PROFILES, STANDARD, Scored, at, best, probation, worth

DATA = Path(os.environ.get("GREENLANE_DATA", Path(__file__).parents[2] / "../shared/data")) / "nab"


def score(files: Sequence[Series], make: Callable[[], Detector] = live) -> tuple[list[Scored], float]:
    """Every file through a detector of its own, and the microseconds of CPU a reading."""
    start = time.process_time()
    scored = [Scored(list(scores(file.rows, make())), file.windows) for file in files]
    return scored, (time.process_time() - start) / sum(len(file.rows) for file in files) * 1e6


def report(files: Sequence[Series], scored: Sequence[Scored]) -> Iterator[str]:
    """The tables, line by line."""
    for name, profile in PROFILES.items():
        result = best(scored, profile)
        yield f"all, {name:18} {result.normalised:6.1f}   at threshold {result.threshold:.3f}"
    threshold = best(scored).threshold
    for folder, group in groupby(range(len(files)), lambda index: files[index].folder):
        inside = list(group)
        here, others = [scored[i] for i in inside], [scored[i] for i in range(len(files)) if i not in inside]
        windows = sum(len(file.windows) for file in here)
        alone, foreign = at(threshold, here), at(best(others).threshold, here)
        yield (
            f"{folder:24} {windows:3} windows  {alone.normalised:6.1f}   at the others' threshold "
            f"{foreign.normalised:6.1f}   earned {alone.earned:+.2f}"
        )


def detail(file: Series, scored: Scored, threshold: float) -> Iterator[str]:
    """One file: what each window earned, and the rows of its false alarms."""
    value, window = worth(len(file.rows), file.windows, STANDARD)
    told = [row for row in range(probation(len(value)), len(value)) if scored.scores[row] >= threshold]
    earned = [
        max((value[row] for row in told if window[row] == number), default=-1.0) for number in range(len(file.windows))
    ]
    false = [row for row in told if window[row] < 0]
    yield f"{file.name}: {' '.join(f'{each:+.2f}' for each in earned) or 'no window'}; false alarms at {false}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.nab", description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=DATA)
    parser.add_argument("--detail", action="store_true", help="what each window earned, and each false alarm")
    asked = parser.parse_args()
    if not (asked.folder / "windows.json").is_file():
        sys.exit(f"no windows.json in {asked.folder} (set GREENLANE_DATA)")
    files = list(corpus(asked.folder))
    scored, cost_us = score(files)
    say(*report(files, scored), f"{cost_us:.1f} µs of CPU a reading")
    if asked.detail:
        threshold = best(scored).threshold
        say(*(line for file, its in zip(files, scored, strict=True) for line in detail(file, its, threshold)))
    return 0


def say(*lines: str) -> None:
    sys.stdout.write("\n".join([*lines, ""]))


if __name__ == "__main__":
    sys.exit(main())
