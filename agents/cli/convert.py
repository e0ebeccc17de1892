"""`greenlane convert`: public data sets to our records, as JSON Lines on stdout."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

app = typer.Typer(
    help="""Public data sets to JSON Lines.

    Example: greenlane convert kcs declarations.csv > manifests.jsonl
    """,
    no_args_is_help=True,
)
Source = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]


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


def write(records: Iterable[dict[str, Any]]) -> None:
    out = sys.stdout.buffer
    for record in records:
        out.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
