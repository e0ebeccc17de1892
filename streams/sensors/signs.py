"""What a rule says about one event: something is the matter, or no longer is."""

from typing import NamedTuple

HIGH, WARNING, INFO, CRITICAL = "HIGH", "WARNING", "INFO", "CRITICAL"
OVER = ""  # the severity of an all-clear

UNITS = {"CEL": "°C", "FAH": "°F", "KEL": "K", "P1": "%", "LUX": "lux", "VLT": "V", "MSK": "m/s²", "K40": "g"}


class Sign(NamedTuple):
    """One rule's word on one event; several signs of the same (`code`, `about`) are one episode, one alert.

    `text` is a sentence for an officer, `about` the quantity or seal concerned; `value` and `normal` are the figure
    and what it would usually be. With `lasting_s` the episode ends after so many quiet seconds of event time;
    with 0 it ends with an all-clear.
    """

    code: str
    severity: str
    text: str
    about: str = ""
    value: float | str | None = None
    normal: str | None = None
    contribution: float | None = None
    lasting_s: float = 0.0


def over(code: str, text: str, about: str = "", value: float | str | None = None) -> Sign:
    """The all-clear for (`code`, `about`).

    >>> over("DOOR_OPENED", "the door was closed").severity == OVER
    True
    """
    return Sign(code, OVER, text, about, value)


def figure(value: float, unit: str = "") -> str:
    """A number as people write it, with its unit.

    >>> figure(17.4499, "CEL"), figure(412.0, "LUX"), figure(0.00312)
    ('17.4 °C', '412 lux', '0.00312')
    """
    number = f"{value:.1f}".removesuffix(".0") if 1 <= abs(value) < 1e6 else f"{value:.3g}"
    return f"{number} {UNITS.get(unit, unit)}".rstrip()
