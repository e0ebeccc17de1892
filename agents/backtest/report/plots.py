"""Plots as SVG that stands in the page itself: drawn by matplotlib, words kept as words, nothing fetched."""

import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from agents.backtest.weeks import WINDOW
from agents.errors import EnvironmentLacksError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Figures = Mapping[str, Any]

TRUE, ESTIMATED, OTHER = "#22303c", "#c2410c", "#2563a8"
STYLE: Any = {
    "svg.fonttype": "none",  # words, not outlines: small, searchable, in the page's own type
    "svg.hashsalt": "greenlane",  # equal figures give equal pages
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e5e7eb",
    "legend.frameon": False,
}


def matplotlib() -> Any:
    """The library that draws; it is no part of a plain installation. Raises `EnvironmentLacksError`."""
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise EnvironmentLacksError("the report is drawn by matplotlib: pip install 'greenlane[report]'") from error
    return mpl


def plots(told: Figures) -> list[tuple[str, str]]:
    """A caption and the SVG of each plot. Raises `EnvironmentLacksError` without matplotlib."""
    with matplotlib().rc_context(STYLE):
        return [(caption, _drawn(draw, told)) for caption, draw in PLOTS]


def _quality(axes: "Axes", told: Figures) -> None:
    days = _mondays(told["weeks"])
    for name, color in (("precision", TRUE), ("recall", ESTIMATED), ("revenue", OTHER)):
        axes.plot(days, _numbers(told["weeks"], name, 100), color=color, label=name)
    _in_percent(axes)


def _leakage(axes: "Axes", told: Figures) -> None:
    missed = [{"from": week["from"], **week["missed_13_weeks"]} for week in told["weeks"][WINDOW - 1 :]]
    days = _mondays(missed)
    lower, upper = (_numbers(missed, bound) for bound in ("lower", "upper"))
    axes.plot(days, _numbers(missed, "estimated"), color=ESTIMATED, label="estimated from the lot, 95 % interval")
    axes.fill_between(days, lower, upper, color=ESTIMATED, alpha=0.15, linewidth=0)
    axes.plot(days, _numbers(missed, "true"), color=TRUE, label="true")
    axes.set_ylim(bottom=0)


def _hits(axes: "Axes", told: Figures) -> None:
    for name, color, label in (("chosen", TRUE, "chosen by risk"), ("drawn", ESTIMATED, "drawn by lot")):
        rates = [{"from": week["from"], **week[name]} for week in told["hit_rates"] if week[name]]
        days, lower, upper = _mondays(rates), _numbers(rates, "lower", 100), _numbers(rates, "upper", 100)
        axes.plot(days, _numbers(rates, "estimate", 100), color=color, label=label)
        axes.fill_between(days, lower, upper, color=color, alpha=0.15, linewidth=0)
    _in_percent(axes)


def _workload(axes: "Axes", told: Figures) -> None:
    weeks = told["weeks"]
    days = _mondays(weeks)
    drawn = [week["drawn"] for week in weeks]
    chosen = [week["inspected"] - week["drawn"] for week in weeks]
    axes.bar(days, chosen, 5, color=TRUE, label="chosen")
    axes.bar(days, drawn, 5, bottom=chosen, color=ESTIMATED, label="drawn by lot")


def _benefit(axes: "Axes", told: Figures) -> None:
    budgets = told["budgets"]
    rates = [100 * budget["rate"] for budget in budgets]
    for name, color, label in (
        ("duty_recovered_eur", TRUE, "duty recovered"),
        ("officers_eur", OTHER, "officers' time"),
        ("net_eur", ESTIMATED, "net"),
    ):
        axes.plot(rates, [budget[name] for budget in budgets], color=color, marker="o", label=f"{label}, EUR")
    axes.set_xlabel("inspected, %")


Draw = Callable[["Axes", Figures], None]
PLOTS: Sequence[tuple[str, Draw]] = (
    ("Precision, recall and share of the duty at stake found, week by week", _quality),
    ("Frauds that passed in the 13 weeks before: the estimate beside the truth", _leakage),
    ("Findings per inspection in the 13 weeks before: chosen by risk against drawn by lot", _hits),
    ("Inspections a week", _workload),
    ("What more inspections cost and bring in", _benefit),
)


def _drawn(draw: Draw, told: Figures) -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3), layout="tight")
    axes = figure.subplots()
    draw(axes, told)
    axes.legend()
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    return _bare(text.getvalue())


def _bare(svg: str) -> str:
    """The element alone, without the prologue that names a document type elsewhere."""
    return svg[svg.index("<svg") :]


def _mondays(rows: Sequence[Figures]) -> list[Any]:
    return [date.fromisoformat(row["from"]) for row in rows]


def _numbers(rows: Sequence[Figures], name: str, scale: float = 1.0) -> list[float]:
    """What nobody knows leaves a gap in the line."""
    return [float("nan") if row[name] is None else scale * row[name] for row in rows]


def _in_percent(axes: "Axes") -> None:
    axes.set_ylim(0, 105)
    axes.set_ylabel("%")
