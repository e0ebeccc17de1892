"""When snapshots are written, and what is done about it while no broker answers."""

import asyncio
from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from agents.runtime import saving as module
from agents.runtime.agent import Silent
from agents.runtime.saving import Saving
from agents.runtime.snapshots import Shelf
from agents.runtime.station import Station
from config.settings import load


async def test_what_stands_in_the_log_is_asked_again_when_no_broker_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, heard = 0, asyncio.Event()

    async def shelves(*_: Any, **__: Any) -> dict[str, Shelf]:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise KafkaConnectionError("nobody there")
        heard.set()
        return defaultdict(Shelf)

    monkeypatch.setattr(module, "shelves", shelves)
    monkeypatch.setattr(module, "LOOK_S", 0.001)
    control = SimpleNamespace(writer=SimpleNamespace(stored=None, position=9, at_s=0.0), position=0)
    saving = Saving(Station(load(broker="127.0.0.1:1")), None, control, Silent())  # type: ignore[arg-type]
    seat = SimpleNamespace(agent=SimpleNamespace(ticks=True), place=("cases", 0), writer=None)
    looking = asyncio.create_task(saving.run(lambda: [seat], lambda: None))  # type: ignore[list-item]

    await asyncio.wait([asyncio.ensure_future(heard.wait()), looking], return_when=asyncio.FIRST_COMPLETED)

    assert not looking.done(), looking.exception()
    looking.cancel()
    assert control.writer.position == 0
