"""`greenlane incident`: what happened to cargo, as officers tell it and as the engine knows it."""

from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.jsonl import AsJson, say
from agents.cli.surface import settings

if TYPE_CHECKING:
    from streams.incidents import Incident
    from streams.records.incident import IncidentItem, IncidentLinks

app = typer.Typer(
    help="""Incidents: what happened to a container, a receptacle or parcels, and so raises their lane.

    They stand in the control log for good and are told in decisions and alerts: no personal data.

    Example: greenlane incident show
    """,
    no_args_is_help=True,
)
By = Annotated[str, typer.Option(help="Who: a role or a staff pseudonym, never a name. It is logged for good.")]


@app.command("raise")
def raise_(  # noqa: PLR0913, PLR0917 - one option per thing to say
    because: Annotated[
        str, typer.Option(help="What happened, a sentence: it stands in every decision. No personal data.")
    ],
    by: By,
    container: Annotated[str, typer.Option(metavar="ID", help="It happened to all parcels in this container.")] = "",
    receptacle: Annotated[str, typer.Option(metavar="ID", help="To all in this postal receptacle (UPU S9).")] = "",
    item: Annotated[
        list[str], typer.Option(metavar="ID", help="To this parcel, as in itemId, or as TYPE/ID. May be repeated.")
    ] = [],  # noqa: B006 - typer's way to say: none
    lane: Annotated[str, typer.Option(help="The least lane of these parcels: RED or YELLOW.")] = "RED",
    code: Annotated[str, typer.Option(help="What kind of incident: a second one of a kind is no news.")] = "",
) -> None:
    """Tell what happened: parcels decided before are decided anew within seconds, those filed later with it.

    A lane only rises. Parcels filed within 60 days before or after are concerned, unless configured otherwise.

    Example: greenlane incident raise --container MSKU4421908 --lane RED --because "Seal found broken." --by risk-unit
    """
    from agents import incidents

    links: IncidentLinks = {}
    if container:
        links["equipmentReference"] = container
    if receptacle:
        links["receptacleId"] = receptacle
    if item:
        links["itemIds"] = [_item(named) for named in item]
    said = incidents.raised(links, lane, because, by=by, code=code or incidents.CODE)
    incidents.order(settings(), said)
    typer.echo(f"{said['incidentId']}: {_named(said['links'])}, lane {said['lane']} at least")


@app.command()
def clear(
    incident_id: Annotated[str, typer.Argument(metavar="ID", help="As `greenlane incident show` names it.")],
    by: By,
    why: Annotated[str, typer.Option(help="The reason, for whoever asks later: no personal data.")],
) -> None:
    """Say that it is over: parcels filed from now on are not concerned. What was decided stands.

    Example: greenlane incident clear inc-61061fb5b611cca8d706e392 --by risk-unit --why "container stripped"
    """
    from agents import incidents

    chosen = settings()
    incident = incidents.find(chosen, incident_id)
    incidents.order(chosen, incidents.cleared(incident.incident_id, by=by, why=why))
    typer.echo(f"{incident_id}: over")


@app.command()
def show(as_json: AsJson = False) -> None:
    """Show the incidents that are not over.

    Example: greenlane incident show --json
    """
    from agents import incidents

    found = list(incidents.known(settings()))
    if as_json:
        for incident in found:
            say(**incident.said)
    elif found:
        _draw(found)
    else:
        typer.echo("no incident is open")


def _item(named: str) -> "IncidentItem":
    """
    >>> _item("LZ551209644CN"), _item("S10/LZ551209644CN")
    ({'itemId': 'LZ551209644CN'}, {'itemId': 'LZ551209644CN', 'itemIdType': 'S10'})
    """
    from streams.incidents.known import ID_TYPES

    id_type, slash, item_id = named.partition("/")
    if slash and id_type in ID_TYPES:
        return {"itemId": item_id, "itemIdType": id_type}  # type: ignore[typeddict-item]
    return {"itemId": named}


def _named(links: "IncidentLinks") -> str:
    named = [links[key] for key in ("equipmentReference", "receptacleId") if key in links]
    if items := links.get("itemIds"):
        named.append(items[0]["itemId"] if len(items) == 1 else f"{len(items)} parcels")
    return ", ".join(named)


def _draw(found: "list[Incident]") -> None:
    from rich.console import Console
    from rich.table import Table

    from streams.records.events import rfc3339

    table = Table("id", "what", "lane", "severity", "since", "by", "because", box=None, pad_edge=False)
    for incident in found:
        said = incident.said
        about = (_named(said["links"]), said["lane"], said["severity"], rfc3339(said["eventTimeMs"])[:19])
        table.add_row(said["incidentId"], *about, said["by"], said["reason"]["text"])
    Console().print(table)
