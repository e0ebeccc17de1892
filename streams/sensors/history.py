"""What the order and the times of a device's events say about the device itself."""

from collections.abc import Iterator

from streams.sensors.alerts import Moment
from streams.sensors.order import Place
from streams.sensors.presence import Presence
from streams.sensors.settings import SensorSettings
from streams.sensors.signs import INFO, Sign, over, span


def order(place: Place, missing: tuple[int, int] | None, lasting_s: float) -> Iterator[Sign]:
    """Signs of the number of an event that is next in order, and of the first and last number `missing` before it."""
    if place is Place.RESTART:
        text = "The event counter of the device started again, or goes on elsewhere."
        yield Sign("SEQUENCE_RESTART", INFO, text, lasting_s=lasting_s)
    if missing:
        first, last = missing
        numbers = f"Number {first}" if first == last else f"Numbers {first} to {last}"
        text = f"{numbers} of the device's events never arrived, or could not be accepted."
        yield Sign("SEQUENCE_GAP", INFO, text, value=last - first + 1, normal="0", lasting_s=lasting_s)


def clock(moment: Moment, newest_s: float | None, presence: Presence, settings: SensorSettings) -> Iterator[Sign]:
    """Signs of the time of a live event; `newest_s` is the newest time before."""
    back_s = newest_s - moment.time_s if newest_s is not None else 0.0
    if back_s > settings.clock_tolerance_s:
        text = f"The clock of the device went back by {span(back_s)}."
        yield Sign("DEVICE_CLOCK_BACK", INFO, text, lasting_s=settings.quiet_s)
    behind_s = presence.delay(round(moment.at_ms - moment.time_s * 1000))
    if behind_s is None:
        return
    if behind_s > settings.skew_s:
        text = f"The clock of the device is behind ours: even its newest events are dated {span(behind_s)} ago."
        yield Sign("DEVICE_CLOCK_SKEW", INFO, text, value=round(behind_s), normal=f"at most {span(settings.skew_s)}")
    elif behind_s <= settings.skew_s / 2:
        yield over("DEVICE_CLOCK_SKEW", "The clock of the device is right again.")
