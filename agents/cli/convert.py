"""`greenlane convert`: public data sets and other vocabularies to our records, as JSON Lines on stdout."""

import sys
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Literal

import orjson
import typer

from agents.cli.gateway import Device, DeviceType, Equipment, Kind, Publisher, Received, setting_of
from agents.errors import BadDataError, UsageError

if TYPE_CHECKING:
    from streams.vocabularies.draft import Setting

app = typer.Typer(
    help="""Public data sets, and sensor events in other vocabularies, to JSON Lines.

    Example: greenlane convert kcs declarations.csv > manifests.jsonl
    """,
    no_args_is_help=True,
)
Source = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]
Sources = Annotated[list[str], typer.Argument(help="Files of a JSON document each, or one a line; - for stdin.")]
Rejects = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Where to write what cannot be mapped; stderr unless told.")
]
Historical = Annotated[bool, typer.Option("--historical", help="Mark the events as records of the past.")]


@app.command()
def kcs(
    file: Source,
    outcomes: Annotated[bool, typer.Option("--outcomes", help="Write their InspectionOutcomes instead.")] = False,
) -> None:
    """Rows of the Customs-Declaration-Datasets CSV to manifests, one parcel each; none is dropped.

    Example: greenlane convert kcs declarations.csv | greenlane publish manifests -
    """
    from agents.convert.kcs import declarations

    read = declarations().outcomes if outcomes else declarations().manifests
    write(read(file))


@app.command()
def nab(
    file: Source,
    device: Annotated[str, typer.Option(help="The deviceID the readings are to carry.")],
) -> None:
    """A CSV of the Numenta Anomaly Benchmark to SensorEvents.

    Example: greenlane convert nab machine_temperature_system_failure.csv --device PUMP-1
    """
    from agents.convert import nab as series

    write(series.events(file, device))


@app.command()
def epcis(  # noqa: PLR0913, PLR0917 - each is an option
    files: Sources,
    publisher: Publisher = None,
    equipment: Equipment = None,
    device: Device = None,
    kind: Kind = DeviceType.GATEWAY,
    historical: Historical = False,
    rejects: Rejects = None,
) -> None:
    """Sensor events of EPCIS 2.0 (JSON or JSON-LD) to SensorEvents.

    Example: greenlane convert epcis capture.jsonld --publisher EXV > events.jsonl
    """
    setting = setting_of(publisher, equipment, kind, device=device, historical=historical)
    translate("epcis", files, setting, rejects)


@app.command()
def dcsa(  # noqa: PLR0913, PLR0917 - each is an option
    files: Sources,
    publisher: Publisher = None,
    equipment: Equipment = None,
    device: Device = None,
    kind: Kind = DeviceType.SMART_CONTAINER,
    historical: Historical = False,
    rejects: Rejects = None,
) -> None:
    """IoT and reefer events of DCSA to SensorEvents.

    Example: greenlane convert dcsa reefers.jsonl | greenlane publish sensors -
    """
    setting = setting_of(publisher, equipment, kind, device=device, historical=historical)
    translate("dcsa", files, setting, rejects)


@app.command()
def senml(  # noqa: PLR0913, PLR0917 - each is an option
    files: Sources,
    publisher: Publisher = None,
    equipment: Equipment = None,
    kind: Kind = DeviceType.GATEWAY,
    received: Received = None,
    historical: Historical = False,
    rejects: Rejects = None,
) -> None:
    """SenML packs (RFC 8428, JSON) to SensorEvents.

    Example: greenlane convert senml packs.jsonl --equipment MSKU9070323 --publisher EXV
    """
    translate("senml", files, setting_of(publisher, equipment, kind, received, historical=historical), rejects)


def translate(vocabulary: str, files: list[str], setting: "Setting", rejects: Path | None) -> None:
    """SensorEvents to stdout, what cannot be mapped to `rejects`, stderr unless told; exit code 65 if there is any."""
    from agents.convert.documents import as_line, documents
    from streams.vocabularies.translate import VOCABULARIES, translated

    mapper, refused = VOCABULARIES[vocabulary](), 0
    with opened(rejects, "wb") if rejects else nullcontext(sys.stderr.buffer) as told:
        for file in files:
            with nullcontext(sys.stdin.buffer) if file == "-" else opened(Path(file), "rb") as content:
                for document in documents(content):
                    done = translated(document.raw, mapper, setting)
                    write(done.events)
                    write((as_line(file, document, fault) for fault in done.rejects), told)
                    refused += len(done.rejects)
    if refused and rejects:
        raise BadDataError(f"{refused} parts could not be mapped: {rejects} says which, and why")
    if refused:
        raise typer.Exit(BadDataError.exit_code)


def opened(file: Path, mode: Literal["rb", "wb"]) -> BinaryIO:
    """An open file. Raises `UsageError`."""
    try:
        return file.open(mode)
    except OSError as error:
        raise UsageError(f"cannot {'read' if mode == 'rb' else 'write'} {file}: {error.strerror}") from error


def write(records: Iterable[dict[str, Any]], out: BinaryIO | None = None) -> None:
    out = out or sys.stdout.buffer
    for record in records:
        out.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
