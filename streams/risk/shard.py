"""The shard over `cases[p]`: cases in, decisions and alerts out."""

from collections.abc import Mapping, Sequence

import orjson

from streams.control import Control
from streams.decisions.budgets.pools import Pools
from streams.features import HsMoments
from streams.incidents import Incident
from streams.log import Effects, Output, Record
from streams.patterns.touches import Touches
from streams.records.wire import encode
from streams.risk.aboard import Aboard
from streams.risk.deciding import Desk
from streams.risk.history import History
from streams.risk.judges import Judge, Live, Recorded
from streams.risk.overruling import Overruling, Progress
from streams.risk.passage import Passage
from streams.risk.settings import RiskSettings
from streams.risk.store import Items
from streams.risk.telling import tell
from streams.risk.turn import NO_CASE, Case, Turn, identity_of
from streams.risk.waiting import Waiting, WaitingRoom
from streams.state.parts import Ledger, Part, same_version, understood
from streams.topics import CONTROL
from streams.values import Values

VERSION = 6  # of what is saved


class RiskShard:
    """Folds everything that happens to the items of one partition (see `streams.log.Shard`).

    `control` is shared with all shards of the worker; lots are drawn with `draw_key`. Cost: about 45 µs a filing before
    the model has learnt, twice that with full tables.
    """

    def __init__(self, partition: int, control: Control, settings: RiskSettings, draw_key: bytes) -> None:
        self.partition = partition
        self.control = control
        self.settings = settings
        self.items = Items(round(settings.horizon_s * 1000), settings.max_items)
        self.desk = Desk(control, settings, draw_key)
        self.aboard = Aboard(settings.voyage_ms, settings.max_items)
        self.waiting = WaitingRoom(settings.max_waiting, settings.max_waiting_bytes)
        self.now_ms = 0
        self._overruled = Progress()
        self._history = History(self.items, self.desk, self.aboard)
        self._overruling = Overruling(self.items, self.aboard, self.desk)
        self._ledger = Ledger()

    def process(self, records: Sequence[Record], effects: Effects) -> None:
        """Take `records` into the histories of their items; add decisions, alerts, refusals and examples."""
        judge, touches = Live(self.control.model), Touches(self.settings.partitions)
        for record in records:
            self._take(record, judge, effects, touches)
        effects.outputs.extend(touches.outputs())

    def tick(self, now_ms: int, effects: Effects) -> None:
        """Refuse what waited too long, decide again what an incident concerns, tell what has passed and was noticed.

        One that writes nothing may be left out: the next one does its work. So what it does about incidents is bounded
        by what it decides, which is written: whoever folds the log again stops where this shard did.
        """
        since_ms, self.now_ms = self.now_ms, now_ms
        for waiting in self.waiting.expired(now_ms - round(self.settings.wait_for_item_s * 1000)):
            self._give_up(waiting, effects)
        newly = self.control.incidents.newly(self._overruled.now_ms, now_ms)
        left = [incident for incident in newly if incident.place.offset >= self._overruled.offset]
        come_to = self._overruling.apply(left, lambda incident: self._turn_of(incident, effects), self._overruled)
        self._overruled = come_to or Progress(now_ms)
        if passage := self.desk.passage.due(now_ms):
            effects.outputs.append(Output(CONTROL, None, encode(passage)))
        if self.partition == 0:
            tell(self.control, since_ms, now_ms, self.settings.namespace, effects)

    def replay(self, record: Record, answers: Sequence[Record]) -> None:
        """Take a record in again, with the decisions it led to instead of the model.

        Raises `LookupError` when the decisions in the log are not those this record leads to.
        """
        left = iter(answers)
        self._take(record, Recorded(left), Effects(heard=False))
        if next(left, None) is not None:
            raise LookupError(f"more decisions in the log than case {record.offset} leads to")

    def save(self) -> Mapping[str, bytes | None]:
        """What changed (`streams.log.Saved`): new segments of items, those in use, and what is small."""
        return self._ledger.changes(self._parts())

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved, under the settings of now. Raises `ValueError`; nothing has changed then."""
        items, aboard = (
            Items(self.items.horizon_ms, self.items.max_items),
            Aboard(self.aboard.voyage_ms, self.aboard.max_items),
        )
        waiting = WaitingRoom(self.settings.max_waiting, self.settings.max_waiting_bytes)
        values = Values(self.settings.values, self.settings.euro_rates)
        pools, moments, passage = Pools(), HsMoments(), Passage(self.desk.passage.every_ms)
        with understood():
            version, now_ms, log_ms, segments, arrivals, pages, overruled = orjson.loads(parts["shard"])
            same_version(version, VERSION)
            come_to = Progress(*overruled)
            items.load(parts, log_ms, segments)
            aboard.load(parts, pages)
            waiting.load(parts, arrivals)
            pools.load(parts)
            moments.load(parts["moments"])
            passage.load(parts)
            values.load(parts)
        self.items, self.aboard, self.waiting, self.now_ms = items, aboard, waiting, now_ms
        self.desk.pools, self.desk.moments, self.desk.passage, self.desk.values = pools, moments, passage, values
        self._overruled = come_to
        self._history = History(items, self.desk, aboard)
        self._overruling = Overruling(items, aboard, self.desk)
        self._ledger.know(self._parts())

    def sizes(self) -> Mapping[str, int]:
        """How many entries each store holds."""
        return {
            "items": len(self.items),
            "items in use": len(self.items.in_use),
            "aboard": len(self.aboard),
            "waiting": len(self.waiting.cases),
            "pools": len(self.desk.pools.by_office),
            "goods": len(self.desk.moments),
            "passage": len(self.desk.passage),
            **self.desk.values.sizes(),
        }

    def _parts(self) -> Mapping[str, Part]:
        numbers = (self.items.archive.number, self.waiting.arrivals, self.aboard.number)
        state = [VERSION, self.now_ms, self.items.log_ms, *numbers, [*self._overruled]]
        return {
            "shard": Part.json(state),
            "moments": Part.of(self.desk.moments.save()),
            "passage": self.desk.passage.part(),
            **self.desk.pools.parts(),
            **self.desk.values.parts(),
            **self.waiting.parts(),
            **self.items.parts(),
            **self.aboard.parts(),
        }

    def _take(self, record: Record, judge: Judge, effects: Effects, touches: Touches | None = None) -> None:
        raw = record.value or b""
        case: Case = orjson.loads(raw)
        turn = Turn(effects, self.partition, record.offset, case["at"], judge, record.timestamp, touches)
        self.items.advance(case["at"])
        if not self._history.apply(case, turn):
            self._wait(identity_of(case), raw, effects)
        elif case["kind"] == "filing":
            self._settle(identity_of(case), turn)

    def _wait(self, identity: str, raw: bytes, effects: Effects) -> None:
        self.waiting.add(identity, self.now_ms, raw)
        for waiting in self.waiting.overflow():
            self._give_up(waiting, effects)

    def _settle(self, identity: str, turn: Turn) -> None:
        """Apply what waited for this item, in the order it came; what still has to wait keeps its place."""
        for number in self.waiting.of(identity):
            if self._history.apply(orjson.loads(self.waiting.cases[number].case), turn):
                self.waiting.leave(number)

    def _turn_of(self, incident: Incident, effects: Effects) -> Turn:
        at_ms = incident.place.at_ms
        return Turn(effects, self.partition, NO_CASE, at_ms, Recorded(), at_ms)

    def _give_up(self, waiting: Waiting, effects: Effects) -> None:
        """What follows is dated by the input's own time and by how long it waited: there is no other clock."""
        case = orjson.loads(waiting.case)
        at_ms = case["at"] + self.now_ms - waiting.since_ms
        self._history.give_up(case, Turn(effects, self.partition, NO_CASE, at_ms, Recorded()))
