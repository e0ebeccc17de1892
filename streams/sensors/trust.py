"""How far a device is believed: less for every thing that honest, working devices do not do, and slowly more again."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from streams.sensors.signs import INFO, Sign

LONGEST_S = 21_600.0  # of time between two events that counts as good behaviour
LEAST = 0.01  # halvings: below it is forgotten
NAMED = 3  # causes told


class Cause(NamedTuple):
    """What lowers trust: by so many halvings each time, how it is told, and at most so many however often.

    What networks and batteries do to honest devices never takes more than one halving, all of it together.
    """

    halvings: float
    words: str
    most: float = 3.0


SILENT = "DEVICE_SILENT"
CAUSES: Mapping[str, Cause] = {
    "SEQUENCE_REPLAY": Cause(1.0, "it sent numbers again with other content"),
    "FROZEN_VALUE": Cause(1.0, "a value stopped moving"),
    "IMPOSSIBLE_RATE": Cause(0.7, "a value changed faster than it can"),
    "POSITION_JUMP": Cause(0.7, "its position jumped"),
    "SENSOR_ERROR_CONDITION": Cause(0.7, "it reports an error of its own"),
    "READING_OUT_OF_RANGE": Cause(0.5, "a reading was physically unlikely"),
    "DEVICE_CLOCK_BACK": Cause(0.5, "its clock went back"),
    "DEVICE_CLOCK_AHEAD": Cause(0.5, "its clock is ahead"),
    "DEVICE_CLOCK_SKEW": Cause(0.3, "its clock is behind"),
    "SEAL_TIMES_REVERSED": Cause(0.3, "its seal reports times in the wrong order"),
    SILENT: Cause(0.3, "it fell silent", most=0.5),
    "SEQUENCE_GAP": Cause(0.1, "events of it are missing", most=0.3),
    "SEQUENCE_RESTART": Cause(0.1, "its counter started again", most=0.1),
    "BATTERY_LOW": Cause(0.1, "its battery is low", most=0.1),
}


class Trust:
    """A number from 0 to 1 that starts at 1, and why it is lower.

    Each cause takes its share of halvings, so many at most; they fade with `half_life_s` of event time in which the
    device reports, not while it is away nor while what they stand for is still the matter. (An exponentially weighted
    count of evidence, as reputation systems have it: Jøsang and Ismail, The Beta Reputation System, 2002, there called
    forgetting.) Cost: nothing for a device with a clean record.

    >>> trust = Trust(half_life_s=7 * 86_400)
    >>> trust.blame("SEQUENCE_REPLAY"), trust.blame("BATTERY_LOW"), trust.blame("SHOCK")  # none of the device's making
    (True, True, False)
    >>> round(trust.score, 2), trust.why
    (0.47, 'it sent numbers again with other content, its battery is low')
    >>> for hour in range(0, 28 * 24, 6):
    ...     trust.recover(hour * 3600.0)
    >>> round(trust.score, 2)
    0.96
    """

    SAVED = ("_halvings", "_since_s", "told")

    def __init__(self, half_life_s: float) -> None:
        self._half_life_s = half_life_s
        self._halvings: dict[str, float] = {}
        self._since_s: float | None = None
        self.told = 1.0
        """The score that was told last."""

    @property
    def clean(self) -> bool:
        """Whether nothing at all is held against it."""
        return not self._halvings

    @property
    def score(self) -> float:
        """From 0 to 1."""
        return 0.5 ** sum(self._halvings.values())

    @property
    def why(self) -> str:
        """What lowered it most, as people say it."""
        most = sorted(self._halvings.items(), key=lambda held: (-held[1], held[0]))[:NAMED]
        return ", ".join(CAUSES[code].words for code, _ in most)

    @property
    def doubt(self) -> Sign:
        """What people should know who read an alert of this device."""
        text = f"The device is believed at {self.score:.2f} only, where 1 is fully: {self.why}."
        return Sign("DEVICE_TRUST_LOW", INFO, text, value=round(self.score, 2), normal="1")

    def blame(self, code: str) -> bool:
        """Take note of something, whether it counts against the device or not."""
        if cause := CAUSES.get(code):
            self._halvings[code] = min(self._halvings.get(code, 0.0) + cause.halvings, cause.most)
        return cause is not None

    def recover(self, time_s: float, still: Collection[str] = ()) -> None:
        """The device reported at `time_s`. What is `still` the matter does not fade."""
        if not self._halvings:
            self._since_s = None
            return
        since_s = time_s if self._since_s is None else self._since_s
        self._since_s = max(time_s, since_s)
        fading = 0.5 ** (min(max(time_s - since_s, 0.0), LONGEST_S) / self._half_life_s)
        for code in list(self._halvings.keys() - still):
            self._halvings[code] *= fading
            if self._halvings[code] < LEAST:
                del self._halvings[code]
