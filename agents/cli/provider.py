"""`greenlane provider`: who has to sign, and with which keys."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agents.cli.jsonl import AsJson, say
from agents.cli.surface import settings

if TYPE_CHECKING:
    from streams.registry import Provider

app = typer.Typer(
    help="""Registered providers: nobody else files, amends, cancels or hears feedback in their names.

    Example: greenlane provider list
    """,
    no_args_is_help=True,
)
Id = Annotated[str, typer.Argument(metavar="ID", help="The provider's id, as in provider.id or publisher.")]


class Role(StrEnum):
    PLATFORM = "PLATFORM"
    POST = "POST"
    CARRIER = "CARRIER"
    BROKER = "BROKER"
    GATEWAY = "GATEWAY"


@app.command("new-key")
def new_key(file: Annotated[Path, typer.Argument(help="Where to write it; must not exist.")]) -> None:
    """Make a key to sign with, readable by its owner only, and FILE.pub, which is registered.

    Example: greenlane provider new-key cnpost.key
    """
    from agents import signing

    public, key_id = signing.new_key(file)
    typer.echo(f"wrote {file} and {public}, the key {key_id}")


@app.command()
def register(
    provider_id: Id,
    role: Annotated[Role, typer.Option(help="What the provider is.")],
    key: Annotated[
        list[str],
        typer.Option(
            metavar="FILE[,from=TIME][,until=TIME]", help="A public key and when it counts; several are valid at once."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Register a provider, or register it anew: its keys are those given here, and no others.

    From now on what it sends must be signed, and its feedback goes to a topic of its own. To change keys without
    loss register the old and the new one, sign with the new one, then register the new one alone.

    Example: greenlane provider register CNPOST --role POST --key new.pub --key old.pub,until=2027-01-01T00:00:00Z
    """
    from agents import providers

    said = providers.registration(provider_id, role, key)
    topic = providers.register(settings(), said)
    if as_json:
        say(providerId=provider_id, feedback=topic, registration=said)
    else:
        typer.echo(f"registered {provider_id}; its feedback goes to {topic}")


@app.command()
def suspend(provider_id: Id) -> None:
    """Let nothing in this provider's name count until it is registered again.

    Example: greenlane provider suspend CNPOST
    """
    from agents import providers

    providers.suspend(settings(), provider_id)
    typer.echo(f"suspended {provider_id}")


@app.command("list")
def show(as_json: AsJson = False) -> None:
    """List the registered providers with their keys.

    Example: greenlane provider list --json
    """
    from agents import providers

    registry = providers.registry(settings())
    if as_json:
        for provider in registry:
            say(**provider.said)
    else:
        _draw(registry)


def _draw(registry: Any) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("provider", "role", "status", "keys", box=None, pad_edge=False)
    for provider in registry:
        said = provider.said
        table.add_row(said["providerId"], said["role"], said["status"], _keys(provider))
    Console().print(table)


def _keys(provider: "Provider") -> str:
    keys: list[Any] = [*provider.said["publicKeys"]]
    return "\n".join(
        " ".join([key["keyId"], *(f"{word} {key[word]}" for word in ("from", "until") if word in key)]) for key in keys
    )
