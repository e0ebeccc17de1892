"""`greenlane publish`: lines of a file to Kafka, as they stand."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from agents.cli.jsonl import AsJson, say
from agents.cli.progress import progress
from agents.cli.surface import settings
from agents.errors import UsageError


class Input(StrEnum):
    manifests = "manifests"
    sensors = "sensors"
    outcomes = "outcomes"


def publish(
    kind: Annotated[Input, typer.Argument(help="What the lines are.")],
    file: Annotated[str, typer.Argument(help="A file of JSON Lines, or - for standard input.")],
    sign_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A registered provider's private key: sign every record.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Publish one record a line, sent as it stands (bad lines too), and print how many the broker acknowledged.

    Example: greenlane convert kcs declarations.csv | greenlane publish manifests -
    """
    from agents.access import Access
    from agents.publishing import send, unsigned
    from agents.signing import signer
    from agents.topics import full_name

    chosen = settings()
    topic = full_name(chosen.namespace, f"{kind}.v1")
    sign = signer(sign_key, f"{kind}.v1", chosen.namespace) if sign_key else unsigned
    with opened(file) as (lines, size), progress(f"publishing {kind}", size) as advance:
        report = send(Access.of(chosen), topic, keyed(kind, lines), advance, sign)
    if as_json:
        say(topic=topic, acknowledged=report.acknowledged)
    else:
        typer.echo(f"{report.acknowledged} acknowledged")
    report.raise_for_losses()


def keyed(kind: Input, lines: BinaryIO) -> Iterator[tuple[bytes | None, bytes]]:
    """Each line with its key: what spreads records well here. The engine trusts no key and reads no meaning into it."""
    name = b"deviceID" if kind is Input.sensors else b"itemId"
    find = re.compile(rb'"' + name + rb'"\s*:\s*"([^"\\]{1,256})"').search
    for line in lines:
        found = find(line)
        yield (found[1] if found else None), line.removesuffix(b"\n")


@contextmanager
def opened(file: str) -> Iterator[tuple[BinaryIO, int | None]]:
    """The lines and, where it is known, how many bytes they have."""
    if file == "-":
        yield sys.stdin.buffer, None
        return
    try:
        with Path(file).open("rb") as lines:
            yield lines, Path(file).stat().st_size
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error
