"""What was in force when: a shard may have to fold again what it did under it, and has to find the same."""

from collections.abc import Sequence
from typing import TypeVar

What = TypeVar("What")

KEPT_MS = 86_400_000  # engine time: longer than a shard is behind its snapshot
MAX_CHANGES = 256  # of one thing, however often it changes
ALWAYS = -1  # before any engine time


def in_force(changes: Sequence[tuple[int, What]], now_ms: float) -> What | None:
    """The newest of `changes` (since when, and what) that came before engine time `now_ms`, None where none did.

    >>> [in_force([(0, "low"), (60_000, "high")], now_ms) for now_ms in (0, 60_000, 60_001)]
    [None, 'low', 'high']
    """
    for since_ms, what in reversed(changes):
        if since_ms < now_ms:
            return what
    return None


def change(changes: list[tuple[int, What]], what: What, now_ms: int) -> None:
    """Let `what` be in force from engine time `now_ms` on, and forget what was changed a day ago or 256 changes ago.

    The oldest that stays counts from `ALWAYS` on, for who asks for earlier.

    >>> changes = [(0, "low"), (10, "high")]
    >>> change(changes, "low", 86_400_020)
    >>> changes
    [(-1, 'high'), (86400020, 'low')]
    """
    changes.append((now_ms, what))
    outlived = sum(since_ms <= now_ms - KEPT_MS for since_ms, _ in changes)
    if gone := max(outlived - 1, len(changes) - MAX_CHANGES, 0):
        changes[: gone + 1] = [(ALWAYS, changes[gone][1])]
