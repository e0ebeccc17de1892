"""What the sensor shard costs, in microseconds of CPU a reading: `python tests/benchmarks/stage_sensors.py`."""

import math
import time
from collections.abc import Callable, Sequence
from random import Random

import orjson

from config.settings import load
from streams.log import Effects, LogRecord
from streams.sensors.detector import ShapeNovelty
from streams.sensors.settings import SensorSettings
from streams.sensors.shard import SensorsShard

READINGS = 10  # of one event
WARM = 200  # events per device before the clock starts: memories are full, as they are in the long run
START_MS = 1_787_213_700_000


def lively(rng: Random, n: int) -> float:
    """A daily cycle with noise: every reading is scanned for."""
    return 5 + 3 * math.sin(n / 46) + rng.gauss(0, 0.4)


def steady(rng: Random, n: int) -> float:
    """What a logger in a well-kept reefer says: tenths of a degree around its setpoint."""
    return round(5 + 0.2 * math.sin(n / 46) + rng.gauss(0, 0.05), 1)


def log(value: Callable[[Random, int], float], events: int, devices: int = 5) -> list[LogRecord]:
    """Records of `readings` as intake writes them: ten temperatures each, seal and position once an event."""
    rng = Random(4)
    return [_record(value, rng, n // devices, n % devices, n) for n in range(events * devices)]


def _record(value: Callable[[Random, int], float], rng: Random, number: int, device: int, offset: int) -> LogRecord:
    at_ms = START_MS + number * 600_000
    name = f"urn:epc:id:giai:4000001.{device}"
    event = {
        "eventID": f"{name}/{number}",
        "eventTime": f"2026-08-{1 + number // 144 % 28:02}T{number // 6 % 24:02}:{number % 6}0:00Z",
        "eventTypeCode": "MEAS",
        "deviceID": name,
        "deviceType": "COLD_CHAIN_LOGGER",
        "sequence": number,
        "equipmentReference": "MSKU4421908",
        "geoLocation": {"latitude": 51.9496, "longitude": 4.1453},
        "batteryPercent": 71.0,
        "publisher": "VISIBILITY",
        "sensorReport": [
            {"type": "Temperature", "uom": "CEL", "value": value(rng, number * READINGS + n)} for n in range(READINGS)
        ],
    }
    source = {"topic": "sensors.v1", "partition": 0, "offset": offset, "index": 0}
    reading = {"source": source, "at": at_ms, "time_ms": at_ms, "flags": [], "event": event}
    return LogRecord(0, offset, at_ms, name.encode(), orjson.dumps(reading))


def shard_us(records: Sequence[LogRecord], warm: int, rounds: int = 3) -> float:
    """Microseconds of CPU a reading of events of ten, after the first `warm` records; the best of some rounds."""
    return min(_shard_round(records, warm) for _ in range(rounds))


def _shard_round(records: Sequence[LogRecord], warm: int) -> float:
    shard = SensorsShard(0, SensorSettings(**load().sensors.model_dump()))
    shard.process(records[:warm], Effects())
    start = time.process_time()
    shard.process(records[warm:], Effects())
    return (time.process_time() - start) / ((len(records) - warm) * READINGS) * 1e6


def detector_us(value: Callable[[Random, int], float], readings: int = 4_000, rounds: int = 3) -> float:
    """Microseconds of CPU a reading of the detector alone."""
    rng = Random(4)
    values = [value(rng, n) for n in range(2 * readings)]
    return min(_detector_round(values) for _ in range(rounds))


def _detector_round(values: Sequence[float]) -> float:
    detector, half = ShapeNovelty(), len(values) // 2
    for value in values[:half]:
        detector.step(value)
    start = time.process_time()
    for value in values[half:]:
        detector.step(value)
    return (time.process_time() - start) / half * 1e6


def measure(events: int = 500) -> dict[str, float]:
    """Microseconds of CPU a reading, by stage."""
    shapes = {"lively": lively, "steady": steady}
    return {
        **{f"detector alone, {name} readings": detector_us(shape) for name, shape in shapes.items()},
        **{
            f"sensor shard, events of ten {name} readings": shard_us(log(shape, events), WARM * 5)
            for name, shape in shapes.items()
        },
    }


if __name__ == "__main__":
    for stage, cost_us in measure().items():
        print(f"{cost_us:8.1f} µs  {stage}")  # noqa: T201 - a command's output
