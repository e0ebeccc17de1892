"""`greenlane broker`: a local Apache Kafka."""

import typer

from agents.cli.jsonl import AsJson, say
from agents.cli.surface import settings
from agents.errors import UsageError

app = typer.Typer(
    help="""A local single-node Apache Kafka listening at GREENLANE_BROKER.

    Example: greenlane broker start
    """,
    no_args_is_help=True,
)
LOOPBACK = frozenset({"127.0.0.1", "localhost"})


@app.command()
def start() -> None:
    """Start the broker and return once it answers.

    One that runs already is left alone; the first start downloads Apache Kafka (60 MB) by Maven.

    Example: GREENLANE_BROKER=127.0.0.1:19092 greenlane broker start
    """
    from agents.broker import Node

    node = Node.at(port(settings().broker))
    node.start()
    owner = f"process {node.pid}, data in {node.home}" if node.pid else "not started by this command"
    typer.echo(f"Apache Kafka answers at {node.address} ({owner})")


@app.command()
def stop() -> None:
    """Stop the broker and return when it is gone. Its data stay.

    Example: greenlane broker stop
    """
    from agents.broker import Node

    node = Node.at(port(settings().broker))
    running = node.pid
    node.stop()
    typer.echo(f"stopped process {running}" if running else f"no local broker of yours runs at {node.address}")


@app.command()
def status(as_json: AsJson = False) -> None:
    """Say whether a broker answers; exit code 69 when none does.

    Example: greenlane broker status
    """
    from agents.access import Access
    from agents.clients import admin

    access = Access.of(settings())
    with admin(access) as client:
        nodes = len(client.describe_cluster()["brokers"])
    if as_json:
        say(broker=access.broker, nodes=nodes)
    else:
        typer.echo(f"Apache Kafka answers at {access.broker} ({nodes} node{'s' * (nodes != 1)})")


def port(address: str) -> int:
    """The port of a loopback address.

    >>> port("127.0.0.1:9092")
    9092
    """
    host, _, number = address.rpartition(":")
    if host not in LOOPBACK or not number.isascii() or not number.isdigit() or not 0 < int(number) < 65536:
        raise UsageError(f"a local broker listens at 127.0.0.1:PORT; GREENLANE_BROKER is {address}")
    return int(number)
