"""Containers with all their devices: what becomes an incident and how heavy, and what stays quiet."""

from typing import Any

import pytest

from streams.incidents.known import source
from streams.patterns.containers import Containers
from tests.device_touches import BOX, NOON_MS, SEALED, Devices, pattern_settings

HOUR = 60.0
PORT = {"latitude": 51.95, "longitude": 4.14, "UNLocationCode": "NLRTM"}
AT_SEA = {"latitude": 48.0, "longitude": -6.0}


def container(caretaker: float = 1.0, **changed: Any) -> Devices:
    """A container of which nothing was heard yet; `caretaker` is the trust in whoever keeps its devices."""
    return Devices(Containers(pattern_settings(**changed), lambda *_: caretaker))


def incidents(said: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(record["type"], record["lane"]) for record in said if record.get("kind") == "incident"]


def alerts(said: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [
        (record["reasons"][0]["code"], record["state"]) for record in said if "alertId" in record and "title" in record
    ]


# What endangers the cargo.


def test_a_seal_opened_en_route_is_an_incident_on_the_container_with_the_reason_in_words() -> None:
    said = {"text": "Seal CN7741920 was opened.", "value": "OPENED", "normal": "SEALED", "alertId": "alert-1"}
    (incident,) = container().sign("SEAL_OPENED_IN_TRANSIT", trust=0.9, **said)

    assert (incident["type"], incident["lane"], incident["weight"]) == ("SEAL_OPENED_IN_TRANSIT", "RED", 3.6)
    assert (incident["severity"], incident["by"], incident["alertId"]) == ("CRITICAL", "patterns", "alert-1")
    assert incident["links"] == {"equipmentReference": BOX}
    assert incident["reason"] == {
        "code": "SEAL_OPENED_IN_TRANSIT",
        "source": "SENSOR",
        "text": "Seal CN7741920 was opened. Trust in whoever says so: 0.90 of 1.",
        "value": "OPENED",
        "normal": "SEALED",
    }


@pytest.mark.parametrize(
    ("code", "lane"),
    [
        ("SEAL_OPENED_IN_TRANSIT", "RED"),
        ("SEAL_BROKEN", "RED"),
        ("SEAL_NUMBER_MISMATCH", "RED"),
        ("SEAL_REUSED", "RED"),
        ("DOOR_OPENED", "RED"),
        ("ROUTE_DEVIATION", "YELLOW"),
        ("GEOFENCE_LEFT", "YELLOW"),
        ("TEMPERATURE_EXCURSION", "YELLOW"),
    ],
)
def test_each_sign_that_endangers_cargo_has_its_lane(code: str, lane: str) -> None:
    assert incidents(container().sign(code)) == [(code, lane)]


@pytest.mark.parametrize("code", ["SHOCK", "TILT", "POWER_LOSS", "BATTERY_LOW", "UNUSUAL_READINGS", "FROZEN_VALUE"])
def test_what_concerns_the_device_alone_is_no_incident_on_cargo(code: str) -> None:
    assert container().sign(code) == []


def test_seal_door_and_light_that_tell_of_one_opening_are_one_incident() -> None:
    box = container()

    said = box.sign("SEAL_OPENED_IN_TRANSIT", 0, "E-SEAL")
    said += box.sign("DOOR_OPENED", 2, "BOX", publisher="BLUEFLEET")
    said += box.sign("LIGHT_INSIDE", 3, "BOX", publisher="BLUEFLEET")

    assert incidents(said) == [("SEAL_OPENED_IN_TRANSIT", "RED")]


def test_an_incident_says_whether_somebody_registered_the_device_that_told_of_it() -> None:
    (claimed,) = container().sign("SEAL_OPENED_IN_TRANSIT")
    (vouched,) = container().sign("SEAL_OPENED_IN_TRANSIT", registered=True)

    assert (source(claimed), source(vouched)) == ("ANYBODY/ACME", "SENSOR/ACME")


def test_the_next_opening_a_day_later_is_another_incident() -> None:
    box = container()

    said = box.sign("DOOR_OPENED", 0) + box.sign("DOOR_OPENED", 24 * HOUR)

    assert incidents(said) == [("DOOR_OPENED", "RED")] * 2
    assert said[0]["incidentId"] != said[1]["incidentId"]


def test_a_door_open_for_a_day_is_one_incident_however_often_its_alarm_grows() -> None:
    box = container()

    said = box.sign("DOOR_OPENED", 0, alertId="first")
    said += box.sign("DOOR_OPENED", 24 * HOUR, alertId="first", state="CLEARED")
    said += box.sign("DOOR_OPENED", 24 * HOUR, alertId="worse", severity="CRITICAL", grew=True)

    assert incidents(said) == [("DOOR_OPENED", "RED")]


def test_a_door_that_is_closed_again_undoes_nothing() -> None:
    box = container()
    box.sign("DOOR_OPENED", 0)

    assert box.sign("DOOR_OPENED", 30, state="CLEARED") == box.sign("SEAL_BROKEN", 31, state="CLEARED") == []


def test_a_container_opened_once_more_is_told_again_for_somebody_may_have_looked_meanwhile() -> None:
    box = container()
    (first,) = box.sign("DOOR_OPENED", 0)
    box.sign("DOOR_OPENED", 1, state="CLEARED")

    assert box.sign("SEAL_OPENED_IN_TRANSIT", 10, "E-SEAL") == []
    assert box.sign("LIGHT_INSIDE", 100) == []
    (again,) = box.sign("DOOR_OPENED", 120)

    assert again["incidentId"] == first["incidentId"]
    assert again["eventTimeMs"] == first["eventTimeMs"] + 120 * 60_000


def test_an_incident_is_told_again_where_a_sign_names_what_it_was_not_told_of() -> None:
    box = container()
    (first,) = box.sign("SEAL_BROKEN", 0, equipmentReference="", itemIds=["NONSENSE1"])
    (second,) = box.sign("SEAL_BROKEN", 1, "E-SEAL")

    assert [first["links"], second["links"]] == [{"itemIds": [{"itemId": "NONSENSE1"}]}, {"equipmentReference": BOX}]
    assert box.sign("SEAL_BROKEN", 2, "D3") == []


def test_what_happened_to_nothing_that_is_named_is_told_once_it_is_named() -> None:
    box = container()

    assert box.sign("SEAL_BROKEN", 0, equipmentReference="") == []
    assert incidents(box.sign("SEAL_BROKEN", 1, "E-SEAL")) == [("SEAL_BROKEN", "RED")]


def test_light_alone_is_no_incident_but_speaks_for_a_door_that_was_opened() -> None:
    box, doubtful = container(), {"trust": 0.4}

    assert box.sign("LIGHT_INSIDE", 0) == []
    assert incidents(box.sign("DOOR_OPENED", 10, "D2", **doubtful)) == [("DOOR_OPENED", "RED")]


def test_a_door_of_which_it_was_never_said_that_it_was_closed_is_no_incident_but_with_light_inside_it_is() -> None:
    box = container()

    assert box.sign("DOOR_LEFT_OPEN", 0) == []
    assert incidents(box.sign("LIGHT_INSIDE", 1)) == [("DOOR_LEFT_OPEN", "YELLOW")]


def test_a_distrusted_device_alone_cannot_tell_of_warm_cargo_but_of_a_broken_seal() -> None:
    doubtful = container()

    assert doubtful.sign("TEMPERATURE_EXCURSION", trust=0.4) == []
    assert incidents(doubtful.sign("SEAL_BROKEN", trust=0.4)) == [("SEAL_BROKEN", "YELLOW")]
    assert incidents(doubtful.sign("TEMPERATURE_EXCURSION", 1, "D2")) == [("TEMPERATURE_EXCURSION", "YELLOW")]


def test_cargo_said_to_be_warm_once_by_a_device_that_then_falls_silent_is_no_incident_until_it_says_so_again() -> None:
    box = container()

    assert box.sign("TEMPERATURE_EXCURSION", unconfirmed=True) == []
    assert incidents(box.sign("TEMPERATURE_EXCURSION", 300, severity="CRITICAL")) == [
        ("TEMPERATURE_EXCURSION", "YELLOW")
    ]


def test_a_jump_of_one_devices_position_is_no_incident_but_two_devices_saying_so_are() -> None:
    box = container()

    assert box.sign("POSITION_JUMP", 0) == []
    assert incidents(box.sign("POSITION_JUMP", 1, "D2")) == [("POSITION_JUMP", "YELLOW")]


def test_an_event_on_parcels_names_them_for_there_is_no_container() -> None:
    said = {"entity": "equipment/D1", "itemIds": ["LZ551209644CN"], "receptacleId": "USLAXADEFRAAAUN20001001011078"}
    box = container()

    (incident,) = box.say(
        "sign", 0, "D1", code="SEAL_BROKEN", severity="HIGH", state="RAISED", about="", text="x", alertId="a", **said
    )

    assert incident["links"] == {"receptacleId": said["receptacleId"], "itemIds": [{"itemId": "LZ551209644CN"}]}


def test_what_a_backlog_tells_is_marked_as_history() -> None:
    (incident,) = container().sign("SEAL_BROKEN", historical=True)

    assert incident["historical"]


# How far devices are believed.


def test_a_distrusted_device_alone_gives_yellow_with_less_weight() -> None:
    (incident,) = container().sign("SEAL_BROKEN", trust=0.3)

    assert (incident["lane"], incident["weight"], incident["severity"]) == ("YELLOW", 1.2, "WARNING")
    assert incident["reason"]["text"].endswith("Trust in whoever says so: 0.30 of 1.")


def test_a_second_device_that_is_believed_turns_it_red_under_the_same_id_once() -> None:
    box = container()
    (yellow,) = box.sign("SEAL_BROKEN", 0, "D1", trust=0.3)

    (red,) = box.sign("DOOR_OPENED", 5, "D2", trust=0.9, publisher="BLUEFLEET")

    assert red["incidentId"] == yellow["incidentId"]
    assert (red["lane"], red["weight"]) == ("RED", 3.3)
    assert red["reason"]["text"].endswith("; 1 more of its devices told of it.")
    assert box.sign("LIGHT_INSIDE", 6, "D3") == []


def test_devices_of_one_caretaker_count_for_less_together_than_those_of_two() -> None:
    weights = []
    for publisher in ("ACME", "BLUEFLEET"):
        box = container()
        box.sign("LIGHT_INSIDE", 0, "D1")
        (incident,) = box.sign("DOOR_OPENED", 1, "D2", publisher=publisher)
        weights.append(incident["weight"])

    assert weights == [3.5, 4.0]


def test_nobody_is_believed_more_than_the_caretaker_who_answers_for_the_device() -> None:
    (incident,) = container(caretaker=0.4).sign("SEAL_BROKEN", trust=1.0)

    assert (incident["lane"], incident["weight"]) == ("YELLOW", 1.6)


def test_distrusted_devices_of_several_caretakers_weigh_more_together_and_stay_yellow() -> None:
    box = container()
    said = [box.sign("SEAL_BROKEN", number, f"D{number}", trust=0.45, publisher=f"P{number}") for number in range(3)]

    assert [[(each["lane"], each["weight"]) for each in incident] for incident in said] == [
        [("YELLOW", 1.8)],
        [],
        [("YELLOW", 3.6)],
    ]
    assert said[0][0]["incidentId"] == said[2][0]["incidentId"]


def test_a_clock_that_is_ahead_does_not_date_an_incident_into_the_future() -> None:
    (incident,) = container().sign("SEAL_BROKEN", time_ms=2_000_000_000_000)

    assert incident["eventTimeMs"] == NOON_MS + 300_000


# Where it may be opened.


def test_a_door_opened_at_a_terminal_is_quiet() -> None:
    box = container(terminals=["NLRTM"])

    assert box.sign("DOOR_OPENED", 0, geoLocation=PORT) == []
    assert incidents(box.sign("DOOR_OPENED", 24 * HOUR, geoLocation=AT_SEA)) == [("DOOR_OPENED", "RED")]


def test_another_device_on_the_container_that_is_registered_may_know_that_it_is_at_a_terminal() -> None:
    box = container()
    box.report(0, "TRACKER", geoLocation=PORT, registered=True)

    assert box.sign("SEAL_OPENED_IN_TRANSIT", 60, "E-SEAL", permittedPlaces=["NLRTM"]) == []
    assert incidents(box.sign("SEAL_BROKEN", 61, "E-SEAL", permittedPlaces=["NLRTM"])) == [("SEAL_BROKEN", "RED")]


def test_a_distrusted_device_cannot_make_a_place_of_any_place() -> None:
    box = container(terminals=["NLRTM"])
    box.report(0, "LIAR", geoLocation=PORT, trust=0.2, registered=True)

    assert incidents(box.sign("DOOR_OPENED", 1)) == [("DOOR_OPENED", "RED")]


def test_a_device_that_nobody_registered_cannot_excuse_the_opening_of_anothers_seal() -> None:
    box = container(terminals=["NLRTM"])
    box.report(0, "WHOEVER", geoLocation=PORT)
    box.report(1, "WHOEVER", seal=OTHER | {"source": "CUS"}, geoLocation=PORT)

    assert incidents(box.sign("SEAL_OPENED_IN_TRANSIT", 2, "E-SEAL")) == [("SEAL_OPENED_IN_TRANSIT", "RED")]
    assert incidents(box.sign("SEAL_NUMBER_MISMATCH", 3, "E-SEAL")) == [("SEAL_NUMBER_MISMATCH", "RED")]


def test_a_container_that_has_left_the_terminal_is_there_no_longer() -> None:
    moved, long_ago = container(terminals=["NLRTM"]), container(terminals=["NLRTM"])
    moved.report(0, geoLocation=PORT)
    moved.report(60, geoLocation={"latitude": 51.9, "longitude": 4.5})
    long_ago.report(0, geoLocation=PORT)

    assert incidents(moved.sign("DOOR_OPENED", 61)) == [("DOOR_OPENED", "RED")]
    assert incidents(long_ago.sign("DOOR_OPENED", 7 * HOUR)) == [("DOOR_OPENED", "RED")]


def test_a_late_report_does_not_bring_a_container_back_to_where_it_was() -> None:
    box = container(terminals=["NLRTM"])
    box.report(60, geoLocation=AT_SEA | {"UNLocationCode": "XZSEA"})
    box.report(0, geoLocation=PORT)

    assert incidents(box.sign("DOOR_OPENED", 61)) == [("DOOR_OPENED", "RED")]


def test_an_old_position_told_again_says_nothing_about_where_it_is_now() -> None:
    box = container(terminals=["NLRTM"])
    first = box.report(0, geoLocation=PORT)
    again = box.report(24 * HOUR, geoLocation=PORT, position_ms=NOON_MS)

    assert first == again == []
    assert incidents(box.sign("DOOR_OPENED", 24 * HOUR + 1)) == [("DOOR_OPENED", "RED")]


# Seals from device to device.

OTHER = {"sealNumber": "XX0000001", "status": "SEALED"}


def test_another_seal_on_another_device_after_the_first_fell_silent_is_a_mismatch() -> None:
    box = container()
    box.report(0, "OLD", seal=SEALED)

    said = box.report(5 * HOUR, "NEW", seal=OTHER)

    assert alerts(said) == [("SEAL_NUMBER_MISMATCH", "RAISED")]
    assert incidents(said) == [("SEAL_NUMBER_MISMATCH", "RED")]
    alert, incident = said
    assert alert["severity"] == "CRITICAL"
    assert alert["subject"] == {"equipmentReference": BOX, "providerId": "ACME"}
    assert incident["alertId"] == alert["alertId"]
    assert alert["title"] == (
        f"Container {BOX}: The seal is now XX0000001; it was CN7741920 before, and nobody reported that it was opened."
    )


def test_what_the_seal_of_another_caretaker_was_is_not_told_in_the_name_of_a_device() -> None:
    box = container()
    box.report(0, "OLD", seal=SEALED, publisher="SEALNET")

    (alert, _) = box.report(5 * HOUR, "NEW", seal=OTHER, publisher="ACME")

    assert alert["subject"] == {"equipmentReference": BOX}


def test_while_the_first_device_may_still_speak_a_second_seal_is_only_suspected() -> None:
    by_event_time, by_ticks = container(), container()
    for box in (by_event_time, by_ticks):
        box.report(0, "OLD", seal=SEALED)
        assert box.report(10, "NEW", seal=OTHER) == []

    assert by_ticks.tick(3_600) == []
    assert alerts(by_ticks.tick(3_600)) == [("SEAL_NUMBER_MISMATCH", "RAISED")]
    assert by_ticks.tick(36_000) == []
    assert alerts(by_event_time.report(130, "NEW", seal=OTHER)) == [("SEAL_NUMBER_MISMATCH", "RAISED")]
    assert by_event_time.report(200, "NEW", seal=OTHER) == by_event_time.tick(36_000) == []


def test_a_suspected_seal_is_told_though_the_worker_was_replaced_meanwhile() -> None:
    box = container()
    box.report(0, "OLD", seal=SEALED)
    box.report(10, "NEW", seal=OTHER)
    heir = container()

    heir.view.load({name: part.encode() for name, part in box.view.parts().items()})

    assert alerts(heir.tick(7_200)) == [("SEAL_NUMBER_MISMATCH", "RAISED")]


def test_two_seals_side_by_side_are_quiet() -> None:
    box = container()
    box.report(0, "BOLT", seal=SEALED)
    said = box.report(10, "E-SEAL", seal=OTHER)
    said += box.report(60, "BOLT", seal=SEALED)
    said += box.report(70, "E-SEAL", seal=OTHER) + box.report(10 * HOUR, "E-SEAL", seal=OTHER)

    assert said == box.tick(100_000) == []


def test_a_handover_between_two_devices_that_read_the_same_seal_is_quiet() -> None:
    box = container()
    said = box.report(0, "OLD", seal=SEALED, door="CLOSED", geoLocation=AT_SEA, temperatures={"": 4.0})
    said += box.report(30, "NEW", seal=SEALED, door="CLOSED", geoLocation=AT_SEA, temperatures={"": 5.0})
    said += box.report(20 * HOUR, "NEW", seal=SEALED, door="CLOSED", geoLocation=PORT, temperatures={"": 5.0})

    assert said == box.tick(100_000) == []


def test_another_seal_after_an_opening_is_what_is_to_be_expected() -> None:
    box = container()
    box.report(0, "OLD", seal=SEALED)
    box.report(60, "OLD", seal={"sealNumber": "CN7741920", "status": "OPENED"})

    assert box.report(90, "NEW", seal=OTHER) == box.tick(100_000) == []


def test_a_new_seal_on_a_new_device_is_quiet_where_containers_are_sealed_and_on_another_voyage() -> None:
    at_port, weeks_later = container(terminals=["NLRTM"]), container()
    for box in (at_port, weeks_later):
        box.report(0, "OLD", seal=SEALED)

    assert at_port.report(5 * HOUR, "NEW", seal=OTHER, geoLocation=PORT, registered=True) == at_port.tick(100_000) == []
    assert weeks_later.report(20 * 24 * HOUR, "NEW", seal=OTHER) == weeks_later.tick(100_000) == []


def test_an_opening_that_only_a_distrusted_device_tells_of_excuses_no_other_seal() -> None:
    box = container(terminals=["NLRTM"])
    box.report(0, "OLD", seal=SEALED, geoLocation=PORT)
    box.report(60, "LIAR", door="OPEN", trust=0.3)
    box.sign("DOOR_OPENED", 61, "LIAR", trust=0.3)

    assert alerts(box.report(5 * HOUR, "NEW", seal=OTHER, geoLocation=AT_SEA)) == [("SEAL_NUMBER_MISMATCH", "RAISED")]


def test_another_number_on_the_same_device_is_quiet_where_the_container_was_opened_at_a_terminal() -> None:
    opened, not_opened = container(terminals=["NLRTM"]), container(terminals=["NLRTM"])
    for box in (opened, not_opened):
        box.report(0, "E-SEAL", seal=SEALED, geoLocation=PORT)
    opened.report(10, "DOOR", door="OPEN", geoLocation=PORT, registered=True)
    not_opened.report(10, "WHOEVER", door="OPEN", geoLocation=PORT)

    assert opened.sign("SEAL_NUMBER_MISMATCH", 20, "E-SEAL", value="XX0000001") == []
    assert incidents(not_opened.sign("SEAL_NUMBER_MISMATCH", 20, "E-SEAL", value="XX0000001"))


def test_a_seal_of_customs_is_quiet_unless_its_device_is_not_believed() -> None:
    customs = OTHER | {"source": "CUS"}
    box, spoofed = container(), container()
    for each in (box, spoofed):
        each.report(0, "OLD", seal=SEALED)

    assert box.report(5 * HOUR, "NEW", seal=customs, registered=True) == []
    assert alerts(spoofed.report(5 * HOUR, "NEW", seal=customs, trust=0.3, registered=True)) == [
        ("SEAL_NUMBER_MISMATCH", "RAISED")
    ]


# Devices that disagree.

ROTTERDAM, HAMBURG = {"latitude": 51.95, "longitude": 4.14}, {"latitude": 53.55, "longitude": 9.99}


def test_two_devices_whose_positions_cannot_both_be_true_disagree_and_the_less_trusted_is_named() -> None:
    box, said = container(), list[dict[str, Any]]()
    for minute in (0, 60, 120):
        said += box.report(minute, "A", geoLocation=ROTTERDAM, trust=0.9)
        said += box.report(minute + 5, "B", geoLocation=HAMBURG, trust=0.4)

    (alert,) = said
    assert alerts(said) == [("DEVICES_DISAGREE", "RAISED")]
    assert (alert["kind"], alert["severity"]) == ("SENSOR", "WARNING")
    assert alert["subject"] == {"equipmentReference": BOX, "deviceID": "B"}
    (reason,) = alert["reasons"]
    assert reason["text"] == (
        "Devices A and B disagree about its position: 432 km apart, 5 minutes between them. "
        "B is believed less: trust 0.40, against 0.90."
    )
    assert reason["value"] == 0.4


def test_one_stray_position_is_no_disagreement() -> None:
    box = container()
    said = box.report(0, "A", geoLocation=ROTTERDAM) + box.report(5, "B", geoLocation=HAMBURG)
    said += box.report(60, "A", geoLocation=ROTTERDAM) + box.report(65, "B", geoLocation=ROTTERDAM)
    said += box.report(120, "A", geoLocation=ROTTERDAM) + box.report(125, "B", geoLocation=ROTTERDAM)

    assert said == []


def test_devices_that_report_in_turn_from_a_moving_lorry_agree() -> None:
    """Ninety kilometres an hour, an hour between the two."""
    box, said = container(), list[dict[str, Any]]()
    for hour in range(20):
        place = {"latitude": 48.0, "longitude": 2.0 + 1.2 * hour}
        said += box.report(60 * hour, "AB"[hour % 2], geoLocation=place)

    assert said == []


def test_a_device_left_behind_that_says_nothing_more_disagrees_with_nobody() -> None:
    box = container()
    box.report(0, "OLD", geoLocation=ROTTERDAM, door="OPEN")
    said = [
        record for hour in range(1, 48) for record in box.report(60 * hour, "NEW", geoLocation=HAMBURG, door="CLOSED")
    ]

    assert said == []


def test_a_door_that_is_open_for_one_device_and_closed_for_the_other_is_a_disagreement_and_it_ends() -> None:
    box, said = container(), list[dict[str, Any]]()
    for minute in (0, 40, 80):
        said += box.report(minute, "A", door="CLOSED") + box.report(minute + 1, "B", door="OPEN")
    said += box.report(120, "B", door="CLOSED")

    assert alerts(said) == [("DEVICES_DISAGREE", "RAISED"), ("DEVICES_DISAGREE", "CLEARED")]
    assert said[0]["alertId"] == said[1]["alertId"]
    assert said[0]["raisedAt"] == said[1]["raisedAt"]
    assert "Both are trusted alike (1.00), so either may be wrong." in said[0]["reasons"][0]["text"]


def test_temperatures_far_apart_over_a_time_disagree_and_probes_at_different_places_do_not() -> None:
    said = {}
    for component in ("supply", "return"):
        box, found = container(), list[dict[str, Any]]()
        for minute in (0, 60, 120):
            found += box.report(minute, "A", temperatures={"supply": 4.0})
            found += box.report(minute + 1, "B", temperatures={component: 19.5})
        said[component] = alerts(found)

    assert said == {"supply": [("DEVICES_DISAGREE", "RAISED")], "return": []}


def test_two_probes_within_tolerance_are_quiet() -> None:
    box = container()
    found = [
        box.report(minute, device, temperatures={"supply": celsius})
        for minute in (0, 60, 120)
        for device, celsius in (("A", -18.0), ("B", -11.5))
    ]

    assert found == [[]] * 6


def test_a_logger_in_the_cargo_and_a_box_in_the_sun_do_not_measure_the_same() -> None:
    box = container()
    found = [
        box.report(minute, kind, deviceType=kind, temperatures={"": celsius})
        for minute in (0, 60, 120)
        for kind, celsius in (("COLD_CHAIN_LOGGER", 4.0), ("SMART_CONTAINER", 41.0))
    ]

    assert found == [[]] * 6


def test_three_devices_one_of_which_lies_are_one_alert_that_names_it() -> None:
    box, said = container(), list[dict[str, Any]]()
    for minute in (0, 60, 120):
        for device, place in (("A", ROTTERDAM), ("B", ROTTERDAM), ("LIAR", HAMBURG)):
            said += box.report(minute, device, geoLocation=place)

    assert alerts(said) == [("DEVICES_DISAGREE", "RAISED")]
    assert said[0]["subject"]["deviceID"] == "LIAR"


def test_while_devices_disagree_the_doubted_one_counts_half() -> None:
    box = container()
    for minute in (0, 60, 120):
        box.report(minute, "A", geoLocation=ROTTERDAM, trust=0.9)
        box.report(minute, "B", geoLocation=HAMBURG, trust=0.6)

    (doubted,) = box.sign("SEAL_BROKEN", 121, "B", trust=0.6)
    (believed,) = box.sign("GEOFENCE_LEFT", 121, "A", trust=0.9)

    assert (doubted["lane"], doubted["weight"]) == ("YELLOW", 1.2)
    assert believed["weight"] == 1.8


# Bounds.


def test_containers_and_devices_on_them_are_bounded_and_the_ones_heard_least_recently_leave_first() -> None:
    boxes = container(max_containers=2)
    for name in ("a", "b", "a", "c"):
        boxes.report(0, entity=f"equipment/{name}")
    one = boxes.view._store.use("equipment/a")
    for minute in range(20):
        boxes.report(minute, f"D{minute}", entity="equipment/a", door="OPEN")

    assert boxes.view.sizes() == {"containers": 2}
    assert boxes.view._store.get("equipment/b") is None
    assert sorted(one.witnesses) == sorted(f"D{minute}" for minute in range(12, 20))
    assert all(set(pair.split("\n")) <= one.witnesses.keys() for each in one.quarrels.values() for pair in each.pairs)


def test_a_touch_of_another_kind_changes_nothing() -> None:
    box = container()
    assert not box.view.take({"kind": "parcel", "entity": "equipment/x"}, None)
    assert box.view.sizes() == {"containers": 0}
