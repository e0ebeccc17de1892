"""What a turn commits: marks where time moved, offsets that never go back, and nothing for a tick without effect."""

import asyncio
from collections.abc import Sequence

import orjson

from agents.runtime import Agent
from agents.runtime.batches import NOBODY
from agents.runtime.control import ControlLog
from agents.runtime.positions import Acted, Committed
from agents.runtime.seats import TICK, Cycle, Seat
from agents.runtime.station import Station
from config.settings import load
from streams.log import Effects, LogRecord, Output, Record

PLACE = ("ns.cases", 3)


class Echo:
    """Writes what it reads; a tick past 100 has an effect."""

    def process(self, records: Sequence[Record], effects: Effects) -> None:
        effects.outputs += [Output("out", record.key, record.value) for record in records]

    def tick(self, now_ms: int, effects: Effects) -> None:
        if now_ms > 100:
            effects.outputs.append(Output("out", None, b"late"))

    def replay(self, record: Record, answers: Sequence[Record]) -> None: ...


def seat() -> Seat:
    return Seat(Agent("echo", "cases", lambda _: Echo(), stateful=True), PLACE, Echo(), position=10)


def records(*offsets: int) -> list[LogRecord]:
    return [LogRecord(3, offset, 0, b"k", b"v") for offset in offsets]


def marks(cycle: Cycle) -> list[tuple[int, int]]:
    values = [orjson.loads(o.value or b"") for o in cycle.effects.outputs if o.topic == "positions"]
    return [(value["input"], value["now_ms"]) for value in values]


def test_a_mark_stands_before_the_first_record_after_time_moved() -> None:
    shard, cycle = seat(), Cycle(NOBODY)

    shard.turn(records(10, 11), 12, Acted(5, 50), cycle)
    shard.turn(records(12), 14, Acted(5, 50), cycle)

    assert marks(cycle) == [(10, 50)]
    assert cycle.commits == {PLACE: Committed(14, Acted(5, 50))}


def test_a_tick_without_effect_commits_nothing_and_is_marked_with_the_next_record() -> None:
    shard, idle, busy = seat(), Cycle(NOBODY), Cycle(NOBODY)

    shard.turn((), 10, Acted(5, 50), idle)
    shard.turn(records(10), 11, Acted(5, 50), busy)

    assert idle.commits == {}
    assert marks(busy) == [(10, 50)]


def test_a_tick_with_effect_is_committed_and_marked_by_itself() -> None:
    shard, cycle = seat(), Cycle(NOBODY)

    shard.turn((), 10, Acted(6, 150), cycle)

    assert marks(cycle) == [(10, 150)]
    assert cycle.commits == {PLACE: Committed(10, Acted(6, 150))}


def test_writing_a_tick_does_not_take_back_offsets_that_are_still_being_committed() -> None:
    shard, first, second = seat(), Cycle(NOBODY), Cycle(NOBODY)
    shard.turn(records(10, 11), 12, Acted(5, 50), first)  # on its way, `committed` not yet set

    shard.write_tick(second)

    assert second.effects.outputs == [TICK]
    assert second.commits == first.commits


def test_a_seat_is_clean_only_when_all_it_sent_is_committed() -> None:
    shard, cycle = seat(), Cycle(NOBODY)
    shard.turn(records(10), 11, Acted(), cycle)
    assert not shard.clean

    shard.committed = cycle.commits[PLACE]

    assert shard.clean


class Fold:
    offset = now_ms = 0

    def fold(self, record: Record) -> None:
        self.offset, self.now_ms = record.offset + 1, record.timestamp


async def test_a_shard_waits_until_the_fold_has_reached_the_position_it_acted_on() -> None:
    control = ControlLog(Fold(), Station(load()))
    await control._read_all()  # the log was empty when this worker began
    waiting = asyncio.create_task(control.reached(8))
    control._pending.append(LogRecord(0, 6, 60, None, b""))
    await control.advance()
    await asyncio.sleep(0)
    assert not waiting.done()

    control._pending.append(LogRecord(0, 7, 70, None, b""))
    await control.advance()
    await waiting

    assert control.acted == Acted(8, 70)


def test_a_cycle_of_one_shard_never_goes_back_in_time() -> None:
    shard = seat()
    shard.turn((), 10, Acted(6, 150), Cycle(NOBODY))

    cycle = Cycle(NOBODY)
    shard.turn((), 10, Acted(6, 150), cycle)

    assert cycle.effects.outputs == []
