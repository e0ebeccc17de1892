"""Parcels as risk passes them on, and a patterns shard to feed them to: shared by the tests of patterns."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import orjson

from config.settings import load
from streams.log import Effects, LogRecord, Output
from streams.patterns import PatternSettings, PatternsShard
from streams.patterns.parcels import Parcel
from streams.patterns.touches import Touches
from streams.topics import ALERTS, CONTROL

START_MS = 1_790_000_000_000
SETTINGS = PatternSettings(**load().patterns.model_dump())
MINUTE_MS = 60_000


def parcel(
    item_id: str,
    *,
    point: str = "",
    seller: str = "s1",
    name: str = "n1",
    hs: str = "851830",
    goods: str = "",
    value_eur: float = 30.0,
    minutes: float = 0.0,
    came: float | None = None,
    version: int = 1,
) -> dict[str, Any]:
    """The touch of a delivery point (or, without one, of the seller), submitted `minutes` after the start.

    It `came` to the engine then too, unless said otherwise.
    """
    time_ms = START_MS + round(minutes * MINUTE_MS)
    offset = int.from_bytes(item_id.encode(), "big") % 10**6
    return {
        "entity": f"deliveryPoint/{point or 'd1'}" if point or not goods else f"seller/{seller}",
        "at": time_ms if came is None else START_MS + round(came * MINUTE_MS),
        "time_ms": time_ms,
        "source": {"topic": "customs.manifests.v1", "partition": 1, "offset": offset, "index": version},
        "itemIdType": "S10",
        "itemId": item_id,
        "version": version,
        "consignee": name,
        "seller": seller,
        "destination": "DE",
        "hs": hs,
        "goods": goods,
        "piece_eur": value_eur,
        "value_eur": value_eur,
    }


def sold(item_id: str, **told: Any) -> dict[str, Any]:
    """The touch of a seller."""
    touch = parcel(item_id, **told)
    return touch | {"entity": f"seller/{touch['seller']}"}


def page(*touches: dict[str, Any]) -> bytes:
    """As risk writes it."""
    written = Touches(partitions=1)
    for touch in touches:
        written.add_parcel([touch["entity"]], received(touch)[1:])
    [output] = written.outputs()
    return output.value or b""


def received(touch: dict[str, Any]) -> Parcel:
    """As views have it."""
    return Parcel(
        touch["entity"],
        touch["time_ms"],
        touch["at"],
        *touch["source"].values(),
        f"{touch['itemIdType']}/{touch['itemId']}",
        touch["version"],
        touch["consignee"],
        touch["seller"],
        touch["destination"],
        touch["hs"],
        round(touch["value_eur"] * 100),
        touch["goods"],
        round(touch["piece_eur"] * 100),
    )


class Patterns:
    """`touches[0]` with a patterns shard on it."""

    def __init__(self, settings: PatternSettings = SETTINGS, **changed: Any) -> None:
        self.settings = replace(settings, **changed)
        self.shard = PatternsShard(0, self.settings)
        self.effects = Effects()
        self.records: list[LogRecord] = []
        self.now_ms = 0

    def take(self, *touches: dict[str, Any]) -> list[Output]:
        """Process one page; returns what it led to."""
        before, offset = len(self.effects.outputs), len(self.records)
        self.records.append(LogRecord(0, offset, touches[-1]["at"], None, page(*touches)))
        self.shard.process(self.records[offset:], self.effects)
        return self.effects.outputs[before:]

    def each(self, touches: Iterable[dict[str, Any]]) -> list[Output]:
        """Process one page for each touch."""
        return [output for touch in touches for output in self.take(touch)]

    def run(self, minutes: float) -> list[Output]:
        """Let the engine run on for so long, with a tick at the end."""
        before = len(self.effects.outputs)
        self.now_ms += round(minutes * MINUTE_MS)
        self.shard.tick(self.now_ms, self.effects)
        return self.effects.outputs[before:]

    def alerts(self, state: str = "RAISED") -> list[dict[str, Any]]:
        return [alert for alert in said(self.effects.outputs, ALERTS) if alert["state"] == state]

    def raised(self) -> list[str]:
        """The codes of the alerts raised so far."""
        return [alert["reasons"][0]["code"] for alert in self.alerts()]

    def incidents(self) -> list[dict[str, Any]]:
        return said(self.effects.outputs, CONTROL)

    def concerned(self) -> list[str]:
        """The items that incidents named, in order."""
        return [item["itemId"] for incident in self.incidents() for item in incident["links"]["itemIds"]]


def said(outputs: Iterable[Output], topic: str) -> list[dict[str, Any]]:
    return [orjson.loads(output.value or b"") for output in outputs if output.topic == topic]
