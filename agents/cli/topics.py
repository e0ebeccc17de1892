"""`greenlane topics`: the topics of one namespace."""

from typing import Annotated

import typer

from agents.cli.surface import settings

app = typer.Typer(help="The topics of GREENLANE_NAMESPACE.", no_args_is_help=True)


@app.command()
def create(
    partitions: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Partitions a topic; 4 in a new namespace.")
    ] = None,
) -> None:
    """Create the topics that are missing.

    The partition count of a topic that exists never changes: records are keyed, and items would move away from
    their history.

    Example: greenlane topics create --partitions 8
    """
    from agents import topics

    chosen = settings()
    created = topics.create(chosen, partitions)
    for name in created:
        typer.echo(f"created {name}")
    if not created:
        typer.echo(f"all topics of {chosen.namespace} exist")


@app.command()
def show() -> None:
    """Show the topics with their partitions and how many offsets they hold.

    Example: GREENLANE_NAMESPACE=demo greenlane topics show
    """
    from rich.console import Console
    from rich.table import Table

    from agents import topics

    table = Table("topic", box=None, pad_edge=False)
    table.add_column("partitions", justify="right")
    table.add_column("offsets held", justify="right")
    for state in topics.show(settings()):
        table.add_row(state.name, str(state.partitions), f"{state.records:,}")
    Console().print(table)
