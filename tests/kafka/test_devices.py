"""Registered devices on a real broker: nobody reports for another's, and each caretaker hears of its own alone."""

from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest

from agents.signing import new_key
from config.settings import Settings
from tests import commands
from tests.outside.kafka import await_value
from tests.outside.processes import Worker
from tests.outside.records import a_sensor_event, as_bytes

pytestmark = pytest.mark.kafka
MINE, THEIRS = "urn:epc:id:giai:4000001.1", "urn:epc:id:giai:4000001.2"


def test_a_caretaker_hears_of_its_own_devices_and_of_nothing_else(
    topics: Callable[..., list[str]],
    settings: Settings,
    variables: dict[str, str],
    read_committed: Callable[..., list[Any]],
    tmp_path: Path,
) -> None:
    """BLUEFLEET's seal is opened, and so is SEALNET's; an unnamed publisher reports for BLUEFLEET's device."""
    topics(partitions=1)
    greenlane = partial(commands.run, env=variables)

    def publish(device: str, publisher: str | None, number: int, *sign: str) -> None:
        opened = {"sealNumber": "CN7741920", "status": "OPENED", "conditionCode": "4"}
        about = {"deviceID": device, "sequence": number, "eventID": f"{device}/{publisher}/{number}", "seal": opened}
        told = {"eventTypeCode": "DETC", "iotEventCode": "X_SEAL", "sensorReport": [], "publisher": publisher}
        event = {name: value for name, value in (a_sensor_event(device, number) | about | told).items() if value}
        greenlane("publish", "sensors", "-", *sign, input=as_bytes(event))

    def alerts(publisher: str) -> list[dict[str, Any]]:
        said = greenlane("read", "caretaker-alerts", "--publisher", publisher, "--json")
        return [orjson.loads(line) for line in said.splitlines()]

    for publisher, device in (("BLUEFLEET", MINE), ("SEALNET", THEIRS)):
        new_key(tmp_path / publisher)
        greenlane("provider", "register", publisher, "--role", "GATEWAY", "--key", f"{tmp_path / publisher}.pub")
        greenlane("device", "register", device, "--publisher", publisher, "--type", "E_SEAL")
    worker, seconds = Worker(variables, tmp_path / "log").start().await_ready(), count()
    try:  # what was registered is in force from the next tick on
        control = f"{settings.namespace}.control"
        await_value(settings.broker, control, lambda said: said["kind"] == "tick" and next(seconds) > 1, 60)
        publish(THEIRS, "SEALNET", 1, "--sign-key", str(tmp_path / "SEALNET"))
        publish(MINE, "BLUEFLEET", 1, "--sign-key", str(tmp_path / "BLUEFLEET"))
        publish(MINE, "BLUEFLEET", 2)
        publish(MINE, None, 3)
        await_value(
            settings.broker,
            f"{settings.namespace}.caretaker-alerts.v1.BLUEFLEET",
            lambda said: said["reasons"][0]["code"] == "DEVICE_NOT_OF_PUBLISHER",
            60,
        )
    finally:
        worker.stop()

    mine, theirs = alerts("BLUEFLEET"), alerts("SEALNET")
    assert [alert["reasons"][0]["code"] for alert in mine] == ["SEAL_OPENED_IN_TRANSIT", "DEVICE_NOT_OF_PUBLISHER"]
    assert [alert["reasons"][0]["code"] for alert in theirs] == ["SEAL_OPENED_IN_TRANSIT"]
    assert {alert["subject"]["deviceID"] for alert in mine} == {MINE}
    assert {alert["subject"]["deviceID"] for alert in theirs} == {THEIRS}
    assert {"alertId", "lane"} & mine[0].keys() == {"alertId"}
    (forged,) = read_committed("rejected.v1")
    assert dict(forged.headers())["dlq_code"] == b"PROVIDER_UNVERIFIED"
