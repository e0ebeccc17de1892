"""`greenlane burden`: who bears inspections, read from what the engine decided and what officers reported."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from agents.cli.jsonl import AsJson, say
from agents.cli.surface import settings

if TYPE_CHECKING:
    from streams.learning.burden import Burden, Row

HEADS = ("by", "group", "parcels", "inspected", "95 %", "in vain", "95 %", "unequal")


class Filed(NamedTuple):
    """Whose parcel was filed, as far as burden asks."""

    identity: str
    origin: str
    provider: str
    seller: str


def burden(as_json: AsJson = False) -> None:
    """Show how often parcels were inspected, and how often in vain, by origin, provider and size of the seller.

    Each rate comes with its interval of 95 %; marked are groups that differ from all others by more than chance. Of
    an item decided again the newest decision counts. Needs some 500 bytes of memory for each item ever filed.

    Example: greenlane burden
    """
    from agents.access import Access
    from agents.reading import committed
    from agents.topics import full_name
    from streams.topics import CASES, DECISIONS

    chosen = settings()
    cases, decisions = (
        committed(Access.of(chosen), full_name(chosen.namespace, topic)) for topic in (CASES, DECISIONS)
    )
    show(burden_of(cases, decisions), as_json=as_json)


def burden_of(cases: Iterable[Any], decisions: Iterable[Any]) -> "Burden":
    """Join the two logs: each decision names the case that caused it, each outcome its item.

    A decision that an incident caused names no case: it is about what was filed when its item was decided before.
    """
    from streams.learning.burden import Burden
    from streams.risk.history import LABELS
    from streams.risk.turn import identity_of

    filed: dict[tuple[int, int], Filed] = {}
    found: dict[str, bool] = {}
    for message in cases:
        case = orjson.loads(message.value())
        if case["kind"] == "filing":
            filed[message.partition(), message.offset()] = _filed(case)
        elif case["kind"] == "outcome" and (label := LABELS.get(case["outcome"]["result"])) is not None:
            found[identity_of(case)] = label
    selected: dict[str, tuple[Filed, bool]] = {}
    for message in decisions:
        decision, cause = orjson.loads(message.value()), dict(message.headers()).get("cause")
        if cause is None:
            of, _ = selected.get(identity_of(decision), (None, False))
        else:
            of = filed.get((message.partition(), int(cause)))
        if of:  # else filed after we began to read
            selected[of.identity] = of, decision["lane"] in {"YELLOW", "RED"}
    counted = Burden()
    for identity, (of, inspected) in selected.items():
        counted.add(of.origin, of.provider, of.seller, selected=inspected, found=found.get(identity))
    return counted


def show(counted: "Burden", *, as_json: bool) -> None:
    """Print it: a table for people, or a line of JSON a group."""
    from rich.console import Console
    from rich.table import Table

    if as_json:
        for row in counted.rows():
            say(**row.as_json())
        return
    table = Table(*HEADS)
    for row in counted.rows():
        table.add_row(*_cells(row))
    Console().print(table)


def _cells(row: "Row") -> Iterable[str]:
    from agents.cli.render import plain

    yield row.kind
    yield plain(row.group)
    yield f"{row.parcels:,}"
    for rate in (row.selection, row.error):
        yield f"{rate.estimate:.1%}" if rate else "-"
        yield f"{rate.lower:.1%} to {rate.upper:.1%}" if rate else "-"
    yield ", ".join(row.unequal)


def _filed(case: dict[str, Any]) -> Filed:
    from streams.features import risk_features
    from streams.risk.turn import identity_of

    x = risk_features(case, {})
    return Filed(identity_of(case), x["origin"], case["provider"], x["seller"])
