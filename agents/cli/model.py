"""`greenlane model`: who decides, who would, and whose reports are not learnt from."""

from typing import Annotated, Any

import typer

from agents.cli.jsonl import AsJson, say
from agents.cli.surface import settings

app = typer.Typer(
    help="""Models: the one that decides, challengers in its shadow, and examples held back from all of them.

    Example: greenlane model show
    """,
    no_args_is_help=True,
)
By = Annotated[str, typer.Option(help="Who: a role or a staff pseudonym, never a name. It is logged for good.")]
Why = Annotated[str, typer.Option(help="The reason, for whoever asks later: no personal data.")]


@app.command()
def show(as_json: AsJson = False) -> None:
    """Show how each model does on the newest labels, and what speaks for putting it in charge.

    Evidence above 4.6 (1 in 100 by chance) says that a challenger predicts better, below -4.6 worse.

    Example: greenlane model show --json
    """
    from agents import models

    standings = models.folded(settings()).lessons.contest.standings()
    if as_json:
        for standing in standings:
            say(**standing)
    else:
        _draw(standings)


@app.command()
def promote(name: Annotated[str, typer.Argument(metavar="NAME")], why: Why, by: By) -> None:
    """Let a challenger decide, from the next decision on, on every worker.

    Example: greenlane model promote target-logistic --by risk-unit --why "better since March"
    """
    from agents import models

    before = models.promote(settings(), name, by=by, why=why)
    typer.echo(f"{name} decides from now on, in place of {before}")


@app.command()
def rollback(why: Why, by: By) -> None:
    """Take the last promotion back.

    Example: greenlane model rollback --by risk-unit --why "hit rate fell"
    """
    from agents import models

    before, now = models.roll_back(settings(), by=by, why=why)
    typer.echo(f"{now} decides again, in place of {before}")


@app.command()
def held(as_json: AsJson = False) -> None:
    """List what is held back from learning: of which office and officer (a pseudonym), and why.

    Example: greenlane model held --json
    """
    from agents import models

    for decision_id, (example, why) in models.folded(settings()).lessons.held.items():
        told = {"decisionId": decision_id, "office": example.office, "officer": example.officer, "why": why}
        if as_json:
            say(**told, found=example.y)
        else:
            typer.echo("  ".join([*told.values(), "found" if example.y else "clean"]))


@app.command()
def release(
    office: Annotated[str, typer.Argument(metavar="OFFICE")],
    why: Why,
    by: By,
    learn: Annotated[bool, typer.Option("--learn/--drop", help="Learn what was held back, or drop it.")],
) -> None:
    """Believe an office again, once somebody has looked into its reports.

    Example: greenlane model release DE004851 --drop --by audit --why "the reports were false"
    """
    from agents import models

    number = models.release(settings(), office, learn=learn, by=by, why=why)
    typer.echo(f"{office} is learnt from again; {number} held examples {'learnt' if learn else 'dropped'}")


def _draw(standings: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("model", "", "drawn", "AUC", "Brier", "hits in its upper half", "evidence", "", box=None)
    for each in standings:
        figures = (each[name] for name in ("auc", "brier", "precision", "evidence"))
        auc, brier, precision, evidence = ("-" if figure is None else f"{figure:.3f}" for figure in figures)
        decides = "decides" if each["decides"] else ""
        table.add_row(each["model"], decides, str(each["drawn"]), auc, brier, precision, evidence, each["verdict"])
    Console().print(table)
