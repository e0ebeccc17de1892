"""What is odd about an accepted sensor event: one function a flag, all in `FLAGS`. None of them needs history."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from streams.intake.limits import Limits
from streams.intake.times import epoch_ms
from streams.intake.units import QUANTITIES
from streams.records.codes import Flag

NUMBERS = ("value", "minValue", "maxValue", "meanValue")

Event = Mapping[str, Any]


class Around(NamedTuple):
    """When the event happened by the device's clock, when it was received, and the limits."""

    event_ms: int
    at_ms: int
    limits: Limits


def reading_out_of_range(event: Event, _: Around) -> bool:
    """Of an event whose units were normalised."""
    return any(map(_is_unlikely, event.get("sensorReport", ())))


def _is_unlikely(report: Mapping[str, Any]) -> bool:
    quantity = QUANTITIES.get(report["type"])
    return quantity is not None and any(
        not quantity.lowest <= report[name] <= quantity.highest for name in NUMBERS if name in report
    )


def sensor_error_condition(event: Event, _: Around) -> bool:
    return any(report.get("exception") == "ERROR_CONDITION" for report in event.get("sensorReport", ()))


def device_clock_ahead(_: Event, around: Around) -> bool:
    return around.limits.ahead(around.event_ms, around.at_ms)


def event_late(event: Event, around: Around) -> bool:
    return not event.get("isHistorical", False) and around.limits.late(around.event_ms, around.at_ms)


def position_null_island(event: Event, _: Around) -> bool:
    place = event.get("geoLocation")
    return place is not None and place["latitude"] == 0 and place["longitude"] == 0


def sequence_missing(event: Event, _: Around) -> bool:
    return "sequence" not in event


def seal_times_reversed(event: Event, _: Around) -> bool:
    seal = event.get("seal", {})
    return seal.keys() >= {"sealedAt", "openedAt"} and epoch_ms(seal["openedAt"]) < epoch_ms(seal["sealedAt"])


FLAGS: tuple[tuple[Flag, Callable[[Event, Around], bool]], ...] = (
    (Flag.READING_OUT_OF_RANGE, reading_out_of_range),
    (Flag.SENSOR_ERROR_CONDITION, sensor_error_condition),
    (Flag.DEVICE_CLOCK_AHEAD, device_clock_ahead),
    (Flag.EVENT_LATE, event_late),
    (Flag.POSITION_NULL_ISLAND, position_null_island),
    (Flag.SEQUENCE_MISSING, sequence_missing),
    (Flag.SEAL_TIMES_REVERSED, seal_times_reversed),
)


def flags(event: Event, around: Around) -> list[str]:
    """The codes of all flags that apply, in the order of `FLAGS`."""
    return [code for code, applies in FLAGS if applies(event, around)]
