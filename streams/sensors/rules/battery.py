"""A dying battery is the moment to tamper with a device unseen."""

from collections.abc import Iterator

from streams.sensors.settings import SensorSettings
from streams.sensors.signs import INFO, Sign, figure, over


def battery(percent: float, settings: SensorSettings) -> Iterator[Sign]:
    """Signs of the charge that an event tells."""
    if percent <= settings.battery_low_percent:
        text = f"The battery of the device is at {figure(percent)} %."
        normal = f"above {settings.battery_low_percent:.0f} %"
        yield Sign("BATTERY_LOW", INFO, text, value=percent, normal=normal)
    elif percent >= settings.battery_fine_percent:
        yield over("BATTERY_LOW", f"The battery of the device is at {figure(percent)} %.")
