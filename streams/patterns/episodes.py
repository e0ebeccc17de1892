"""From crossings to alerts and incidents: one alert per episode, and every parcel concerned told once."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, field
from typing import Any, NamedTuple

import orjson

from streams.patterns.parcels import Parcel
from streams.patterns.view import Say
from streams.records.alert import alert_id
from streams.records.decision import Source
from streams.records.events import event_id, rfc3339
from streams.records.incident import MOST_ITEMS
from streams.sensors.signs import span
from streams.state.parts import Part

SHOWN = 100  # items in the subject of an alert; incidents name them all
NO_FURTHER = "no further parcel of the kind for {}"


class Crossing(NamedTuple):
    """A threshold is crossed by the parcel in hand: a sentence, its figure and what is usual, the items concerned.

    At most one episode at a time is open for each (`code`, `about`) of an entity; it ends `quiet_ms` after the last
    crossing. `weight` 0 means that the evidence is too weak for an incident: then there is an alert alone.
    """

    code: str
    about: str
    severity: str
    weight: float
    quiet_ms: int
    subject: dict[str, str]
    text: str
    value: float
    normal: float
    items: Iterable[str]


@dataclass(slots=True)
class Episode:
    """An open alert. `told` are items concerned, with event time when that was seen; `untold` of them are yet to tell.

    `first_ms` and `last_ms` are event time of the first and newest crossing, `at_ms` Kafka's time of the newest,
    `heard_ms` engine time then, `told_ms` that of the newest incident, -1 before the first.
    """

    alert_id: str
    code: str
    severity: str
    weight: float
    quiet_ms: int
    subject: dict[str, str]
    raised_at: str
    source: Source
    first_ms: int
    last_ms: int
    at_ms: int
    heard_ms: int
    told_ms: int
    reason: dict[str, Any]
    told: dict[str, int] = field(default_factory=dict)
    untold: list[str] = field(default_factory=list)


class Episodes:
    """What is the matter with the entities of one view just now: at most `most`, the one heard of first ended first.

    Parcels that join an episode are told in further incidents of the same alert, at most one in `follow_up_ms` of
    engine time. An episode ends by event time with the next parcel of its entity, by engine time when none comes.
    """

    def __init__(self, name: str, most: int, follow_up_ms: int) -> None:
        self._part = f"{name}-episodes"
        self._most, self._follow_up_ms = most, follow_up_ms
        self._open = OrderedDict[str, dict[str, Episode]]()  # by entity, then by code and what it is about
        self._number = 0  # of all that are open
        self._changes = 0

    def __len__(self) -> int:
        return self._number

    def of(self, entity: str, code: str, about: str = "") -> Episode | None:
        """The open episode, if there is one."""
        return self._open.get(entity, {}).get(f"{code}/{about}")

    def crossed(self, crossing: Crossing, parcel: Parcel, say: Say) -> None:
        """Begin an episode, or go on with the one that is open."""
        episode = self.of(parcel.entity, crossing.code, crossing.about)
        if episode is None:
            self._make_room(say)
            episode = _begun(crossing, parcel, say.now_ms)
            self._begin(parcel.entity, f"{crossing.code}/{crossing.about}", episode)
            say.alert(_alert(episode, "RAISED", parcel.time_ms, list(crossing.items)))
        self._go_on(episode, crossing, parcel, say)

    def pass_time(self, entity: str, time_ms: int, say: Say) -> None:
        """A parcel of `entity` comes, of this event time: end what is over by it."""
        if entity not in self._open:  # as it mostly is
            return
        for key, episode in list(self._open[entity].items()):
            if episode.last_ms + episode.quiet_ms < time_ms:
                self._end(entity, key, time_ms, NO_FURTHER.format(duration(episode.quiet_ms)), say)

    def tick(self, now_ms: int, say: Say) -> None:
        """Tell of parcels that joined, and end what has been quiet for long enough while the engine ran."""
        for entity, key, episode in self._each():
            if episode.untold and now_ms - episode.told_ms >= self._follow_up_ms:
                self._tell(episode, say)
            if now_ms - episode.heard_ms >= episode.quiet_ms:
                at_ms = episode.at_ms + now_ms - episode.heard_ms
                self._end(entity, key, at_ms, NO_FURTHER.format(duration(episode.quiet_ms)), say)

    def end(self, entity: str, code: str, time_ms: int, why: str, say: Say) -> None:
        """End an episode for another reason than that nothing more came."""
        self._end(entity, f"{code}/", time_ms, why, say)

    def part(self) -> Mapping[str, Part]:
        """What is to be saved."""
        return {self._part: Part(self._changes, lambda: orjson.dumps(["episodes", self._packed()]))}

    def load(self, parts: Mapping[str, bytes]) -> None:
        """Become what was saved; raises `ValueError`, or what `streams.state.parts.understood` takes for one."""
        _, packed = orjson.loads(parts[self._part])
        for entity, key, *fields in packed:
            self._begin(entity, key, Episode(*fields))

    def _packed(self) -> list[Any]:
        return [[entity, key, *astuple(episode)] for entity, key, episode in self._each()]

    def _each(self) -> list[tuple[str, str, Episode]]:
        return [(entity, key, episode) for entity, of in self._open.items() for key, episode in of.items()]

    def _begin(self, entity: str, key: str, episode: Episode) -> None:
        self._open.setdefault(entity, {})[key] = episode
        self._number += 1

    def _go_on(self, episode: Episode, crossing: Crossing, parcel: Parcel, say: Say) -> None:
        self._changes += 1
        episode.last_ms, episode.at_ms = max(episode.last_ms, parcel.time_ms), max(episode.at_ms, parcel.at_ms)
        episode.heard_ms = say.now_ms
        episode.reason = _reason(crossing)
        if crossing.weight:
            new = [item for item in crossing.items if item not in episode.told]
            episode.told |= dict.fromkeys(new, episode.last_ms)
            episode.untold += new
        if episode.untold and episode.told_ms < 0:
            self._tell(episode, say)

    def _tell(self, episode: Episode, say: Say) -> None:
        self._changes += 1
        for first in range(0, len(episode.untold), MOST_ITEMS):
            say.incident(_incident(episode, episode.untold[first : first + MOST_ITEMS]))
        episode.untold, episode.told_ms = [], say.now_ms
        kept_ms = episode.last_ms - 2 * episode.quiet_ms  # no window reaches back so far
        episode.told = {item: told for item, told in episode.told.items() if told >= kept_ms}

    def _end(self, entity: str, key: str, time_ms: int, why: str, say: Say) -> None:
        self._changes += 1
        self._number -= 1
        episode = self._open[entity].pop(key)
        if not self._open[entity]:
            del self._open[entity]
        if episode.untold:
            self._tell(episode, say)
        say.alert(_alert(episode, "CLEARED", time_ms, [], why))

    def _make_room(self, say: Say) -> None:
        if len(self) >= self._most:
            entity, of = next(iter(self._open.items()))
            key, episode = next(iter(of.items()))
            self._end(entity, key, episode.last_ms, "ended early, for there are too many at once", say)


def duration(ms: float) -> str:
    """A length of time as people say it, in whole units, a minute at least.

    >>> duration(20 * 60_000), duration(24 * 3_600_000), duration(7 * 86_400_000), duration(0)
    ('20 minutes', '24 hours', '7 days', '1 minute')
    """
    return span(max(ms, 60_000) / 1000, digits=0)


def _begun(crossing: Crossing, parcel: Parcel, now_ms: int) -> Episode:
    time_ms, at_ms = parcel.time_ms, parcel.at_ms
    about = (crossing.code, crossing.about, parcel.topic, parcel.partition, parcel.offset, parcel.place)
    return Episode(
        alert_id=alert_id("PATTERN", parcel.entity, *about),
        code=crossing.code,
        severity=crossing.severity,
        weight=crossing.weight,
        quiet_ms=crossing.quiet_ms,
        subject=crossing.subject,
        raised_at=rfc3339(at_ms),
        source=parcel.source,
        first_ms=time_ms,
        last_ms=time_ms,
        at_ms=at_ms,
        heard_ms=now_ms,
        told_ms=-1,
        reason=_reason(crossing),
    )


def _reason(crossing: Crossing) -> dict[str, Any]:
    said = {"code": crossing.code, "source": "PATTERN", "text": crossing.text}
    return said | {"value": crossing.value, "normal": crossing.normal}


def _alert(episode: Episode, state: str, time_ms: int, items: list[str], why: str = "") -> dict[str, Any]:
    shown: dict[str, Any] = {"itemIds": [item.partition("/")[2] for item in items[:SHOWN]]} if items else {}
    reasons = [episode.reason] if state == "RAISED" else []
    return {
        "schemaVersion": "1.0",
        "alertId": episode.alert_id,
        "raisedAt": episode.raised_at,
        "kind": "PATTERN",
        "severity": episode.severity,
        "state": state,
        "subject": episode.subject | shown,
        "title": f"{_whose(episode.subject)}: {why or episode.reason['text']}"[:256],
        "reasons": reasons,
        "eventTime": rfc3339(time_ms),
        "source": episode.source,
    }


def _whose(subject: Mapping[str, str]) -> str:
    point = subject.get("deliveryPoint")
    return f"Delivery point {point}" if point else f"Seller {subject.get('sellerId')}"


def _incident(episode: Episode, items: list[str]) -> dict[str, Any]:
    return {
        "kind": "incident",
        "incidentId": "inc-" + event_id(episode.alert_id, *items),
        "state": "RAISED",
        "type": episode.code,
        "severity": episode.severity,
        "lane": "YELLOW",
        "weight": episode.weight,
        "reason": episode.reason,
        "links": {"itemIds": list(_linked(items))},
        "eventTimeMs": episode.last_ms,
        "alertId": episode.alert_id,
        "by": "patterns",
        "source": episode.source,
    }


def _linked(items: Iterable[str]) -> Iterator[dict[str, str]]:
    for item in items:
        item_type, _, item_id = item.partition("/")
        yield {"itemIdType": item_type, "itemId": item_id}
