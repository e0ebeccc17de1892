"""Records as an officer reads them: plain sentences, no field names, nothing a terminal could obey."""

from collections.abc import Iterable
from typing import Any

import orjson
from rich.text import Text

LANE = {"RED": "bold red", "YELLOW": "yellow", "BLUE": "blue", "GREEN": "green"}
SEVERITY = {"CRITICAL": "bold white on red", "HIGH": "bold red", "WARNING": "yellow", "INFO": "cyan"}


def plain(value: object) -> str:
    """Text from outside without control characters: it could otherwise move the cursor or set colours.

    >>> plain("a\\x1b[31mb")
    'a·[31mb'
    """
    return "".join(c if c.isprintable() else "·" for c in str(value))


def decision(record: dict[str, Any]) -> Text:
    """One line: lane, score, item and the first reason."""
    lane = plain(record["lane"])
    reasons = record.get("reasons") or ()
    line = Text.assemble((f"{lane:<6}", LANE.get(lane, "")), f" {record['riskScore']:6.3f}  ", plain(record["itemId"]))
    line.append(f"  v{record['version']}", "dim")
    if reasons:
        line.append(f"  {plain(reasons[0]['text'])}")
    return line


def alert(record: dict[str, Any]) -> Text:
    """A block: severity, time and title, then each reason on a line of its own."""
    cleared = record.get("state") == "CLEARED"
    mark = "cleared" if cleared else plain(record["severity"]).lower()
    style = "green" if cleared else SEVERITY.get(record["severity"], "")
    block = Text.assemble(
        (f"{mark:^10}", style), f" {plain(record['raisedAt'])[11:19]}  ", (plain(record["title"]), "bold")
    )
    for reason in () if cleared else record.get("reasons") or ():
        block.append(f"\n{'':11}• {plain(reason['text'])}")
    return block


def rejected(headers: Iterable[tuple[str, bytes | None]]) -> Text:
    """One line: code, where the record stands, and what is wrong with it. The value itself may hold personal data."""
    head = {name: plain((content or b"").decode(errors="replace")) for name, content in headers}
    place = f"{head.get('dlq_topic', '?')}[{head.get('dlq_partition', '?')}]@{head.get('dlq_offset', '?')}"
    line = Text.assemble((head.get("dlq_code", "?"), "red"), f"  {place}  ")
    line.append(f"{head.get('dlq_field', '')} ".lstrip(), "dim")
    return line.append(head.get("dlq_message", ""))


def feedback(record: dict[str, Any]) -> Text:
    """One line: provider, item, verdict and what to mend."""
    parts = [f"{name}={brief(content)}" for name, content in record.items() if name != "schemaVersion" and content]
    return Text("  ".join(parts))


def brief(content: object) -> str:
    return plain(content if isinstance(content, str | int | float) else orjson.dumps(content).decode())
