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
Existing = Annotated[Path, typer.Argument(help="The file that workers read.")]


@app.command()
def new(file: Annotated[Path, typer.Argument(help="Where to write it; must not exist.")]) -> None:
    """Make key material, readable by its owner only.

    Who loses it loses the link between old and new pseudonyms; who steals it can test guesses against them.

    Example: greenlane secret new greenlane.secret
    """
    from agents.secret import new_secret

    new_secret(file)
    typer.echo(f"wrote {file}; use it with GREENLANE_SECRET_FILE={file}")


@app.command()
def rotate(file: Existing) -> None:
    """Begin a change of keys: a fresh one takes over, the former one stays valid.

    Then restart all workers with the file. People and firms keep their pseudonyms until the former key is dropped.

    Example: greenlane secret rotate greenlane.secret
    """
    from agents.secret import rotate_secret

    rotate_secret(file)
    typer.echo(f"{file} holds a new key beside the former one; restart all workers, and drop the former one later")


@app.command()
def drop(file: Existing) -> None:
    """End a change of keys: the former one is forgotten.

    Then restart all workers with the file. Pseudonyms begin anew, and what was filed before the change and never since
    is no longer recognised when it is filed again.

    Example: greenlane secret drop greenlane.secret
    """
    from agents.secret import drop_secret

    drop_secret(file)
    typer.echo(f"{file} holds the new key alone; restart all workers")
