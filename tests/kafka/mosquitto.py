"""A real MQTT broker for tests, and a gateway that publishes to it."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from agents.broker import free_port
from agents.processes import end, spawn
from tests.conftest import CI

HOST = "127.0.0.1"


def program() -> str:
    """Where mosquitto is; without it a test skips, or fails on CI."""
    path = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if path is None:
        stop = pytest.fail if CI else pytest.skip
        stop("no mosquitto: apt-get install mosquitto")
    return path


class Mosquitto:
    """A broker at a port of its own, that keeps what it holds across restarts; `more` is added to its configuration."""

    def __init__(self, folder: Path, more: Iterable[str] = ("allow_anonymous true",)) -> None:
        self.port, self._folder, self._process = free_port(), folder, None
        stored = folder / "stored"
        stored.mkdir()
        lines = [
            f"listener {self.port} {HOST}",
            "persistence true",
            f"persistence_location {stored}/",
            "max_queued_messages 0",
            *more,
        ]
        self._program, self._config = program(), folder / "mosquitto.conf"
        self._config.write_text("\n".join([*lines, "user root", ""]), encoding="utf-8")

    def start(self) -> "Mosquitto":
        log = self._folder / "mosquitto.log"
        self._process: Any = spawn([self._program, "-c", str(self._config)], {}, log)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                socket.create_connection((HOST, self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return self
        raise AssertionError(log.read_text(encoding="utf-8"))

    def stop(self) -> None:
        end(self._process, patience_s=10)

    def publish(self, topic: str, payloads: Iterable[bytes]) -> None:
        """As a gateway does: each message handed over for good (quality of service 1)."""
        client = paho.Client(CallbackAPIVersion.VERSION2)
        client.connect(HOST, self.port)
        client.loop_start()
        sent = [client.publish(topic, payload, qos=1) for payload in payloads]
        for message in sent:
            message.wait_for_publish(20)
        client.disconnect()
        client.loop_stop()


@contextmanager
def mosquitto(folder: Path, more: Iterable[str] = ("allow_anonymous true",)) -> Iterator[Mosquitto]:
    broker = Mosquitto(folder, more).start()
    try:
        yield broker
    finally:
        broker.stop()


def password_file(folder: Path, user: str, password: str) -> Path:
    file = folder / "passwords"
    file.touch(mode=0o600)
    subprocess.run(["mosquitto_passwd", "-b", str(file), user, password], check=True, capture_output=True)
    return file
