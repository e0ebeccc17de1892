"""Containers and caretakers are folds: cut, replayed, saved or loaded they are the same; one incident per story."""

from itertools import pairwise
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.log import Effects, LogRecord
from streams.patterns import PatternsShard
from streams.patterns.container import AGAIN_MS
from streams.patterns.containers import Containers
from streams.patterns.dangers import DANGERS
from streams.patterns.view import Say
from streams.records.wire import encode
from streams.state.parts import Ledger
from streams.topics import ALERTS
from tests.device_touches import BOX, MINUTE_MS, NOON_MS, Devices, pattern_settings

SMALL = {
    "max_containers": 2,
    "max_caretakers": 2,
    "max_caretaker_devices": 6,
    "silence_least": 2,
    "terminals": ["NLRTM"],
}
SETTINGS = pattern_settings(**SMALL, silence_grace_s=30.0, silence_spread_s=90.0, handover_s=3600.0, disagree_s=60.0)
PLACES = [
    {"latitude": 51.95, "longitude": 4.14, "UNLocationCode": "NLRTM"},
    {"latitude": 53.55, "longitude": 9.99},
    {"latitude": 36, "longitude": -6},
]
TRUSTS = st.sampled_from([0.1, 0.45, 0.5, 0.9, 1.0])
SAYS = {
    "deviceID": st.sampled_from(["D1", "D2", "D3"]),
    "publisher": st.sampled_from(["ACME", "ACME", "ACME", "SEALNET", "BLUEFLEET"]),
    "trust": TRUSTS,
    "minute": st.integers(0, 60),
}
BOXES = st.sampled_from([BOX, BOX, BOX, BOX, BOX, "APZU4812090", "CSQU3054383"])
PLACED = {"geoLocation": st.sampled_from(PLACES), "itemIds": st.just(["LZ551209644CN"])}
SIGN = st.fixed_dictionaries(
    {
        **SAYS,
        "kind": st.just("sign"),
        "equipmentReference": BOXES,
        "code": st.sampled_from([*DANGERS, "SHOCK"]),
        "state": st.sampled_from(["RAISED", "RAISED", "CLEARED"]),
        "severity": st.just("HIGH"),
        "about": st.just(""),
        "text": st.just("Something happened."),
        "value": st.sampled_from(["OPENED", 17.5, 3]),
        "alertId": st.sampled_from(["a", "b", "c"]),
    },
    optional=PLACED,
)
SEAL = st.fixed_dictionaries(
    {"sealNumber": st.sampled_from(["S1", "S2"]), "status": st.sampled_from(["SEALED", "CLOSED", "OPENED"])},
    optional={"source": st.sampled_from(["CUS", "SHI"])},
)
REPORT = st.fixed_dictionaries(
    {**SAYS, "kind": st.just("report"), "equipmentReference": BOXES},
    optional={
        **PLACED,
        "door": st.sampled_from(["OPEN", "CLOSED"]),
        "seal": SEAL,
        "temperatures": st.dictionaries(st.sampled_from(["", "supply"]), st.sampled_from([4, 4.5, 30.0]), max_size=2),
        "deviceType": st.sampled_from(["E_SEAL", "GATEWAY"]),
    },
)
LISTENING = st.fixed_dictionaries(
    {**SAYS, "kind": st.sampled_from(["heard", "silent", "silent", "trust"])},
    optional={"expected_s": st.sampled_from([60.0, 600.0]), "last_heard_ms": st.just(NOON_MS)},
)
TICK = st.sampled_from([1, 20, 40, 4_000])
HISTORIES = st.lists(st.one_of(SIGN, REPORT, REPORT, LISTENING, LISTENING, TICK), min_size=20, max_size=80)


def touch(said: dict[str, Any], offset: int, minutes_apart: int = 20) -> dict[str, Any]:
    """Nearly in the order of time: each up to an hour later than it should come."""
    at_ms = NOON_MS + (minutes_apart * offset + said["minute"]) * MINUTE_MS
    to = f"equipment/{said['equipmentReference']}" if "equipmentReference" in said else f"caretaker/{said['publisher']}"
    source = {"topic": "n.sensors.v1", "partition": 0, "offset": offset, "index": 0}
    return {"entity": to, "at": at_ms, "time_ms": at_ms, "source": source, **said}


class Story:
    """A shard that goes through a history; numbers let so many seconds pass."""

    def __init__(self) -> None:
        self.shard = PatternsShard(0, SETTINGS)
        self.now_ms = self.offset = 0

    def go(self, steps: list[Any]) -> Effects:
        effects = Effects()
        for step in steps:
            self.step(step, effects)
        return effects

    def step(self, step: Any, effects: Effects) -> None:
        if isinstance(step, int):
            self.now_ms += step * 1000
            self.shard.tick(self.now_ms, effects)
        else:
            said = touch(step, self.offset)
            page = encode({said["entity"].partition("/")[0]: [said]})
            self.shard.process([LogRecord(0, self.offset, 0, None, page)], effects)
            self.offset += 1

    def state(self) -> dict[str, bytes | None]:
        self.shard._ledger = Ledger()
        return dict(self.shard.save())


@settings(max_examples=60, deadline=None)
@given(HISTORIES, st.integers(0, 80))
def test_a_loaded_shard_goes_on_as_if_nothing_had_happened(steps: list[Any], died_after: int) -> None:
    lived, heir = Story(), Story()
    lived.go(steps[:died_after])
    parts = {name: part for name, part in lived.shard.save().items() if part is not None}

    heir.shard.load(parts)
    heir.now_ms, heir.offset = lived.now_ms, lived.offset

    assert heir.shard.save() == {}
    assert heir.go(steps[died_after:]) == lived.go(steps[died_after:])
    assert heir.state() == lived.state()
    assert heir.shard.sizes() == lived.shard.sizes()


@settings(max_examples=60, deadline=None)
@given(HISTORIES)
def test_ticks_that_said_nothing_may_be_left_out_of_ticks_in_a_row(steps: list[Any]) -> None:
    """So the runtime restores a shard: of ticks in a row those that had something to tell, and the last."""
    lived, restored, said = Story(), Story(), []
    for step, following in zip(steps, [*steps, None][1:], strict=True):
        effects = Effects()
        lived.step(step, effects)
        if not isinstance(step, int) or effects.outputs or not isinstance(following, int):
            restored.now_ms = lived.now_ms - (step * 1000 if isinstance(step, int) else 0)
            said.append((restored.go([step]), effects))

    assert [again for again, _ in said] == [once for _, once in said]
    assert restored.state() == lived.state()


@settings(max_examples=60, deadline=None)
@given(HISTORIES)
def test_each_alert_is_raised_once_before_it_is_cleared_once_and_memory_is_bounded(steps: list[Any]) -> None:
    story, open_alerts, seen = Story(), set[str](), set[str]()
    for output in story.go(steps).outputs:
        if output.topic == ALERTS:
            about = dict(output.headers)["ce_id"].decode()
            alert_id, _, state = about.rpartition("-")
            assert about not in seen
            seen.add(about)
            (open_alerts.add if state == "RAISED" else open_alerts.remove)(alert_id)
    held = story.shard.sizes()
    assert held["containers"] <= 2
    assert held["caretakers"] <= 2
    assert held["caretaker devices"] <= 6


@settings(max_examples=150, deadline=None)
@given(st.lists(SIGN, min_size=1, max_size=12), st.permutations(range(12)))
def test_however_late_signs_come_one_story_is_one_incident_and_told_again_only_for_what_is_new(
    signs: list[Any], order: list[int]
) -> None:
    """All within six hours on one container, in whatever order they arrive."""
    opening = [code for code, danger in DANGERS.items() if danger.story == "opening"]
    for number, sign in enumerate(signs):
        sign |= {"equipmentReference": BOX, "minute": 6 * sign["minute"], "alertId": f"a{number}", "state": "RAISED"}
        sign |= {"code": opening[number % len(opening)]}
        sign.pop("geoLocation", None), sign.pop("itemIds", None)
    signs = [signs[place] for place in order if place < len(signs)]
    box = Devices(Containers(SETTINGS, lambda *_: 1.0))
    for number, sign in enumerate(signs):
        box.view.take(touch(sign, number, minutes_apart=0), Say(0, box.effects))
    incidents = [orjson.loads(output.value or b"") for output in box.effects.outputs]

    assert len({incident["incidentId"] for incident in incidents}) <= 1
    lanes = [incident["lane"] for incident in incidents]
    assert lanes == sorted(lanes, reverse=True)  # YELLOW comes before RED, and not after it
    told_ms = [incident["eventTimeMs"] for incident in incidents if incident["lane"] == "RED"]
    assert all(again >= before + AGAIN_MS for before, again in pairwise(told_ms))
    grave = any(DANGERS[sign["code"]].lane == "RED" for sign in signs)
    believed = any(sign["trust"] >= 0.5 for sign in signs)
    assert ("RED" in lanes) == (grave and believed)
