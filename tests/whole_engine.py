"""Every agent of a worker in memory: what is published goes all the way, ticks too, and what customs sees is kept."""

from collections import Counter, deque
from datetime import UTC, datetime
from typing import Any

import orjson

from agents.backtest.engine import partition_of
from agents.runtime.seats import TICK
from agents.secret import Secret
from agents.worker import fresh
from config.settings import load
from streams.log import Effects, LogRecord, Output
from streams.records.alert import Alert
from streams.records.decision import RiskDecision
from streams.records.incident import understood
from streams.records.schema import check
from streams.topics import ALERTS, CONTROL, DECISIONS
from tests.signers import Signer

SECRET = Secret.of(bytes(range(32)))
NO_LOT = {"red_rate": 0.0, "yellow_rate": 0.0, "blue_rate": 0.0}
START_MS = 1_787_300_000_000
PARTITIONS = 2


class WholeEngine:
    """Nobody is inspected by score or lot unless `overrides` say so; a tick lets two seconds at most pass."""

    def __init__(self, **overrides: Any) -> None:
        self.settings = load(**{"lanes": NO_LOT, **overrides})
        self.control, self.agents = fresh(self.settings, SECRET, partitions=PARTITIONS)
        self.shards = {
            (agent.source, partition): agent.shard(partition)
            for agent in self.agents
            for partition in range(PARTITIONS)
        }
        self.alerts: list[dict[str, Any]] = []
        self.decisions: list[dict[str, Any]] = []
        self.incidents: list[dict[str, Any]] = []
        self.at_ms = START_MS
        self._ends: Counter[tuple[str, int]] = Counter()

    @property
    def now(self) -> str:
        """The time as records write it."""
        return datetime.fromtimestamp(self.at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def order(self, record: dict[str, Any]) -> None:
        """One record of the control log."""
        self._fold(Output(CONTROL, None, orjson.dumps(record)))

    def publish(self, topic: str, record: dict[str, Any], *by: Signer) -> None:
        """One public record, signed by whoever is named, all the way."""
        value = orjson.dumps(record)
        signed = tuple(key.header(value, topic, self.settings.namespace) for key in by)
        self._flow(deque([Output(topic, None, value, signed, partition=0)]))

    def run(self, seconds: float, step_s: float = 2.0) -> None:
        """Let time pass, tick by tick."""
        for _ in range(round(seconds / step_s)):
            self.at_ms += round(step_s * 1000)
            self._fold(TICK)
            effects = Effects()
            for agent in self.agents:
                for partition in range(PARTITIONS) if agent.stateful else ():
                    self.shards[agent.source, partition].tick(self.control.now_ms, effects)
            self._flow(deque(effects.outputs))

    def told(self, *codes: str) -> list[tuple[str, str]]:
        """Alerts about devices and containers with these codes, each as (code, state)."""
        about = (alert for alert in self.alerts if alert["kind"] == "SENSOR")
        said = ((alert["reasons"][0]["code"], alert["state"]) for alert in about)
        return [each for each in said if each[0] in codes]

    def _flow(self, outputs: deque[Output]) -> None:
        while outputs:
            output = outputs.popleft()
            self._keep(output)
            partition = partition_of(output.key, PARTITIONS) if output.partition is None else output.partition
            if shard := self.shards.get((output.topic, partition)):
                effects, offset = Effects(), self._ends[output.topic, partition]
                self._ends[output.topic, partition] += 1
                record = LogRecord(partition, offset, self.at_ms, output.key, output.value, output.headers)
                shard.process([record], effects)
                outputs.extend(effects.outputs)

    def _keep(self, output: Output) -> None:
        if output.topic == CONTROL:
            self._fold(output)
        elif output.topic == ALERTS:
            self.alerts.append(orjson.loads(output.value or b""))
            check(Alert, self.alerts[-1])
        elif output.topic == DECISIONS:
            self.decisions.append(orjson.loads(output.value or b""))
            check(RiskDecision, self.decisions[-1])

    def _fold(self, told: Output) -> None:
        said = orjson.loads(told.value or b"")
        if said["kind"] == "incident":
            assert understood(said), said
            self.incidents.append(said)
        self.control.fold(LogRecord(0, self.control.offset, self.at_ms, told.key, told.value))
        assert not self.control.ignored
