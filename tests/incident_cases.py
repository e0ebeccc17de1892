"""Incidents as the control log holds them, and a risk shard with the fold it follows: shared by the tests of both."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from streams.control import Control
from streams.incidents import IncidentSettings
from streams.log import Effects, LogRecord, Output
from streams.risk import RiskSettings, RiskShard
from streams.topics import ALERTS, CONTROL, DECISIONS
from tests.risk_cases import EUROS, KEY, NEVER, START_MS, FixedModel, LaneRates, said

CONTAINER, OTHER_CONTAINER = "MSKU9070323", "CSQU3054383"
SEAL = {"code": "SEAL_OPENED", "source": "SENSOR", "text": "The seal of the container was opened en route."}
DOOR = {"code": "DOOR_OPEN", "source": "SENSOR", "text": "The door was open for 12 minutes."}
DAY_MS = 86_400_000


def raised(
    incident_id: str = "inc-1",
    lane: str = "RED",
    *,
    weight: float = 3.0,
    reason: Mapping[str, Any] = SEAL,
    severity: str = "HIGH",
    event_ms: int = START_MS + DAY_MS,
    **links: Any,
) -> dict[str, Any]:
    """An incident that happened a day after the filings; to the container unless `links` say otherwise."""
    return {
        "kind": "incident",
        "incidentId": incident_id,
        "state": "RAISED",
        "type": reason["code"],
        "severity": severity,
        "lane": lane,
        "weight": weight,
        "reason": dict(reason),
        "links": links or {"equipmentReference": CONTAINER},
        "eventTimeMs": event_ms,
        "by": "patterns",
    }


def cleared(incident_id: str = "inc-1") -> dict[str, Any]:
    return {"kind": "incident", "incidentId": incident_id, "state": "CLEARED", "by": "patterns"}


def aboard(case: Mapping[str, Any], container: str = CONTAINER, receptacle: str = "") -> dict[str, Any]:
    """`case`, filed into another container, or a receptacle as well."""
    transport = {**case["parcel"]["transport"], "containerId": container}
    if receptacle:
        transport["receptacleId"] = receptacle
    return {**case, "parcel": {**case["parcel"], "transport": transport}}


class Engine:
    """A fold of the control log and one risk shard that follows it. Nobody is inspected by score or lot by default."""

    def __init__(
        self, rates: LaneRates = NEVER, model: Any = None, control: Control | None = None, **limits: Any
    ) -> None:
        self.model, self.limits = model or FixedModel(), limits
        self.settings = RiskSettings(rates, euro_rates=EUROS, engine="test-1", namespace="border", **limits)
        self.control = control or Control(self.model, incidents=IncidentSettings())
        self.shard = self.fresh()
        self.effects, self.cases, self.told = Effects(), list[LogRecord](), list[LogRecord]()

    def fresh(self) -> RiskShard:
        return RiskShard(0, self.control, self.settings, KEY)

    def say(self, told: Mapping[str, Any]) -> None:
        """Append to the control log; a second passes between two records of it, a day after the filings."""
        at_ms = START_MS + DAY_MS + self.control.offset * 1_000
        self.told.append(LogRecord(0, self.control.offset, at_ms, None, orjson.dumps(told)))
        self.control.fold(self.told[-1])

    def tick(self) -> list[Output]:
        """Let a second pass, and the shard act on it."""
        self.say({"kind": "tick"})
        return self.act()

    def act(self) -> list[Output]:
        before = len(self.effects.outputs)
        self.shard.tick(self.control.now_ms, self.effects)
        return self.effects.outputs[before:]

    def take(self, *cases: Mapping[str, Any]) -> list[Output]:
        before = len(self.effects.outputs)
        for case in cases:
            record = LogRecord(0, len(self.cases), case["at"], case["itemId"].encode(), orjson.dumps(case))
            self.cases.append(record)
            self.shard.process([record], self.effects)
        return self.effects.outputs[before:]

    def happens(self, told: Mapping[str, Any]) -> list[Output]:
        """An incident is written, and the next tick comes."""
        self.say(told)
        return self.tick()

    @property
    def decisions(self) -> list[dict[str, Any]]:
        return said(self.effects.outputs, DECISIONS)

    @property
    def alerts(self) -> list[dict[str, Any]]:
        return said(self.effects.outputs, ALERTS)

    def newest(self, item_id: str = "A1") -> dict[str, Any]:
        """The decision in force about an item."""
        return [decision for decision in self.decisions if decision["itemId"] == item_id][-1]

    def state(self) -> dict[str, bytes]:
        """Everything the shard remembers, as bytes that tell equal from unequal."""
        return {name: part.encode() for name, part in self.shard._parts().items()}


def place(offset: int) -> dict[str, Any]:
    """Where in the control log of these tests a record stands."""
    return {"topic": f"border.{CONTROL}", "partition": 0, "offset": offset, "index": 0}


def lanes(decisions: Sequence[Mapping[str, Any]]) -> list[str]:
    return [decision["lane"] for decision in decisions]
