"""`greenlane bridge`: gateways that speak MQTT, live into `sensors.v1`."""

import signal
import threading
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from agents.cli.gateway import Device, DeviceType, Equipment, Kind, Publisher, setting_of
from agents.cli.surface import settings
from agents.errors import UsageError

app = typer.Typer(
    help="""Live from the gateways of others.

    Example: greenlane bridge mqtt --host broker.example --tls --topic 'fleet/+/senml' --vocabulary senml
    """,
    no_args_is_help=True,
)
TLS_OPTIONS = ("--ca", "--certificate", "--key")


class Words(StrEnum):
    epcis = "epcis"
    dcsa = "dcsa"
    senml = "senml"
    greenlane = "greenlane"


@app.callback()
def group() -> None:
    """A group, as other protocols may follow."""


@app.command()
def mqtt(  # noqa: PLR0913, PLR0917 - each is an option
    topic: Annotated[list[str], typer.Option(help="Topic filter, + and # as in MQTT; may be given several times.")],
    vocabulary: Annotated[Words, typer.Option(help="What payloads are; greenlane: SensorEvents, sent on as they are.")],
    host: Annotated[str, typer.Option(help="The MQTT broker (version 5).")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option(min=1, max=65_535, help="1883, with TLS 8883, unless told.")] = None,
    client_id: Annotated[str | None, typer.Option(help="Our session at the broker, greenlane-<namespace>.")] = None,
    username: Annotated[str | None, typer.Option()] = None,
    password_file: Annotated[Path | None, typer.Option(metavar="FILE", help="Holds the password, one line.")] = None,
    tls: Annotated[bool, typer.Option("--tls", help="Encrypt, and make sure who the broker is.")] = False,
    ca: Annotated[Path | None, typer.Option(metavar="FILE", help="Whom to trust; else the system's.")] = None,
    certificate: Annotated[Path | None, typer.Option(metavar="FILE", help="Who we are (PEM).")] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="The certificate's key.")] = None,
    publisher: Publisher = None,
    equipment: Equipment = None,
    device: Device = None,
    kind: Kind = DeviceType.GATEWAY,
    sign_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A registered provider's private key: sign every record.")
    ] = None,
    report_every: Annotated[float, typer.Option(min=0.1, help="Seconds between figures on stderr.")] = 60.0,
) -> None:
    """Send what arrives on MQTT topics to sensors.v1, each message at least once, until SIGTERM.

    Payloads that cannot be mapped are sent on as they came: the engine refuses them by code into rejected.v1.

    Example: greenlane bridge mqtt --host broker.example --tls --topic 'fleet/+/senml' --vocabulary senml
    """
    from agents.access import Access, TlsFiles
    from agents.bridge.flow import Bridge, Payloads, kafka, log
    from agents.bridge.mqtt import Broker, Subscription
    from agents.publishing import unsigned
    from agents.signing import signer
    from agents.topics import full_name
    from streams.topics import SENSORS
    from streams.vocabularies.translate import VOCABULARIES

    chosen = settings()
    if (certificate is None) != (key is None) or (not tls and any((ca, certificate, key))):
        raise UsageError("--ca, --certificate and --key are for --tls; the last two go together")
    files = TlsFiles(ca, certificate, key, TLS_OPTIONS) if tls else None
    session = client_id or f"greenlane-{chosen.namespace}"
    broker = Broker(host, port or (8883 if tls else 1883), session, username, password_file, files)
    mapper = VOCABULARIES[vocabulary]() if vocabulary in VOCABULARIES else None
    payloads = Payloads(mapper, setting_of(publisher, equipment, kind, device=device), chosen.intake.max_message_bytes)
    sign = signer(sign_key, SENSORS, chosen.namespace) if sign_key else unsigned
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    subscription = Subscription(broker, topic)
    bridge = Bridge(subscription, payloads, kafka(Access.of(chosen), full_name(chosen.namespace, SENSORS), sign))
    try:
        subscription.open()
        log.info("ready", topics=topic, vocabulary=vocabulary.value)
        bridge.run(stopped.is_set, report_every)
    finally:
        subscription.close()
    log.info("stopped", **bridge.figures())
