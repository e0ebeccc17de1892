"""What the commands that read other people's sensor events have in common: options for what these do not tell."""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agents.errors import UsageError

if TYPE_CHECKING:
    from streams.vocabularies.draft import Setting


class DeviceType(StrEnum):
    SMART_CONTAINER = "SMART_CONTAINER"
    E_SEAL = "E_SEAL"
    COLD_CHAIN_LOGGER = "COLD_CHAIN_LOGGER"
    GATEWAY = "GATEWAY"


Publisher = Annotated[str | None, typer.Option(help="The caretaker's id.", metavar="ID")]
Equipment = Annotated[
    str | None, typer.Option(help="The container of events that name none.", metavar="NUMBER", show_default=False)
]
Device = Annotated[str | None, typer.Option(help="The device of events that name none.", metavar="ID")]
Kind = Annotated[DeviceType, typer.Option("--device-type", help="What kind of device it is.")]
Received = Annotated[
    str | None, typer.Option(help="When a pack arrived (RFC 3339): what times without a date count from.")
]


def setting_of(
    publisher: str | None, equipment: str | None, kind: DeviceType, received: str | None = None, **more: Any
) -> "Setting":
    """The setting that options describe. Raises `UsageError`."""
    from streams.vocabularies.draft import Setting
    from streams.vocabularies.identifiers import container_in

    if equipment is not None and container_in(equipment) != equipment:
        raise UsageError(f"--equipment {equipment} is no container number of ISO 6346")
    return Setting(_ms(received), equipment=equipment, publisher=publisher, device_type=kind.value, **more)


def _ms(received: str | None) -> int | None:
    if received is None:
        return None
    try:
        time = datetime.fromisoformat(received)
    except ValueError:
        time = datetime.min  # noqa: DTZ901 - as good as none: it has no zone
    if time.tzinfo is None:
        raise UsageError(f"--received {received} is no time with an offset from UTC, such as 2026-08-20T08:14:31Z")
    return round(time.timestamp() * 1000)
