"""A seal opened on the way: from the caretaker's sensor event to decisions about parcels, by all agents, in memory."""

from collections import Counter, deque
from typing import Any

import orjson
import pytest

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
from streams.topics import ALERTS, CONTROL, DECISIONS, MANIFESTS, REJECTED, SENSORS
from tests.flow.test_manifest_to_decision import AT_MS, manifest

SECRET, PARTITIONS = Secret.of(bytes(range(32))), 4
NOBODY = {"red_rate": 0.0, "yellow_rate": 0.0, "blue_rate": 0.0, "random_share": 0.0}
MINUTE_MS = 60_000
CONTAINER = "MSKU9070323"


class Town:
    """All agents of a worker: what one writes for another is taken by it before the next record is published."""

    def __init__(self) -> None:
        self.control, agents = fresh(load(lanes=NOBODY), SECRET, partitions=PARTITIONS)
        self.shards = {
            (agent.source, partition): agent.shard(partition) for agent in agents for partition in range(PARTITIONS)
        }
        self.sources = {source for source, _ in self.shards}
        self.said: list[Output] = []
        self._ends: Counter[tuple[str, int]] = Counter()
        self.now_ms = AT_MS

    def publish(self, topic: str, said: Any) -> None:
        """One record of a public topic, all the way."""
        self._take(deque([Output(topic, None, orjson.dumps(said), (), 0)]))

    def tick(self) -> None:
        """A second passes everywhere."""
        self.now_ms += 1_000
        self._fold(TICK)
        for shard in self.shards.values():
            effects = Effects()
            shard.tick(self.control.now_ms, effects)
            self._take(deque(effects.outputs))

    def values(self, topic: str) -> list[dict[str, Any]]:
        return [orjson.loads(output.value or b"") for output in self.said if output.topic == topic]

    def decisions(self, item_id: str) -> list[dict[str, Any]]:
        return [decision for decision in self.values(DECISIONS) if decision["itemId"] == item_id]

    def alerts(self, kind: str) -> list[dict[str, Any]]:
        return [alert for alert in self.values(ALERTS) if alert["kind"] == kind]

    def _take(self, outputs: deque[Output]) -> None:
        while outputs:
            output = outputs.popleft()
            if output.topic == CONTROL:
                self._fold(output)
            if output.topic not in self.sources:
                self.said.append(output)
                continue
            partition = output.partition
            if partition is None:
                partition = partition_of(output.key, PARTITIONS)
            place, effects = (output.topic, partition), Effects()
            record = LogRecord(partition, self._ends[place], self.now_ms, output.key, output.value, output.headers)
            self._ends[place] += 1
            self.shards[place].process([record], effects)
            outputs.extend(effects.outputs)

    def _fold(self, output: Output) -> None:
        self.control.fold(LogRecord(0, self.control.offset, self.now_ms, output.key, output.value))


def filed(item_id: str, container: str = CONTAINER) -> dict[str, Any]:
    """A parcel to somebody who gets no other; so only the container makes these parcels alike."""
    address = {"lines": [f"{item_id} Strasse 1"], "city": "Mainz", "country": "DE"}
    consignee, price = {"name": f"Empfängerin {item_id}", "address": address}, f"{20 + int(item_id[1:])}.90"
    transport = {"modeOfTransport": "1", "containerId": container, "sealNumber": "CN7741920"}
    told = manifest(price=price, itemIdType="CARRIER_TRACKING", itemId=item_id, consignee=consignee)
    told["parcels"][0]["goodsItems"][0]["value"]["amount"] = price
    return told | {"transport": transport}


def seal(status: str, number: int, time: str, **more: Any) -> dict[str, Any]:
    return {
        "schemaVersion": "1.0",
        "eventID": f"SEAL-{number}",
        "eventTime": time,
        "eventTypeCode": "DETC",
        "iotEventCode": "X_SEAL",
        "deviceID": "urn:epc:id:giai:4000001.111",
        "deviceType": "E_SEAL",
        "sequence": number,
        "publisher": "BLUEFLEET",
        "equipmentReference": CONTAINER,
        "seal": {"sealNumber": "CN7741920", "status": status},
        **more,
    }


SEALED, OPENED = seal("SEALED", 1, "2026-08-20T08:10:00Z"), seal("OPENED", 2, "2026-08-20T08:14:50Z")


@pytest.fixture
def town() -> Town:
    town = Town()
    town.tick()
    return town


def test_parcels_cleared_before_the_seal_was_opened_are_called_back_and_one_alert_says_why(town: Town) -> None:
    town.publish(SENSORS, SEALED)
    for number in range(6):
        town.publish(MANIFESTS, filed(f"T{number}", CONTAINER if number < 5 else "CSQU3054383"))
    town.tick()
    assert {decision["lane"] for decision in town.values(DECISIONS)} == {"GREEN"}

    town.publish(SENSORS, OPENED)
    for _ in range(3):
        town.tick()

    for number in range(5):
        cleared, held = town.decisions(f"T{number}")
        assert (held["lane"], held["selectedBy"], held["propensity"]) == ("RED", "INCIDENT", 1.0)
        assert held["supersedesDecisionId"] == cleared["decisionId"]
        assert held["riskScore"] > cleared["riskScore"]
        assert held["reasons"][0]["code"] == "SEAL_OPENED_IN_TRANSIT"
        assert held["reasons"][0]["source"] == "SENSOR"
        assert held["source"]["topic"] == "customs.control"
    assert len(town.decisions("T5")) == 1, "in another container"
    [about_the_seal] = town.alerts("SENSOR")
    assert (about_the_seal["state"], about_the_seal["subject"]["equipmentReference"]) == ("RAISED", CONTAINER)
    assert {alert["subject"]["itemId"] for alert in town.alerts("PARCEL")} == {f"T{number}" for number in range(5)}
    assert len(town.alerts("PARCEL")) == 5


def test_parcels_filed_after_the_seal_was_opened_are_decided_with_it(town: Town) -> None:
    town.publish(SENSORS, SEALED)
    town.publish(SENSORS, OPENED)
    for number in range(5):
        town.publish(MANIFESTS, filed(f"T{number}"))
    for _ in range(3):
        town.tick()

    for number in range(5):
        [decision] = town.decisions(f"T{number}")
        assert (decision["lane"], decision["selectedBy"]) == ("RED", "INCIDENT")
        assert decision["reasons"][0]["code"] == "SEAL_OPENED_IN_TRANSIT"
    assert len(town.alerts("SENSOR")) == 1
    assert len(town.alerts("PARCEL")) == 5


def test_what_the_control_log_holds_is_an_incident_by_its_schema_and_all_else_obeys_its_own(town: Town) -> None:
    town.publish(SENSORS, SEALED)
    town.publish(MANIFESTS, filed("T0"))
    town.publish(SENSORS, OPENED)
    town.tick()

    [incident] = [told for told in town.values(CONTROL) if told["kind"] == "incident"]
    assert understood(incident) == incident
    assert town.control.figures()["open_incidents", "RED"] == 1.0
    for decision in town.values(DECISIONS):
        check(RiskDecision, decision)
    for alert in town.values(ALERTS):
        check(Alert, alert)
    assert town.values(REJECTED) == []


def test_the_same_event_sent_again_calls_nobody_back_twice(town: Town) -> None:
    town.publish(MANIFESTS, filed("T0"))
    for event in (SEALED, OPENED, OPENED, SEALED, OPENED):
        town.publish(SENSORS, event)
        town.tick()

    assert len(town.decisions("T0")) == 2
    assert len(town.alerts("PARCEL")) == 1
