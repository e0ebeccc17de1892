"""Real series: converted, taken in and watched with the settings as they come, as a worker would."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest

from agents.convert import nab
from streams.intake.limits import Limits
from streams.intake.shard import IntakeShard
from streams.log import Effects, LogRecord
from streams.sensors.shard import SensorsShard
from streams.topics import READINGS, SENSORS, TALLIES
from tests.unit.sensors.events import SETTINGS, alerts_of

NOW_MS = 1_790_000_000_000
Window = tuple[datetime, datetime]


class Watched(NamedTuple):
    """Which windows hold an alert, and how many episodes began outside all of them."""

    found: int
    windows: int
    outside: int


@pytest.fixture(scope="module")
def folder(data_dir: Path) -> Path:
    return data_dir / "nab"


def readings(path: Path, per_event: int = 1) -> Iterator[LogRecord]:
    intake, effects = IntakeShard(SENSORS, 0, Limits(), b"k" * 32), Effects()
    events = nab.events(path, "PUMP-1", per_event)
    intake.process([LogRecord(0, n, NOW_MS, None, orjson.dumps(event)) for n, event in enumerate(events)], effects)
    *outputs, tally = effects.outputs
    assert {output.topic for output in outputs} == {READINGS}, "every event is accepted, none is flagged"
    assert tally.topic == TALLIES
    for offset, output in enumerate(outputs):
        yield LogRecord(0, offset, NOW_MS, output.key, output.value)


def alerts(path: Path) -> list[dict]:
    effects = Effects()
    SensorsShard(0, SETTINGS).process(list(readings(path)), effects)
    return alerts_of(effects)


def watch(folder: Path, name: str) -> Watched:
    windows = [(_utc(begin), _utc(end)) for begin, end in json.loads((folder / "windows.json").read_text())[name]]
    raised = [_utc(alert["eventTime"]) for alert in alerts(folder / name) if alert["state"] == "RAISED"]
    found = sum(any(begin <= time <= end for time in raised) for begin, end in windows)
    outside = sum(not any(begin <= time <= end for begin, end in windows) for time in raised)
    return Watched(found, len(windows), outside)


def _utc(time: str) -> datetime:
    return datetime.fromisoformat(time).replace(tzinfo=None)


@pytest.mark.parametrize("name", ["machine_temperature_system_failure", "ambient_temperature_system_failure"])
def test_failures_are_found_in_half_of_their_windows_with_few_false_alarms(folder: Path, name: str) -> None:
    watched = watch(folder, f"realKnownCause/{name}.csv")
    assert watched.found >= watched.windows / 2
    assert watched.outside <= 3


def test_what_behaves_raises_next_to_no_alarm(folder: Path) -> None:
    files = sorted((folder / "artificialNoAnomaly").glob("*.csv"))
    assert len(files) == 5
    outside = [watch(folder, f"artificialNoAnomaly/{file.name}").outside for file in files]
    assert sum(outside) <= 1


def test_most_artificial_anomalies_are_found(folder: Path) -> None:
    files = sorted((folder / "artificialWithAnomaly").glob("*.csv"))
    watched = [watch(folder, f"artificialWithAnomaly/{file.name}") for file in files]
    assert len(watched) == 6
    assert sum(each.found for each in watched) >= 4


def test_an_episode_is_raised_once_and_cleared_at_most_once(folder: Path) -> None:
    said = Counter(
        (alert["alertId"], alert["state"])
        for alert in alerts(folder / "realKnownCause/machine_temperature_system_failure.csv")
    )
    assert set(said.values()) == {1}


def test_several_readings_in_an_event_are_judged_like_one_each(folder: Path) -> None:
    path = folder / "realKnownCause/ambient_temperature_system_failure.csv"
    effects = Effects()
    SensorsShard(0, SETTINGS).process(list(readings(path, per_event=10)), effects)
    by_tens = [alert["reasons"] for alert in alerts_of(effects)]
    assert by_tens == [alert["reasons"] for alert in alerts(path)]
