"""What caretakers are told by the whole engine: of seals at once, of silence in time, of nobody else's."""

from collections import defaultdict
from typing import Any

import orjson
import pytest

from streams.log import Output
from streams.records.events import rfc3339
from streams.topics import ALERTS, CARETAKER_ALERTS, SENSORS
from tests.outside.records import a_sensor_event
from tests.signers import Signer, registration
from tests.whole_engine import START_MS, WholeEngine

KEYS = {"BLUEFLEET": Signer(1), "SEALNET": Signer(2)}
MINUTE_S = 60


class Engine(WholeEngine):
    """The whole engine with two caretakers, and what is written for each topic of alerts."""

    def __init__(self) -> None:
        super().__init__()
        self.said: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for publisher, key in KEYS.items():
            self.order(registration(key.as_registered(), provider_id=publisher))

    def device(self, device: str, publisher: str, **more: Any) -> None:
        self.order({"kind": "device", "deviceID": device, "publisher": publisher, "registered": True} | more)

    def event(self, device: str, publisher: str, number: int, **more: Any) -> None:
        told = {"publisher": publisher, "eventTime": self.now} | more
        self.publish(SENSORS, a_sensor_event(device, number, **told), KEYS[publisher])

    def _keep(self, output: Output) -> None:
        super()._keep(output)
        if output.topic == ALERTS or output.topic.startswith(CARETAKER_ALERTS):
            self.said[output.topic].append(orjson.loads(output.value or b""))

    def told(self, publisher: str) -> list[tuple[str, str, str]]:
        """What a caretaker was told: of whom, what, and whether it began or ended."""
        alerts = self.said[f"{CARETAKER_ALERTS}.{publisher}"]
        return [
            (a["subject"].get("deviceID", a["subject"]["providerId"]), a["reasons"][0]["code"], a["state"])
            for a in alerts
        ]


OPENED = {
    "eventTypeCode": "DETC",
    "iotEventCode": "X_SEAL",
    "sensorReport": [],
    "seal": {"sealNumber": "CN7741920", "status": "OPENED", "conditionCode": "4"},
}


@pytest.fixture
def engine() -> Engine:
    return Engine()


def test_a_seal_is_told_to_who_keeps_it_and_to_whom_it_is_shared_with_until_the_scope_ends(engine: Engine) -> None:
    until = rfc3339(START_MS + 30 * MINUTE_S * 1000)
    engine.device("S1", "BLUEFLEET", share={"with": ["SEALNET"], "for": "repairs", "until": until})
    engine.device("S2", "BLUEFLEET", share={"with": ["SEALNET"], "for": "repairs", "until": until})
    engine.run(MINUTE_S)
    engine.event("S1", "BLUEFLEET", 1, **OPENED)
    engine.run(30 * MINUTE_S)
    engine.event("S2", "BLUEFLEET", 1, **OPENED)

    assert engine.told("SEALNET") == [("S1", "SEAL_OPENED_IN_TRANSIT", "RAISED")]
    assert engine.told("BLUEFLEET") == [(name, "SEAL_OPENED_IN_TRANSIT", "RAISED") for name in ("S1", "S2")]


def test_a_caretaker_hears_that_its_device_is_silent_and_no_other_does(engine: Engine) -> None:
    for device, publisher in (("D1", "BLUEFLEET"), ("D2", "SEALNET")):
        engine.device(device, publisher, expected_s=600)
    for number in range(24):
        engine.run(10 * MINUTE_S)
        engine.event("D2", "SEALNET", number)
        if number < 6:
            engine.event("D1", "BLUEFLEET", number)

    assert engine.told("BLUEFLEET") == [("D1", "DEVICE_SILENT", "RAISED")]
    assert engine.told("SEALNET") == []


def test_a_caretaker_whose_devices_all_fall_silent_hears_it_once(engine: Engine) -> None:
    names = [f"D{n}" for n in range(12)]
    for device in names:
        engine.device(device, "BLUEFLEET", expected_s=600)
    for number in range(24):
        engine.run(10 * MINUTE_S)
        for device in names if number < 6 else ():
            engine.event(device, "BLUEFLEET", number)

    assert engine.told("BLUEFLEET") == [("BLUEFLEET", "CARETAKER_SILENT", "RAISED")]
    (alert,) = engine.said[f"{CARETAKER_ALERTS}.BLUEFLEET"]
    assert "trust" not in str(alert).lower()


def test_what_a_seal_was_for_another_device_is_not_told_to_whom_only_the_newer_one_is_shared_with(
    engine: Engine,
) -> None:
    scope = {"with": ["SEALNET"], "for": "handling of damage", "until": "2099-01-01T00:00:00Z"}
    engine.device("OLD", "BLUEFLEET")
    engine.device("NEW", "BLUEFLEET", share=scope)
    engine.run(MINUTE_S)
    for device, number in (("OLD", "CN7741920"), ("NEW", "XX0000001")):
        seal = {"sealNumber": number, "status": "SEALED"}
        engine.event(device, "BLUEFLEET", 1, eventTypeCode="DETC", iotEventCode="X_SEAL", sensorReport=[], seal=seal)
        engine.run(10 * MINUTE_S)
    engine.run(300 * MINUTE_S)

    readers = {topic for topic, alerts in engine.said.items() if "CN7741920" in str(alerts)}
    assert readers == {ALERTS, f"{CARETAKER_ALERTS}.BLUEFLEET"}
