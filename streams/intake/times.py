"""Times of records as milliseconds since 1970."""

from datetime import datetime

AHEAD_MS = 300_000  # no event counts as later than Kafka's time plus this


def epoch_ms(time: str) -> int:
    """Milliseconds since 1970 of a checked RFC 3339 time.

    >>> epoch_ms("1970-01-01T01:00:01.5+01:00")
    1500
    """
    return round(datetime.fromisoformat(time).timestamp() * 1000)
