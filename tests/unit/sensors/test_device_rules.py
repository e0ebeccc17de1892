"""What a device reports becomes one alert where something begins and one where it is over."""

import pytest

from tests.unit.sensors.events import BOX, DEVICE, event, reading, run, said, seal


def test_an_opened_seal_is_a_critical_alert_in_words_an_officer_understands() -> None:
    opened = seal("OPENED", conditionCode="4", openedAt="2026-08-21T02:41:05Z")
    (alert,) = run(event(1, **opened, itemIds=["LZ551209644CN"], publisher="Example Visibility BV"))
    assert alert == {
        "schemaVersion": "1.0",
        "alertId": alert["alertId"],
        "raisedAt": "2026-08-21T00:00:00.500Z",
        "kind": "SENSOR",
        "severity": "CRITICAL",
        "state": "RAISED",
        "subject": {
            "deviceID": DEVICE,
            "equipmentReference": BOX,
            "itemIds": ["LZ551209644CN"],
            "providerId": "Example Visibility BV",
        },
        "title": f"Container {BOX}: Seal CN7741920 was opened at 2026-08-21T02:41:05Z and is broken.",
        "reasons": [
            {
                "code": "SEAL_OPENED_IN_TRANSIT",
                "source": "SENSOR",
                "text": "Seal CN7741920 was opened at 2026-08-21T02:41:05Z and is broken.",
                "value": "OPENED",
                "normal": "SEALED",
            }
        ],
        "eventTime": "2026-08-21T00:00:00Z",
        "source": {"topic": "sensors.v1", "partition": 2, "offset": 1, "index": 0},
    }


def test_a_seal_that_stays_closed_is_silent() -> None:
    assert run(*(event(n, n * 30.0, **seal("SEALED", conditionCode="1")) for n in range(20))) == []


def test_a_seal_opened_twice_without_closing_is_one_episode() -> None:
    assert said(run(event(1, **seal("OPENED")), event(2, **seal("OPENED")))) == [("SEAL_OPENED_IN_TRANSIT", "RAISED")]


def test_a_seal_opened_and_used_again_is_reported_as_such() -> None:
    alerts = run(event(1, **seal("SEALED")), event(2, **seal("OPENED")), event(3, **seal("SEALED")))
    assert said(alerts) == [
        ("SEAL_OPENED_IN_TRANSIT", "RAISED"),
        ("SEAL_OPENED_IN_TRANSIT", "CLEARED"),
        ("SEAL_REUSED", "RAISED"),
    ]
    assert alerts[0]["alertId"] == alerts[1]["alertId"]


def test_a_second_opening_is_a_new_episode_with_a_new_id() -> None:
    alerts = run(*(event(n, **seal(status)) for n, status in enumerate(("OPENED", "SEALED", "OPENED"))))
    raised = [alert["alertId"] for alert in alerts if said([alert]) == [("SEAL_OPENED_IN_TRANSIT", "RAISED")]]
    assert len(set(raised)) == 2


def test_another_number_on_the_same_device_is_a_mismatch() -> None:
    (alert,) = run(event(1, **seal("SEALED")), event(2, **seal("SEALED", number="XX0000001")))
    assert said([alert]) == [("SEAL_NUMBER_MISMATCH", "RAISED")]
    assert (alert["reasons"][0]["value"], alert["reasons"][0]["normal"]) == ("XX0000001", "CN7741920")


@pytest.mark.parametrize("report", [{"status": "TAMPERED"}, {"status": "CLOSED", "conditionCode": "3"}])
def test_a_tampered_or_missing_seal_is_broken(report: dict[str, str]) -> None:
    assert said(run(event(1, **seal(**report)))) == [("SEAL_BROKEN", "RAISED")]


def test_a_faulty_seal_is_no_broken_seal() -> None:
    assert said(run(event(1, **seal("SEALED", conditionCode="5")))) == [("SEAL_FAULTY", "RAISED")]


def test_a_door_opens_and_closes() -> None:
    opened, closed = ({"eventTypeCode": "DETC", "iotEventCode": code} for code in ("DRO", "X_DRC"))
    alerts = run(event(1, **opened), event(2, **opened), event(3, **closed), event(4, **closed))
    assert said(alerts) == [("DOOR_OPENED", "RAISED"), ("DOOR_OPENED", "CLEARED")]
    assert {alert["severity"] for alert in alerts} == {"HIGH"}


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("X_SHOCK", "SHOCK"),
        ("X_LIGHT", "LIGHT_INSIDE"),
        ("X_TILT", "TILT"),
        ("X_GEOFENCE_OUT", "GEOFENCE_LEFT"),
        ("X_ROUTE_DEVIATION", "ROUTE_DEVIATION"),
        ("X_BATTERY_LOW", "BATTERY_LOW"),
    ],
)
def test_detections_are_one_alert_until_they_have_been_quiet_for_hours(code: str, name: str) -> None:
    many = [event(n, n * 60.0, iotEventCode=code) for n in range(10)]
    later = [event(10, 60 * 12), event(11, 60 * 16)]
    assert said(run(*many)) == [(name, "RAISED")]
    assert said(run(*many, later[0])) == [(name, "RAISED")]
    assert said(run(*many, *later)) == [(name, "RAISED"), (name, "CLEARED")]


def test_a_heartbeat_is_silent() -> None:
    assert run(event(1, eventTypeCode="DETC", iotEventCode="X_HEARTBEAT", batteryPercent=71)) == []


def test_light_in_a_closed_container_is_an_alert_until_it_is_dark() -> None:
    lux = (0.0, 412.0, 380.0, 15.0, 2.0)
    alerts = run(*(event(n, n, sensorReport=[reading(v, "Illuminance", "LUX")]) for n, v in enumerate(lux)))
    assert said(alerts) == [("LIGHT_INSIDE", "RAISED"), ("LIGHT_INSIDE", "CLEARED")]
    assert alerts[0]["reasons"][0]["text"] == "There is light inside, 412 lux, as if it were open."
    assert alerts[1]["source"]["offset"] == 4, "15 lux is neither light nor dark"


def cold(number: int, minutes: float, value: float, **more: object) -> dict[str, object]:
    setpoint = {"type": "Temperature", "value": 5.0, "uom": "CEL", "tolerance": 2.0}
    return event(number, minutes, sensorReport=[reading(value)], setpoints=[setpoint], **more)


def test_a_cold_chain_is_broken_after_a_quarter_of_an_hour_outside_its_setpoint() -> None:
    warm = [cold(n, n * 5.0, 9.0) for n in range(3)]
    assert run(*warm) == []
    (alert,) = run(*warm, cold(3, 15.0, 9.5), cold(4, 20.0, 9.5))
    assert said([alert]) == [("TEMPERATURE_EXCURSION", "RAISED")]
    assert alert["reasons"][0]["text"] == "Temperature is 9.5 °C, outside its setpoint for 15 minutes."
    assert alert["reasons"][0]["normal"] == "5 °C ± 2"


def test_a_cold_chain_is_whole_again_only_well_inside_its_setpoint() -> None:
    values = [9.0, 9.0, 6.5, 9.0, 6.5, 5.5]
    alerts = run(*(cold(n, n * 20.0, value) for n, value in enumerate(values)))
    assert said(alerts) == [("TEMPERATURE_EXCURSION", "RAISED"), ("TEMPERATURE_EXCURSION", "CLEARED")]
    assert alerts[1]["source"]["offset"] == 5


def test_a_short_defrosting_is_no_excursion() -> None:
    assert run(*(cold(n, n * 10.0, 9.0 if n % 2 else 5.0) for n in range(30))) == []


def test_a_setpoint_in_another_unit_is_not_compared() -> None:
    setpoint = {"type": "Temperature", "value": 278.0, "uom": "KEL"}
    assert run(*(event(n, n * 20.0, sensorReport=[reading(5.0)], setpoints=[setpoint]) for n in range(4))) == []


def test_a_sensor_in_error_is_reported_until_it_works_again() -> None:
    broken = [event(n, sensorReport=[reading(None, uom=None, exception="ERROR_CONDITION")]) for n in (1, 2)]
    alerts = run(*broken, event(3, sensorReport=[reading(4.0)]))
    assert said(alerts) == [("SENSOR_ERROR_CONDITION", "RAISED"), ("SENSOR_ERROR_CONDITION", "CLEARED")]


def test_an_alarm_of_the_device_is_passed_on_unless_a_rule_says_it_better() -> None:
    alarm = {"exception": "ALARM_CONDITION"}
    assert said(run(event(1, sensorReport=[reading(4.0, **alarm)]))) == [("DEVICE_ALARM", "RAISED")]
    bright = reading(412.0, "Illuminance", "LUX", **alarm)
    assert said(run(event(1, sensorReport=[bright]))) == [("LIGHT_INSIDE", "RAISED")]


def test_a_low_battery_is_over_only_when_it_is_well_charged() -> None:
    levels = (40, 14, 20, 15, 26)
    alerts = run(*(event(n, n, batteryPercent=level) for n, level in enumerate(levels)))
    assert said(alerts) == [("BATTERY_LOW", "RAISED"), ("BATTERY_LOW", "CLEARED")]
    assert alerts[1]["source"]["offset"] == 4


def test_a_battery_that_calls_itself_low_is_not_cleared_by_its_percentage() -> None:
    alerts = run(*(event(n, n, iotEventCode="X_BATTERY_LOW", batteryPercent=71) for n in range(3)))
    assert said(alerts) == [("BATTERY_LOW", "RAISED")]


def at(latitude: float, longitude: float) -> dict[str, dict[str, float]]:
    return {"geoLocation": {"latitude": latitude, "longitude": longitude}}


def test_a_position_cannot_jump() -> None:
    (alert,) = run(event(1, 0, **at(51.95, 4.14)), event(2, 10, **at(53.55, 9.99)))
    assert said([alert]) == [("POSITION_JUMP", "RAISED")]
    assert alert["reasons"][0]["text"] == "The position jumped by 432 km within 10 minutes."


def test_ships_lorries_planes_and_poor_receivers_do_not_jump() -> None:
    assert run(event(1, 0, **at(51.95, 4.14)), event(2, 60, **at(53.55, 9.99))) == []
    assert run(event(1, 0, **at(51.95, 4.14)), event(2, 0.1, **at(51.96, 4.5))) == []


def test_null_island_is_no_jump() -> None:
    flagged = event(2, 10, **at(0.0, 0.0), flags=["POSITION_NULL_ISLAND"])
    assert run(event(1, 0, **at(51.95, 4.14)), flagged, event(3, 20, **at(51.95, 4.14))) == []


def test_a_value_that_stops_moving_is_stuck_until_it_moves() -> None:
    moving = [event(n, n, sensorReport=[reading(4.0 + n % 7 / 10)]) for n in range(100)]
    stuck = [event(100 + n, 100 + n, sensorReport=[reading(4.2)]) for n in range(400)]
    alerts = run(*moving, *stuck, event(500, 500, sensorReport=[reading(4.3)]))
    assert said(alerts) == [("FROZEN_VALUE", "RAISED"), ("FROZEN_VALUE", "CLEARED")]
    assert "exactly 4.2 °C" in alerts[0]["title"]


def test_a_value_that_often_rests_is_not_stuck_when_it_rests_again() -> None:
    resting = [event(n, n, sensorReport=[reading(4.0 + n // 120 % 7 / 10)]) for n in range(60 * 120)]
    longer = [event(7200 + n, 7200 + n, sensorReport=[reading(9.0)]) for n in range(400)]
    assert ("FROZEN_VALUE", "RAISED") not in said(run(*resting, *longer))


def test_a_value_that_never_moved_is_not_stuck() -> None:
    assert run(*(event(n, n, sensorReport=[reading(4.0)]) for n in range(700))) == []


@pytest.mark.parametrize("flag", ["DEVICE_CLOCK_AHEAD", "READING_OUT_OF_RANGE", "SEAL_TIMES_REVERSED"])
def test_what_intake_flagged_about_a_device_is_an_alert(flag: str) -> None:
    assert said(run(event(1, flags=[flag]), event(2, flags=[flag]))) == [(flag, "RAISED")]


def test_a_report_that_is_withdrawn_is_told_and_ends_nothing() -> None:
    opened = event(1, **seal("OPENED"))
    alerts = run(opened, event(2, **seal("SEALED"), retractedEventID="e-1"))
    assert said(alerts) == [("SEAL_OPENED_IN_TRANSIT", "RAISED"), ("EVENT_RETRACTED", "RAISED")]


def test_the_code_of_a_quantity_with_a_long_name_is_one_that_records_can_hold() -> None:
    kind = "X_" + "A" * 62
    events = [
        event(
            n, n * 20, sensorReport=[reading(40.0, kind, "C62")], setpoints=[{"type": kind, "value": 4.0, "uom": "C62"}]
        )
        for n in range(12)
    ]
    codes = {code for code, _ in said(run(*events))}
    assert any(code.endswith("_EXCURSION") for code in codes)
    assert max(map(len, codes)) <= 70
