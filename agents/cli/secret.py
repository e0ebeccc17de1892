"""`greenlane secret`: key material for pseudonyms and seeded draws."""

import base64
import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from agents.errors import UsageError

app = typer.Typer(help="Key material for pseudonyms and seeded draws.", no_args_is_help=True)
SECRET_BYTES = 32


@app.callback()
def group() -> None:
    pass  # keeps `new` a subcommand while it is the only one


@app.command()
def new(file: Annotated[Path, typer.Argument(help="Where to write it; must not exist.")]) -> None:
    """Make key material, readable by its owner only.

    Who loses it loses the link between old and new pseudonyms; who steals it can test guesses against them.

    Example: greenlane secret new greenlane.secret
    """
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(
            f"{file} exists and is not overwritten: pseudonyms made with it would lose their link"
        ) from None
    except OSError as error:
        raise UsageError(f"cannot write {file}: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as secret:
        secret.write(base64.b64encode(secrets.token_bytes(SECRET_BYTES)) + b"\n")
    typer.echo(f"wrote {file}; use it with GREENLANE_SECRET_FILE={file}")
