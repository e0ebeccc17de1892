"""Purchases split over parcels, and lent addresses: from manifests as published to alerts and incidents, in memory."""

import copy
from collections import defaultdict
from typing import Any

import orjson
import pytest

from agents.backtest.engine import Engine
from agents.secret import Secret
from agents.simulator import World
from agents.simulator.happenings import Truth
from agents.worker import all_agents
from config.settings import load
from streams.log import Effects, LogRecord, Output
from streams.records.alert import Alert
from streams.records.incident import understood
from streams.records.schema import check
from streams.topics import ALERTS, CONTROL, DECISIONS, MANIFESTS, TOUCHES
from tests.flow.test_manifest_to_decision import AT_MS, manifest

SECRET = Secret.of(bytes(range(32)))
PARTITIONS = 4
MINUTE_MS = 60_000
SECONDS = 25


class Border:
    """The engine of a worker, and its patterns shards beside it: every record goes all the way before the next."""

    def __init__(self, **overrides: Any) -> None:
        settings = load(**overrides)
        self.engine = Engine(settings, SECRET, partitions=PARTITIONS)
        [agent] = [
            agent
            for agent in all_agents(settings, self.engine.control, SECRET, partitions=PARTITIONS)
            if agent.source == TOUCHES
        ]
        self.patterns = [agent.shard(partition) for partition in range(PARTITIONS)]
        self.alerts: list[dict[str, Any]] = []
        self.incidents: list[dict[str, Any]] = []
        self.decisions: list[dict[str, Any]] = []
        self.published = self.now_ms = 0

    @property
    def decided(self) -> set[str]:
        return {decision["itemId"] for decision in self.decisions}

    def publish(self, value: bytes, at_ms: int) -> None:
        """One manifest."""
        effects = Effects()
        for output in self.engine.publish(MANIFESTS, value, at_ms):
            if output.topic == TOUCHES and output.partition is not None:
                record = LogRecord(output.partition, self.published, at_ms, None, output.value)
                self.patterns[output.partition].process([record], effects)
            elif output.topic == DECISIONS:
                self.decisions.append(orjson.loads(output.value or b""))
        self.published += 1
        self._hear(effects.outputs, at_ms)

    def tick(self, at_ms: int) -> None:
        """A tick of the control log, at which risk hears of incidents."""
        outputs = self.engine.tick(at_ms)
        self.decisions += [orjson.loads(output.value or b"") for output in outputs if output.topic == DECISIONS]

    def run(self, minutes: float) -> None:
        """Let the engine run on for so long."""
        effects = Effects()
        self.now_ms += round(minutes * MINUTE_MS)
        for shard in self.patterns:
            shard.tick(self.now_ms, effects)
        self._hear(effects.outputs, AT_MS)

    def concerned(self, code: str) -> set[str]:
        """The items that incidents of this kind name."""
        told = (incident for incident in self.incidents if incident["type"] == code)
        return {item["itemId"] for incident in told for item in incident["links"]["itemIds"]}

    def _hear(self, outputs: list[Output], at_ms: int) -> None:
        self.alerts += [orjson.loads(output.value or b"") for output in outputs if output.topic == ALERTS]
        for output in outputs:
            if output.topic == CONTROL:
                self.incidents.append(orjson.loads(output.value or b""))
                control = self.engine.control
                control.fold(LogRecord(0, control.offset, at_ms, output.key, output.value))


def filed(
    item_id: str, line: str = "Beispielstrasse 12", name: str = "Erika Mustermann", price: str = "149.00"
) -> bytes:
    address = {"lines": [line], "city": "Frankfurt am Main", "country": "DE"}
    told: dict[str, Any] = manifest(price=price, itemIdType="CARRIER_TRACKING", itemId=item_id)
    told["parcels"][0]["consignee"] = {"name": name, "address": address}
    told["parcels"][0]["goodsItems"] = copy.deepcopy(told["parcels"][0]["goodsItems"])
    told["parcels"][0]["goodsItems"][0]["value"] = {"amount": price, "currency": "EUR"}
    return orjson.dumps(told)


def test_a_purchase_in_four_parcels_is_seen_however_the_address_is_written():
    border = Border()
    for number, line in enumerate(
        ("Beispielstrasse 12", "BEISPIELSTRASSE 12", "Beispielstraße 12", "Beispielstrasse, 12")
    ):
        border.publish(filed(f"T{number}", line), AT_MS + number)
    [alert], [told] = border.alerts, border.incidents

    assert alert["reasons"][0]["code"] == "SPLIT_CONSIGNMENT"
    check(Alert, alert)
    assert understood(told) == told
    assert border.concerned("SPLIT_CONSIGNMENT") == {"T0", "T1", "T2"}
    border.run(2)
    assert border.concerned("SPLIT_CONSIGNMENT") == {"T0", "T1", "T2", "T3"}


def test_parcels_cleared_before_the_third_one_came_are_decided_again_and_so_is_the_one_that_joined():
    border = Border(lanes={"red_rate": 0.0, "yellow_rate": 0.0, "blue_rate": 0.0, "random_share": 0.0})
    for number in range(3):
        border.publish(filed(f"T{number}"), AT_MS + number)
    assert [decision["lane"] for decision in border.decisions] == ["GREEN"] * 3

    border.tick(AT_MS + 1_000)
    again = border.decisions[3:]
    assert {decision["itemId"] for decision in again} == {"T0", "T1", "T2"}
    assert {(decision["lane"], decision["selectedBy"]) for decision in again} == {("YELLOW", "INCIDENT")}
    assert {decision["reasons"][0]["code"] for decision in again} == {"SPLIT_CONSIGNMENT"}

    border.publish(filed("T3"), AT_MS + 2_000)
    border.run(2)
    border.tick(AT_MS + 3_000)
    assert [(decision["itemId"], decision["lane"]) for decision in border.decisions[7:]] == [("T3", "YELLOW")]


def test_no_name_or_address_is_in_what_is_said():
    border = Border()
    for number in range(4):
        border.publish(filed(f"T{number}"), AT_MS + number)
    told = orjson.dumps([border.alerts, border.incidents]).decode()

    assert border.alerts
    assert not [secret for secret in ("Mustermann", "Beispielstrasse", "Brightway") if secret in told]


def test_the_same_manifests_sent_twice_say_nothing_more():
    border = Border()
    for _ in range(2):
        border.publish(filed("T0"), AT_MS)
        border.publish(filed("T1"), AT_MS)

    assert border.alerts == []


@pytest.fixture(scope="module")
def day() -> tuple[Border, dict[str, Truth]]:
    """Some seconds of the simulated border, and the truth about its parcels."""
    border, world, truths = Border(), World(seed=6), dict[str, Truth]()
    start_ms = round(world.start.timestamp() * 1000)
    for happening in world:
        if happening.at_s > SECONDS:
            break
        if happening.topic == MANIFESTS:
            truths |= {truth.item_id: truth for truth in happening.truths}
            border.publish(happening.value, start_ms + round(happening.at_s * 1000))
    border.run(2)
    return border, {item: truth for item, truth in truths.items() if item in border.decided}


@pytest.mark.parametrize(
    ("code", "scheme"), [("SPLIT_CONSIGNMENT", "split consignment"), ("MULE_ADDRESS", "mule address")]
)
def test_of_what_smugglers_plan_nearly_all_is_raised(day: tuple[Border, dict[str, Truth]], code: str, scheme: str):
    border, truths = day
    planted = {item for item, truth in truths.items() if truth.scheme == scheme}

    assert len(planted) > 25
    assert len(planted & border.concerned(code)) >= 0.9 * len(planted), "the rest have not met enough others yet"


def test_on_an_ordinary_day_no_alert_is_about_honest_parcels_alone(day: tuple[Border, dict[str, Truth]]):
    border, truths = day
    of = defaultdict(set)
    for incident in border.incidents:
        of[incident["alertId"]] |= {truths[item["itemId"]].scheme for item in incident["links"]["itemIds"]}

    assert sum(truth.scheme is None for truth in truths.values()) > 1_500
    assert [schemes for schemes in of.values() if schemes == {None}] == []
