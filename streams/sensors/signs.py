"""What a rule says about one event: something is the matter, or no longer is."""

from typing import NamedTuple

HIGH, WARNING, INFO, CRITICAL = "HIGH", "WARNING", "INFO", "CRITICAL"
RISING = (INFO, WARNING, HIGH, CRITICAL)
OVER = ""  # the severity of an all-clear
LASTED = "{lasted}"  # in the text of a sign: here comes for how long, such as " for 15 minutes"

UNITS = {
    "CEL": "°C",
    "FAH": "°F",
    "KEL": "K",
    "P1": "%",
    "LUX": "lux",
    "VLT": "V",
    "MSK": "m/s²",
    "K40": "g",
    "DD": "°",
}


class Sign(NamedTuple):
    """One rule's word on one event; several signs of the same (`code`, `about`) are one episode, one alert.

    `text` is a sentence for an officer, `about` the quantity or seal concerned; `value` and `normal` are the figure
    and what it would usually be. With `lasting_s` the episode ends after so many quiet seconds of event time;
    with 0 it ends with an all-clear. It is raised once it has been so for `hold_s`: by further signs, or, what
    `stands` until it is denied, by time alone. `worst` says how bad it is, and `at_worst` the same in words; the
    all-clear tells the worst of the episode. `time_s` is when it was, where that is not the time of the event.
    """

    code: str
    severity: str
    text: str
    about: str = ""
    value: float | str | None = None
    normal: str | None = None
    contribution: float | None = None
    lasting_s: float = 0.0
    hold_s: float = 0.0
    stands: bool = False
    worst: float = 0.0
    at_worst: str = ""
    time_s: float | None = None


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


def span(seconds: float, digits: int = 1) -> str:
    """A duration as people say it, days and hours with so many digits after the point.

    >>> span(45), span(60), span(900), span(9000), span(11_000, digits=0), span(864_000)
    ('45 seconds', '1 minute', '15 minutes', '2.5 hours', '3 hours', '10 days')
    """
    for unit, size_s, least in (("day", 86_400, 2), ("hour", 3_600, 2), ("minute", 60, 1), ("second", 1, 0)):
        if seconds >= least * size_s:
            number = figure(round(seconds / size_s, digits if size_s > 60 else 0))
            return f"{number} {unit}" if number == "1" else f"{number} {unit}s"
    return "no time"


def worse(severity: str) -> str:
    """The next severity.

    >>> worse(HIGH), worse(CRITICAL)
    ('CRITICAL', 'CRITICAL')
    """
    return RISING[min(RISING.index(severity) + 1, len(RISING) - 1)]
