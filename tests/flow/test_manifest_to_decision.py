"""The whole way in memory: bytes as a post publishes them, through intake, to what customs sees."""

import copy
from typing import Any

import orjson
import pytest

from streams.control import Control
from streams.decisions.budgets.pool import COLD
from streams.decisions.lanes import LaneRates
from streams.intake import IntakeShard, Limits
from streams.log import Effects, LogRecord, Output
from streams.models import build
from streams.records.alert import Alert
from streams.records.decision import RiskDecision
from streams.records.feedback import Feedback
from streams.records.schema import check
from streams.risk import RiskSettings, RiskShard
from streams.topics import ALERTS, CASES, CONTROL, DECISIONS, FEEDBACK, MANIFESTS, OUTCOMES, REJECTED
from tests.risk_cases import ALWAYS_RED, KEY, NEVER

AT_MS = 1_787_213_700_000  # 2026-08-20, a minute after the manifest below was submitted
PARCEL = {
    "itemIdType": "S10",
    "itemId": "LZ551209644CN",
    "exportCountry": "CN",
    "destinationCountry": "DE",
    "categoryOfItem": "SALE_OF_GOODS",
    "consignor": {
        "name": "Brightway Electronics Trading Co",
        "address": {"lines": ["88 Example Road"], "city": "Shanghai", "country": "CN"},
    },
    "consignee": {
        "name": "Erika Mustermann",
        "address": {"lines": ["Beispielstrasse 12"], "city": "Frankfurt am Main", "country": "DE"},
    },
    "numberOfPackages": 1,
    "grossMass": {"value": "0.412", "unitCode": "KGM"},
    "totalValue": {"amount": "38.90", "currency": "EUR"},
    "goodsItems": [
        {
            "sequenceNumber": 1,
            "description": "Wireless Bluetooth earphones with charging case",
            "hsCode": "851830",
            "originCountry": "CN",
            "quantity": 1,
            "value": {"amount": "38.90", "currency": "EUR"},
        }
    ],
}
MANIFEST = {
    "schemaVersion": "1.0",
    "messageId": "CNPOST-20260820-000184",
    "submittedAt": "2026-08-20T08:14:31Z",
    "provider": {"id": "CNPOST", "role": "POST"},
    "customsOffice": "DE004851",
    "transport": {"modeOfTransport": "5", "containerId": "MSKU9070323"},
    "parcels": [PARCEL],
}
OUTCOME = {
    "schemaVersion": "1.0",
    "outcomeId": "DE004851-2026-0088123",
    "itemIdType": "S10",
    "itemId": "LZ551209644CN",
    "customsOffice": "DE004851",
    "selectionBasis": "RISK_ENGINE",
    "controlTypes": ["PHYSICAL"],
    "startedAt": "2026-08-21T07:05:00Z",
    "completedAt": "2026-08-21T07:31:00Z",
    "result": "NON_CONFORM",
    "disposition": "DETAINED",
    "findings": [{"category": "COUNTERFEIT_IPR", "severity": "MODERATE", "detail": "Trade mark not declared"}],
}


class Border:
    """Intake and risk with one partition each, and a worker's control fold between."""

    def __init__(self, rates: LaneRates) -> None:
        self.control = Control(build())
        limits = Limits(euro_rates={"EUR": 1.0})
        self.intake = {topic: IntakeShard(topic, 0, limits, KEY) for topic in (MANIFESTS, OUTCOMES)}
        self.risk = RiskShard(0, self.control, RiskSettings(rates, euro_rates={"EUR": 1.0}), KEY)
        self.outputs: list[Output] = []
        self.published = dict.fromkeys(self.intake, 0)
        self.cases = 0

    def publish(self, topic: str, said: Any) -> list[Output]:
        """One record, all the way; returns what became of it."""
        raw = said if isinstance(said, bytes) else orjson.dumps(said)
        effects, before = Effects(), len(self.outputs)
        self.intake[topic].process([LogRecord(0, self.published[topic], AT_MS, None, raw)], effects)
        self.published[topic] += 1
        cases = [output for output in effects.outputs if output.topic == CASES]
        records = [LogRecord(0, self.cases + n, AT_MS + 5, case.key, case.value) for n, case in enumerate(cases)]
        self.cases += len(cases)
        self.risk.process(records, effects)
        for output in effects.outputs:
            if output.topic == CONTROL:
                self.control.fold(LogRecord(0, self.control.offset, AT_MS, None, output.value))
        self.outputs += [output for output in effects.outputs if output.topic != CASES]
        return self.outputs[before:]


def said(outputs: list[Output], topic: str) -> list[dict[str, Any]]:
    return [orjson.loads(output.value or b"") for output in outputs if output.topic == topic]


def manifest(function: str = "9", price: str = "38.90", **parcel: Any) -> dict[str, Any]:
    made = copy.deepcopy(MANIFEST) | {"messageFunction": function}
    made["parcels"][0] |= {"totalValue": {"amount": price, "currency": "EUR"}, **parcel}
    return made


def test_a_manifest_becomes_a_decision_and_an_alert_that_its_outcome_clears() -> None:
    border = Border(ALWAYS_RED)

    filed = border.publish(MANIFESTS, MANIFEST)
    reported = border.publish(OUTCOMES, OUTCOME)

    (decision,), (raised,) = said(filed, DECISIONS), said(filed, ALERTS)
    assert (decision["itemId"], decision["version"], decision["lane"]) == ("LZ551209644CN", 1, "RED")
    assert decision["source"] == {"topic": "manifests.v1", "partition": 0, "offset": 0, "index": 0}
    assert decision["inputEventIds"] == ["CNPOST-20260820-000184"]
    assert decision["decidedAt"] == "2026-08-20T08:15:00.000Z"
    (cleared,) = said(reported, ALERTS)
    assert (cleared["alertId"], cleared["state"]) == (raised["alertId"], "CLEARED")
    assert (border.control.found, border.control.examples) == (1, 1)


def test_the_next_parcel_of_the_same_sender_scores_higher_after_a_finding() -> None:
    caught, spared = Border(ALWAYS_RED), Border(ALWAYS_RED)
    for border in (caught, spared):
        for number in range(COLD):  # until then an office inspects by lot only
            border.publish(MANIFESTS, manifest(itemIdType="CARRIER_TRACKING", itemId=f"T{number}"))
        border.publish(MANIFESTS, MANIFEST)
    caught.publish(OUTCOMES, OUTCOME)
    spared.publish(OUTCOMES, {**OUTCOME, "result": "CONFORM", "disposition": "RELEASED", "findings": []})

    following = manifest(itemId="RR473124829GB")
    (after_finding,) = said(caught.publish(MANIFESTS, following), DECISIONS)
    (after_nothing,) = said(spared.publish(MANIFESTS, following), DECISIONS)

    assert after_finding["riskScore"] > after_nothing["riskScore"] + 0.1
    assert after_finding["controlOffset"] == 1
    assert "1 of 1 inspections (100%) found something" in after_finding["reasons"][0]["text"]


def test_what_was_sent_again_is_decided_once_however_its_numbers_are_spelt() -> None:
    border = Border(NEVER)
    border.publish(MANIFESTS, MANIFEST)
    again = manifest(price="38.9") | {"messageId": "another", "submittedAt": "2026-08-20T08:14:40Z"}

    assert said(border.publish(MANIFESTS, again), DECISIONS) == []
    assert [d["version"] for d in said(border.publish(MANIFESTS, manifest(price="12")), DECISIONS)] == [2]


def test_an_amendment_and_a_cancellation_reach_the_item_they_are_about() -> None:
    border = Border(NEVER)
    border.publish(MANIFESTS, MANIFEST)

    (amended,) = said(border.publish(MANIFESTS, manifest("5", "12")), DECISIONS)
    named = {"itemIdType": "S10", "itemId": "LZ551209644CN"}
    cancelled = border.publish(MANIFESTS, MANIFEST | {"messageFunction": "1", "parcels": [named]})

    assert amended["version"] == 2
    assert said(cancelled, DECISIONS) == []
    assert border.risk.items.get("S10/LZ551209644CN").cancelled


def test_one_bad_parcel_of_several_is_refused_alone_and_is_no_clearance() -> None:
    border = Border(NEVER)
    bad = copy.deepcopy(PARCEL) | {"itemId": "RR473124829GB", "numberOfPackages": 0}

    outputs = border.publish(MANIFESTS, MANIFEST | {"parcels": [PARCEL, bad]})

    assert [decision["itemId"] for decision in said(outputs, DECISIONS)] == ["LZ551209644CN"]
    (alert,) = said(outputs, ALERTS)
    assert (alert["subject"]["itemId"], alert["reasons"][0]["code"]) == ("RR473124829GB", "NUMBER_RANGE")
    assert [output.topic for output in outputs].count(REJECTED) == 1


def test_a_broken_record_leaves_its_neighbours_alone() -> None:
    border = Border(NEVER)
    border.publish(MANIFESTS, b"\xff not JSON")

    assert len(said(border.publish(MANIFESTS, MANIFEST), DECISIONS)) == 1


@pytest.mark.parametrize("rates", [ALWAYS_RED, NEVER])
def test_everything_on_the_way_obeys_its_schema_and_names_nobody(rates: LaneRates) -> None:
    border = Border(rates)
    for record in (MANIFEST, manifest(price="12"), manifest("5", "13"), manifest(itemId="EE471108151FR")):
        border.publish(MANIFESTS, record)
    border.publish(MANIFESTS, manifest("5", "14") | {"provider": {"id": "OTHER", "role": "POST"}})
    border.publish(OUTCOMES, OUTCOME)

    for topic, record in {DECISIONS: RiskDecision, ALERTS: Alert, FEEDBACK: Feedback}.items():
        for value in said(border.outputs, topic):
            check(record, value)
    assert [output.topic for output in border.outputs].count(REJECTED) == 1
    for output in border.outputs:
        for personal in (b"Mustermann", b"Beispielstrasse", b"Brightway", b"88 Example Road", b"DETAINED"):
            assert personal not in (output.value or b"")


@pytest.mark.parametrize(("others", "index"), [(0, None), (2, b"0")])
def test_a_late_refusal_names_the_parcel_only_among_several(others: int, index: bytes | None) -> None:
    border = Border(NEVER)
    border.publish(MANIFESTS, MANIFEST)
    stranger = manifest("5", "14") | {"provider": {"id": "OTHER", "role": "POST"}}
    stranger["parcels"] += [PARCEL | {"itemIdType": "CARRIER_TRACKING", "itemId": f"B{n}"} for n in range(others)]

    (refused,) = [output for output in border.publish(MANIFESTS, stranger) if dict(output.headers).get("dlq_code")]

    assert dict(refused.headers)["dlq_code"] == b"PROVIDER_MISMATCH"
    assert dict(refused.headers).get("dlq_index") == index
