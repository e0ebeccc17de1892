"""The registry of providers as tools see it: appended to and read from the control log."""

from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from agents import topics
from agents.control_log import ControlTopic
from agents.errors import UsageError
from agents.signing import public_key
from config.settings import Settings
from streams.records.registration import Registration
from streams.records.signature import key_id
from streams.registry import REGISTRATION, Providers
from streams.topics import caretaker_alerts, feedback


def registration(provider_id: str, role: str, keys: Sequence[str], *, status: str = "ACTIVE") -> Registration:
    """What is registered; a key is `FILE[,from=TIME][,until=TIME]`. Raises `UsageError`."""
    told = {"kind": "provider", "providerId": provider_id, "role": role, "status": status}
    try:
        checked: Registration = REGISTRATION.validate_python(told | {"publicKeys": [_key(text) for text in keys]})
    except ValidationError as error:
        raise UsageError.of(error) from error
    if not Providers().register(checked):
        raise UsageError("a key is given twice")
    return checked


def _key(text: str) -> dict[str, str]:
    file, *window = text.split(",")
    public = public_key(Path(file))
    told = dict(part.split("=", 1) for part in window if "=" in part)
    if len(told) < len(window) or told.keys() - {"from", "until"}:
        raise UsageError(f"--key {text} is not of the form FILE[,from=TIME][,until=TIME]")
    return {"keyId": key_id(public), "ed25519": b64encode(public).decode(), **told}


def register(settings: Settings, registered: Registration) -> str:
    """Write a registration; the name of the provider's feedback topic in Kafka, which is made before.

    Workers write feedback there as soon as they know the provider, so it has to exist by then; and so has the topic
    of alerts about its devices. Done again it changes nothing. Raises `UsageError`, `UnreachableError`.
    """
    control, name = ControlTopic.of(settings).require(), registered["providerId"]
    own, _ = topics.create_own(settings, feedback(name, verified=True), caretaker_alerts(name))
    control.append(name, registered)
    return own


def suspend(settings: Settings, provider_id: str) -> None:
    """From now on nothing in this provider's name counts, until it is registered again. Raises `UsageError`."""
    known = registry(settings).get(provider_id)
    if known is None:
        raise UsageError(f"{provider_id} is not registered (see: greenlane provider list)")
    register(settings, {**known.said, "status": "SUSPENDED"})


def registry(settings: Settings) -> Providers:
    """All registrations that are in force. Reads the control log once."""
    providers = Providers()
    for _, told in ControlTopic.of(settings).records("provider"):
        providers.register(told)
    return providers
