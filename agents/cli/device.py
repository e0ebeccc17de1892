"""`greenlane device`: whose each device is, what it guards, and who may see its alerts."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agents.cli.jsonl import AsJson, say
from agents.cli.surface import settings
from agents.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streams.records.device import DeviceRecord
    from streams.sensors.registry import Registered

app = typer.Typer(
    help="""Registered devices: nobody else reports for them, and their alerts go to who keeps them.

    Example: greenlane device show
    """,
    no_args_is_help=True,
)
Id = Annotated[str, typer.Argument(metavar="ID", help="The device, as in deviceID.")]
Figure = Annotated[float | None, typer.Option(help="Of the cargo; see docs/devices.md.")]


@app.command()
def register(  # noqa: PLR0913, PLR0917 - one option per thing that can be said of a device
    device_id: Annotated[str, typer.Argument(metavar="[ID]", help="The device, as in deviceID.")] = "",
    publisher: Annotated[str, typer.Option(metavar="ID", help="Who keeps it: a registered provider.")] = "",
    kind: Annotated[str, typer.Option("--type", metavar="TYPE", help="As in deviceType.")] = "",
    place: Annotated[list[str], typer.Option(metavar="LOCODE", help="Where it may be and be opened.")] = [],  # noqa: B006 - typer's way to say: none
    door_at: Annotated[list[str], typer.Option(metavar="LOCODE", help="Where its door may be opened too.")] = [],  # noqa: B006
    commodity: Annotated[str, typer.Option(help="What the cargo is.")] = "",
    lowest_cel: Figure = None,
    highest_cel: Figure = None,
    excursion_s: Figure = None,
    defrost_s: Figure = None,
    expected_s: Annotated[float | None, typer.Option(help="It reports at least every so many seconds.")] = None,
    from_file: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="Register all devices of a file, .csv or JSON Lines.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Register a device, or register it anew: what is not said again is gone, its sharing too.

    A file is taken as a whole or, if one line is wrong, not at all.

    Example: greenlane device register urn:epc:id:giai:4000001.111 --publisher BLUEFLEET --place NLRTM --expected-s 600
    """
    from agents import devices

    numbers = {
        "lowest_cel": lowest_cel,
        "highest_cel": highest_cel,
        "excursion_s": excursion_s,
        "defrost_s": defrost_s,
        "expected_s": expected_s,
    }
    told = {
        "deviceID": device_id,
        "publisher": publisher,
        "deviceType": kind,
        "permittedPlaces": " ".join(place),
        "mayOpenAt": " ".join(door_at),
        "commodity": commodity,
        **{name: str(number) for name, number in numbers.items() if number is not None},
    }
    if bool(from_file) == any(told.values()):
        raise UsageError("give either a device with its --publisher, or --from FILE")
    records = devices.read(from_file) if from_file else [devices.registration(devices.from_columns(told))]
    _write(records, f"registered {device_id or f'{len(records)} devices'}", as_json=as_json)


@app.command()
def share(  # noqa: PLR0913, PLR0917 - whom, what for, until when
    device_id: Id,
    with_: Annotated[
        list[str], typer.Option("--with", metavar="ID", help="A registered provider that is to see the alerts.")
    ] = [],  # noqa: B006
    purpose: Annotated[str, typer.Option("--for", metavar="PURPOSE", help="What for: no personal data.")] = "",
    until: Annotated[str, typer.Option(metavar="TIME", help="For events before this time, in RFC 3339.")] = "",
    end: Annotated[bool, typer.Option("--end", help="Share with nobody any more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say who besides the publisher gets the alerts about a device, for what and until when. The newest word counts.

    Example: greenlane device share D1 --with PORTCO --for "handling of damage" --until 2026-12-31T00:00:00Z
    """
    from agents import devices

    if end == bool(with_ or purpose or until):
        raise UsageError("give either --with, --for and --until, or --end")
    told: dict[str, Any] = {**devices.known(settings(), device_id).said}
    told.pop("share", None)
    if not end:
        told["share"] = {"with": with_, "for": purpose, "until": until}
    done = f"the alerts about {device_id} are " + ("shared no more" if end else f"shared with {', '.join(with_)}")
    _write([devices.registration(told)], done, as_json=as_json)


@app.command()
def withdraw(device_id: Id, as_json: AsJson = False) -> None:
    """Let a device be nobody's again: anybody may report for it, and nobody gets its alerts but customs.

    Example: greenlane device withdraw urn:epc:id:giai:4000001.111
    """
    from agents import devices

    now = devices.known(settings(), device_id)
    said = {"deviceID": device_id, "publisher": now.publisher, "registered": False}
    _write([devices.registration(said)], f"withdrew {device_id}", as_json=as_json)


@app.command()
def show(
    device_id: Annotated[str, typer.Argument(metavar="[ID]", help="One device; all of them without.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show the registered devices.

    Example: greenlane device show --json
    """
    from agents import devices

    chosen = settings()
    found = [devices.known(chosen, device_id)] if device_id else list(devices.registry(chosen))
    if as_json:
        for device in found:
            say(**device.said)
    else:
        _draw(found)


def _write(records: "Sequence[DeviceRecord]", done: str, *, as_json: bool) -> None:
    from agents import devices

    topics = devices.write(settings(), records)
    if as_json:
        for record in records:
            say(**record)
    else:
        typer.echo("\n".join([done, *(f"alerts go to {topic}" for topic in topics)]))


def _draw(found: "Sequence[Registered]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("device", "publisher", "type", "places", "cargo", "shared with", "until", box=None, pad_edge=False)
    for said in (device.said for device in found):
        cargo, shared = said.get("cargo"), said.get("share")
        range_ = f"{cargo['lowest_cel']:g} to {cargo['highest_cel']:g} °C" if cargo else ""
        places = " ".join(said.get("permittedPlaces", []))
        scope = (f"{', '.join(shared['with'])}, for {shared['for']}", shared["until"]) if shared else ("", "")
        table.add_row(said["deviceID"], said["publisher"], said.get("deviceType", ""), places, range_, *scope)
    Console().print(table)
