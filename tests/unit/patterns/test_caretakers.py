"""Caretakers with all their devices: one alert for many that fall silent together, one for each that does alone."""

from typing import Any

import pytest

from streams.patterns.caretakers import Caretakers
from tests.device_touches import Devices, pattern_settings


class Fleet(Devices):
    """Devices of ACME; `hear`, `lose` and `believe` them by number."""

    def __init__(self, size: int = 0, **changed: Any) -> None:
        super().__init__(Caretakers(pattern_settings(**changed)))
        for number in range(size):
            self.hear(number)

    def hear(self, number: int, **more: Any) -> list[dict[str, Any]]:
        return self._listened("heard", number, more)

    def lose(self, number: int, **more: Any) -> list[dict[str, Any]]:
        return self._listened("silent", number, more)

    def believe(self, number: int, trust: float) -> list[dict[str, Any]]:
        return self._listened("trust", number, {"trust": trust})

    def pass_time(self, seconds: int) -> list[dict[str, Any]]:
        """A tick a second."""
        return [record for _ in range(seconds) for record in self.tick()]

    def _listened(self, kind: str, number: int, more: dict[str, Any]) -> list[dict[str, Any]]:
        said = {"entity": "caretaker/ACME", "expected_s": 600.0, "last_heard_ms": 1_789_999_000_000}
        return self.say(kind, self.now_ms / 60_000, f"D{number:04d}", **said | more)


def told(said: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(record["reasons"][0]["code"], record["state"]) for record in said if "title" in record]


# Silence.


def test_five_hundred_devices_that_fall_silent_together_are_one_alert() -> None:
    fleet = Fleet(500)
    said = [record for number in range(500) for record in fleet.lose(number)]
    said += fleet.pass_time(3_600)

    (alert,) = said
    assert (alert["kind"], alert["state"], alert["severity"]) == ("SENSOR", "RAISED", "HIGH")
    assert alert["subject"] == {"providerId": "ACME"}
    assert alert["title"] == "Caretaker ACME: 500 of its 500 devices that should have been heard by now are silent."
    silence, trust = alert["reasons"]
    assert (silence["code"], silence["value"]) == ("CARETAKER_SILENT", 1.0)
    assert trust["text"] == "Trust in the caretaker is 1.00 of 1: 0 of its 500 devices are believed less than 0.5."


@pytest.mark.parametrize("seconds_between", [0, 1, 20, 100])
def test_so_it_is_when_they_fall_silent_over_many_ticks(seconds_between: int) -> None:
    fleet, said = Fleet(500), list[dict[str, Any]]()
    for number in range(500):
        said += fleet.lose(number)
        if number % 25 == 24:
            said += fleet.pass_time(seconds_between)
    said += fleet.pass_time(2_000)

    assert told(said) == [("CARETAKER_SILENT", "RAISED")]


def test_so_it_is_when_lively_devices_are_missed_hours_before_those_that_report_rarely() -> None:
    """Of a hundred that report each minute all are silent; that of four hundred others nobody can tell yet."""
    fleet = Fleet()
    for number in range(500):
        seldom = {"expected_s": 21_600.0, "missed_s": 108_000.0}
        fleet.hear(number, **({"expected_s": 60.0, "missed_s": 900.0} if number < 100 else seldom))
    said = [record for number in range(100) for record in fleet.lose(number, expected_s=60.0)]
    said += fleet.pass_time(600)
    said += [record for number in range(100, 500) for record in fleet.lose(number, expected_s=21_600.0)]
    said += fleet.pass_time(2_000)

    assert told(said) == [("CARETAKER_SILENT", "RAISED")]
    assert "100 of its 100 devices that should have been heard by now" in said[0]["title"]


def test_devices_that_report_about_as_often_count_among_those_that_should_have_been_heard() -> None:
    """Nobody can say yet of one that reports every eleven minutes; but soon, and five of sixty are not most of them."""
    fleet = Fleet()
    for number in range(60):
        fleet.hear(number, expected_s=600.0 if number < 5 else 660.0)
    for number in range(5):
        fleet.lose(number, expected_s=600.0)

    assert told(fleet.pass_time(2_000)) == [("DEVICE_SILENT", "RAISED")] * 5


def test_a_device_heard_after_the_others_had_fallen_silent_is_no_part_of_it() -> None:
    fleet = Fleet(60)
    for number in range(50):
        fleet.lose(number)
    fleet.pass_time(600)
    fleet.lose(50, last_heard_ms=1_789_999_000_000 + 600_000)
    fleet.lose(51, last_heard_ms=1_789_999_000_000 + 7_200_000)

    (alert,) = fleet.pass_time(2_000)

    assert (alert["reasons"][0]["code"], alert["subject"]["deviceID"]) == ("DEVICE_SILENT", "D0051")


def test_so_it_is_when_they_fall_silent_one_by_one_each_within_the_grace_of_the_last() -> None:
    fleet, said = Fleet(20), list[dict[str, Any]]()
    for number in range(20):
        said += fleet.lose(number) + fleet.pass_time(60)
    said += fleet.pass_time(2_000)

    assert told(said) == [("CARETAKER_SILENT", "RAISED")]
    assert "15 of its 20 devices" in said[0]["title"]


def test_nobody_waits_for_longer_than_the_spread_because_others_fall_silent_now_and_then() -> None:
    fleet, said = Fleet(1_000), list[dict[str, Any]]()
    for number in range(9):
        said += fleet.lose(number) + fleet.pass_time(100)

    assert told(said) == [("DEVICE_SILENT", "RAISED")] * 9


def test_devices_that_fell_silent_hours_apart_are_told_one_by_one() -> None:
    """The one that falls silent is the liveliest by a hair: the others cannot be missed by so little."""
    fleet, said = Fleet(), list[dict[str, Any]]()
    for number in range(80):
        fleet.hear(number, expected_s=600.0 + number)
    for hour, number in enumerate((40, 30, 20, 10, 3, 1)):
        heard_ms = 1_789_999_000_000 + hour * 3_600_000
        said += fleet.lose(number, expected_s=600.0 + number, last_heard_ms=heard_ms) + fleet.pass_time(1_200)

    assert told(said) == [("DEVICE_SILENT", "RAISED")] * 6


def test_hearing_again_and_again_that_a_device_is_silent_does_not_put_its_alert_off() -> None:
    fleet = Fleet(10)
    said = [record for _ in range(4) for record in fleet.lose(3) + fleet.pass_time(60)]

    assert told(said) == [("DEVICE_SILENT", "RAISED")]


def test_one_device_of_many_that_falls_silent_is_one_alert_about_that_device_after_the_grace() -> None:
    fleet = Fleet(500)
    fleet.lose(7, equipmentReference="MSKU9070323")

    assert fleet.pass_time(119) == []
    (alert,) = fleet.pass_time(600)
    assert (alert["kind"], alert["state"], alert["severity"]) == ("SENSOR", "RAISED", "WARNING")
    assert alert["subject"] == {"equipmentReference": "MSKU9070323", "deviceID": "D0007", "providerId": "ACME"}
    assert alert["title"] == (
        "Container MSKU9070323: Nothing was heard of the device since 2026-09-21T13:56:40.000Z; "
        "it reports every 10 minutes."
    )


@pytest.mark.parametrize(("devices", "silent"), [(500, 30), (4, 4)], ids=["few of many", "too few to speak of all"])
def test_a_few_are_one_alert_each(devices: int, silent: int) -> None:
    fleet = Fleet(devices)
    for number in range(silent):
        fleet.lose(number)

    assert told(fleet.pass_time(2_000)) == [("DEVICE_SILENT", "RAISED")] * silent


def test_a_shipload_that_goes_out_of_reach_is_one_alert_though_it_is_a_small_part_of_all() -> None:
    fleet = Fleet(2_000)
    for number in range(60):
        fleet.lose(number)

    (alert,) = fleet.pass_time(2_000)
    assert alert["title"] == "Caretaker ACME: 60 of its 2,000 devices that should have been heard by now are silent."
    assert alert["reasons"][0]["normal"] == "less than 0.5 of them, and fewer than 50 at once"


def test_a_device_heard_again_within_the_grace_is_nobodys_business() -> None:
    fleet = Fleet(10)
    fleet.lose(3)
    fleet.pass_time(60)

    assert fleet.hear(3) == fleet.pass_time(2_000) == []


def test_a_device_heard_again_clears_its_alert_once() -> None:
    fleet = Fleet(10)
    fleet.lose(3)
    (raised,) = fleet.pass_time(600)

    (cleared,) = fleet.hear(3)

    assert (cleared["state"], cleared["alertId"], cleared["raisedAt"]) == (
        "CLEARED",
        raised["alertId"],
        raised["raisedAt"],
    )
    assert cleared["title"] == "Device D0003: The device is heard again."
    assert fleet.hear(3) == []


def test_a_device_that_is_watched_no_longer_is_missed_no_longer_and_counts_no_more() -> None:
    fleet = Fleet(10)
    fleet.lose(3)
    (raised,) = fleet.pass_time(600)

    (cleared,) = fleet.say("gone", 20, "D0003", entity="caretaker/ACME")
    assert (cleared["state"], cleared["alertId"]) == ("CLEARED", raised["alertId"])
    assert cleared["title"] == "Device D0003: The device is watched no longer, for others took its room."
    assert fleet.say("gone", 20, "D0003", entity="caretaker/ACME") == []
    assert fleet.say("gone", 20, "D1", entity="caretaker/NOBODY") == []
    assert fleet.view.sizes() == {"caretakers": 1, "caretaker devices": 9}


def test_a_wave_is_over_when_those_that_were_part_of_it_are_watched_no_longer() -> None:
    fleet = Fleet(10)
    for number in range(10):
        fleet.lose(number)
    fleet.pass_time(600)
    said = [record for n in range(10) for record in fleet.say("gone", 20, f"D{n:04d}", entity="caretaker/ACME")]

    assert told(said) == [("CARETAKER_SILENT", "CLEARED")]
    assert fleet.pass_time(2_000) == []


def test_who_falls_silent_twice_after_the_same_event_has_two_alerts() -> None:
    fleet, ids = Fleet(20), list[str]()
    same = {"source": {"topic": "customs.sensors.v1", "partition": 0, "offset": 7, "index": 0}}
    for _ in range(2):
        ids += [alert["alertId"] for alert in fleet.lose(3, **same) + fleet.pass_time(600)]
        fleet.hear(3)

    assert len(set(ids)) == len(ids) == 2


def test_the_alert_ends_when_most_are_heard_again_and_the_rest_are_told_of_one_by_one() -> None:
    fleet = Fleet(100)
    for number in range(100):
        fleet.lose(number)
    raised = fleet.pass_time(600)

    back = [record for number in range(97) for record in fleet.hear(number)]
    assert fleet.pass_time(119) == []
    rest = fleet.pass_time(600)

    assert told(raised + back) == [("CARETAKER_SILENT", "RAISED"), ("CARETAKER_SILENT", "CLEARED")]
    assert raised[0]["alertId"] == back[0]["alertId"]
    assert back[0]["title"] == "Caretaker ACME: Most of its devices are heard again; 20 of 100 are not."
    assert told(rest) == [("DEVICE_SILENT", "RAISED")] * 3


def test_the_next_time_is_another_alert() -> None:
    fleet = Fleet(10)
    ids = set()
    for _ in range(2):
        for number in range(10):
            fleet.lose(number)
        (raised,) = fleet.pass_time(600)
        ids.add(raised["alertId"])
        for number in range(10):
            fleet.hear(number)

    assert len(ids) == 2


def test_devices_silent_for_days_no_longer_count_among_a_caretakers_devices() -> None:
    """Of twenty, nine were scrapped long ago. Of the eleven left, six fall silent: most of them."""
    fleet = Fleet(20)
    for number in range(9):
        fleet.lose(number)
        assert told(fleet.pass_time(1_000)) == [("DEVICE_SILENT", "RAISED")]
    fleet.now_ms += 2 * 86_400_000
    for number in range(9, 15):
        fleet.lose(number)

    (alert,) = fleet.pass_time(600)

    assert alert["title"].startswith("Caretaker ACME: 6 of its 11 devices")


def test_caretakers_do_not_share_their_silence() -> None:
    fleet = Fleet(10)
    for number in range(10):
        fleet.hear(number, entity="caretaker/SEALNET")
    for number in range(10):
        fleet.lose(number)

    assert [alert["subject"] for alert in fleet.pass_time(600)] == [{"providerId": "ACME"}]


# Trust.


def test_a_caretaker_is_believed_as_its_devices_are_and_all_shards_are_told_with_the_reason() -> None:
    fleet = Fleet(10)

    said = [record for number in range(4) for record in fleet.believe(number, 0.2)]

    standings = [record for record in said if record.get("kind") == "caretaker"]
    assert [(each["publisher"], each["trust"]) for each in standings] == [("ACME", 0.867), ("ACME", 0.733)]
    assert standings[-1]["why"] == "4 of its 10 devices are believed less than 0.5"


def test_one_bad_device_is_no_bad_caretaker() -> None:
    assert told(Fleet(1).believe(0, 0.0)) == []


def test_a_distrusted_caretaker_is_an_alert_with_the_reason_that_ends_well_above_where_it_began() -> None:
    fleet = Fleet(10)
    said = [record for number in range(10) for record in fleet.believe(number, 0.2)]
    (alert,) = (record for record in said if "title" in record)

    assert alert["severity"] == "WARNING"
    assert alert["title"] == (
        "Caretaker ACME: Trust in the caretaker is 0.47 of 1: 8 of its 10 devices are believed less than 0.5."
    )
    assert [told(fleet.believe(number, 1.0)) for number in range(3)] == [[], [], []]
    assert told(fleet.believe(3, 1.0)) == [("CARETAKER_DISTRUSTED", "CLEARED")]


# Bounds.


def test_what_was_told_of_those_forgotten_for_others_is_cleared_once() -> None:
    fleet = Fleet(0, max_caretaker_devices=12, max_caretakers=2)
    for number in range(2):
        fleet.hear(number, entity="caretaker/OTHER")
    fleet.lose(0, entity="caretaker/OTHER", equipmentReference="MSKU9070323")
    said = fleet.pass_time(600)
    for number in range(10):
        said += [*fleet.hear(number), *fleet.believe(number, 0.1)]
    for number in range(10):
        said += fleet.lose(number, trust=0.1)
    said += fleet.pass_time(600)
    before = sorted(told(said))
    for number in range(3):
        said += fleet.hear(number, entity=f"caretaker/C{number}")

    assert before == [(code, "RAISED") for code in ("CARETAKER_DISTRUSTED", "CARETAKER_SILENT", "DEVICE_SILENT")]
    assert sorted(told(said)) == sorted([*before, *((code, "CLEARED") for code, _ in before)])
    assert len({alert["alertId"] for alert in said if "title" in alert}) == 3
    assert [alert["title"] for alert in said if alert.get("state") == "CLEARED"][:2] == [
        "Container MSKU9070323: The device is watched no longer, for others took its room.",
        "Caretaker ACME: The caretaker is watched no longer, for others took its room.",
    ]


def test_devices_and_caretakers_are_bounded_and_nothing_is_told_of_the_forgotten() -> None:
    fleet = Fleet(0, max_caretaker_devices=3, max_caretakers=2)
    for number in range(5):
        fleet.hear(number, entity=f"caretaker/C{number % 2}")
        fleet.lose(number, entity=f"caretaker/C{number % 2}")
    assert fleet.view.sizes() == {"caretakers": 2, "caretaker devices": 3}
    fleet.hear(9, entity="caretaker/C9")

    assert fleet.view.sizes()["caretakers"] == 2
    said = fleet.pass_time(600)
    assert {alert["subject"]["providerId"] for alert in said} == {"C0"}
    assert {alert["subject"]["deviceID"] for alert in said} <= {"D0002", "D0004"}


def test_a_wave_of_devices_that_are_all_forgotten_for_others_is_over() -> None:
    fleet = Fleet(10, max_caretaker_devices=20)
    said = [record for number in range(10) for record in fleet.lose(number)]
    said += fleet.pass_time(3_600)
    assert told(said) == [("CARETAKER_SILENT", "RAISED")]
    said = [record for number in range(40) for record in fleet.hear(100 + number, entity="caretaker/OTHER")]

    assert told(said) == [("CARETAKER_SILENT", "CLEARED")]
    assert said[0]["subject"] == {"providerId": "ACME"}


def test_what_is_told_of_a_forgotten_device_names_nothing_of_the_one_that_took_its_room() -> None:
    fleet = Fleet(0, max_caretaker_devices=1)
    fleet.hear(0)
    fleet.lose(0)
    (raised,) = fleet.pass_time(600)
    (cleared,) = fleet.hear(1, entity="caretaker/OTHER", equipmentReference="MSKU9070323")

    assert (cleared["alertId"], cleared["state"]) == (raised["alertId"], "CLEARED")
    assert cleared["subject"] == raised["subject"]


def test_that_a_wave_is_over_is_saved_though_its_last_device_is_forgotten_while_others_are_told_of() -> None:
    fleet = Fleet(3, max_caretaker_devices=4, silence_least=3)
    for number in range(3):
        fleet.lose(number)
    fleet.pass_time(3_600)
    for number in range(4):
        before = {name: (part.version, part.encode()) for name, part in fleet.view.parts().items()}
        said = fleet.hear(100 + number, entity="caretaker/OTHER")
        after = {name: (part.version, part.encode()) for name, part in fleet.view.parts().items()}
        silently = [
            name
            for name in before.keys() & after
            if (before[name][0] == after[name][0]) is not (before[name] == after[name])
        ]
        assert silently == [], "changed, and under its old version"

    assert told(said) == [("CARETAKER_SILENT", "CLEARED")]
