"""What the demo shows first when more comes than a person can read."""

import io
from typing import Any

import orjson
from rich.console import Console

from agents.demo.tally import Tally
from agents.demo.watch import Watch


def alert(title: str, kind: str = "PARCEL", severity: str = "HIGH", state: str = "RAISED") -> bytes:
    reasons = [{"code": f"{kind}-CODE", "text": "because"}]
    record = {"raisedAt": "2026-11-22T10:00:05Z", "kind": kind, "severity": severity, "state": state}
    return orjson.dumps(record | {"title": title, "reasons": reasons})


def shown(*batches: list[bytes]) -> str:
    page = io.StringIO()
    watch = Watch(reader=None, tally=Tally(), console=Console(file=page, width=100), prefix="demo.")
    for batch in batches:
        watch.fresh.extend(batch)
        watch._show_one()
    return page.getvalue()


def test_the_most_severe_alert_is_shown_and_the_end_of_one_never() -> None:
    page = shown(
        [alert("mild", severity="WARNING"), alert("grave"), alert("over", severity="CRITICAL", state="CLEARED")]
    )

    assert "grave" in page
    assert "mild" not in page
    assert "over" not in page


def test_a_sort_of_alert_not_shown_yet_goes_before_a_graver_one_seen_already() -> None:
    both: list[Any] = [alert("parcel", severity="CRITICAL"), alert("seal", kind="SENSOR", severity="WARNING")]

    assert "seal" in shown(both, both)
    assert "seal" not in shown(both)


def test_nothing_new_shows_nothing() -> None:
    assert shown([]).strip() == ""
