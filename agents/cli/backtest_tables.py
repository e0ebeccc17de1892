"""What back-tests found, as tables for people."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

CONTROLS = {"as scored": None, "goods never seen before": "dedup", "goods found before (blocklist)": "blocklist"}
UNKNOWN = "-"


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


def show_weeks(report: Mapping[str, Any]) -> None:
    """Print a closed loop for people."""
    from rich.console import Console

    console, total = Console(), report["total"]
    console.print(weeks(report))
    console.print(
        f"{report['history']:,} declarations, {report['undecided']:,} of them not decided. After the warm-up "
        f"{total['declarations']:,}, of which {total['inspected']:,} were inspected ({report['budget']:.1%} wanted), "
        f"{total['drawn']:,} by lot. {report['declarations_per_s']:,} declarations a second."
    )


def weeks(report: Mapping[str, Any]) -> "Table":
    """One line per week, and one of all."""
    from rich.table import Table

    titles = ("week from", "declared", "inspected", "precision", "recall")
    lines = Table(*titles, "missed", "estimated", "in 13 weeks", "estimated")
    lines.columns[0].no_wrap = True  # the others may be narrow
    for week in report["weeks"]:
        lines.add_row(week["from"], *week_cells(week), *missed_cells(week["missed_13_weeks"]))
    lines.add_section()
    lines.add_row("all", *week_cells(report["total"]))
    return lines


def week_cells(week: Mapping[str, Any]) -> list[str]:
    shares = (UNKNOWN if week[name] is None else f"{week[name]:.1%}" for name in ("precision", "recall"))
    return [f"{week['declarations']:,}", f"{week['inspected']:,}", *shares, *missed_cells(week["missed"])]


def missed_cells(missed: Mapping[str, Any]) -> list[str]:
    """How many slipped through, and how many the lot says did.

    >>> missed_cells({"true": 76, "estimated": 30.9, "lower": 0.8, "upper": 450.5})
    ['76', '31 (1 to 450)']
    """
    known = UNKNOWN if missed["true"] is None else f"{missed['true']:,}"
    if missed["estimated"] is None:
        return [known, UNKNOWN]
    return [known, f"{missed['estimated']:,.0f} ({missed['lower']:,.0f} to {missed['upper']:,.0f})"]
