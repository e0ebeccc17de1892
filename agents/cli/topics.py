"""`greenlane topics`: the topics of one namespace."""

from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.jsonl import AsJson, say
from agents.cli.surface import settings

if TYPE_CHECKING:
    from agents.topics import TopicState

app = typer.Typer(
    help="""The topics of GREENLANE_NAMESPACE.

    Example: greenlane topics create
    """,
    no_args_is_help=True,
)


@app.command()
def create(
    partitions: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Partitions a topic; 4 in a new namespace.")
    ] = None,
    as_json: AsJson = False,
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
        say(topic=name, created=True) if as_json else typer.echo(f"created {name}")
    if not created and not as_json:
        typer.echo(f"all topics of {chosen.namespace} exist")


@app.command()
def show(as_json: AsJson = False) -> None:
    """Show the topics with their partitions and how many offsets they hold.

    Example: GREENLANE_NAMESPACE=demo greenlane topics show
    """
    from agents import topics

    states = topics.show(settings())
    if as_json:
        for state in states:
            say(topic=state.name, partitions=state.partitions, offsets=state.records)
    else:
        _draw(states)


@app.command()
def acls(
    principal: Annotated[
        list[str], typer.Option(metavar="ROLE=PRINCIPAL", help="Who has a role; User:<namespace>-<role> unless told.")
    ] = [],  # noqa: B006 - typer's way to say: none
    provider: Annotated[
        list[str], typer.Option(metavar="ID[=PRINCIPAL]", help="A registered provider; reads its own topics alone.")
    ] = [],  # noqa: B006
    command_config: Annotated[
        str, typer.Option(metavar="FILE", help="What kafka-acls.sh is to read its own login from.")
    ] = "admin.properties",
    as_json: AsJson = False,
) -> None:
    """Print Kafka's access rules by role, as commands for whoever administers the brokers. Nothing is changed.

    Example: greenlane topics acls --principal customs=User:zoll --provider CNPOST=User:cnpost | sh -e
    """
    import shlex

    from agents.acls import commands, rules

    chosen = settings()
    names = {name: who or f"User:{chosen.namespace}-provider-{name}" for name, who in map(pair, provider)}
    found = rules(chosen.namespace, dict(map(pair, principal)), names)
    if as_json:
        for rule in found:
            say(**rule._asdict())
        return
    start = ["kafka-acls.sh", "--bootstrap-server", chosen.broker, "--command-config", command_config, "--add"]
    for role, told in commands(found):
        typer.echo(f"{shlex.join([*start, *told])}  # {role}")


def pair(text: str) -> tuple[str, str]:
    """What stands before and after the first equals sign.

    >>> pair("customs=User:zoll"), pair("CNPOST")
    (('customs', 'User:zoll'), ('CNPOST', ''))
    """
    before, _, after = text.partition("=")
    return before, after


def _draw(states: list["TopicState"]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("topic", box=None, pad_edge=False)
    table.add_column("partitions", justify="right")
    table.add_column("offsets held", justify="right")
    for state in states:
        table.add_row(state.name, str(state.partitions), f"{state.records:,}")
    Console().print(table)
