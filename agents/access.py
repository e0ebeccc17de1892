"""Where the brokers are and how to get in: the options of every kind of Kafka client, made in one place.

Secrets are read from their files whenever a client is made, and only that client keeps them: nothing here can show
one, and a client made later has the newest.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.errors import UsageError
from config.settings import Kafka, Settings


@dataclass(frozen=True, slots=True)
class Access:
    """The brokers, `host:port[,host:port]`, and how to get in; without `kafka`: unencrypted, as anybody.

    >>> Access("127.0.0.1:9092").librdkafka
    {'bootstrap.servers': '127.0.0.1:9092'}
    """

    broker: str
    kafka: Kafka | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Access":
        return cls(settings.broker, None if settings.kafka.security_protocol == "PLAINTEXT" else settings.kafka)

    @property
    def addresses(self) -> list[str]:
        return self.broker.split(",")

    @property
    def protocol(self) -> str:
        """PLAINTEXT, SSL or SASL_SSL."""
        return self.kafka.security_protocol if self.kafka else "PLAINTEXT"

    @property
    def encrypted(self) -> bool:
        return self.kafka is not None

    @property
    def user(self) -> str:
        """Who we claim to be."""
        return (self.kafka and self.kafka.sasl_username) or "us"

    @property
    def librdkafka(self) -> dict[str, Any]:
        """Options of confluent-kafka's producers, consumers and admin clients. Raises `UsageError`."""
        options = {"bootstrap.servers": self.broker}
        if kafka := self.kafka:
            files = {
                "ssl.ca.location": kafka.ssl_ca_file,
                "ssl.certificate.location": kafka.ssl_certificate_file,
                "ssl.key.location": kafka.ssl_key_file,
            }
            options |= {"security.protocol": self.protocol} | {name: str(file) for name, file in files.items() if file}
        return options | self._sasl("sasl.mechanism", "sasl.username", "sasl.password")

    @property
    def python(self) -> dict[str, Any]:
        """Options of kafka-python's and aiokafka's clients, which go by the same names. Raises `UsageError`."""
        encrypted = {"security_protocol": self.protocol, "ssl_context": context(self.kafka)} if self.kafka else {}
        names = "sasl_mechanism", "sasl_plain_username", "sasl_plain_password"
        return {"bootstrap_servers": self.addresses, **encrypted, **self._sasl(*names)}

    @property
    def faust(self) -> dict[str, Any]:
        """Options of a Faust app. Raises `UsageError`."""
        from faust import SASLCredentials, SSLCredentials

        broker = {"broker": [f"kafka://{address}" for address in self.addresses]}
        if self.kafka is None:
            return broker
        if sasl := self._sasl("mechanism", "username", "password"):
            return broker | {"broker_credentials": SASLCredentials(**sasl, ssl_context=context(self.kafka))}
        return broker | {"broker_credentials": SSLCredentials(context(self.kafka))}

    def _sasl(self, mechanism: str, username: str, password: str) -> dict[str, str]:
        """Who we are and how we prove it, under these names; nothing where certificates or nobody ask."""
        kafka = self.kafka
        if kafka is None or kafka.sasl_username is None or kafka.sasl_password_file is None:
            return {}
        secret = read_password(kafka.sasl_password_file)
        return {mechanism: kafka.sasl_mechanism, username: kafka.sasl_username, password: secret}


def read_password(file: Path, name: str = "kafka.sasl_password_file") -> str:
    """The only line of the file that setting `name` names. Raises `UsageError`, and never quotes what it read."""
    try:
        line = file.read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise UsageError(f"cannot read {name} {file}: {error.strerror}") from error
    except UnicodeDecodeError:
        raise UsageError(f"{name} {file} is not UTF-8 text") from None  # it would quote the secret
    if not line or "\n" in line:
        raise UsageError(f"{name} {file} must hold one line, the password")
    return line


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Whom we trust (the system's authorities unless told) and who we are; `names` of the three, for messages."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    names: tuple[str, str, str] = ("kafka.ssl_ca_file", "kafka.ssl_certificate_file", "kafka.ssl_key_file")

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 or later; brokers prove who they are, and so do we with a certificate. Raises `UsageError`."""
        of_ca, of_certificate, of_key = self.names
        try:
            made = ssl.create_default_context(cafile=self.ca)
        except OSError as error:  # which an SSLError is too
            raise UsageError(f"cannot use {of_ca} {self.ca}: {reason(error)}") from error
        if self.certificate:
            try:
                made.load_cert_chain(self.certificate, self.key, password=self._no_passphrase)
            except OSError as error:
                files = f"{self.certificate} with {of_key} {self.key}"
                raise UsageError(f"cannot use {of_certificate} {files}: {reason(error)}") from error
        return made

    def _no_passphrase(self) -> bytes:
        """Without this OpenSSL would ask on the terminal, and a service would wait for ever."""
        raise UsageError(f"{self.names[2]} is encrypted; give the key without passphrase, readable by its owner only")


def context(kafka: Kafka) -> ssl.SSLContext:
    """The TLS of a Kafka client. Raises `UsageError`."""
    return TlsFiles(kafka.ssl_ca_file, kafka.ssl_certificate_file, kafka.ssl_key_file).context()


def reason(error: OSError) -> str:
    """What is wrong with a file, in OpenSSL's or the system's words.

    >>> reason(FileNotFoundError(2, "No such file or directory"))
    'No such file or directory'
    """
    if isinstance(error, ssl.SSLError):
        return (error.reason or "not in PEM format").replace("_", " ").lower()
    return error.strerror or type(error).__name__
