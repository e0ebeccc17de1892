"""What waits takes turns by partition, and no partition gets more than its share of the room."""

from types import SimpleNamespace
from typing import Any

from agents.runtime.batches import NOBODY, SLICE_RECORDS, Batch
from agents.runtime.queue import Queue
from agents.runtime.transport import BatchThread
from config.settings import load
from streams.log import LogRecord


def batch(topic: str, records: int, start: int = 0) -> Batch:
    made = [LogRecord(0, start + number, 0, None, b"x") for number in range(records)]
    return Batch(topic, 0, made, start, start + records, NOBODY, records)


def taken(queue: Queue, times: int) -> list[tuple[str, int]]:
    return [(part.topic, part.start) for part in (queue.take() for _ in range(times))]


def test_a_flooded_partition_does_not_hold_up_the_others() -> None:
    queue = Queue(max_records=10, max_bytes=1000)
    queue.put(batch("flood", 4 * SLICE_RECORDS))
    queue.put(batch("calm", 5))
    queue.put(batch("calm", 5, start=5))

    order = taken(queue, 6)

    size = SLICE_RECORDS
    assert order == [("flood", 0), ("calm", 0), ("flood", size), ("calm", 5), ("flood", 2 * size), ("flood", 3 * size)]
    assert not queue


def test_the_room_is_counted_whatever_the_order() -> None:
    queue = Queue(max_records=10, max_bytes=1000)
    queue.wanted = True
    queue.put(batch("a", 8))
    wanted = queue.hungry.is_set()
    queue.put(batch("b", 8))
    full = queue.hungry.is_set()
    queue.take()

    assert (wanted, full, queue.hungry.is_set()) == (True, False, True)


def fetched(records: int) -> Any:
    """What aiokafka keeps of a fetch."""
    state = SimpleNamespace(position=0)

    def update() -> None:
        state.position += 1

    return SimpleNamespace(
        _partition_records=iter([SimpleNamespace(offset=number, value=b"x") for number in range(records)]),
        _assignment=SimpleNamespace(state_value=lambda _: state),
        _update_position=update,
        check_assignment=lambda _: True,
        has_more=lambda: True,
    )


def test_a_batch_is_no_more_than_the_share_of_its_partition_in_a_cycle() -> None:
    limits = load().runtime
    thread = SimpleNamespace(consumer=SimpleNamespace(pump=SimpleNamespace(limits=limits)), identity=NOBODY)
    place = SimpleNamespace(topic="t", partition=0)

    def size(sharers: int) -> int:
        return len(BatchThread._batch(thread, place, fetched(2 * limits.cycle_max_records), sharers).records)

    assert [size(1), size(4), size(1000)] == [limits.cycle_max_records, limits.cycle_max_records // 4, SLICE_RECORDS]
