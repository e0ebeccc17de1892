"""`greenlane backtest`: what the engine would have scored, one pass over history in time order."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from agents.cli.progress import progress

if TYPE_CHECKING:
    from rich.table import Table

Files = Annotated[list[Path], typer.Option(exists=True, dir_okay=False, metavar="FILE…", help="One or more CSV files.")]
CONTROLS = {"as scored": None, "goods never seen before": "dedup", "goods found before (blocklist)": "blocklist"}


class FilesCommand(TyperCommand):
    """Takes `--train a b --test c`, as shells make of `--train *.csv`; click alone wants `--train a --train b`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # whose Context it is depends on typer's version
        return super().parse_args(ctx, one_option_a_file(args))


def one_option_a_file(arguments: Sequence[str]) -> list[str]:
    """
    >>> one_option_a_file(["--train", "a", "b", "--json"])
    ['--train', 'a', '--train', 'b', '--json']
    """
    spread: list[str] = []
    option = ""
    for argument in arguments:
        if argument.startswith("-"):
            option = argument if argument in {"--train", "--test"} else ""
            spread += [] if option else [argument]
        else:
            spread += [option, argument] if option else [argument]
    return spread


def backtest_command(
    train: Files,
    test: Files,
    json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
) -> None:
    """Score labelled history as the engine would have: in time order, each label learnt after its score.

    Files are CSV of the public Customs-Declaration-Datasets; figures are those of the --test files.

    Example: greenlane backtest --train declarations_train.csv --test declarations_valid.csv
    """
    import orjson

    from agents.backtest.scoring import backtest
    from agents.cli.surface import settings

    with progress("declarations", sum(path.stat().st_size for path in (*train, *test))) as advance:
        report = backtest(train, test, settings().euro_rates, advance=advance)
    if json:
        sys.stdout.buffer.write(orjson.dumps(report, option=orjson.OPT_APPEND_NEWLINE))
    else:
        show(report)


def show(report: Mapping[str, Any]) -> None:
    """Print the report for people."""
    from rich.console import Console

    console = Console()
    console.print(table(report))
    console.print(
        f"{report['declarations']:,} of {report['history']:,} declarations tested, {report['frauds']:,} fraudulent; "
        f"calibration error {report['calibration_error']:.3f}; {report['declarations_per_s']:,} declarations a second"
    )


def table(report: Mapping[str, Any]) -> "Table":
    """One line per selection and share inspected."""
    from rich.table import Table

    lines = Table("selection", "AUC", "inspected", "precision", "recall", "revenue")
    for title, control in CONTROLS.items():
        figures = report[control] if control else report
        for percent, precision in figures["precision"].items():
            shares = (precision, figures["recall"][percent], figures["revenue"][percent])
            lines.add_row(title, f"{figures['auc']:.3f}", f"{percent} %", *(f"{share:.1%}" for share in shares))
        lines.add_section()
    return lines
