"""What a view of one kind of entity is, and the words in which it speaks."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from streams import alerting
from streams.log import Effects, Output
from streams.records.events import EventKind
from streams.records.wire import encode
from streams.state.parts import Part
from streams.topics import CONTROL

EVENT = EventKind("patterns", "alert")
Share = Callable[[Mapping[str, Any], float], Iterable[Output]]
"""What of an alert its caretakers get, at an engine time (`streams.sensors.sharing`)."""


def with_nobody(_alert: Mapping[str, Any], _now_ms: float) -> Iterable[Output]:
    """Where there are no registries."""
    return ()


class Say:
    """What follows from one touch or tick. `now_ms` is engine time: how long the engine has run, no date."""

    def __init__(self, now_ms: int, effects: Effects, share: Share = with_nobody) -> None:
        self.now_ms = now_ms
        self._effects = effects
        self._share = share

    def alert(self, alert: Mapping[str, Any]) -> None:
        """Write an alert, as `streams.records.alert.Alert` has it, keyed by the first it is about."""
        key = next((value for value in alert["subject"].values() if isinstance(value, str)), "")
        alerting.write(alert, key.encode() or None, EVENT, self._effects)
        self._effects.outputs.extend(self._share(alert, self.now_ms))

    def incident(self, incident: Mapping[str, Any]) -> None:
        """Tell all shards, through the control log, of something that concerns parcels."""
        self._effects.outputs.append(Output(CONTROL, incident["incidentId"].encode(), encode(incident)))

    def standing(self, standing: Mapping[str, Any]) -> None:
        """Tell all shards how far a caretaker is believed from now on (`streams.patterns.standing`)."""
        self._effects.outputs.append(Output(CONTROL, standing["publisher"].encode(), encode(standing)))


class View(Protocol):
    """All entities of one kind in one partition: a fold over their touches, bounded, without a clock."""

    def take(self, touch: Any, say: Say) -> bool:
        """Take the next touch, as it stands in its page (`streams.patterns.touches`).

        False: it is of no kind that this view knows, and has changed nothing.
        """

    def tick(self, now_ms: int, say: Say) -> None:
        """Let engine time reach `now_ms`. A tick that says nothing may be left out; the next one does its work."""

    def parts(self) -> Mapping[str, Part]:
        """What is to be saved; no two views have parts of one name."""

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved. Raises `ValueError`, or what `streams.state.parts.understood` takes for one."""

    def sizes(self) -> Mapping[str, int]:
        """How many entries each store holds; no two views have stores of one name."""
