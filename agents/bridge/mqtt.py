"""One end of the bridge: what arrives on MQTT topics, held by its broker until we acknowledge it.

Quality of service 1 and a session that outlives the connection: what is not acknowledged comes again, after a lost
connection and after a restart of ours. paho does the talking in a thread of its own.
"""

import contextlib
import queue
import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import paho.mqtt.client as paho
import structlog
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from agents.access import TlsFiles, read_password
from agents.errors import RefusedError, UnreachableError, UsageError

KEEP_ALIVE_S = 30
PATIENCE_S = 10.0
SESSION_S = 7 * 86_400  # how long a broker keeps what we have not seen
IN_FLIGHT = 1_000  # messages that a broker may send before we acknowledge the first
MOST_UNASKED = 10_000  # of quality of service 0: nobody waits for us with these
LOOPBACK = ("127.0.0.1", "::1", "localhost")

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Broker:
    """An MQTT broker and how to get in. The password stands in a file, and is sent encrypted or to this machine."""

    host: str
    port: int
    client_id: str
    username: str | None = None
    password_file: Path | None = None
    tls: TlsFiles | None = None

    def __post_init__(self) -> None:
        if (self.username is None) != (self.password_file is None):
            raise UsageError("--username and --password-file go together")
        if self.password_file and self.tls is None and self.host not in LOOPBACK:
            raise UsageError("a password is sent encrypted only: add --tls")

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    def client(self) -> paho.Client:
        """A client with all it needs to connect. Raises `UsageError`."""
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=self.client_id, protocol=paho.MQTTv5, manual_ack=True
        )
        client.reconnect_delay_set(min_delay=1, max_delay=30)
        if self.tls:
            client.tls_set_context(self.tls.context())
        if self.username and self.password_file:
            client.username_pw_set(self.username, read_password(self.password_file, "--password-file"))
        return client


class Message(NamedTuple):
    """What arrived, when (milliseconds since 1970), and on which connection: only there it can be acknowledged."""

    topic: str
    payload: bytes
    received_ms: int
    connection: int
    number: int
    qos: int
    again: bool


class Subscription:
    """The messages of `topics` at `broker`, from now on and since we last acknowledged one.

    `connected` counts how often we were let in; `lost` what was dropped of quality of service 0.
    """

    def __init__(self, broker: Broker, topics: Sequence[str]) -> None:
        self._broker, self._topics = broker, topics
        self._arrived: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._answered = threading.Event()
        self._refusal = ""
        self._client = broker.client()
        self._client.on_connect, self._client.on_disconnect = self._on_connect, self._on_disconnect
        self._client.on_subscribe, self._client.on_message = self._on_subscribe, self._on_message
        self.connection = 0
        self.connected = 0
        self.lost = 0

    def open(self) -> None:
        """Connect and subscribe. Raises `UnreachableError`, or `RefusedError` when we are not let in."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval, properties.ReceiveMaximum = SESSION_S, IN_FLIGHT
        where = self._broker.address
        try:
            self._client.connect(
                self._broker.host, self._broker.port, KEEP_ALIVE_S, clean_start=False, properties=properties
            )
        except ssl.SSLError as error:
            raise RefusedError(f"no encrypted connection with {where}: {error.reason or error}") from error
        except OSError as error:
            raise UnreachableError(f"no MQTT broker answers at {where}") from error
        self._client.loop_start()
        if not self._answered.wait(PATIENCE_S):
            raise UnreachableError(f"what listens at {where} does not answer as an MQTT broker")
        if self._refusal:
            raise RefusedError(f"the MQTT broker at {where} refuses: {self._refusal}")

    def next(self) -> Message | None:
        """What arrived next and can still be acknowledged, if anything."""
        with contextlib.suppress(queue.Empty):
            while message := self._arrived.get_nowait():
                if message.connection == self.connection or message.qos == 0:
                    return message
        return None

    def acknowledge(self, message: Message) -> None:
        """Tell the broker to forget a message; one of an earlier connection comes again, to be told of then."""
        if message.qos and message.connection == self.connection:
            self._client.ack(message.number, message.qos)

    def close(self) -> None:
        """Leave; the session stays, and what was not acknowledged with it."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._refuse(str(reason))
            return
        self.connected += 1
        log.info("connected", broker=self._broker.address)
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
        client.subscribe([(topic, options) for topic in self._topics])

    def _on_subscribe(self, _client: paho.Client, _data: Any, _mid: int, reasons: list[Any], _properties: Any) -> None:
        refused = [str(reason) for reason in reasons if reason.is_failure]
        if refused:
            self._refuse(refused[0])
        self._answered.set()

    def _on_disconnect(self, _client: paho.Client, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        """What is unacknowledged comes again under numbers of the next connection."""
        self.connection += 1
        if reason.is_failure:
            log.warning("disconnected", broker=self._broker.address, reason=str(reason))

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        if message.qos == 0 and self._arrived.qsize() >= MOST_UNASKED:
            self.lost += 1
            return
        now_ms = time.time_ns() // 1_000_000
        here = (self.connection, message.mid, message.qos, message.dup)
        self._arrived.put(Message(message.topic, bytes(message.payload), now_ms, *here))

    def _refuse(self, why: str) -> None:
        self._refusal = why
        log.warning("refused", broker=self._broker.address, reason=why)
        self._answered.set()
