"""The shard over `tallies[p]`: slices of public topics in, SYSTEM alerts out."""

from collections.abc import Iterable, Mapping, Sequence

import orjson

from streams import alerting
from streams.log import Effects, Record
from streams.quality.alarms import EVENT, Alert
from streams.quality.settings import QualitySettings
from streams.quality.watch import Watch
from streams.state.parts import Ledger, Part, same_version, understood

STATE, VERSION = "state", 1
WHAT_TO_DO = (
    "Nothing is lost: what was refused stands in rejected.v1, all else waits in Kafka. "
    'To go on while this lasts: intake.on_too_many_rejects = "alert".'
)


class QualityShard:
    """Watches the public topics whose tallies stand in one partition (see `streams.log.Shard`).

    Time is the engine's: publishers' clocks are their own, and in hours without an engine nobody sends better data.
    With `settings.stop` every turn while an alert is open says that the worker is to end. Cost: some 10 µs a slice.
    """

    def __init__(self, partition: int, settings: QualitySettings) -> None:
        self.partition = partition
        self.settings = settings
        self.topics: dict[str, Watch] = {}
        self.now_ms = 0
        self._ledger = Ledger()

    def process(self, records: Sequence[Record], effects: Effects) -> None:
        """Count in the slices in `records`; add alerts that begin and end to `effects`."""
        for record in records:
            tally = orjson.loads(record.value or b"{}")
            watch = self.topics.setdefault(tally["topic"], Watch(self.settings, tally["topic"]))
            _write(watch.take(tally, self.now_ms, record.offset), effects)
        self._stop(effects)

    def tick(self, now_ms: int, effects: Effects) -> None:
        """Let windows move on. Ticks within a step do the same, so those that change nothing may be left out."""
        self.now_ms = now_ms
        for watch in self.topics.values():
            _write(watch.pass_time(now_ms), effects)
        self._stop(effects)

    def replay(self, record: Record, answers: Sequence[Record]) -> None:  # noqa: ARG002 - the record alone decides
        """Fold a record whose alerts were written before."""
        self.process((record,), Effects())

    def save(self) -> Mapping[str, bytes | None]:
        """The whole state, if it has changed: it is small, and windows move together."""
        return self._ledger.changes(self._parts())

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Take over a saved state. Raises `ValueError` when it is none of this version; nothing has changed then."""
        with understood():
            state = orjson.loads(parts[STATE])
            same_version(state["version"], VERSION)
            topics = {name: Watch.unpacked(self.settings, name, said) for name, said in state["topics"].items()}
            self.topics, self.now_ms = topics, state["now_ms"]
        self._ledger.know(self._parts())

    def sizes(self) -> Mapping[str, int]:
        """How many entries each store holds."""
        watches = self.topics.values()
        return {
            "providers": sum(len(watch.windows) for watch in watches),
            "alerts": sum(len(watch.open) for watch in watches),
        }

    def _parts(self) -> Mapping[str, Part]:
        topics = {topic: watch.packed() for topic, watch in self.topics.items()}
        return {STATE: Part.json({"version": VERSION, "now_ms": self.now_ms, "topics": topics})}

    def _stop(self, effects: Effects) -> None:
        titles = [episode.title for watch in self.topics.values() for episode in watch.open.values()]
        if self.settings.stop and titles:
            effects.halt = f"{'; '.join(titles)}. {WHAT_TO_DO}"


def _write(alerts: Iterable[Alert], effects: Effects) -> None:
    for alert in alerts:
        alerting.write(alert, alert["subject"]["providerId"].encode(), EVENT, effects)
