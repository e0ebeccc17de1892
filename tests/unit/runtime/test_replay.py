"""Folding again: time passes where it passed before, and never twice."""

from collections import deque
from types import SimpleNamespace

from agents.runtime.agent import Agent
from agents.runtime.positions import Acted, Mark
from agents.runtime.replay import Replay
from agents.runtime.seats import Seat
from agents.runtime.station import Station
from config.settings import load


def test_marks_older_than_the_snapshot_let_no_time_pass_again() -> None:
    ticked: list[int] = []
    shard = SimpleNamespace(tick=lambda now_ms, _effects: ticked.append(now_ms))
    seat = Seat(Agent("risk", "cases", lambda _partition: shard), ("cases", 0), shard, 300)  # type: ignore[arg-type, return-value]
    seat.marked = Acted(7, 5000)  # as the snapshot says
    older, of_the_snapshot, newer = Mark("risk", 90, 4, 4000), Mark("risk", 200, 7, 5000), Mark("risk", 250, 9, 6000)
    replay = Replay(Station(load(broker="127.0.0.1:1")), None, lambda: None)  # type: ignore[arg-type]

    replay._pass_time(seat, deque([older, of_the_snapshot, newer]), 300)

    assert ticked == [6000]
    assert seat.marked == Acted(9, 6000)
