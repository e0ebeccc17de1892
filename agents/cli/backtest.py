"""`greenlane backtest`: what the engine would have made of history, one pass in time order."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from agents.cli.backtest_tables import show, show_weeks
from agents.cli.progress import Advance, progress

if TYPE_CHECKING:
    from agents.backtest.selective import Plan
    from agents.convert.declarations import Declarations

Replay = Callable[["Declarations", Advance], dict[str, Any]]
CSV: Any = {"exists": True, "dir_okay": False, "metavar": "FILE…"}
Files = Annotated[list[Path] | None, typer.Argument(**CSV, help="With --selective: one or more CSV files.")]
Train = Annotated[list[Path] | None, typer.Option(**CSV, help="One or more CSV files to learn from.")]
Test = Annotated[list[Path] | None, typer.Option(**CSV, help="One or more CSV files whose figures are told.")]
ReportFile = Annotated[
    Path | None, typer.Option(dir_okay=False, writable=True, help="With --selective: an HTML page of it, with costs.")
]
MappingFile = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="TOML file: which column is what.")]


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


def backtest_command(  # noqa: PLR0913, PLR0917 - one argument per option
    files: Files = None,
    train: Train = None,
    test: Test = None,
    selective: Annotated[bool, typer.Option("--selective", help="Labels only for what the engine selects.")] = False,
    budget: Annotated[float, typer.Option(min=0.0001, max=1, help="Share to be inspected, with --selective.")] = 0.05,
    warm_up_weeks: Annotated[int, typer.Option(min=0, help="First weeks, whose labels all become known.")] = 4,
    label_delay_days: Annotated[float, typer.Option(min=0, help="From a decision to the officer's report.")] = 3.0,
    partitions: Annotated[int, typer.Option(min=1, help="Of the engine: each counts budgets and usual prices.")] = 1,
    mapping: MappingFile = None,
    report: ReportFile = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object instead of a table.")] = False,
) -> None:
    """Replay labelled history in time order, with the engine's own code.

    With --train and --test every label is known after its score; figures are those of the --test files. With
    --selective each declaration is decided when it comes, and only what was selected gets a label, late: what an office
    would have lived through. Files are CSV, of the public Customs-Declaration-Datasets unless --mapping says otherwise.

    Example: greenlane backtest --train declarations_train.csv --test declarations_valid.csv

    Example: greenlane backtest --selective --budget 0.05 declarations_train.csv declarations_valid.csv

    Example: greenlane backtest --selective --report backtest.html declarations_train.csv declarations_valid.csv
    """
    from agents.backtest.selective import Plan

    replay: Replay
    if selective and files and not (train or test):
        plan = Plan(warm_up_weeks, label_delay_days)
        replay, shown = closed_loop(files, budget, plan, partitions), show_weeks
        replay = reported(report, files, budget, plan, partitions) if report else replay
    elif train and test and not (selective or files or report):
        replay, shown, files = all_labels(train, test), show, [*train, *test]
    else:
        raise typer.BadParameter("either --train FILE… and --test FILE… are needed, or --selective FILE…")
    tell(run(files, mapping, replay), shown, as_json=json)


def run(files: Sequence[Path], mapping: Path | None, replay: Replay) -> dict[str, Any]:
    """What `replay` reports, with a progress bar for people."""
    from agents.convert.declarations import Declarations
    from agents.convert.kcs import declarations
    from agents.convert.mapping import read_mapping

    reading = Declarations(read_mapping(mapping)) if mapping else declarations()
    with progress("declarations", sum(path.stat().st_size for path in files)) as advance:
        return replay(reading, advance)


def all_labels(train: Sequence[Path], test: Sequence[Path]) -> Replay:
    """Every label is known after its score."""
    from agents.backtest.scoring import backtest
    from agents.cli.surface import settings

    return lambda reading, advance: backtest(train, test, settings().euro_rates, reading, advance)


def closed_loop(files: Sequence[Path], budget: float, plan: "Plan", partitions: int) -> Replay:
    """Only what is selected gets a label."""
    from agents.backtest.files import live
    from agents.cli.surface import settings

    def replay(reading: "Declarations", advance: Advance) -> dict[str, Any]:
        lived = live(files, settings(), budget, plan, declarations=reading, partitions=partitions, advance=advance)
        return lived.as_json()

    return replay


def reported(page: Path, files: Sequence[Path], budget: float, plan: "Plan", partitions: int) -> Replay:
    """The same, beside the budgets of `[report]` in the configuration, each in a run of its own; written to `page`."""
    from agents.backtest import report
    from agents.backtest.files import live
    from agents.cli.surface import settings

    chosen = settings()
    assumed = report.Assumptions(**chosen.report.model_dump(exclude={"budgets"}))
    report.matplotlib()  # to be told now and not after minutes

    def replay(reading: "Declarations", advance: Advance) -> dict[str, Any]:
        main = live(files, chosen, budget, plan, declarations=reading, partitions=partitions, advance=advance)
        others = (
            live(files, chosen, other, plan, declarations=reading, partitions=partitions)
            for other in chosen.report.budgets
            if other != budget
        )
        told = report.figures(main, others, assumed)
        page.write_text(report.page(told), encoding="utf-8")
        return told

    return replay


def tell(report: Mapping[str, Any], show: Callable[[Mapping[str, Any]], None], *, as_json: bool) -> None:
    """On stdout, for programs or for people."""
    import orjson

    if as_json:
        sys.stdout.buffer.write(orjson.dumps(report, option=orjson.OPT_APPEND_NEWLINE))
    else:
        show(report)
