"""CloudEvents 1.0 headers (Kafka binary mode), deterministic ids and times: what every public output carries."""

from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b

from streams.log import Headers

NOTHING_YET = blake2b(digest_size=12)  # a copy costs less than a new one
LAST_MS = 253_402_300_799_999  # the end of the year 9999: beyond it RFC 3339 has no words


def event_id(*parts: str | int) -> str:
    """24 hex digits that follow from `parts` alone: the same input record always yields the same id.

    >>> event_id("S10", "LZ551209644CN", 1)
    '61061fb5b611cca8d706e392'
    >>> event_id("a", "bc") == event_id("ab", "c")
    False
    """
    digest = NOTHING_YET.copy()
    digest.update("\x1f".join([str(part) for part in parts]).encode())
    return digest.hexdigest()


def rfc3339(at_ms: int) -> str:
    """Milliseconds since 1970 as records write a time; what lies outside 1970 to 9999 becomes its nearest end.

    >>> rfc3339(1_700_000_000_123)
    '2023-11-14T22:13:20.123Z'
    >>> rfc3339(-1)  # Kafka's "no timestamp"
    '1970-01-01T00:00:00.000Z'
    """
    second, ms = divmod(min(max(at_ms, 0), LAST_MS), 1000)
    return f"{_to_the_second(second)}.{ms:03d}Z"


@lru_cache(maxsize=1024)  # many records share a second
def _to_the_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).isoformat()[:-6]


class EventKind:
    """The headers that all events of one kind share. `ce_time` is added by the runtime: it alone has a clock.

    `source` names the part of the engine that speaks, such as `risk`; `name` the kind of event.

    >>> EventKind("risk", "decision").headers("dec-1")[0]
    ('ce_id', b'dec-1')
    """

    def __init__(self, source: str, name: str, content_type: str = "application/json") -> None:
        self._common: tuple[tuple[str, bytes], ...] = (
            ("ce_specversion", b"1.0"),
            ("ce_source", f"/greenlane/{source}".encode()),
            ("ce_type", f"org.greenlane.{name}.v1".encode()),
            ("content-type", content_type.encode()),
        )

    def headers(self, event_id: str, *more: tuple[str, bytes]) -> Headers:
        """The headers of the event `event_id`, with `more` after them."""
        return (("ce_id", event_id.encode()), *self._common, *more)
