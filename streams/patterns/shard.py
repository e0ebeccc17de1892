"""The shard of `touches`: what is known of every entity of one partition, whatever kind it is."""

from collections.abc import Mapping, Sequence

import orjson

from streams.log import Effects, Record
from streams.patterns.caretakers import Caretakers
from streams.patterns.containers import Containers
from streams.patterns.points import DeliveryPoints
from streams.patterns.sellers import Sellers
from streams.patterns.settings import PatternSettings
from streams.patterns.standing import Standing
from streams.patterns.view import Say, Share, View, with_nobody
from streams.state.parts import Ledger, Part, same_version, understood
from streams.topics import TOUCHES

VERSION = 3  # of what is saved
PART = "shard"


def views(settings: PatternSettings, standing: Standing) -> Mapping[str, View]:
    """A view that has seen nothing yet for every kind of entity."""
    return {
        "deliveryPoint": DeliveryPoints(settings),
        "seller": Sellers(settings),
        "equipment": Containers(settings, standing.trust),
        "caretaker": Caretakers(settings),
    }


class PatternsShard:
    """Folds one partition of `touches` (see `streams.log.Shard`): each touch goes to the view of its entity's kind.

    Engine time is only as fresh as the last tick, and the state follows from the ticks before records alone, so ticks
    that write nothing may be left out when the log is folded again. `standing` is what all shards know of caretakers,
    `share` says what of an alert these are told.
    """

    def __init__(
        self,
        partition: int,
        settings: PatternSettings,
        standing: Standing | None = None,
        share: Share = with_nobody,
    ) -> None:
        self.partition = partition
        self.settings = settings
        self._standing = standing or Standing()
        self._share = share
        self.views = views(settings, self._standing)
        self.now_ms = 0
        self._ledger = Ledger()

    def process(self, records: Sequence[Record], effects: Effects) -> None:
        """Take the pages in `records`; add alerts and incidents to `effects`."""
        say = Say(self.now_ms, effects, self._share)
        for record in records:
            for kind, touches in orjson.loads(record.value or b"{}").items():
                view = self.views.get(kind)
                for touch in touches:
                    if view is None or not view.take(touch, say):
                        effects.counts["records", TOUCHES, "ignored"] += 1

    def tick(self, now_ms: int, effects: Effects) -> None:
        """Let every view's time pass."""
        self.now_ms = now_ms
        say = Say(now_ms, effects, self._share)
        for view in self.views.values():
            view.tick(now_ms, say)

    def replay(self, record: Record, answers: Sequence[Record]) -> None:  # noqa: ARG002 - the record alone decides
        """Fold a page whose alerts and incidents were written before."""
        self.process((record,), Effects())

    def save(self) -> Mapping[str, bytes | None]:
        """What changed (`streams.log.Saved`)."""
        return self._ledger.changes(self._parts())

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved, under the settings of now. Raises `ValueError`; nothing has changed then."""
        loaded = views(self.settings, self._standing)
        with understood():
            version, now_ms = orjson.loads(parts[PART])
            same_version(version, VERSION)
            for view in loaded.values():
                view.load(parts)
        self.views, self.now_ms = loaded, now_ms
        self._ledger.know(self._parts())

    def sizes(self) -> Mapping[str, int]:
        """How many entries each store holds."""
        return {store: number for view in self.views.values() for store, number in view.sizes().items()}

    def _parts(self) -> Mapping[str, Part]:
        parts = {name: part for view in self.views.values() for name, part in view.parts().items()}
        return {PART: Part.json([VERSION, self.now_ms]), **parts}
