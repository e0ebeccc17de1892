"""Who reports in the name of a device that is another's: told once, believed never."""

from typing import Any

import pytest

from streams.records.schema import RECORDS, check
from streams.sensors import impostors
from streams.sensors.impostors import Impostors, is_impostor
from streams.sensors.registry import Registered, registered
from streams.topics import ALERTS
from tests.unit.sensors.events import DEVICE, event

SAID = {"kind": "device", "deviceID": DEVICE, "publisher": "ACME", "registered": True}
QUIET_MS = 3_600_000


def acme() -> Registered:
    found = registered(SAID)
    assert found
    return found


def take(store: Impostors, *events: dict[str, Any], now_ms: int = 0) -> list[dict[str, Any]]:
    return [alert for each in events for alert in store.take(each, now_ms)]


@pytest.mark.parametrize("publisher", ["RIVAL", "acme", None])
def test_whoever_is_not_the_publisher_is_an_impostor(publisher: str | None) -> None:
    assert is_impostor(acme(), event(publisher=publisher))


def test_the_publisher_is_none_and_a_device_that_nobody_registered_knows_none() -> None:
    assert not is_impostor(acme(), event(publisher="ACME"))
    assert not is_impostor(None, event(publisher="RIVAL"))


def test_an_impostor_raises_one_alert_however_often_it_reports() -> None:
    alerts = take(Impostors(), *(event(n, publisher="RIVAL") for n in range(5)))

    (alert,) = alerts
    check(RECORDS[ALERTS], alert)
    assert alert["subject"] == {"deviceID": DEVICE, "providerId": "RIVAL"}
    assert alert["reasons"][0]["code"] == "DEVICE_NOT_OF_PUBLISHER"


def test_two_impostors_are_two_alerts() -> None:
    first, second = take(Impostors(), event(publisher="RIVAL"), event(publisher=None))

    assert first["alertId"] != second["alertId"]
    assert "providerId" not in second["subject"]


def test_it_is_over_when_it_was_quiet_for_long_enough_and_then_begins_anew() -> None:
    store = Impostors()
    (raised,) = take(store, event(1, publisher="RIVAL"))
    take(store, event(2, publisher="RIVAL"), now_ms=1_000)

    assert list(store.expire(QUIET_MS + 1_000, QUIET_MS)) == []
    (cleared,) = store.expire(QUIET_MS + 1_001, QUIET_MS)
    (again,) = take(store, event(3, publisher="RIVAL"), now_ms=QUIET_MS + 2_000)

    check(RECORDS[ALERTS], cleared)
    assert (cleared["alertId"], cleared["state"]) == (raised["alertId"], "CLEARED")
    assert again["alertId"] != raised["alertId"]


def test_who_floods_us_with_names_makes_the_oldest_of_them_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(impostors, "MAX_IMPOSTORS", 2)
    store = Impostors()

    alerts = take(store, *(event(n, publisher=f"RIVAL{n}") for n in range(3)))

    told = [(alert["subject"]["providerId"], alert["state"]) for alert in alerts]
    assert told == [("RIVAL0", "RAISED"), ("RIVAL1", "RAISED"), ("RIVAL2", "RAISED"), ("RIVAL0", "CLEARED")]
    assert len(store) == 2


def test_what_was_saved_goes_on_alike() -> None:
    saved, loaded = Impostors(), Impostors()
    take(saved, event(1, publisher="RIVAL"), event(2, publisher="OTHER"), event(3, publisher="RIVAL"))
    loaded.load(saved.part().encode())

    assert loaded.part().encode() == saved.part().encode()
    assert list(loaded.expire(QUIET_MS * 2, QUIET_MS)) == list(saved.expire(QUIET_MS * 2, QUIET_MS))
