"""The bridge between a real MQTT broker and a real Kafka broker: all arrives, whatever ends in between."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import trustme
from confluent_kafka import Message

from streams.intake.decode import decode_sensor_event
from tests.kafka.mosquitto import HOST, Mosquitto, mosquitto, password_file
from tests.kafka.prometheus import eventually
from tests.outside.processes import GREENLANE, run

pytestmark = pytest.mark.kafka
TOPIC = "fleet/MSKU9070323/senml"
Read = Callable[..., list[Message]]


def pack(number: int) -> bytes:
    record = {"bn": "urn:dev:mac:0024befffe804ff1/", "bt": 1.787e9 + number, "n": "supply", "u": "Cel", "v": 4.5}
    return orjson.dumps([record])


def taken(read_committed: Read) -> list[dict[str, Any]]:
    """The valid events in sensors.v1."""
    judged = [decode_sensor_event(message.value()) for message in read_committed("sensors.v1")]
    return [found.record for found in judged if found.record]


class Bridge:
    """`greenlane bridge mqtt` as a process."""

    def __init__(self, env: dict[str, str], port: int, log: Path, *more: str) -> None:
        where = ("--host", HOST, "--port", str(port), "--topic", "fleet/#", "--report-every", "0.5")
        self._command = [GREENLANE, "bridge", "mqtt", *where, *(more or ("--vocabulary", "senml"))]
        self._env, self._log = env, log
        self.process: Any = None

    def start(self) -> "Bridge":
        self._log.touch()
        before = len(self.lines("ready"))
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self._command, env={**os.environ, **self._env}, stderr=log, stdout=log)
        assert eventually(lambda: self.process.poll() is not None or len(self.lines("ready")) > before, 60)
        assert self.process.poll() is None, self._log.read_text(encoding="utf-8")
        return self

    def lines(self, event: str) -> list[dict[str, Any]]:
        lines = map(orjson.loads, self._log.read_bytes().splitlines())
        return [line for line in lines if line["event"] == event]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return int(self.process.wait(20))


@pytest.fixture
def broker_of_gateways(tmp_path: Path) -> Iterator[Mosquitto]:
    with mosquitto(tmp_path) as broker:
        yield broker


@pytest.fixture
def bridge(environment: dict[str, str], broker_of_gateways: Mosquitto, tmp_path: Path) -> Iterator[Bridge]:
    made = Bridge(environment, broker_of_gateways.port, tmp_path / "bridge.log")
    yield made
    if made.process and made.process.poll() is None:
        made.process.kill()
        made.process.wait()


def test_what_gateways_publish_arrives_as_sensor_events_and_the_rest_as_it_came(
    broker_of_gateways: Mosquitto, bridge: Bridge, read_committed: Read
) -> None:
    bridge.start()
    partly = orjson.dumps([{"n": "a", "t": 1.787e9, "u": "Cel", "v": 1}, {"n": "a", "t": 1.787e9, "u": "mi", "v": 1}])
    broker_of_gateways.publish(TOPIC, [pack(1), b"no json", partly, b"x" * 1_100_000])

    assert eventually(lambda: [line for line in bridge.lines("bridged") if line["acknowledged"] == 4])
    assert bridge.stop() == 0
    [end] = bridge.lines("stopped")
    assert (end["received"], end["events"], end["as_they_came"], end["in_kafka"], end["pending"]) == (4, 2, 3, 5, 0)
    assert end["reconnections"] == 0
    assert end["rejects"] == {"JSON_INVALID": 1, "CODE_NOT_IN_LIST": 1}
    values = [message.value() for message in read_committed("sensors.v1")]
    assert {b"no json", partly, b"x" * 1_048_577} <= set(values)
    assert {event["equipmentReference"] for event in taken(read_committed)} == {"MSKU9070323"}


def test_nothing_is_missing_after_the_bridge_was_killed_and_what_came_twice_has_one_id(
    broker_of_gateways: Mosquitto, bridge: Bridge, read_committed: Read
) -> None:
    bridge.start()
    publishing = threading.Thread(target=broker_of_gateways.publish, args=(TOPIC, map(pack, range(1500))))
    publishing.start()
    for least in (50, 500):
        assert eventually(lambda: len(taken(read_committed)) >= least)  # noqa: B023 - called at once
        bridge.process.kill()
        bridge.process.wait()
        bridge.start()
    publishing.join()

    assert eventually(lambda: len({event["eventTime"] for event in taken(read_committed)}) == 1500, 60)
    assert len({event["eventID"] for event in taken(read_committed)}) == 1500
    assert bridge.stop() == 0


def test_the_bridge_finds_its_way_back_when_the_mqtt_broker_was_away(
    broker_of_gateways: Mosquitto, bridge: Bridge, read_committed: Read
) -> None:
    bridge.start()
    broker_of_gateways.stop()
    assert eventually(lambda: bridge.lines("disconnected"))
    broker_of_gateways.start()
    broker_of_gateways.publish(TOPIC, [pack(1)])

    assert eventually(lambda: taken(read_committed))
    assert bridge.stop() == 0
    assert bridge.lines("stopped")[0]["reconnections"] == 1


def test_over_tls_with_a_password_from_a_file_and_not_with_a_wrong_one(
    environment: dict[str, str], tmp_path: Path
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    authority.issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    users = password_file(tmp_path, "greenlane", "a good one")
    (tmp_path / "right").write_text("a good one\n", encoding="utf-8")
    (tmp_path / "wrong").write_text("a bad one\n", encoding="utf-8")
    doors = [
        f"certfile {tmp_path / 'server.pem'}",
        f"keyfile {tmp_path / 'server.pem'}",
        f"password_file {users}",
        "allow_anonymous false",
    ]
    with mosquitto(tmp_path, doors) as broker:
        where = ("--host", HOST, "--port", str(broker.port), "--topic", "fleet/#", "--vocabulary", "senml")
        who = ("--tls", "--ca", str(tmp_path / "ca.pem"), "--username", "greenlane", "--password-file")
        wrong = run(environment, "bridge", "mqtt", *where, *who, str(tmp_path / "wrong"))
        distrusted = run(environment, "bridge", "mqtt", *where, "--tls")
        let_in = Bridge(
            environment, broker.port, tmp_path / "log", "--vocabulary", "senml", *who, str(tmp_path / "right")
        )
        assert let_in.start().stop() == 0

    assert (wrong.returncode, distrusted.returncode) == (69, 69)
    assert b"refuses: Not authorized" in wrong.stderr
    assert b"a bad one" not in wrong.stderr
    assert b"no encrypted connection" in distrusted.stderr


def test_without_an_mqtt_broker_it_says_so_in_one_line(environment: dict[str, str]) -> None:
    done = run(environment, "bridge", "mqtt", "--port", "1", "--topic", "fleet/#", "--vocabulary", "epcis")

    assert done.returncode == 69
    assert done.stderr == b"greenlane: no MQTT broker answers at 127.0.0.1:1\n"
