"""How alerts are written: by every agent that raises them, in the same way."""

from collections.abc import Mapping
from typing import Any

from streams.log import Effects, Output
from streams.records.events import EventKind
from streams.records.wire import encode
from streams.topics import ALERTS


def write(alert: Mapping[str, Any], key: bytes | None, event: EventKind, effects: Effects) -> None:
    """Add `alert` (`streams.records.alert.Alert`) to `effects`. It counts when it is raised, not when it ends.

    >>> effects = Effects()
    >>> for state in ("RAISED", "CLEARED"):
    ...     alert = {"alertId": "alt-1", "state": state, "kind": "SYSTEM", "severity": "HIGH"}
    ...     write(alert, b"CNPOST", EventKind("quality", "alert"), effects)
    >>> [dict(output.headers)["ce_id"] for output in effects.outputs], dict(effects.counts)
    ([b'alt-1-RAISED', b'alt-1-CLEARED'], {('alerts', 'SYSTEM', 'HIGH'): 1})
    """
    headers = event.headers(f"{alert['alertId']}-{alert['state']}")
    effects.outputs.append(Output(ALERTS, key, encode(alert), headers))
    if alert["state"] == "RAISED":
        effects.counts["alerts", alert["kind"], alert["severity"]] += 1
