"""What the simulator publishes passes the checks of the engine, except where a flaw was planted, and then for that."""

import json
from collections import Counter
from itertools import islice

import pytest

from agents.simulator import Happening, World
from agents.simulator.flaws import MESSAGE_FLAWS, PARCEL_FLAWS, S10_FLAW
from agents.simulator.officers import Officers
from agents.simulator.world import DAY
from streams.intake.decode import decode_manifest, decode_outcome, decode_sensor_event
from streams.topics import MANIFESTS, SENSORS


@pytest.fixture(scope="module")
def day() -> list[Happening]:
    return list(islice(World(seed=11, rate_per_s=500.0), 20_000))


def refusals(happening: Happening) -> list[str]:
    """The codes with which the engine refuses this record or parcels of it."""
    if happening.topic == SENSORS:
        return [fault.code for fault in decode_sensor_event(happening.value).faults[:1]]
    judged = decode_manifest(happening.value)
    return [one.faults[0].code for one in (judged.message, *judged.parcels) if one.faults]


def test_every_record_is_refused_for_what_was_planted_and_nothing_else(day):
    wrong = [(h.codes, refusals(h)) for h in day if tuple(refusals(h)) != h.codes]
    assert wrong == []


def test_every_flaw_occurs(day):
    planted = Counter(code for h in day if h.topic == MANIFESTS for code in h.codes)
    assert set(planted) == {code for code, _ in (*PARCEL_FLAWS, *MESSAGE_FLAWS, S10_FLAW)}
    assert {code for h in day if h.topic == SENSORS for code in h.codes}


def test_every_report_of_an_officer_is_accepted(day):
    officers, outcomes = Officers(1, DAY), []
    for number, truth in enumerate(truth for h in day for truth in h.truths):
        decision = {"decisionId": f"d{number}", "itemIdType": "HAWB", "itemId": truth.item_id, "selectedBy": "RISK"}
        outcomes += officers.inspect(decision | {"lane": "RED"}, truth, 0.0)
    assert [fault for outcome in outcomes for fault in decode_outcome(outcome.value).faults] == []
    found = Counter(json.loads(outcome.value)["result"] for outcome in outcomes)
    assert set(found) == {"CONFORM", "NON_CONFORM", "INCONCLUSIVE"}
