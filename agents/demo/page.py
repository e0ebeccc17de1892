"""The summary: one page an officer and an engineer can both read."""

import statistics

from rich.console import Console
from rich.table import Table

from agents.cli.render import LANE, plain
from agents.demo.tally import Tally
from streams import topics

TELLING = 3
REASONS = 3


def show(tally: Tally, console: Console) -> None:
    console.rule("Summary")
    table = Table.grid(padding=(0, 2))
    for name, text in rows(tally):
        table.add_row(name, text)
    console.print(table)
    if telling := tally.most_telling(TELLING):
        console.print("\nHighest risks, and why:", style="bold")
    for record in telling:
        console.print(
            f"{record['lane']:<6} {record['riskScore']:.2f}  {plain(record['itemId'])}", style=LANE[record["lane"]]
        )
        for reason in record["reasons"][:REASONS]:
            console.print(f"       • {plain(reason['text'])}", markup=False)


def rows(tally: Tally) -> list[tuple[str, str]]:
    counts = tally.counts
    return [
        ("Manifests", f"{counts['records', topics.MANIFESTS]:,} with {len(tally.filed):,} parcels filed"),
        ("Decisions", f"{tally.versions.total():,}: {group(tally, 'lane')}"),
        ("Alerts", group(tally, "alert") or "none"),
        ("Refused", group(tally, "code") or "none"),
        ("Inspections", inspections(tally)),
        ("Exactly once", exactly_once(tally)),
        ("Manifest to decision", latency(tally.latencies_ms)),
    ]


def group(tally: Tally, kind: str) -> str:
    """All counts of one kind, largest first."""
    found = [
        (times, " ".join(key[1:]).lower() if kind == "alert" else key[1])
        for key, times in tally.counts.items()
        if key[0] == kind
    ]
    return ", ".join(f"{name} {times:,}" for times, name in sorted(found, reverse=True))


def inspections(tally: Tally) -> str:
    parts = [
        f"{found} of {made} {words} had findings ({found / made:.0%})"
        for words, basis in (("selected by risk", "RISK"), ("drawn at random", "RANDOM"))
        for found, made in (tally.hits(basis),)
        if made
    ]
    return "; ".join(parts) or "none reported yet"


def exactly_once(tally: Tally) -> str:
    if tally.twice or tally.unanswered:
        return f"BROKEN: {tally.unanswered:,} parcels without answer, {tally.twice:,} versions decided twice"
    return "every parcel filed was decided or refused, no version decided twice"


def latency(latencies_ms: list[float]) -> str:
    if len(latencies_ms) < 2:
        return "too few to tell"
    cuts = statistics.quantiles(latencies_ms, n=100, method="inclusive")
    return f"p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms"
