"""Nobody files, amends, cancels or hears feedback in a registered provider's name: all agents, in memory."""

import copy
from typing import Any

import orjson
import pytest

from agents.secret import Secret
from agents.worker import all_agents
from config.settings import load
from streams.control import Control
from streams.log import Effects, LogRecord, Output, Shard
from streams.models import build
from streams.topics import ALERTS, CASES, CONTROL, DECISIONS, FEEDBACK, MANIFESTS, REJECTED
from tests.flow.test_manifest_to_decision import AT_MS, MANIFEST, PARCEL, said
from tests.risk_cases import KEY
from tests.signers import Signer, registration

OLD, NEW, STRANGER = Signer(1), Signer(2), Signer(3)
OWN = "feedback.v1.CNPOST"
WAITED_MS = 11 * 60_000
NAMED = {"itemIdType": "S10", "itemId": "LZ551209644CN"}


class Engine:
    """Every agent with one partition; what one writes the next one reads, until nothing is left to read."""

    def __init__(self) -> None:
        self.settings = load(lanes={"red_rate": 0, "yellow_rate": 0, "blue_rate": 0, "random_share": 0})
        self.control = Control(build())
        agents = all_agents(self.settings, self.control, Secret.of(KEY), partitions=1)
        self.shards: dict[str, Shard] = {agent.source: agent.shard(0) for agent in agents}
        self.ends = dict.fromkeys([*self.shards, CONTROL], 0)
        self.public: list[Output] = []

    def register(self, *keys: dict[str, str], status: str = "ACTIVE") -> None:
        self._append(CONTROL, b"CNPOST", orjson.dumps(registration(*keys, status=status)))

    def file(self, manifest: Any, *by: Signer) -> list[Output]:
        """Publish a manifest, signed by `by`; what became of it on public topics."""
        value, before = orjson.dumps(manifest), len(self.public)
        self._append(MANIFESTS, None, value, [key.header(value, MANIFESTS, self.settings.namespace) for key in by])
        return self.public[before:]

    def wait(self) -> list[Output]:
        """Let those that wait for an item wait in vain."""
        before, effects = len(self.public), Effects()
        self.shards[CASES].tick(WAITED_MS, effects)
        self._spread(effects)
        return self.public[before:]

    def _append(self, topic: str, key: bytes | None, value: bytes | None, headers: Any = ()) -> None:
        record, effects = LogRecord(0, self.ends[topic], AT_MS, key, value, headers), Effects()
        self.ends[topic] += 1
        if topic == CONTROL:
            self.control.fold(record)
        else:
            self.shards[topic].process([record], effects)
        self._spread(effects)

    def _spread(self, effects: Effects) -> None:
        for output in effects.outputs:
            if output.topic in self.ends:
                self._append(output.topic, output.key, output.value, output.headers)
            else:
                self.public.append(output)


@pytest.fixture
def engine() -> Engine:
    engine = Engine()
    engine.register(OLD.as_registered())
    return engine


def manifest(function: str = "9", price: str = "38.90", **message: Any) -> dict[str, Any]:
    made = copy.deepcopy(MANIFEST) | {"messageFunction": function} | message
    if function != "1":
        made["parcels"][0]["totalValue"] = {"amount": price, "currency": "EUR"}
    return made


def codes(outputs: list[Output]) -> list[bytes]:
    return [dict(output.headers)["dlq_code"] for output in outputs if output.topic == REJECTED]


def told(outputs: list[Output]) -> dict[str, int]:
    """How many times whom was given feedback, by topic."""
    heard = [output.topic for output in outputs if output.topic.startswith(FEEDBACK)]
    return {topic: heard.count(topic) for topic in heard}


FORGERIES = {
    "filing with other content": manifest(price="12.00"),
    "repeated filing": manifest(),
    "amendment": manifest("4", "12.00"),
    "replacement": manifest("5", "12.00"),
    "cancellation": manifest("1", parcels=[NAMED]),
}


@pytest.mark.parametrize("by", [(), (STRANGER,)], ids=["unsigned", "by a stranger"])
@pytest.mark.parametrize("forged", FORGERIES.values(), ids=FORGERIES)
def test_a_forgery_changes_nothing_about_a_parcel_that_is_decided(engine: Engine, forged: Any, by: Any) -> None:
    engine.file(manifest(), OLD)

    outputs = engine.file(forged, *by) + engine.wait()

    assert codes(outputs) == [b"PROVIDER_UNVERIFIED"]
    assert {output.topic for output in outputs} == {REJECTED}
    (again,) = said(engine.file(manifest("5", "40.00"), OLD), DECISIONS)
    assert again["version"] == 2, "the parcel is not cancelled, and nobody else's version came between"


def test_a_forged_filing_of_an_undecided_parcel_is_no_clearance_and_accuses_nobody(engine: Engine) -> None:
    outputs = engine.file(manifest(), STRANGER)

    (alert,) = said(outputs, ALERTS)
    assert alert["subject"] == {"itemId": "LZ551209644CN"}
    assert alert["reasons"][0]["code"] == "PROVIDER_UNVERIFIED"
    assert said(outputs, DECISIONS) == []
    (cleared,) = said(engine.file(manifest(), OLD), ALERTS)
    assert (cleared["alertId"], cleared["state"]) == (alert["alertId"], "CLEARED")


def test_a_parcel_that_was_cancelled_is_undecided_again(engine: Engine) -> None:
    engine.file(manifest(), OLD)
    engine.file(manifest("1", parcels=[NAMED]), OLD)

    assert len(said(engine.file(manifest(price="12.00")), ALERTS)) == 1


def test_feedback_on_what_was_signed_goes_to_its_providers_own_topic_however_late(engine: Engine) -> None:
    filed = engine.file(manifest(), OLD)
    amended = engine.file(manifest("4", parcels=[PARCEL | {"itemIdType": "CARRIER_TRACKING", "itemId": "NEVER1"}]), OLD)
    given_up = engine.wait()

    assert told(filed) == told(amended) == told(given_up) == {OWN: 1}
    assert codes(given_up) == [b"AMEND_UNKNOWN_ITEM"]
    assert {feedback["providerId"] for feedback in said(engine.public, OWN)} == {"CNPOST"}


def test_another_provider_hears_of_its_own_attempt_and_the_owner_of_none(engine: Engine) -> None:
    engine.file(manifest(), OLD)

    outputs = engine.file(manifest("5", "12.00", provider={"id": "OTHER", "role": "POST"}))

    assert codes(outputs) == [b"PROVIDER_MISMATCH"]
    assert told(outputs) == {FEEDBACK: 2}  # intake's word, then risk's
    assert {feedback["providerId"] for feedback in said(outputs, FEEDBACK)} == {"OTHER"}


def test_keys_change_without_the_loss_of_a_record(engine: Engine) -> None:
    """Old key, both, new key alone: whatever is signed with a key in force is decided."""
    numbers, decided = iter(range(100)), []

    def file(by: Signer) -> list[Output]:
        parcel = PARCEL | {"itemIdType": "CARRIER_TRACKING", "itemId": f"T{next(numbers)}"}
        return engine.file(manifest(parcels=[parcel]), by)

    decided += [said(file(OLD), DECISIONS)]
    engine.register(OLD.as_registered(), NEW.as_registered())
    decided += [said(file(by), DECISIONS) for by in (OLD, NEW, OLD)]
    engine.register(NEW.as_registered())
    decided += [said(file(NEW), DECISIONS)]

    assert [len(decisions) for decisions in decided] == [1] * 5
    assert codes(file(OLD)) == [b"PROVIDER_UNVERIFIED"]


def test_who_is_suspended_is_heard_again_once_registered_anew(engine: Engine) -> None:
    engine.register(OLD.as_registered(), status="SUSPENDED")
    assert codes(engine.file(manifest(), OLD)) == [b"PROVIDER_UNVERIFIED"]

    engine.register(OLD.as_registered())
    assert len(said(engine.file(manifest(), OLD), DECISIONS)) == 1


def test_a_provider_is_taken_at_its_word_until_it_is_registered() -> None:
    engine = Engine()
    claimed = engine.file(manifest())
    engine.register(OLD.as_registered())

    assert told(claimed) == {FEEDBACK: 1}
    assert codes(engine.file(manifest("5", "12.00"))) == [b"PROVIDER_UNVERIFIED"]
    assert len(said(engine.file(manifest("5", "12.00"), OLD), DECISIONS)) == 1
