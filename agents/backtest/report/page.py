"""The page: words and tables around the plots, in one file that needs nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

import orjson

from agents.backtest.report.plots import plots

Figures = Mapping[str, Any]

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; color: #22303c; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; }
figure { margin: 1.5rem 0; } figcaption { font-weight: 600; } svg { width: 100%; height: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid #e5e7eb; text-align: right; vertical-align: bottom; }
th:first-child, td:first-child { text-align: left; }
"""
COSTS = {  # title of the column, and how its figure is written
    "budget": ("budget", "{:.1%}"),
    "rate": ("inspected", "{:.2%}"),
    "precision": ("precision", "{:.1%}"),
    "officer_hours": ("officer hours", "{:,.0f}"),
    "honest_inspected": ("honest inspected", "{:,}"),
    "honest_delay_days": ("their delay, days", "{:,.0f}"),
    "found": ("found", "{:,}"),
    "duty_recovered_eur": ("duty recovered, EUR", "{:,.0f}"),
    "missed": ("missed", "{:,}"),
    "duty_missed_eur": ("duty missed, EUR", "{:,.0f}"),
    "net_eur": ("net, EUR", "{:,.0f}"),
    "break_even_precision": ("break-even precision", "{:.1%}"),
}
ASSUMED = {
    "minutes_red": "minutes of an officer for a physical inspection (RED)",
    "minutes_yellow": "minutes of an officer for a documentary check (YELLOW)",
    "officer_eur_per_hour": "EUR an hour of an officer costs",
    "delay_days_red": "days a physical inspection delays",
    "delay_days_yellow": "days a documentary check delays",
    "duty_share": "of the duty on the declared value a finding brings in (1 is all of it)",
}
UNKNOWN = "unknown"


def page(told: Figures) -> str:
    """The whole page for what `figures` gives. Equal figures give equal pages.

    Raises `EnvironmentLacksError` where plots cannot be drawn.
    """
    drawn = [f"<figure><figcaption>{escape(caption)}</figcaption>{svg}</figure>" for caption, svg in plots(told)]
    *over_time, benefit = drawn
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>greenlane back-test</title>',
            f"<style>{STYLE}</style></head><body>",
            *_summary(told),
            "<h2>Over time</h2>",
            *over_time,
            *_costs(told),
            benefit,
            *_burden(told["burden"]),
            *_assumptions(told["assumptions"]),
            _data(told),
            "</body></html>\n",
        )
    )


def _summary(told: Figures) -> Iterable[str]:
    total = told["total"]
    missed = total["missed"]
    yield f"<h1>Back-test: {told['budget']:.1%} of declarations inspected</h1>"
    yield (
        f"<p>{total['declarations']:,} declarations in {len(told['weeks'])} weeks after the warm-up, each decided when"
        f" it came. {total['inspected']:,} were inspected, {total['drawn']:,} of them drawn by lot, and"
        f" {total['found']:,} of these inspections found something: precision {_share(total['precision'])}, recall"
        f" {_share(total['recall'])}, {_share(total['revenue'])} of the duty at stake. Only what was inspected taught"
        " the engine anything, days later.</p>"
    )
    yield (
        f"<p>Frauds that passed: <b>{_number(missed['true'])}</b> in truth; the engine, which cannot know that,"
        f" estimates {_number(missed['estimated'])} from what the lot found (95 % interval"
        f" {_number(missed['lower'])} to {_number(missed['upper'])}).</p>"
    )


def _costs(told: Figures) -> Iterable[str]:
    budgets = told["budgets"]
    yield "<h2>Costs and benefits</h2>"
    yield f"<p>{escape(_break_even(told['break_even']))} Every budget was run through the whole history by itself.</p>"
    rows = [[_written(budget[name], form) for name, (_, form) in COSTS.items()] for budget in budgets]
    yield _table([title for title, _ in COSTS.values()], rows)
    yield (
        "<p>Break-even precision: the share of inspections that would have to find something to pay for the officers'"
        " time, at the duty a finding brought in. Duty is heavy-tailed: a few findings carry most of it, so sums of"
        " money depend on chance. What deterrence, safety and delay are worth is not in the net.</p>"
    )


def _break_even(found: Figures) -> str:
    """
    >>> _break_even({"rate": 0.125, "below": None, "above": None})
    'Break-even rate: from 12.5% of declarations on, one more inspection costs more than it brings in.'
    """
    if found["rate"] is not None:
        return (
            f"Break-even rate: from {found['rate']:.1%} of declarations on, one more inspection costs more than it"
            " brings in."
        )
    if found["above"] is not None:
        return f"Break-even rate: above {found['above']:.1%}, the most that was tried; all of it pays for itself."
    return "Break-even rate: none; under these assumptions no rate that was tried pays for the officers' time in duty."


def _burden(burden: Sequence[Figures]) -> Iterable[str]:
    yield "<h2>Burden</h2>"
    yield (
        "<p>Who is inspected, and how often in vain, with 95 % intervals, the largest groups of each kind. Marked are"
        " rates that differ from all other groups' beyond chance: a question, not a verdict, for risk differs too.</p>"
    )
    for kind, groups in groupby(burden, lambda group: group["by"]):
        yield _table([kind, "declarations", "inspected", "of these in vain", "unequal"], map(_borne, groups))


def _borne(group: Figures) -> Iterable[str]:
    yield escape(group["group"])
    yield f"{group['parcels']:,}"
    yield _interval(group["selectionRate"])
    yield _interval(group["errorRate"])
    yield ", ".join(group["unequal"])


def _assumptions(assumed: Mapping[str, float]) -> Iterable[str]:
    yield "<h2>Assumptions</h2><p>From the configuration, section <code>[report]</code>; no history tells them.</p><ul>"
    yield from (f"<li>{assumed[name]:g} {escape(words)}</li>" for name, words in ASSUMED.items())
    yield "</ul>"


def _data(told: Figures) -> str:
    """The figures themselves, for whoever wants to go on with them. `<` could end the element."""
    text = orjson.dumps(told).decode().replace("<", "\\u003c")
    return f'<script type="application/json" id="figures">{text}</script>'


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Cells of `rows` as they are, those of `head` escaped."""
    body = "\n".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr></thead>\n{body}</table>"


def _written(value: float | None, form: str) -> str:
    return UNKNOWN if value is None else form.format(value)


def _share(value: float | None) -> str:
    return _written(value, "{:.1%}")


def _number(value: float | None) -> str:
    return _written(value, "{:,.0f}")


def _interval(rate: Mapping[str, float] | None) -> str:
    return "{estimate:.1%} ({lower:.1%} to {upper:.1%})".format(**rate) if rate else UNKNOWN
