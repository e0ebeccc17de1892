"""What is known of one caretaker: its devices, which of them are silent, and how far all of them are believed."""

from dataclasses import dataclass, field
from typing import Any, Self

from pydantic import TypeAdapter

DISTRUSTED = 0.5  # a device believed less than this
GROUP = "group"  # its silence is part of an alert about all
BENEFIT = 2  # devices of full trust that every caretaker is taken to have besides: one bad device is no bad caretaker
THOUSANDTHS = 1000  # trust is added up in whole ones: exactly, in whatever order


@dataclass(slots=True)
class Listened:
    """A device of a caretaker. `trust` is in thousandths, `silent_ms` since when it is silent, in engine time, or -1.

    `told` is the alert about its silence: "" while none is, GROUP where it is part of a wave, else its own id.
    `expected_s` is how often it reports, and after `missed_s` without a word it is silent; 0 where that is not known.
    """

    trust: int = THOUSANDTHS
    expected_s: float = 0.0
    missed_s: float = 0.0
    silent_ms: int = -1
    told: str = ""
    raised_at: str = ""
    touch: dict[str, Any] = field(default_factory=dict)  # that it is silent, while it is

    def packed(self) -> Self:
        """Itself: its fields are JSON."""
        return self

    @classmethod
    def unpacked(cls, packed: Any) -> "Listened":
        """Become what was packed. Raises `ValueError`."""
        return _LISTENED.validate_python(packed)

    @property
    def silent(self) -> bool:
        return self.silent_ms >= 0

    def still_silent(self, now_ms: int) -> None:
        """Begin to wait anew at engine time `now_ms`, as if it were noticed only now that nothing is heard of it."""
        passed_ms = now_ms - self.silent_ms
        moved = {name: self.touch[name] + passed_ms for name in ("at", "time_ms")}
        self.told, self.silent_ms, self.touch = "", now_ms, {**self.touch, **moved}

    @property
    def at_ms(self) -> int:
        """When it counted as silent, by Kafka's time."""
        return int(self.touch["at"])

    @property
    def heard_ms(self) -> int:
        """When it was heard last before it fell silent, by Kafka's time: its own clock may be wrong."""
        time_ms = int(self.touch["time_ms"])
        return self.at_ms - max(time_ms - int(self.touch.get("last_heard_ms", time_ms)), 0)

    @property
    def waits(self) -> bool:
        """It is silent, and nobody was told."""
        return self.silent and not self.told


@dataclass(slots=True)
class Alarm:
    """An alert about a caretaker while it is open; "" for none."""

    alert_id: str = ""
    raised_at: str = ""


@dataclass(slots=True)
class Caretaker:
    """What is remembered of a caretaker besides its devices: the alerts about it, and the trust `told` last (0..1000).

    `most` is how many devices were part of the silence at a time; they fell silent between `from_ms` and `to_ms`.
    """

    silence: Alarm = field(default_factory=Alarm)
    most: int = 0
    from_ms: int = 0
    to_ms: int = 0
    distrust: Alarm = field(default_factory=Alarm)
    told: int = THOUSANDTHS

    def packed(self) -> Self:
        """Itself: its fields are JSON."""
        return self

    @classmethod
    def unpacked(cls, packed: Any) -> "Caretaker":
        """Become what was packed. Raises `ValueError`."""
        return _CARETAKER.validate_python(packed)


class Fleet:
    """The devices of one caretaker and what they add up to; not saved, for it follows from the devices.

    >>> fleet = Fleet()
    >>> for number, trust in enumerate((900, 900, 100)):
    ...     fleet.join(f"D{number}", Listened(trust))
    >>> fleet.trust, fleet.distrusted
    (0.78, 1)
    """

    def __init__(self) -> None:
        self.devices: dict[str, Listened] = {}
        self.caretaker = Caretaker()
        self.waiting: set[str] = set()
        """Those silent of which nobody was told."""
        self.absorbed: set[str] = set()
        """Those silent as part of a wave."""
        self._trust = self.distrusted = 0

    def __len__(self) -> int:
        return len(self.devices)

    @property
    def trust(self) -> float:
        """How far the caretaker is believed: the mean of its devices and of a few without fault, 0..1."""
        return round((self._trust + BENEFIT * THOUSANDTHS) / (len(self) + BENEFIT) / THOUSANDTHS, 3)

    def join(self, device_id: str, device: Listened) -> None:
        """One device more, as it is now."""
        self.devices[device_id] = device
        self._count(device.trust, 1)
        self.sort(device_id)

    def leave(self, device_id: str) -> Listened:
        """It is forgotten."""
        device = self.devices.pop(device_id)
        self._count(device.trust, -1)
        self.waiting.discard(device_id)
        self.absorbed.discard(device_id)
        return device

    def sort(self, device_id: str) -> None:
        """It fell silent, was told of, or is heard again."""
        device = self.devices[device_id]
        for belongs, kept in ((device.waits, self.waiting), (device.told == GROUP, self.absorbed)):
            (kept.add if belongs else kept.discard)(device_id)

    def believe(self, device: Listened, trust: float) -> None:
        """The trust in one of them is another."""
        self._count(device.trust, -1)
        device.trust = round(trust * THOUSANDTHS)
        self._count(device.trust, 1)

    @property
    def unheard(self) -> list[Listened]:
        """Those that wait."""
        return [self.devices[device_id] for device_id in self.waiting]

    def silent_since(self, since_ms: int) -> list[str]:
        """Those silent since `since_ms` or later, and not part of a wave that was told."""
        return [
            name
            for name, device in self.devices.items()
            if device.silent and device.silent_ms >= since_ms and device.told != GROUP
        ]

    def _count(self, trust: int, number: int) -> None:
        self._trust += number * trust
        self.distrusted += number * (trust < DISTRUSTED * THOUSANDTHS)


_LISTENED = TypeAdapter(Listened)
_CARETAKER = TypeAdapter(Caretaker)
