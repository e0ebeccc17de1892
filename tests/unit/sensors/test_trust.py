"""How far a device is believed: what lowers it, how it comes back, and who is told."""

from typing import Any

import pytest

from streams.log import Effects
from streams.sensors.shard import SensorsShard
from streams.sensors.trust import CAUSES, Trust
from streams.topics import TOUCHES
from tests.unit.sensors.events import DEVICE, SETTINGS, alerts_of, event, reading, records, run, seal, touches_of
from tests.unit.sensors.live import Live

ACME = {"publisher": "ACME"}


def replayed(number: int) -> list[dict[str, Any]]:
    """A device that sends old numbers again with other content."""
    honest = [event(n, n, **ACME) for n in range(20)]
    return [*honest, *(event(n, 30 + n, **ACME, eventID=f"again-{n}") for n in range(2, 2 + number))]


def test_a_device_that_does_what_devices_do_is_believed_fully() -> None:
    live = Live().take(*(event(n, n * 10, **ACME, **seal("SEALED"), batteryPercent=70) for n in range(50)))
    assert live.touches("trust") == []
    assert live.shard.sizes()["trusted devices"] == 1
    assert {touch["trust"] for touch in live.touches("report")} == {1.0}


def test_a_replay_halves_it_and_its_caretaker_is_told_at_once() -> None:
    live = Live().take(*replayed(1))
    (told,) = live.touches("trust")
    assert (told["entity"], told["deviceID"], told["trust"]) == ("caretaker/ACME", DEVICE, 0.5)


def test_the_same_thing_over_and_over_is_one_episode_and_counts_once() -> None:
    assert [touch["trust"] for touch in Live().take(*replayed(5)).touches("trust")] == [0.5]


def test_alerts_of_a_device_that_is_hardly_believed_say_so_and_why() -> None:
    unlikely = event(60, 60, **ACME, flags=["READING_OUT_OF_RANGE"])
    alerts = run(*replayed(1), unlikely, event(61, 61, **seal("OPENED"), **ACME))
    opened = alerts[-1]
    assert opened["reasons"][0]["code"] == "SEAL_OPENED_IN_TRANSIT"
    doubt = opened["reasons"][1]
    assert (doubt["code"], doubt["value"]) == ("DEVICE_TRUST_LOW", 0.35)
    assert doubt["text"] == (
        "The device is believed at 0.35 only, where 1 is fully: it sent numbers again with other content, "
        "a reading was physically unlikely."
    )


def test_the_signs_of_a_device_bear_how_far_it_is_believed() -> None:
    live = Live().take(*replayed(1), event(40, 40, **seal("OPENED"), **ACME))
    signs = {touch["code"]: touch["trust"] for touch in live.touches("sign")}
    assert signs["SEAL_OPENED_IN_TRANSIT"] == pytest.approx(0.5, abs=0.01)


def test_what_happens_to_the_cargo_is_not_held_against_the_device() -> None:
    live = Live().take(event(1, 0, **seal("OPENED"), **ACME), event(2, 1, **ACME, iotEventCode="DRO"))
    assert {touch["trust"] for touch in live.touches("sign")} == {1.0}


def test_trust_comes_back_with_weeks_of_good_reports_and_the_bands_follow() -> None:
    live = Live(step_minutes=600).take(*replayed(1))
    assert (live.shard.sizes()["doubted devices"], live.shard.sizes()["trusted devices"]) == (1, 0)
    live.take(*(event(100 + n, 100 + n * 240, **ACME) for n in range(6 * 30)))
    assert [touch["trust"] for touch in live.touches("trust")][-1] > 0.85
    assert (live.shard.sizes()["doubted devices"], live.shard.sizes()["trusted devices"]) == (0, 1)


def test_a_device_that_stays_away_regains_nothing() -> None:
    away, there = Trust(604_800), Trust(604_800)
    for trust in (away, there):
        trust.blame("SEQUENCE_REPLAY")
        trust.recover(0.0)
    away.recover(30 * 86_400.0)
    for hour in range(30 * 24):
        there.recover(hour * 3600.0)
    assert away.score < 0.52
    assert there.score > 0.9


def test_what_is_still_the_matter_does_not_fade() -> None:
    trust = Trust(604_800)
    trust.blame("FROZEN_VALUE")
    for hour in range(24 * 60):
        trust.recover(hour * 3600.0, {"FROZEN_VALUE"})
    assert trust.score == 0.5


def test_a_bad_network_and_a_low_battery_do_not_make_a_device_one_that_is_not_believed() -> None:
    trust = Trust(604_800)
    for code in ("SEQUENCE_GAP", "SEQUENCE_RESTART", "BATTERY_LOW", "DEVICE_SILENT") * 100:
        trust.blame(code)
    assert trust.score >= 0.5


@pytest.mark.parametrize("code", CAUSES)
def test_it_stays_between_nothing_and_all_whatever_a_device_does(code: str) -> None:
    trust = Trust(604_800)
    for _ in range(1_000):
        assert trust.blame(code)
    assert 0.0 < trust.score < 1.0
    assert trust.why == CAUSES[code].words


def test_a_frozen_sensor_is_believed_half_as_much() -> None:
    moving = [event(n, n, **ACME, sensorReport=[reading(4.0 + n % 7 / 10)]) for n in range(100)]
    stuck = [event(100 + n, 100 + n, **ACME, sensorReport=[reading(4.2)]) for n in range(320)]
    assert [touch["trust"] for touch in Live().take(*moving, *stuck).touches("trust")] == [0.5]


def reports(*events: dict[str, Any]) -> list[dict[str, Any]]:
    effects = Effects()
    SensorsShard(0, SETTINGS).process(records(list(events)), effects)
    return [touch for touch in touches_of(effects) if touch["kind"] == "report"]


def test_what_a_device_knows_of_its_container_is_reported_when_it_changes_and_once_an_hour() -> None:
    place = {"latitude": 51.95, "longitude": 4.14, "UNLocationCode": "NLRTM"}
    cold = [reading(4.0, component="supply"), reading(6.0, component="return")]
    events = [event(n, n * 10, sensorReport=cold, geoLocation=place, **ACME) for n in range(13)]
    events[2]["event"] |= seal("SEALED", source="CUS")
    events[4]["event"]["iotEventCode"] = "DRO"
    told = reports(*events)
    assert [touch["source"]["offset"] for touch in told] == [0, 2, 4, 10]
    assert told[-1]["entity"] == "equipment/MSKU4421908"
    assert told[-1]["door"] == "OPEN"
    assert told[-1]["seal"] == {"sealNumber": "CN7741920", "status": "SEALED", "source": "CUS"}
    assert told[-1]["temperatures"] == {"supply": 4.0, "return": 6.0}
    assert told[-1]["geoLocation"]["UNLocationCode"] == "NLRTM"
    assert told[-1]["deviceType"] == "SMART_CONTAINER"


def test_signs_go_to_the_container_else_to_the_receptacle_else_to_the_device() -> None:
    opened = seal("OPENED")
    named = [
        event(1, **opened),
        event(1, **opened, deviceID="b", equipmentReference=None, receptacleId="R-1"),
        event(1, **opened, deviceID="c", equipmentReference=None, itemIds=["I-1"]),
    ]
    effects = Effects()
    SensorsShard(0, SETTINGS).process(records(named), effects)
    signs = [touch for touch in touches_of(effects) if touch["kind"] == "sign"]
    to = ["equipment/MSKU4421908", "equipment/receptacle:R-1", "equipment/device:c"]
    assert [touch["entity"] for touch in signs] == to
    assert signs[1]["receptacleId"] == "R-1"
    assert signs[2]["itemIds"] == ["I-1"]
    assert {(touch["code"], touch["state"], touch["severity"]) for touch in signs} == {
        ("SEAL_OPENED_IN_TRANSIT", "RAISED", "CRITICAL")
    }


def test_signs_name_every_parcel_of_an_event_a_thousand_to_a_touch_and_alerts_a_hundred() -> None:
    ids = [f"I-{n}" for n in range(2_300)]
    effects = Effects()
    opened = event(1, **seal("OPENED"), equipmentReference=None, itemIds=ids)
    SensorsShard(0, SETTINGS).process(records([opened]), effects)
    signs = [touch for touch in touches_of(effects) if touch["kind"] == "sign"]
    assert [len(touch["itemIds"]) for touch in signs] == [1_000, 1_000, 300]
    assert [each for touch in signs for each in touch["itemIds"]] == ids
    assert [alert["subject"]["itemIds"] for alert in alerts_of(effects)] == [ids[:100]]


def test_long_lists_of_parcels_make_more_pages_not_longer_ones() -> None:
    ids = [f"{n:035}" for n in range(1_000)]
    effects = Effects()
    many = [event(n, deviceID=f"d{n}", **seal("OPENED"), equipmentReference=None, itemIds=ids) for n in range(100)]
    SensorsShard(0, SETTINGS).process(records(many), effects)
    assert max(len(output.value or b"") for output in effects.outputs if output.topic == TOUCHES) < 500_000


def test_a_late_event_of_an_earlier_leg_does_not_change_what_the_next_sign_is_about() -> None:
    live = Live().take(event(1, 0, equipmentReference=None, receptacleId="R-1"))
    live.take(event(2, 1, iotEventCode="DRO", equipmentReference=None, receptacleId="R-1"))
    late = event(0, -60) | {"at": event(0, 2)["at"]}
    signs = live.take(late).until(300).touches("sign")
    assert {(touch["code"], touch.get("receptacleId"), touch.get("equipmentReference")) for touch in signs} >= {
        ("DOOR_OPENED", "R-1", None)
    }
    assert all(touch.get("receptacleId") == "R-1" for touch in signs if touch["code"] == "DOOR_OPENED")


def test_a_device_that_falls_silent_again_after_a_late_event_does_so_since_that_event() -> None:
    live = Live().take(*(event(n, n, **ACME) for n in range(1, 10)))
    live.until(120).take(event(0, 0, **ACME) | {"at": event(0, 121)["at"]}).until(300)
    first, second = live.touches("silent")
    assert first["source"] != second["source"]
    assert second["at"] > event(0, 121)["at"]
    assert first["time_ms"] == second["time_ms"]


def test_a_sign_names_the_places_where_its_keeper_permits_to_open() -> None:
    live = Live(permittedPlaces=["NLRTM"], door={"mayOpenAt": ["DEHAM"]}).until(1)
    (sign,) = live.take(event(1, 2, **ACME, iotEventCode="DRO")).touches("sign")
    assert sign["permittedPlaces"] == ["NLRTM", "DEHAM"]


def test_an_impostor_is_told_and_neither_heard_nor_learnt_from() -> None:
    live = Live().until(1)
    live.take(*(event(n, 2 + n, **ACME, **seal("SEALED")) for n in range(3)))
    before = live.shard.sizes()
    live.register()
    live.until(10).take(event(9, 11, publisher="RIVAL", **seal("OPENED", number="X")))
    assert live.said == [("DEVICE_NOT_OF_PUBLISHER", "RAISED")]
    assert live.shard.sizes() == before | {"impostors": 1}
    assert live.touches("sign") == []
    live.take(event(4, 12, **ACME, **seal("SEALED")))
    assert live.said == [("DEVICE_NOT_OF_PUBLISHER", "RAISED")]
    assert live.until(12 + 361).said[-1] == ("DEVICE_NOT_OF_PUBLISHER", "CLEARED")
