"""What a run amounted to: a fold over the public topics, blind to how the engine works inside."""

from collections import Counter
from datetime import datetime
from heapq import nlargest
from typing import Any, NamedTuple

import orjson

from streams import topics

ORIGINAL = "9"
WHOLE = -1  # number of the parcel in a record refused as a whole


class Place(NamedTuple):
    """Where a parcel was filed: partition and offset of its manifest, and its number in it."""

    partition: int
    offset: int
    parcel: int


class Tally:
    """Counts, and the exactly-once check: every parcel filed is decided or refused, no version decided twice."""

    def __init__(self) -> None:
        self.filed: dict[Place, str | None] = {}
        self.refused: set[Place] = set()
        self.versions: Counter[tuple[str, int]] = Counter()
        self.current: dict[str, Any] = {}
        self.latencies_ms: list[float] = []
        self.counts: Counter[tuple[str, ...]] = Counter()
        self.results: dict[str, str] = {}

    def fold(self, topic: str, message: Any) -> None:
        """Take one committed record of a public topic, named without namespace."""
        self.counts["records", topic] += 1
        folds = {
            topics.MANIFESTS: self._manifest,
            topics.DECISIONS: self._decision,
            topics.REJECTED: self._rejected,
            topics.ALERTS: self._alert,
            topics.OUTCOMES: self._outcome,
        }
        if fold := folds.get(topic):
            fold(message)

    @property
    def twice(self) -> int:
        """How many versions were decided more than once."""
        return sum(times > 1 for times in self.versions.values())

    @property
    def unanswered(self) -> int:
        """How many original filings are neither decided nor refused (yet)."""
        return sum(not self._answered(place, item) for place, item in self.filed.items())

    def _answered(self, place: Place, item: str | None) -> bool:
        return item in self.current or place in self.refused or place._replace(parcel=WHOLE) in self.refused

    def _manifest(self, message: Any) -> None:
        place = Place(message.partition(), message.offset(), WHOLE)
        items = originals(message.value())
        if items is None:
            self.filed[place] = None
        else:
            self.filed |= {place._replace(parcel=n): item for n, item in enumerate(items)}

    def _decision(self, message: Any) -> None:
        record = orjson.loads(message.value())
        item, version = record["itemId"], record["version"]
        self.versions[item, version] += 1
        self.counts["lane", record["lane"]] += 1
        if version >= self.current.get(item, record)["version"]:
            self.current[item] = record
        if when := dict(message.headers() or ()).get("ce_time"):
            self.latencies_ms.append(elapsed_ms(record["decidedAt"], when.decode()))

    def _rejected(self, message: Any) -> None:
        head = {name: (content or b"").decode(errors="replace") for name, content in message.headers() or ()}
        self.counts["code", head["dlq_code"]] += 1
        if head["dlq_topic"].endswith(topics.MANIFESTS):
            parcel = int(head.get("dlq_index") or WHOLE)
            self.refused.add(Place(int(head["dlq_partition"]), int(head["dlq_offset"]), parcel))

    def _alert(self, message: Any) -> None:
        record = orjson.loads(message.value())
        self.counts["alert", record["kind"], record["state"]] += 1

    def _outcome(self, message: Any) -> None:
        record = decoded(message.value())
        if isinstance(record, dict) and isinstance(record.get("itemId"), str):
            self.results[record["itemId"]] = str(record.get("result"))

    def hits(self, selected_by: str) -> tuple[int, int]:
        """Of the items selected so and inspected: how many had findings, and how many there are."""
        labels = [
            self.results[item] == "NON_CONFORM"
            for item, record in self.current.items()
            if record["selectedBy"] == selected_by and self.results.get(item) in {"CONFORM", "NON_CONFORM"}
        ]
        return sum(labels), len(labels)

    def most_telling(self, count: int) -> list[Any]:
        """Current RED and YELLOW decisions by score, highest first."""
        adverse = (record for record in self.current.values() if record["lane"] in {"RED", "YELLOW"})
        return nlargest(count, adverse, key=lambda record: record["riskScore"])


def decoded(value: bytes | None) -> Any:
    """JSON, or None where the bytes are none."""
    try:
        return orjson.loads(value or b"")
    except orjson.JSONDecodeError:
        return None


def originals(value: bytes | None) -> list[str | None] | None:
    """The item ids an original manifest files; empty for other functions, None where it cannot be read."""
    record = decoded(value)
    if not isinstance(record, dict) or not isinstance(record.get("parcels"), list):
        return None
    if record.get("messageFunction") != ORIGINAL:
        return []
    return [parcel.get("itemId") if isinstance(parcel, dict) else None for parcel in record["parcels"]]


def elapsed_ms(start: str, stop: str) -> float:
    """Milliseconds between two RFC 3339 times.

    >>> elapsed_ms("2026-11-22T10:00:00.000Z", "2026-11-22T10:00:00.250Z")
    250.0
    """
    return (datetime.fromisoformat(stop) - datetime.fromisoformat(start)).total_seconds() * 1000
