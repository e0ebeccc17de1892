"""From what devices report, through their own shard, to the view of container and caretaker, to parcels: in memory."""

import copy
from typing import Any

from streams.topics import CONTROL, MANIFESTS, SENSORS
from tests.flow.test_manifest_to_decision import MANIFEST
from tests.whole_engine import WholeEngine

BOX = "MSKU9070323"
PORT, AT_SEA = {"latitude": 51.95, "longitude": 4.14}, {"latitude": 48.0, "longitude": -6.0}
SEALED = {"sealNumber": "CN7741920", "status": "SEALED", "conditionCode": "1", "source": "SHI"}
OPENED = SEALED | {"status": "OPENED"}
READING = {"sensorReport": [{"type": "Temperature", "value": 4.0, "uom": "CEL"}]}


class Voyage(WholeEngine):
    """One container, with one parcel in it, and the devices that ride along."""

    def __init__(self, **overrides: Any) -> None:
        super().__init__(**overrides)
        self.events = 0
        self.publish(MANIFESTS, copy.deepcopy(MANIFEST) | {"submittedAt": self.now})
        self.run(4)

    @property
    def lanes(self) -> list[str]:
        return [decision["lane"] for decision in self.decisions]

    def hear(self, device: str, code: str = "", publisher: str = "ACME", **fields: Any) -> None:
        """An event of a device, now; a measurement unless it detects something. Fields that are None are left out."""
        self.events += 1
        kind = {"eventTypeCode": "DETC", "iotEventCode": code} if code else {"eventTypeCode": "MEAS", **READING}
        event = {"schemaVersion": "1.0", "eventID": f"e{self.events}", "eventTime": self.now, "deviceID": device}
        event |= {"deviceType": "SMART_CONTAINER", "equipmentReference": BOX, "publisher": publisher}
        said = event | kind | fields
        self.publish(SENSORS, {name: value for name, value in said.items() if value is not None})


def test_a_seal_opened_en_route_reaches_the_parcel_that_was_cleared_whatever_else_tells_of_it() -> None:
    voyage = Voyage()
    voyage.hear("E-SEAL", "X_SEAL", seal=SEALED, geoLocation=AT_SEA)
    voyage.run(60)
    assert voyage.lanes == ["GREEN"]

    voyage.hear("E-SEAL", "X_SEAL", seal=OPENED, geoLocation=AT_SEA)
    voyage.hear("BOX", "DRO", publisher="BLUEFLEET", geoLocation=AT_SEA)
    voyage.hear("BOX", "X_LIGHT", publisher="BLUEFLEET", geoLocation=AT_SEA)
    voyage.run(60)

    assert [(incident["type"], incident["lane"]) for incident in voyage.incidents] == [
        ("SEAL_OPENED_IN_TRANSIT", "RED")
    ]
    assert voyage.lanes == ["GREEN", "RED"]
    assert voyage.decisions[1]["selectedBy"] == "INCIDENT"
    assert voyage.decisions[1]["supersedesDecisionId"] == voyage.decisions[0]["decisionId"]
    assert [alert["kind"] for alert in voyage.alerts].count("PARCEL") == 1


def test_what_a_backlog_tells_of_the_seal_is_marked_as_history() -> None:
    voyage = Voyage()
    voyage.hear("E-SEAL", "X_SEAL", seal=OPENED, isHistorical=True)
    voyage.hear("OTHER", "DRO", equipmentReference="CSQU3054383")

    assert [incident.get("historical", False) for incident in voyage.incidents] == [True, False]


def test_cargo_warm_when_last_heard_of_is_an_alert_and_no_incident_before_another_reading_says_so() -> None:
    """Defrosting just when the network is lost looks the same."""
    setpoints = [{"type": "Temperature", "value": 5.0, "uom": "CEL", "tolerance": 2.0}]
    incidents = {}
    for goes_on in (False, True):
        voyage = Voyage()
        for number in range(12 if goes_on else 7):
            warm = [{"type": "Temperature", "value": 12.0 if number > 5 else 5.0, "uom": "CEL"}]
            voyage.hear("LOGGER", sensorReport=warm, setpoints=setpoints)
            voyage.run(300)
        voyage.run(1_800)
        assert ("TEMPERATURE_EXCURSION", "RAISED") in voyage.told("TEMPERATURE_EXCURSION")
        incidents[goes_on] = [incident["type"] for incident in voyage.incidents]

    assert incidents == {False: [], True: ["TEMPERATURE_EXCURSION"]}


def test_the_same_at_a_terminal_that_only_the_other_device_knows_of_is_quiet_where_that_is_registered() -> None:
    voyage = Voyage(patterns={"terminals": ["NLRTM"]})
    voyage.publish(CONTROL, {"kind": "device", "deviceID": "BOX", "publisher": "ACME", "registered": True})
    voyage.run(4)
    voyage.hear("BOX", geoLocation=PORT | {"UNLocationCode": "NLRTM"})
    voyage.hear("E-SEAL", "X_SEAL", seal=SEALED)
    voyage.run(60)

    voyage.hear("E-SEAL", "X_SEAL", seal=OPENED)
    voyage.hear("BOX", "DRO", geoLocation=PORT)
    voyage.run(60)

    assert voyage.incidents == []
    assert voyage.lanes == ["GREEN"]


def test_a_position_told_long_ago_does_not_make_the_open_sea_a_terminal() -> None:
    voyage = Voyage(patterns={"terminals": ["NLRTM"]})
    voyage.hear("BOX", geoLocation=PORT | {"UNLocationCode": "NLRTM"})
    voyage.at_ms += 20 * 3_600_000
    voyage.hear("BOX")
    voyage.hear("E-SEAL", "X_SEAL", seal=OPENED)
    voyage.run(4)

    assert voyage.lanes == ["GREEN", "RED"]


def test_a_seal_that_is_another_one_on_another_device_is_found_though_each_device_is_content() -> None:
    voyage = Voyage()
    voyage.hear("OLD", "X_SEAL", seal=SEALED)
    voyage.at_ms += 5 * 3_600_000
    voyage.hear("NEW", "X_SEAL", seal=SEALED | {"sealNumber": "XX0000001"})
    voyage.run(4)

    assert voyage.told("SEAL_NUMBER_MISMATCH") == [("SEAL_NUMBER_MISMATCH", "RAISED")]
    assert voyage.lanes == ["GREEN", "RED"]


def test_a_seal_of_customs_at_a_terminal_is_quiet_though_the_message_that_they_opened_the_old_one_was_lost() -> None:
    voyage = Voyage(patterns={"terminals": ["NLRTM"]})
    customs = SEALED | {"sealNumber": "CU0000001", "source": "CUS"}
    voyage.hear("E-SEAL", "X_SEAL", seal=SEALED, geoLocation=PORT | {"UNLocationCode": "NLRTM"})
    voyage.hear("E-SEAL", "X_SEAL", seal=customs)
    assert voyage.alerts == voyage.incidents == []

    voyage.hear("E-SEAL", "X_SEAL", seal=customs | {"sealNumber": "CU0000002"}, geoLocation=AT_SEA)
    assert voyage.told("SEAL_NUMBER_MISMATCH") == [("SEAL_NUMBER_MISMATCH", "RAISED")]


def test_a_handover_between_two_devices_is_quiet() -> None:
    voyage = Voyage()
    for hour in range(12):
        for device in ("OLD",) * (hour < 6) + ("NEW",) * (hour > 4):
            place = {"latitude": 48.0 + hour / 4, "longitude": -6.0}
            voyage.hear(device, "X_SEAL", seal=SEALED, geoLocation=place)
        voyage.at_ms += 3_600_000
    voyage.run(4)

    assert voyage.alerts == voyage.incidents == []


def test_two_devices_that_say_the_container_is_at_two_places_disagree_once() -> None:
    voyage = Voyage()
    for _ in range(8):
        voyage.hear("A", geoLocation=AT_SEA)
        voyage.hear("B", geoLocation=PORT)
        voyage.at_ms += 3_600_000

    assert voyage.told("DEVICES_DISAGREE") == [("DEVICES_DISAGREE", "RAISED")]
    assert voyage.incidents == []


def test_sixty_devices_silent_together_are_one_alert_that_is_cleared_when_they_are_heard() -> None:
    """They report every five minutes, until their gateway fails for an hour and a half."""
    voyage = Voyage()
    for pause_s in (*[300] * 8, 5_400, 300):
        for number in range(60):
            voyage.hear(f"D{number:02d}", equipmentReference="CSQU3054383")
        voyage.run(pause_s)

    silence = [("CARETAKER_SILENT", "RAISED"), ("CARETAKER_SILENT", "CLEARED")]
    assert voyage.told("CARETAKER_SILENT", "DEVICE_SILENT") == silence
    (alert, _) = (alert for alert in voyage.alerts if alert["subject"] == {"providerId": "ACME"})
    assert "60 of its 60 devices" in alert["title"]


def test_a_device_that_calls_itself_like_a_container_does_not_swallow_the_containers_incident() -> None:
    voyage = Voyage()
    voyage.hear(BOX, "DRO", publisher="WHOEVER", equipmentReference=None, itemIds=["NONSENSE1"])
    voyage.run(600)

    voyage.hear("E-SEAL", "X_SEAL", seal=SEALED, geoLocation=AT_SEA)
    voyage.hear("E-SEAL", "X_SEAL", seal=OPENED, geoLocation=AT_SEA)
    voyage.run(60)

    links = [incident["links"] for incident in voyage.incidents]
    assert links == [{"itemIds": [{"itemId": "NONSENSE1"}]}, {"equipmentReference": BOX}]
    assert voyage.lanes == ["GREEN", "RED"]
