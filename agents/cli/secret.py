"""`greenlane secret`: key material for pseudonyms and seeded draws."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="""Key material for pseudonyms and seeded draws.

    Example: greenlane secret new greenlane.secret
    """,
    no_args_is_help=True,
)


@app.callback()
def group() -> None:
    pass  # keeps `new` a subcommand while it is the only one


@app.command()
def new(file: Annotated[Path, typer.Argument(help="Where to write it; must not exist.")]) -> None:
    """Make key material, readable by its owner only.

    Who loses it loses the link between old and new pseudonyms; who steals it can test guesses against them.

    Example: greenlane secret new greenlane.secret
    """
    from agents.secret import new_secret

    new_secret(file)
    typer.echo(f"wrote {file}; use it with GREENLANE_SECRET_FILE={file}")
