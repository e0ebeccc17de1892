"""Who slept through a session takes no record before the group has heard of it again."""

import math
import time
from types import SimpleNamespace
from typing import Any

import pytest

from agents.runtime.batches import Identity
from agents.runtime.transport import BatchConsumer, BatchThread

PLACE = ("ns.cases", 0)


def drained(member_until: float) -> Any:
    """What a thread takes of one fetched batch."""
    fetcher = SimpleNamespace(_closed=False, _records={PLACE: "fetched"})
    thread = SimpleNamespace(
        consumer=SimpleNamespace(flow_active=True),
        identity=Identity(1, "m"),
        member_until=member_until,
        _take=lambda *_: "batch",
    )
    return BatchThread._drain(thread, SimpleNamespace(_closed=False, _fetcher=fetcher), {PLACE})


def test_a_member_takes_what_was_fetched() -> None:
    assert drained(math.inf) == {PLACE: "batch"}


def test_nothing_is_taken_once_the_session_may_have_ended() -> None:
    assert drained(time.monotonic() - 0.001) == {}


@pytest.mark.parametrize("good", [True, False])
async def test_only_a_heartbeat_that_succeeded_counts_and_from_when_it_was_sent(good: bool) -> None:
    heard: list[float] = []
    answered: list[float] = []

    async def beat() -> bool:
        answered.append(time.monotonic())
        return good

    coordinator = SimpleNamespace(_do_heartbeat=beat)
    BatchThread._note_heartbeats(SimpleNamespace(heard_of_us=heard.append), coordinator)

    assert await coordinator._do_heartbeat() is good
    assert [at <= answered[0] for at in heard] == [True] * good


@pytest.mark.parametrize(("silent_s", "unheard"), [(0.1, False), (7.9, False), (8.5, True), (100.0, True)])
def test_the_group_is_missed_once_it_need_not_keep_our_place(silent_s: float, unheard: bool) -> None:
    now = time.monotonic()
    thread = SimpleNamespace(heard_at=now - silent_s, member_until=now - silent_s + 8.0)

    unheard_s = BatchConsumer.unheard_s.fget(SimpleNamespace(_thread=thread))  # type: ignore[attr-defined]

    assert (unheard_s >= silent_s) is unheard
    assert (unheard_s == 0) is not unheard
