"""`greenlane budget`: how many parcels of an office take which lane."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from agents.cli.jsonl import AsJson, say
from agents.cli.surface import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.decisions.budgets.orders import Change
    from streams.decisions.lanes import LaneRates

app = typer.Typer(
    help="""Budgets: which share of an office's parcels is inspected, drawn by lot, audited.

    Example: greenlane budget show
    """,
    no_args_is_help=True,
)
Office = Annotated[str, typer.Argument(metavar="[OFFICE]", help="An office as in customsOffice; all others without.")]
Share = Annotated[float | None, typer.Option(min=0, max=1, help="A share of all parcels; as it is unless given.")]
By = Annotated[str, typer.Option(help="Who: a role or a staff pseudonym, never a name. It is logged for good.")]
Why = Annotated[str, typer.Option(help="The reason, for whoever asks later: no personal data.")]


@app.command("set")
def set_(  # noqa: PLR0913, PLR0917 - one option per rate
    by: By,
    why: Why,
    office: Office = "",
    red: Share = None,
    yellow: Share = None,
    blue: Share = None,
    random_share: Annotated[
        float | None, typer.Option(min=0, max=1, help="The part of the inspections that is drawn by lot at least.")
    ] = None,
    most_random_share: Annotated[
        float | None, typer.Option(min=0, max=1, help="That part at most, when there is more to be found out.")
    ] = None,
    cap: Annotated[
        float | None, typer.Option(min=1, help="So many times the rate of inspections are never exceeded.")
    ] = None,
) -> None:
    """Change a budget while everything runs: from the next decision on, on every worker.

    What is not given stays as it is in force now. Rates of an office are its own from then on.

    Example: greenlane budget set DE004851 --red 0.05 --by risk-unit --why "holiday season"
    """
    from dataclasses import replace

    from agents import budgets

    chosen = settings()
    named = {
        "red": red,
        "yellow": yellow,
        "blue": blue,
        "random_share": random_share,
        "most_random_share": most_random_share,
        "cap": cap,
    }
    now = budgets.rates(chosen, budgets.in_force(chosen), office)
    rates = replace(now, **{name: rate for name, rate in named.items() if rate is not None})
    budgets.order(chosen, budgets.change(office, rates, by=by, why=why))
    typer.echo(f"{_named(office)}: {_in_words(rates)}")


@app.command()
def reset(by: By, why: Why, office: Office = "") -> None:
    """Go back to what is configured.

    Example: greenlane budget reset DE004851 --by risk-unit --why "season over"
    """
    from agents import budgets

    chosen = settings()
    budgets.order(chosen, budgets.change(office, None, by=by, why=why))
    typer.echo(f"{_named(office)}: as configured")


@app.command()
def show(as_json: AsJson = False) -> None:
    """Show the budgets in force: of all offices together, and of those that have their own.

    Example: greenlane budget show --json
    """
    from agents import budgets

    chosen = settings()
    known = budgets.in_force(chosen)
    offices = ["", *sorted({*chosen.lanes.offices, *known.changes} - {""})]
    told = [(office, budgets.rates(chosen, known, office), known.newest(office)) for office in offices]
    if as_json:
        for office, rates, change in told:
            say(**budgets.told_rates(rates), **dict(_about(office, change)))
    else:
        _draw(told)


def _about(office: str, change: "Change | None") -> "Iterator[tuple[str, str]]":
    if office:
        yield "office", office
    if change:
        yield "by", change.by
        yield "why", change.why


def _draw(told: "list[tuple[str, LaneRates, Change | None]]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("office", "red", "yellow", "blue", "by lot", "at most", "cap", "by", "why", box=None, pad_edge=False)
    for office, rates, change in told:
        shares: list[Any] = [rates.red, rates.yellow, rates.blue, rates.random_share, rates.most_random_share]
        source = (change.by, change.why) if change else ("configuration", "")
        table.add_row(_named(office), *(f"{share:.1%}" for share in shares), f"{rates.cap:g}", *source)
    Console().print(table)


def _named(office: str) -> str:
    return office or "all offices"


def _in_words(rates: "LaneRates") -> str:
    return (
        f"RED {rates.red:.1%}, YELLOW {rates.yellow:.1%}, BLUE {rates.blue:.1%}; "
        f"{rates.random_share:.0%} of the inspections by lot"
    )
