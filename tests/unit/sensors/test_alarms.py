"""Alarms as people want them, each a story: what begins, what grows worse, when it is over, and what stays quiet."""

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.sensors.events import SETTINGS, event, reading, run, said, seal
from tests.unit.sensors.live import Live

OPENED, CLOSED = ({"eventTypeCode": "DETC", "iotEventCode": code} for code in ("DRO", "X_DRC"))
ROTTERDAM = {"latitude": 51.95, "longitude": 4.14, "UNLocationCode": "NLRTM"}
HAMBURG = {"latitude": 53.53, "longitude": 9.93, "UNLocationCode": "DEHAM"}
MOTORWAY = {"latitude": 52.4, "longitude": 6.6}
ACME = {"publisher": "ACME"}


def texts(alert: dict[str, Any]) -> str:
    return " ".join(reason["text"] for reason in alert["reasons"])


def lux(number: int, minutes: float, value: float, **more: Any) -> dict[str, Any]:
    return event(number, minutes, sensorReport=[reading(value, "Illuminance", "LUX", **more)])


# Doors.


def test_a_door_opened_on_the_road_is_an_alert_with_the_place_where_it_is_known() -> None:
    (alert,) = run(event(1, **OPENED, geoLocation=ROTTERDAM))
    assert (alert["severity"], texts(alert)) == ("HIGH", "The door was opened at NLRTM.")


def test_a_door_opened_at_the_terminal_where_it_may_be_and_closed_again_is_quiet() -> None:
    live = Live(permittedPlaces=["NLRTM"]).until(1)
    live.take(event(1, 2, **OPENED, **ACME, geoLocation=ROTTERDAM), event(2, 90, **CLOSED, **ACME)).until(1000)
    assert live.said == []


def test_a_door_that_may_be_opened_at_every_terminal_of_the_configuration_is_quiet_there_too() -> None:
    def opened(place: dict[str, Any]) -> list[tuple[str, str]]:
        return Live(replace(SETTINGS, terminals=("DEHAM",))).take(event(1, 2, **OPENED, geoLocation=place)).said

    assert opened(HAMBURG) == []
    assert opened(ROTTERDAM) == [("DOOR_OPENED", "RAISED")]


def test_a_registration_counts_from_the_next_tick_on() -> None:
    live = Live().take(event(1, 2, **OPENED, **ACME, geoLocation=ROTTERDAM), event(2, 3, **CLOSED, **ACME))
    live.register(door={"mayOpenAt": ["NLRTM"]})
    live.shard.process([], live.effects)
    live.until(5).take(event(3, 6, **OPENED, **ACME, geoLocation=ROTTERDAM))
    assert live.said == [("DOOR_OPENED", "RAISED"), ("DOOR_OPENED", "CLEARED")]


def test_a_door_left_open_at_the_terminal_for_hours_is_told_though_nothing_more_is_heard() -> None:
    live = Live(permittedPlaces=["NLRTM"]).until(1)
    live.take(event(1, 2, **OPENED, **ACME, geoLocation=ROTTERDAM)).until(241)
    assert live.said == []
    (alert,) = live.until(243).alerts
    assert texts(alert) == "The door has been open for 4 hours at NLRTM, where it may be opened."
    assert (alert["severity"], alert["eventTime"]) == ("WARNING", "2026-08-21T04:02:00.000Z")


def test_a_container_that_leaves_the_terminal_with_an_open_door_is_told_at_once() -> None:
    live = Live(permittedPlaces=["NLRTM"]).until(1)
    live.take(event(1, 2, **OPENED, **ACME, geoLocation=ROTTERDAM), event(2, 200, **ACME, geoLocation=MOTORWAY))
    (alert,) = live.alerts
    told = "It left NLRTM with an open door, or the message that it was closed was lost."
    assert (said([alert]), alert["severity"], texts(alert)) == ([("DOOR_LEFT_OPEN", "RAISED")], "HIGH", told)
    live.take(event(3, 300, **CLOSED, **ACME))
    assert live.said == [("DOOR_LEFT_OPEN", "RAISED"), ("DOOR_LEFT_OPEN", "CLEARED")]


def test_a_door_that_stays_open_grows_critical_as_a_new_alert_and_one_all_clear_ends_it() -> None:
    live = Live().take(event(1, 0, **OPENED)).until(300)
    assert live.said == [("DOOR_OPENED", "RAISED"), ("DOOR_OPENED", "CLEARED"), ("DOOR_OPENED", "RAISED")]
    first, ended, graver = live.alerts
    assert first["alertId"] == ended["alertId"] != graver["alertId"]
    assert graver["alertId"] in texts(ended)
    assert first["alertId"] in texts(graver)
    assert [alert["severity"] for alert in live.alerts] == ["HIGH", "HIGH", "CRITICAL"]
    assert graver["eventTime"] == "2026-08-21T02:00:00.000Z"
    live.take(event(2, 400, **CLOSED))
    *_, over = live.alerts
    assert (over["alertId"], over["state"]) == (graver["alertId"], "CLEARED")
    assert "It lasted 6.7 hours." in texts(over)


def test_a_door_opened_and_told_late_is_an_alert_until_it_has_been_quiet() -> None:
    late = event(1, 0.0, isHistorical=True, **OPENED)
    alerts = run(event(0, -10), event(2, 30.0), late, event(3, 60.0), event(4, 500.0))
    assert said(alerts) == [("DOOR_OPENED", "RAISED"), ("DOOR_OPENED", "CLEARED")]


# Seals.


@pytest.mark.parametrize(
    ("report", "code", "words"),
    [
        ({"status": "OPENED"}, "SEAL_OPENED_IN_TRANSIT", "was opened"),
        ({"status": "CLOSED", "conditionCode": "2"}, "SEAL_BROKEN", "is damaged"),
        ({"status": "UNKNOWN", "conditionCode": "3"}, "SEAL_BROKEN", "is missing"),
        ({"status": "CLOSED", "conditionCode": "4"}, "SEAL_BROKEN", "is broken"),
        ({"status": "TAMPERED"}, "SEAL_BROKEN", "was tampered with"),
    ],
)
def test_whatever_happens_to_a_seal_en_route_is_critical(report: dict[str, str], code: str, words: str) -> None:
    (alert,) = run(event(1, **seal("SEALED")), event(2, 60, **seal(**report), geoLocation=ROTTERDAM))
    assert said([alert]) == [(code, "RAISED")]
    assert alert["severity"] == "CRITICAL"
    assert words in texts(alert)


def test_a_seal_opened_where_it_may_be_and_replaced_by_another_is_quiet() -> None:
    live = Live(permittedPlaces=["NLRTM"]).until(1)
    live.take(
        event(1, 2, **seal("SEALED"), **ACME, geoLocation=ROTTERDAM),
        event(2, 30, **seal("OPENED"), **ACME),
        event(3, 60, **seal("SEALED", number="NL0000001"), **ACME),
    )
    assert live.said == []


def test_a_seal_changed_again_after_that_is_a_mismatch() -> None:
    live = Live(permittedPlaces=["NLRTM"]).until(1)
    live.take(event(1, 2, **seal("OPENED"), **ACME, geoLocation=ROTTERDAM))
    live.take(event(2, 30, **seal("SEALED", number="NL0000001"), **ACME))
    assert live.take(event(3, 600, **seal("SEALED", number="XX1"), **ACME, geoLocation=MOTORWAY)).said == [
        ("SEAL_NUMBER_MISMATCH", "RAISED")
    ]


def test_the_same_seal_opened_where_it_may_be_and_closed_again_is_reused_all_the_same() -> None:
    live = Live(permittedPlaces=["NLRTM"]).until(1)
    for number, status in enumerate(("SEALED", "OPENED", "SEALED")):
        live.take(event(number, 2 + number, **seal(status), **ACME, geoLocation=ROTTERDAM))
    assert live.said == [("SEAL_REUSED", "RAISED")]


def test_another_number_without_an_opening_where_it_may_be_is_a_mismatch_even_at_the_terminal() -> None:
    live = Live(permittedPlaces=["NLRTM"]).until(1)
    first, other = seal("SEALED"), seal("SEALED", number="XX0000001")
    live.take(*(event(n, 2 + n, **each, **ACME, geoLocation=ROTTERDAM) for n, each in enumerate((first, other))))
    assert live.said == [("SEAL_NUMBER_MISMATCH", "RAISED")]


# Light, shock, tilt, power.


def test_light_is_told_at_once_and_its_brightest_and_how_long_it_lasted_when_it_is_dark() -> None:
    values = (0.0, 30.0, 412.0, 380.0, 15.0, 2.0)
    raised, cleared = run(*(lux(n, n, value) for n, value in enumerate(values)))
    assert texts(raised) == "There is light inside, 30 lux, as if it were open."
    assert texts(cleared) == "It is dark inside again: 2 lux. It lasted 4 minutes, at its worst 412 lux."
    assert raised["alertId"] == cleared["alertId"]


HELD = replace(SETTINGS, hold_s={"LIGHT_INSIDE": 60.0})


def test_where_light_is_held_back_one_bright_reading_is_quiet_if_it_is_dark_at_the_next() -> None:
    assert Live(HELD).take(lux(1, 0, 0.0), lux(2, 1, 400.0), lux(3, 1.5, 0.0)).until(100).said == []


def test_where_light_is_held_back_it_is_told_for_how_long_it_has_been() -> None:
    (alert,) = Live(HELD).take(lux(1, 0, 30.0), lux(2, 0.5, 412.0), lux(3, 1, 380.0)).alerts
    assert texts(alert) == "There is light inside for 1 minute, 380 lux, as if it were open."


def test_light_that_is_held_back_is_told_without_a_second_reading_when_none_comes() -> None:
    live = Live(HELD).take(*(event(n, n) for n in range(8)), lux(8, 8, 412.0))
    assert live.said == []
    assert live.until(12).said == [("LIGHT_INSIDE", "RAISED")]


def test_light_that_the_device_calls_an_alarm_is_never_held_back() -> None:
    assert Live(HELD).take(lux(1, 0, 412.0, exception="ALARM_CONDITION")).said == [("LIGHT_INSIDE", "RAISED")]


def test_two_episodes_within_one_event_are_two_alerts() -> None:
    bright = reading(412.0, "Illuminance", "LUX", exception="ALARM_CONDITION")
    alerts = run(event(1, sensorReport=[bright, reading(1.0, "Illuminance", "LUX"), bright]))
    assert said(alerts) == [("LIGHT_INSIDE", "RAISED"), ("LIGHT_INSIDE", "CLEARED"), ("LIGHT_INSIDE", "RAISED")]
    assert alerts[0]["alertId"] != alerts[2]["alertId"]


@pytest.mark.parametrize(
    "bright", [{"iotEventCode": "X_LIGHT"}, {"sensorReport": [reading(5000.0, "Illuminance", "LUX")]}]
)
def test_light_is_quiet_where_the_door_may_be_open_and_told_once_it_has_left(bright: dict[str, Any]) -> None:
    live = Live(permittedPlaces=["NLRTM"]).until(1)
    assert live.take(event(1, 2, **bright, **ACME, geoLocation=ROTTERDAM), event(2, 20, **bright, **ACME)).said == []
    live.take(event(3, 200, **bright, **ACME, geoLocation=MOTORWAY))
    assert live.said == [("LIGHT_INSIDE", "RAISED")]


def blow(number: int, minutes: float, peak_ms2: float) -> dict[str, Any]:
    return event(number, minutes, sensorReport=[reading(9.8, "Acceleration", "MSK", maxValue=peak_ms2)])


def test_a_shock_is_told_in_g_and_the_hardest_of_the_episode_when_hours_were_quiet() -> None:
    alerts = run(blow(1, 0, 60.0), blow(2, 30, 98.0665), blow(3, 60, 55.0), blow(4, 800, 9.8))
    assert said(alerts) == [("SHOCK", "RAISED"), ("SHOCK", "CLEARED")]
    assert texts(alerts[0]) == "The device felt a shock of 6.1 g."
    assert texts(alerts[1]) == "No further sign of it for 6 hours. It lasted 60 minutes, at its worst 10 g."


def test_a_shock_that_breaks_what_is_packed_is_high_at_once_and_a_bump_is_quiet() -> None:
    (alert,) = run(blow(1, 0, 20.0), blow(2, 1, 200.0))
    assert alert["severity"] == "HIGH"


def test_a_shock_clears_by_the_clock_of_the_engine_when_nothing_more_is_heard() -> None:
    live = Live().take(blow(1, 0, 60.0))
    assert live.until(359).said == [("SHOCK", "RAISED")]
    assert live.until(361).said == [("SHOCK", "RAISED"), ("SHOCK", "CLEARED")]
    assert live.alerts[1]["eventTime"] == "2026-08-21T06:00:00.000Z"


def lean(number: int, minutes: float, degrees: float, component: str = "roll") -> dict[str, Any]:
    return event(number, minutes, sensorReport=[reading(degrees, "Angle", "DD", component=component)])


def test_a_container_that_leans_for_minutes_is_told_until_it_stands_upright() -> None:
    alerts = run(*(lean(n, n, degrees) for n, degrees in enumerate((2, -40, -45, -41, -40, -40, -42, -20, -3))))
    assert said(alerts) == [("TILT", "RAISED"), ("TILT", "CLEARED")]
    assert texts(alerts[0]) == "It leans by 42 ° for 5 minutes."
    assert "at its worst 45 °" in texts(alerts[1])


def test_a_crane_and_a_wave_and_a_heading_are_no_tilt() -> None:
    assert run(*(lean(n, n, degrees) for n, degrees in enumerate((2, 40, 3, -40, 3, 40, 2)))) == []
    assert run(*(lean(n, n * 10, 170, "heading") for n in range(9))) == []


def test_a_power_cut_that_is_still_told_of_hours_later_is_graver() -> None:
    live = Live().take(*(event(n, n * 60.0, iotEventCode="X_POWER_LOSS") for n in range(6)))
    assert [alert["severity"] for alert in live.alerts] == ["WARNING", "WARNING", "HIGH"]
    *_, cleared = live.until(60 * 12).alerts
    assert cleared["state"] == "CLEARED"


# Routes.


@pytest.mark.parametrize(
    ("code", "name"), [("X_GEOFENCE_OUT", "GEOFENCE_LEFT"), ("X_ROUTE_DEVIATION", "ROUTE_DEVIATION")]
)
def test_off_the_route_is_an_alert_unless_it_is_at_a_place_where_its_keeper_expects_it(code: str, name: str) -> None:
    live = Live(permittedPlaces=["NLRTM"]).until(1)
    assert live.take(event(1, 2, iotEventCode=code, **ACME, geoLocation=ROTTERDAM)).said == []
    assert live.take(event(2, 300, iotEventCode=code, **ACME, geoLocation=MOTORWAY)).said == [(name, "RAISED")]


# Cold chain.

VACCINE = {"commodity": "vaccine", "lowest_cel": 2.0, "highest_cel": 8.0, "excursion_s": 1800.0}


def cold(number: int, minutes: float, cel: float) -> dict[str, Any]:
    return event(number, minutes, **ACME, sensorReport=[reading(cel)])


def guard(**cargo: Any) -> Live:
    return Live(cargo={**VACCINE, **cargo}).until(1)


def test_an_excursion_is_told_once_it_lasted_as_long_as_the_commodity_bears_and_its_peak_at_the_end() -> None:
    values = [5.0, 5.0, 5.0, 5.0, 5.0, 9.0, 11.0, 12.4, 10.0, 7.8, 7.0]
    live = guard().take(*(cold(n, 2 + n * 15, cel) for n, cel in enumerate(values)))
    raised, cleared = live.alerts
    assert said(live.alerts) == [("TEMPERATURE_EXCURSION", "RAISED"), ("TEMPERATURE_EXCURSION", "CLEARED")]
    assert texts(raised) == "Temperature is 12.4 °C, outside what vaccine bears for 30 minutes."
    assert (raised["severity"], raised["reasons"][0]["normal"]) == ("HIGH", "2 to 8 °C")
    assert "It lasted 75 minutes, at its worst 12.4 °C." in texts(cleared)
    assert "its mean kinetic temperature was 10 °C" in texts(cleared)


@pytest.mark.parametrize("order", [(0, 10, 20, 30), (30, 20, 10, 0)])
def test_an_excursion_told_in_one_go_is_as_long_as_its_readings_say_in_whatever_order_they_stand(
    order: tuple[int, ...],
) -> None:
    warm = [reading(10.0 + minute / 10, time=f"2026-08-21T01:{minute:02}:00Z") for minute in order]
    (alert,) = guard().take(cold(1, 60, 5.0), event(2, 91, **ACME, sensorReport=warm)).alerts
    assert "for 30 minutes" in texts(alert)
    assert alert["eventTime"] == "2026-08-21T01:31:00Z"


def test_a_reading_dated_later_than_its_event_makes_nothing_last_longer() -> None:
    setpoint = {"type": "Temperature", "value": 5.0, "uom": "CEL", "tolerance": 2.0}
    warm = [reading(9.0), reading(9.0, time="2027-01-01T00:00:00Z")]
    assert run(event(1, 0, sensorReport=warm, setpoints=[setpoint])) == []


def test_a_cargo_that_froze_is_an_excursion_too() -> None:
    (alert,) = guard().take(*(cold(n, 2 + n * 15, -1.0) for n in range(3))).alerts
    assert texts(alert).startswith("Temperature is -1 °C, outside what vaccine bears for 30 minutes.")


def test_a_door_opened_for_a_while_warms_for_less_than_the_commodity_bears_and_is_quiet() -> None:
    assert guard().take(*(cold(n, 2 + n * 10, 9.0 if n % 4 == 3 else 5.0) for n in range(20))).said == []


def test_an_excursion_of_which_nothing_more_is_heard_is_told_by_the_clock_of_the_engine() -> None:
    live = guard().take(*(cold(n, 2 + n * 10, 5.0) for n in range(6)), cold(6, 62, 12.0))
    assert live.until(91).said == []
    assert live.until(93).said == [("TEMPERATURE_EXCURSION", "RAISED")]


def test_what_time_alone_made_an_alarm_is_told_to_the_container_again_once_a_reading_confirms_it() -> None:
    calm = [cold(n, 2 + n * 10, 5.0) for n in range(6)]
    live = guard().take(*calm, cold(6, 62, 12.0)).until(200)
    live.take(cold(7, 200, 12.5), cold(8, 210, 12.5))
    assert live.said == [("TEMPERATURE_EXCURSION", "RAISED")]
    signs = live.touches("sign")
    assert [sign.get("unconfirmed", False) for sign in signs] == [True, False]
    assert {sign["alertId"] for sign in signs} == {live.alerts[0]["alertId"]}


def defrosting(cycle_minutes: int, warm_minutes: int, cel: float) -> list[dict[str, Any]]:
    return [
        cold(n, 2 + n * 5, cel if n * 5 % cycle_minutes >= cycle_minutes - warm_minutes else 5.0) for n in range(200)
    ]


def test_permitted_defrost_cycles_are_quiet() -> None:
    assert guard(defrost_s=2700.0).take(*defrosting(240, 40, 15.0)).said == []


@pytest.mark.parametrize(
    ("cycle_minutes", "warm_minutes", "cel", "why"),
    [(240, 55, 15.0, "too long"), (240, 40, 20.0, "too warm"), (120, 40, 15.0, "too often")],
)
def test_what_is_no_defrost_cycle_is_an_excursion(cycle_minutes: int, warm_minutes: int, cel: float, why: str) -> None:
    raised = guard(defrost_s=2700.0).take(*defrosting(cycle_minutes, warm_minutes, cel)).said
    assert ("TEMPERATURE_EXCURSION", "RAISED") in raised, why


def test_the_same_cycles_are_excursions_where_the_keeper_knows_of_no_defrosting() -> None:
    assert ("TEMPERATURE_EXCURSION", "RAISED") in guard().take(*defrosting(240, 40, 15.0)).said


def test_an_excursion_that_warms_the_mean_of_the_day_beyond_the_limit_is_critical() -> None:
    calm = [cold(n, 2 + n * 15, 5.0) for n in range(40)]
    warm = [cold(40 + n, 602 + n * 15, 20.0) for n in range(20)]
    raised, ended, graver = guard().take(*calm, *warm).alerts
    assert (raised["severity"], ended["state"], graver["severity"]) == ("HIGH", "CLEARED", "CRITICAL")
    assert "mean kinetic temperature of 24 hours" in texts(graver)


def test_an_excursion_that_goes_on_for_hours_is_critical_whatever_its_mean() -> None:
    setpoint = {"type": "RelativeHumidity", "value": 60.0, "uom": "P1", "tolerance": 5.0}
    damp = [
        event(n, n * 30, sensorReport=[reading(90.0, "RelativeHumidity", "P1")], setpoints=[setpoint]) for n in range(4)
    ]
    assert [alert["severity"] for alert in run(*damp)] == ["HIGH"]
    warm = [
        event(n, n * 30, sensorReport=[reading(9.0)], setpoints=[setpoint | {"type": "Temperature", "uom": "CEL"}])
        for n in range(16)
    ]
    assert [alert["severity"] for alert in run(*warm)] == ["HIGH", "HIGH", "CRITICAL"]


# The device itself.


def test_a_value_that_changes_faster_than_anything_real_is_told_and_a_cold_store_that_is_opened_is_not() -> None:
    jumps = [event(n, n, sensorReport=[reading(cel)]) for n, cel in enumerate((5.0, 5.1, 60.0, 5.0))]
    alerts = run(*jumps)
    assert said(alerts) == [("IMPOSSIBLE_RATE", "RAISED")]
    assert texts(alerts[0]) == "Temperature changed by 54.9 °C within 1 minute; nothing real does."
    assert run(*(event(n, n, sensorReport=[reading(cel)]) for n, cel in enumerate((-20.0, 0.0, 15.0, 20.0)))) == []
    assert run(*(event(n, n * 60, sensorReport=[reading(cel)]) for n, cel in enumerate((5.0, 60.0)))) == []


def lagging(number: int, minutes: float, lag_minutes: float) -> dict[str, Any]:
    return event(number, minutes) | {"at": event(0, minutes + lag_minutes)["at"]}


def test_a_clock_that_is_hours_behind_is_told_until_it_is_set() -> None:
    alerts = run(*(lagging(n, n * 10, 120) for n in range(16)), *(lagging(16 + n, 300 + n * 10, 0) for n in range(16)))
    assert said(alerts) == [("DEVICE_CLOCK_SKEW", "RAISED"), ("DEVICE_CLOCK_SKEW", "CLEARED")]
    assert "dated 2 hours ago" in texts(alerts[0])


def test_a_device_that_sends_what_it_gathered_every_few_hours_has_no_wrong_clock() -> None:
    gathered = [lagging(n, n * 10, (5 - n % 6) * 10) for n in range(60)]
    assert run(*gathered) == []


def test_a_device_of_nobody_that_falls_silent_is_an_alert_until_it_is_heard_again() -> None:
    live = Live().take(*(event(n, n * 10.0) for n in range(8)))
    assert live.until(70 + 49).said == []
    (raised,) = live.until(70 + 51).alerts
    assert texts(raised) == "Nothing was heard of the device for 50 minutes; it reports every 10 minutes."
    assert live.take(event(8, 200)).said == [("DEVICE_SILENT", "RAISED"), ("DEVICE_SILENT", "CLEARED")]


def test_a_device_that_pauses_every_night_is_silent_twice_and_then_has_a_habit() -> None:
    days = [event(n, 1440 * (n // 20) + n % 20) for n in range(200)]
    live = Live(step_minutes=10).take(*days)
    assert live.said == [("DEVICE_SILENT", "RAISED"), ("DEVICE_SILENT", "CLEARED")] * 2
    assert live.until(1440 * 12).said[4:] == [("DEVICE_SILENT", "RAISED")], "and is missed when it is away for longer"


def test_a_device_that_tells_of_the_past_is_not_aged_by_the_engine() -> None:
    told = [event(n, n * 10.0, isHistorical=True) for n in range(8)]
    shock = event(8, 80, isHistorical=True, iotEventCode="X_SHOCK")
    assert Live().take(*told, shock).until(2000).said == [("SHOCK", "RAISED")]


def test_an_event_out_of_order_neither_ends_nor_ages_anything() -> None:
    live = Live().take(event(1, 0), event(3, 20, **OPENED), event(2, 10, **CLOSED) | {"at": event(0, 21)["at"]})
    assert live.until(60).said == [("DOOR_OPENED", "RAISED")]
