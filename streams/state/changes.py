"""How long a fold remembers what was in force before: a shard may have to fold again what it did under it."""

from collections.abc import Sequence

KEPT_MS = 86_400_000  # engine time: longer than a shard is behind its snapshot
MAX_CHANGES = 256  # of one thing, however often it changes
ALWAYS = -1  # before any engine time


def superfluous(since_ms: Sequence[int], now_ms: int) -> int:
    """How many of the oldest changes may go; the first that stays counts from `ALWAYS` on, for who asks for earlier.

    >>> superfluous([0, 10, 86_400_005], 86_400_020), superfluous([0, 10], 20), superfluous([5] * 300, 20)
    (1, 0, 44)
    """
    outlived = sum(since <= now_ms - KEPT_MS for since in since_ms)
    return max(outlived - 1, len(since_ms) - MAX_CHANGES, 0)
