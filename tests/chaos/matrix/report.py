"""How a run is told: one line on the terminal, one row of a page."""

from collections.abc import Sequence

from tests.chaos.matrix.row import Outcome

COUNTS = ("in", "decided", "rejected", "missing", "duplicated")


def line(outcome: Outcome) -> str:
    """One line; faults follow on lines of their own."""
    head = f"{outcome.row.name:<4} {outcome.row.fault}"
    if outcome.not_run:
        return f"{head}: not run, {outcome.not_run}"
    counted = ", ".join(f"{outcome.counts.get(name, '?')} {name}" for name in COUNTS)
    told = f"{head}: {counted}, {recovered(outcome)}, {verdict(outcome)} ({seeds(outcome)}, {outcome.took_s:.0f} s)"
    return "".join([told, *(f"\n       {fault}" for fault in outcome.faults[:10])])


def seeds(outcome: Outcome) -> str:
    """Which runs these were.

    >>> seeds(Outcome(None, 5, runs=50))
    '50 runs, seeds 5 to 54'
    """
    last = outcome.seed + outcome.runs - 1
    return f"seed {last}" if outcome.runs == 1 else f"{outcome.runs} runs, seeds {outcome.seed} to {last}"


def recovered(outcome: Outcome) -> str:
    return "-" if outcome.recover_s is None else f"recovered in {outcome.recover_s:.1f} s"


def verdict(outcome: Outcome) -> str:
    if outcome.not_run:
        return "not run"
    return "holds" if outcome.holds else f"BROKEN, {len(outcome.faults)} faults"


def page(outcomes: Sequence[Outcome], guards: Sequence[str] = ()) -> str:
    """One page: what was run with which seed, what it came to, what could not be run, and what the guards caught."""
    rows = [
        "| row | fault | must hold | run | in | decided | rejected | missing | twice | recovered, s | verdict |",
        "| --- " * 11 + "|",
    ]
    for outcome in outcomes:
        counts = [str(outcome.counts.get(name, "")) for name in COUNTS]
        back = "" if outcome.recover_s is None else f"{outcome.recover_s:.1f}"
        told = [
            outcome.row.name,
            outcome.row.fault,
            outcome.row.expected,
            seeds(outcome),
            *counts,
            back,
            verdict(outcome),
        ]
        rows.append(f"| {' | '.join(told)} |")
    sections = ["# Chaos", "\n".join(rows)]
    for title, lines in (("Not run", unrun(outcomes)), ("Faults", faults(outcomes)), ("Notes", notes(outcomes))):
        if lines:
            sections.append(f"## {title}\n\n" + "\n".join(f"- {text}" for text in lines))
    if guards:
        sections.append("## Broken builds, and what caught them\n\n" + "\n".join(f"- {text}" for text in guards))
    return "\n\n".join(sections) + "\n"


def unrun(outcomes: Sequence[Outcome]) -> list[str]:
    return [f"{outcome.row.name}: {outcome.not_run}" for outcome in outcomes if outcome.not_run]


def faults(outcomes: Sequence[Outcome]) -> list[str]:
    return [f"{outcome.row.name}, {seeds(outcome)}: {fault}" for outcome in outcomes for fault in outcome.faults]


def notes(outcomes: Sequence[Outcome]) -> list[str]:
    return [f"{outcome.row.name}: {'; '.join(outcome.notes)}" for outcome in outcomes if outcome.notes]
