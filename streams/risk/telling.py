"""What the fold of the control log has noticed, told to operators: by the risk shard of partition 0, once."""

from typing import Any

from streams import alerting, topics
from streams.control import Control
from streams.decisions.alerts import EVENT
from streams.learning.notices import Notice
from streams.log import Effects, Output
from streams.records.alert import alert_id
from streams.records.events import rfc3339
from streams.records.wire import encode

RULE = "stated rule"


def tell(control: Control, since_ms: int, until_ms: int, namespace: str, effects: Effects) -> None:
    """Write alerts, and promotions where the rule says so, about what was noticed in this stretch of engine time.

    Who comes back to an engine time tells the same again, so what was told is part of a shard's state: its time.
    """
    for notice in control.noticed(since_ms, until_ms):
        alert = _alert(notice, namespace)
        alerting.write(alert, notice.office.encode() or None, EVENT, effects)
        if notice.promote:
            said = {"kind": "promotion", "model": notice.promote, "by": RULE, "why": notice.title}
            effects.outputs.append(Output(topics.CONTROL, notice.promote.encode(), encode(said)))


def _alert(notice: Notice, namespace: str) -> dict[str, Any]:
    place = notice.place
    return {
        "schemaVersion": "1.0",
        "alertId": alert_id("SYSTEM", notice.about),
        "raisedAt": rfc3339(notice.since_ms),
        "kind": "SYSTEM",
        "severity": notice.severity,
        "state": notice.state,
        "subject": {"providerId": notice.office} if notice.office else {},
        "title": notice.title[:256],
        "reasons": notice.reasons,
        "eventTime": rfc3339(place.at_ms),
        "source": {"topic": f"{namespace}.{topics.CONTROL}", "partition": 0, "offset": place.offset, "index": 0},
    }
