"""The files of the benchmark with their windows, as far as they lie on this machine."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from agents.convert.nab import Row, rows


class Series(NamedTuple):
    """One file: its name within the corpus, its rows, and its windows as their first and last rows."""

    name: str
    rows: list[Row]
    windows: list[tuple[int, int]]

    @property
    def folder(self) -> str:
        return self.name.split("/")[0]


def corpus(folder: Path) -> Iterator[Series]:
    """All files named in `windows.json`, in the order of their names."""
    for name, limits in sorted(json.loads((folder / "windows.json").read_text()).items()):
        lines = list(rows(folder / name))
        times = [line.time for line in lines]
        windows = [(times.index(_time(first)), times.index(_time(last))) for first, last in limits]
        yield Series(name, lines, windows)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
