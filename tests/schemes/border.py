"""The whole engine in memory, with Kafka's time and the engine's ticks as the simulator's clock says."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from typing import Any, NamedTuple

import orjson

from agents.secret import Secret
from agents.simulator.happenings import Happening, Truth
from agents.simulator.journeys import TERMINALS
from agents.simulator.weeks import Weeks
from agents.worker import fresh
from config.settings import load
from streams.control import LONGEST_STEP_MS
from streams.log import Effects, LogRecord, Output
from streams.topics import ALERTS, CASES, CONTROL, MANIFESTS, OUTCOMES, READINGS, SENSORS, TALLIES, TOUCHES
from tests.risk_cases import KEY

TURN_S = 20.0  # what arrives within so long is one turn; a worker's turns are shorter, and so are its waits
WAY = (MANIFESTS, OUTCOMES, SENSORS, CASES, READINGS, TALLIES, TOUCHES)  # whose records lead to records of those after
TICK = orjson.dumps({"kind": "tick"})
OF_ONE_PARCEL = b'"kind":"PARCEL"'
CARGO = {"lowest_cel": 2.0, "highest_cel": 8.0, "excursion_s": 3_600, "defrost_s": 2_400}


class Said(NamedTuple):
    """What the engine said at `at_s`, seconds into the first day."""

    at_s: float
    record: dict[str, Any]


class Border:
    """All agents, one partition each, from the first record to the last.

    `alerts` has none about single parcels; `truths` tells what was really in those that came. Unless `registered`, the
    engine knows neither what devices guard nor where terminals are.
    """

    def __init__(self, weeks: Weeks, *, registered: bool = True) -> None:
        self.weeks = weeks
        self.alerts: list[Said] = []
        self.incidents: list[Said] = []
        self.truths: dict[str, Truth] = {}
        places = [terminal.locode for terminal in TERMINALS] if registered else []
        settings = load(patterns={"terminals": places})
        self.control, agents = fresh(settings, Secret.of(KEY), partitions=1)
        self._shards = {agent.source: agent.shard(0) for agent in agents}
        self._ticked = [self._shards[agent.source] for agent in agents if agent.stateful]
        self._ends = defaultdict[str, int](int)
        self._start_ms = round(weeks.start.timestamp() * 1000)
        self._waiting = defaultdict[str, list[LogRecord]](list)
        self._at_s = -60.0
        for device in weeks.devices if registered else ():
            self._append(CONTROL, orjson.dumps(registration(device)))

    def run(self) -> "Border":
        """Let everything happen, and an hour after it."""
        for number, happenings in groupby(self.weeks, key=lambda happening: happening.at_s // TURN_S):
            self._turn((number + 1) * TURN_S, happenings)
        self._turn(self.weeks.length_s + 3600.0, ())
        return self

    def _turn(self, at_s: float, happenings: Iterable[Happening]) -> None:
        self._pass_time(at_s)
        for happening in happenings:
            self.truths |= {truth.item_id: truth for truth in happening.truths}
            self._append(happening.topic, happening.value, happening.key, at_s=happening.at_s)
        self._settle()

    def _pass_time(self, until_s: float) -> None:
        """The engine's ticks, one for all shards where it stood still for a turn or more."""
        while self._at_s < until_s:
            turn_s = min(self._at_s + TURN_S, until_s)
            while self._at_s < turn_s:
                self._at_s = min(self._at_s + LONGEST_STEP_MS / 1000, turn_s)
                self._append(CONTROL, TICK)
            effects = Effects()
            for shard in self._ticked:
                shard.tick(self.control.now_ms, effects)
            self._hear(effects.outputs)
            self._settle()

    def _settle(self) -> None:
        """Process all that waits, until nothing does."""
        while any(self._waiting.values()):
            for topic in WAY:
                if records := self._waiting.pop(topic, None):
                    effects = Effects()
                    self._shards[topic].process(records, effects)
                    self._hear(effects.outputs)

    def _hear(self, outputs: Iterable[Output]) -> None:
        for output in outputs:
            value = output.value or b""
            if output.topic in self._shards or output.topic == CONTROL:
                self._append(output.topic, value, output.key)
            elif output.topic == ALERTS and OF_ONE_PARCEL not in value:
                self.alerts.append(Said(self._at_s, orjson.loads(value)))

    def _append(self, topic: str, value: bytes, key: bytes | None = None, at_s: float | None = None) -> None:
        at_ms = self._start_ms + round(1000 * (self._at_s if at_s is None else at_s))
        record = LogRecord(0, self._ends[topic], at_ms, key, value)
        self._ends[topic] += 1
        if topic != CONTROL:
            self._waiting[topic].append(record)
            return
        if b'"incident"' in value:
            self.incidents.append(Said(self._at_s, orjson.loads(value)))
        self.control.fold(record)


def registration(device: Any) -> dict[str, Any]:
    """A device as its caretaker would register it."""
    cargo = {"cargo": CARGO} if device.kind == "COLD_CHAIN_LOGGER" else {}
    return {
        "kind": "device",
        "deviceID": device.device_id,
        "publisher": device.publisher,
        "registered": True,
        "permittedPlaces": [terminal.locode for terminal in TERMINALS],
        **cargo,
    }
