"""The invented day is reproducible, ordered, secretive about its truth, and worth learning from."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

import pytest

from agents.simulator import Happening, World
from streams.topics import MANIFESTS, SENSORS

SCHEMES = {"undervaluation", "split consignment", "mule address", "swapped HS code", "opened seal"}


def a_day(seed: int, length: int = 3000, rate_per_s: float = 50.0) -> list[Happening]:
    return list(islice(World(seed, rate_per_s), length))


@pytest.fixture(scope="module")
def day() -> list[Happening]:
    return a_day(seed=7)


def filed(day: Sequence[Happening]) -> list[dict]:
    """Manifests that were not spoiled."""
    return [json.loads(h.value) for h in day if h.topic == MANIFESTS and not h.codes]


def declared(day: Sequence[Happening]) -> list[dict]:
    """Parcels that tell more than their number."""
    return [parcel for manifest in filed(day) if manifest["messageFunction"] != "1" for parcel in manifest["parcels"]]


def test_equal_seeds_give_equal_days(day):
    assert a_day(seed=7) == day


def test_other_seeds_give_other_days(day):
    others = {h.value for h in a_day(seed=8)}
    assert not others & {h.value for h in day}


def test_time_never_runs_backwards(day):
    times = [h.at_s for h in day]
    assert times == sorted(times)


def test_manifests_come_at_the_asked_rate():
    day = a_day(seed=1, rate_per_s=200.0)
    manifests = [h for h in day if h.topic == MANIFESTS]
    assert 180 < len(manifests) / day[-1].at_s < 220


def test_every_scheme_is_at_work_and_most_parcels_are_honest(day):
    truths = [truth for h in day for truth in h.truths]
    assert {truth.scheme for truth in truths if truth.illicit} == SCHEMES
    assert 0.05 < sum(truth.illicit for truth in truths) / len(truths) < 0.15


def test_the_truth_is_told_once_for_each_parcel(day):
    named = Counter(truth.item_id for h in day for truth in h.truths)
    assert set(named.values()) == {1}
    sent = {parcel["itemId"] for manifest in filed(day) for parcel in manifest["parcels"]}
    assert sent <= set(named)


def test_no_record_tells_which_parcels_are_illicit(day):
    words = [b"illicit", b"scheme", b"smuggl", *(name.encode() for name in SCHEMES)]
    assert not [word for word in words for h in day if word in h.value]


def test_cheating_sits_with_few_sellers(day):
    """What a model can learn from: a seller either never cheats, or does so most of the time."""
    truths = {truth.item_id: truth.illicit for h in day for truth in h.truths}
    by_seller = defaultdict(list)
    for parcel in declared(day):
        by_seller[parcel["consignor"]["name"]].append(truths[parcel["itemId"]])
    shares = [sum(marks) / len(marks) for marks in by_seller.values() if len(marks) >= 10]
    assert all(share == 0 or share > 0.6 for share in shares)
    assert 5 <= sum(share > 0.6 for share in shares) < len(shares) / 3


def test_undervalued_goods_cost_a_fraction_of_what_they_are_worth(day):
    truths = {truth.item_id: truth for h in day for truth in h.truths if truth.scheme == "undervaluation"}
    parcels = [p for p in declared(day) if p["itemId"] in truths]
    assert len(parcels) > 20
    assert all(float(p["goodsItems"][0]["value"]["amount"]) < truths[p["itemId"]].actual_value_eur / 2 for p in parcels)


def test_a_mule_address_is_used_under_many_names(day):
    mules = {truth.item_id for h in day for truth in h.truths if truth.scheme == "mule address"}
    names = defaultdict(set)
    for parcel in (p for p in declared(day) if p["itemId"] in mules):
        names[parcel["consignee"]["address"]["lines"][0]].add(parcel["consignee"]["name"])
    assert names
    assert all(len(known) >= 5 for known in names.values())


def test_opened_seals_and_failing_cold_chains_are_reported_by_the_devices():
    events = [json.loads(h.value) for h in a_day(seed=3, length=6000) if h.topic == SENSORS and not h.codes]
    assert any(e.get("seal", {}).get("status") == "OPENED" for e in events)
    assert any(e.get("iotEventCode") == "DRO" for e in events)
    reports = [r for e in events if e["deviceType"] == "COLD_CHAIN_LOGGER" for r in e.get("sensorReport", ())]
    warm = [r["time"] for r in reports if r["type"] == "Temperature" and r["value"] > 9]
    assert datetime.fromisoformat(max(warm)) - datetime.fromisoformat(min(warm)) > timedelta(minutes=15)
    assert any(e["batteryPercent"] < 10 for e in events)


def test_a_device_freezes_and_one_falls_silent_within_the_first_minute():
    day = a_day(seed=3, length=6000)
    heard, said = defaultdict(list), defaultdict(list)
    for happening in day:
        if happening.topic == SENSORS and not happening.codes:
            event = json.loads(happening.value)
            heard[event["deviceID"], event["deviceType"]].append(happening.at_s)
            said[event["deviceID"]] += [r["value"] for r in event.get("sensorReport", ()) if r["type"] == "Temperature"]
    end_s = day[-1].at_s

    assert 30 < end_s < 120
    assert [kind for (_, kind), times in heard.items() if max(times) < end_s - 25]
    assert [values for values in said.values() if len(values) > 50 and len(set(values[-50:])) == 1]


def test_amendments_cancellations_and_repeats_occur():
    day = a_day(seed=5, length=6000)
    assert {manifest["messageFunction"] for manifest in filed(day)} == {"9", "4", "5", "1"}
    values = Counter(h.value for h in day if h.topic == MANIFESTS)
    assert any(count == 2 for count in values.values())
