"""What caretakers are told: about their own devices and what is shared with them, and nothing of any parcel."""

from typing import Any

import orjson
import pytest

from streams.log import Output
from streams.records.schema import RECORDS, check
from streams.registry import Providers
from streams.sensors.registry import Devices
from streams.sensors.sharing import to_caretakers
from streams.state.members import Place
from streams.topics import ALERTS, caretaker_alerts
from tests.signers import Signer, registration

SHARE = {"with": ["PORT"], "for": "handling of damage", "until": "2026-08-21T12:00:00Z"}
OPENED = {"code": "SEAL_OPENED_IN_TRANSIT", "source": "SENSOR", "text": "Seal CN77 was opened.", "value": "OPENED"}
ALERT: dict[str, Any] = {
    "schemaVersion": "1.0",
    "alertId": "al-1",
    "raisedAt": "2026-08-21T11:00:01Z",
    "kind": "SENSOR",
    "severity": "CRITICAL",
    "state": "RAISED",
    "subject": {"deviceID": "D1", "equipmentReference": "MSKU4421908", "itemIds": ["ITEM-7"], "providerId": "ACME"},
    "title": "Container MSKU4421908: Seal CN77 was opened.",
    "reasons": [OPENED],
    "eventTime": "2026-08-21T11:00:00Z",
    "source": {"topic": "customs.sensors.v1", "partition": 0, "offset": 7, "index": 0},
}
ABOUT_PARCELS = {
    "decisionId": "dec-1",
    "lane": "RED",
    "riskScore": 0.9,
    "subject": ALERT["subject"] | {"itemId": "ITEM-7", "deliveryPoint": "p-1", "sellerId": "S-1"},
    "reasons": [
        OPENED | {"contribution": 2.0},
        {"code": "MODEL_SCORE", "source": "MODEL", "text": "The parcel ITEM-7 looks like others that were found."},
        {"code": "MULE_ADDRESS", "source": "PATTERN", "text": "Many names at p-1."},
    ],
}


def devices(**more: Any) -> Devices:
    found = Devices()
    assert found.fold({"kind": "device", "deviceID": "D1", "publisher": "ACME", "registered": True} | more, AT_NOUGHT)
    return found


AT_NOUGHT = Place(0, 0, 0)


def providers(*ids: str, status: str = "ACTIVE") -> Providers:
    found = Providers()
    for provider_id in ids:
        assert found.register(registration(Signer().as_registered(), provider_id=provider_id, status=status))
    return found


BOTH = providers("ACME", "PORT")


def told(alert: dict[str, Any], known: Devices, registered: Providers = BOTH, now_ms: float = 1) -> list[Output]:
    return list(to_caretakers(alert, known, registered, now_ms))


def topics(*args: Any, **more: Any) -> list[str]:
    return [output.topic for output in told(*args, **more)]


def test_a_caretaker_is_told_of_its_own_device() -> None:
    (output,) = told(ALERT, devices())

    assert output.topic == caretaker_alerts("ACME")
    said = orjson.loads(output.value or b"")
    assert said == ALERT | {"subject": {name: ALERT["subject"][name] for name in ALERT["subject"].keys() - {"itemIds"}}}
    check(RECORDS[ALERTS], said)


def test_not_a_word_about_parcels_reaches_a_caretaker() -> None:
    (output,) = told(ALERT | ABOUT_PARCELS, devices())

    said = orjson.loads(output.value or b"")
    assert said["subject"] == {"deviceID": "D1", "equipmentReference": "MSKU4421908", "providerId": "ACME"}
    assert said["reasons"] == [OPENED]
    assert not {"decisionId", "lane", "riskScore"} & said.keys()
    for word in (b"ITEM-7", b"p-1", b"S-1", b"dec-1", b"RED", b"0.9", b"contribution"):
        assert word not in (output.value or b"")


@pytest.mark.parametrize("kind", ["PARCEL", "PATTERN", "SYSTEM"])
def test_alerts_of_other_kinds_are_nobodys(kind: str) -> None:
    assert told(ALERT | {"kind": kind}, devices()) == []


def test_an_alert_for_other_reasons_than_the_devices_is_nobodys() -> None:
    assert told(ALERT | {"reasons": ABOUT_PARCELS["reasons"][1:]}, devices()) == []


def test_no_caretaker_learns_how_far_it_is_believed_or_what_anothers_device_said() -> None:
    doubt = {"code": "DEVICE_TRUST_LOW", "source": "SENSOR", "text": "The device is believed half.", "value": 0.4}
    (output,) = told(ALERT | {"reasons": [OPENED, doubt]}, devices())

    assert orjson.loads(output.value or b"")["reasons"] == [OPENED]
    for code in ("CARETAKER_DISTRUSTED", "DEVICES_DISAGREE"):
        assert told(ALERT | {"reasons": [doubt | {"code": code}]}, devices()) == []


def test_a_device_that_is_not_registered_has_no_readers() -> None:
    assert told(ALERT, Devices()) == []
    assert told(ALERT, devices(registered=True), now_ms=0) == [], "not yet"


@pytest.mark.parametrize("registered", [providers("PORT"), providers("ACME", status="SUSPENDED")])
def test_who_cannot_prove_to_be_the_caretaker_is_told_nothing(registered: Providers) -> None:
    assert told(ALERT, devices(), registered) == []


def test_what_happened_within_the_scope_is_shared_and_what_happened_later_is_not() -> None:
    shared = devices(share=SHARE)

    assert topics(ALERT, shared) == [caretaker_alerts("ACME"), caretaker_alerts("PORT")]
    assert topics(ALERT | {"eventTime": "2026-08-21T12:00:00Z"}, shared) == [caretaker_alerts("ACME")]
    assert topics(ALERT, shared, providers("ACME")) == [caretaker_alerts("ACME")], "PORT is not registered"


def test_all_who_are_told_read_of_the_same_alert_in_events_of_their_own() -> None:
    mine, theirs = told(ALERT, devices(share=SHARE))

    assert mine.value == theirs.value
    assert dict(mine.headers)["ce_id"] != dict(theirs.headers)["ce_id"]


def test_of_an_impostor_the_keeper_hears_without_the_name_it_gave() -> None:
    (output,) = told(ALERT | {"subject": {"deviceID": "D1", "providerId": "IMPOSTOR"}}, devices())

    assert orjson.loads(output.value or b"")["subject"] == {"deviceID": "D1", "providerId": "ACME"}


def test_an_alert_about_all_devices_of_a_caretaker_goes_to_it_alone() -> None:
    silent = ALERT | {"subject": {"providerId": "ACME"}}

    assert topics(silent, devices(share=SHARE)) == [caretaker_alerts("ACME")]
    assert topics(silent, Devices()) == [], "nobody registered a device of it, so there may be no topic"
