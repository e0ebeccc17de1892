"""Keys change in the middle of a stream: nothing is decided twice, and what is known goes on being known."""

import copy
from typing import Any

import orjson
import pytest

from agents.secret import Secret
from streams.decisions.lanes import LaneRates
from streams.intake import IntakeShard, Limits
from streams.risk import RiskSettings, RiskShard
from streams.topics import DECISIONS, MANIFESTS, OUTCOMES
from tests.flow.test_manifest_to_decision import MANIFEST, OUTCOME, Border, said
from tests.risk_cases import KEY, NEVER

NEW_KEY = b"the key that takes over, 32 byte"
BEFORE, AMID, AFTER = Secret.of(KEY), Secret.of(NEW_KEY, KEY), Secret.of(NEW_KEY, draws=Secret.of(KEY).draws)


class Engine(Border):
    """A border whose workers can be restarted with other keys: intake keeps nothing, risk what it remembers."""

    def restart(self, secret: Secret) -> None:
        limits = Limits(euro_rates={"EUR": 1.0})
        self.intake = {
            topic: IntakeShard(topic, 0, limits, secret.key, former_key=secret.former) for topic in self.intake
        }

    def decisions(self, secret: Secret, filed: dict[str, Any]) -> list[dict[str, Any]]:
        """File something with workers that hold `secret`."""
        self.restart(secret)
        return said(self.publish(MANIFESTS, filed), DECISIONS)


@pytest.fixture
def engine() -> Engine:
    return Engine(NEVER)


def manifest(item_id: str = "LZ551209644CN", price: str = "38.90", function: str = "9") -> dict[str, Any]:
    made = copy.deepcopy(MANIFEST) | {"messageFunction": function}
    made["parcels"][0] |= {"itemId": item_id, "totalValue": {"amount": price, "currency": "EUR"}}
    return made


def test_what_is_filed_again_unchanged_is_decided_once_through_a_change_of_keys(engine: Engine) -> None:
    assert len(engine.decisions(BEFORE, manifest())) == 1

    again = [engine.decisions(secret, manifest()) for secret in (AMID, AMID, AFTER, AFTER)]

    assert again == [[], [], [], []]


def test_what_is_filed_amid_the_change_is_known_after_it(engine: Engine) -> None:
    assert len(engine.decisions(AMID, manifest())) == 1

    assert engine.decisions(AFTER, manifest()) == []


def test_what_has_changed_is_decided_again_whatever_the_key(engine: Engine) -> None:
    engine.decisions(BEFORE, manifest())

    versions = [
        decision["version"]
        for secret, price in ((AMID, "12"), (AMID, "13"), (AFTER, "14"))
        for decision in engine.decisions(secret, manifest(price=price, function="5"))
    ]

    assert versions == [2, 3, 4]


def test_only_who_filed_it_may_change_it_amid_the_change(engine: Engine) -> None:
    engine.decisions(BEFORE, manifest())

    stranger = manifest(price="12", function="5") | {"provider": {"id": "OTHER", "role": "POST"}}

    assert engine.decisions(AMID, stranger) == []


def test_what_was_never_filed_again_amid_the_change_is_not_recognised_after_it(engine: Engine) -> None:
    """This is what dropping the former key costs; the decision says why it was made."""
    engine.decisions(BEFORE, manifest())

    (decision,) = engine.decisions(AFTER, manifest())

    assert "ITEM_ID_REUSED" in decision["dataQualityFlags"]


def test_people_keep_their_pseudonyms_until_the_former_key_is_dropped(engine: Engine) -> None:
    def importer(secret: Secret) -> str:
        engine.restart(secret)
        engine.publish(MANIFESTS, manifest())
        return str(seen[-1]["parcel"]["consignee"]["pseudonym"])

    seen = cases_of(engine)

    before, amid, after = map(importer, (BEFORE, AMID, AFTER))

    assert before == amid != after


def test_what_inspections_taught_about_people_counts_amid_the_change(engine: Engine) -> None:
    scores = []
    for border, secret in ((engine, AMID), (Engine(NEVER), BEFORE)):
        border.decisions(BEFORE, manifest())
        border.publish(OUTCOMES, OUTCOME)
        scores += [decision["riskScore"] for decision in border.decisions(secret, manifest("RR473124829GB"))]

    assert scores[0] == scores[1] > 0.2


def test_lots_fall_as_they_would_have_fallen() -> None:
    """So a restart that folds the log again, decisions from before the change and all, finds the same budgets."""
    lottery = LaneRates(red=0.5, yellow=0.0, blue=0.0, random_share=0.1)
    lanes = []
    for secret in (BEFORE, AMID, AFTER):
        border = Engine(lottery)
        border.risk = RiskShard(0, border.control, RiskSettings(lottery, euro_rates={"EUR": 1.0}), secret.draws)
        border.restart(secret)
        filed = [border.publish(MANIFESTS, manifest() | parcels(f"T{n}")) for n in range(20)]
        lanes.append([decision["lane"] for outputs in filed for decision in said(outputs, DECISIONS)])

    assert lanes[0] == lanes[1] == lanes[2]
    assert {"RED", "GREEN"} == set(lanes[0])


def test_without_a_change_a_case_carries_one_digest(engine: Engine) -> None:
    seen = cases_of(engine)
    for secret in (BEFORE, AMID):
        engine.decisions(secret, manifest())

    assert ["formerContent" in case for case in seen] == [False, True]
    assert seen[1]["formerContent"] == seen[0]["content"] != seen[1]["content"]


def parcels(item_id: str) -> dict[str, Any]:
    return {"parcels": [MANIFEST["parcels"][0] | {"itemIdType": "CARRIER_TRACKING", "itemId": item_id}]}


def cases_of(engine: Engine) -> list[dict[str, Any]]:
    """The cases that risk takes from now on, as they come."""
    seen: list[dict[str, Any]] = []
    take = engine.risk.process

    def process(records: Any, effects: Any) -> None:
        seen.extend(orjson.loads(record.value) for record in records)
        take(records, effects)

    engine.risk.process = process  # type: ignore[method-assign]
    return seen
