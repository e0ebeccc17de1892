"""What happens between workers and brokers: F9, F17."""

import re
from pathlib import Path
from typing import cast

from tests.chaos.builds import Orders
from tests.chaos.matrix.row import row
from tests.chaos.matrix.stage import SESSION_S, Stage
from tests.chaos.matrix.traffic import Moment
from tests.chaos.matrix.worlds import Network, network
from tests.outside.processes import Worker

TAKEN_OVER_S = 10.0
FLOWS_AGAIN_S = 20.0
SLOW_S, SLOW_COMMITS_S = 1.0, 20.0
GROWTH_MIB = 100


@row(
    "F9",
    f"every commit takes {SLOW_S:.0f} s longer",
    "no rebalance, bounded memory, lag drains",
)
def slow(stage: Stage) -> None:
    aimed = Orders(at="commit", count=5, action="sleep", for_s=SLOW_S, every=True)
    with stage.on_duty(stage.worker(0, *aimed.command)):
        stage.play(1.0, 1.0)
        began = memory_mib(stage.workers[0])
        stage.play(SLOW_COMMITS_S, SLOW_COMMITS_S)
        grown = memory_mib(stage.workers[0]) - began
        stage.recovers(Moment.now(), FLOWS_AGAIN_S)
        joins = len(re.findall(r"\bassigned\b", stage.workers[0].said()))
    stage.require(joins == 1, f"partitions were assigned {joins} times")
    stage.require(grown < GROWTH_MIB, f"memory grew by {grown:.0f} MiB")
    stage.notes.append(f"memory grew by {grown:.0f} MiB in {SLOW_COMMITS_S:.0f} s")


def memory_mib(worker: Worker) -> float:
    """Resident memory of a worker."""
    assert worker.process
    status = Path(f"/proc/{worker.process.pid}/status").read_text(encoding="utf-8")
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024


def _delayed(net: Network, stage: Stage) -> None:
    for way in (net.doors[0].there, net.doors[0].back):
        way.delay_s = 0.2
    stage.play(4.0, 5.0)


def _deaf(net: Network, stage: Stage) -> None:
    """Requests arrive, answers do not: that of the end of a transaction, for one."""
    net.doors[0].back.held = True
    stage.play(1.5 * SESSION_S, 2 * SESSION_S)


def _mute(net: Network, stage: Stage) -> None:
    net.doors[0].there.held = True
    stage.play(1.5 * SESSION_S, 2 * SESSION_S)


def _cut(net: Network, stage: Stage) -> None:
    net.doors[0].cut()
    stage.play(1.5 * SESSION_S, 2 * SESSION_S)


NEMESES = (_delayed, _deaf, _mute, _cut)


@row(
    "F17",
    "the network of one worker is slow, loses answers, loses requests, is cut",
    f"decisions within {FLOWS_AGAIN_S:.0f} s of each repair; the other worker takes over in between",
    world=network,
    shared=False,
)
def disconnected(stage: Stage) -> None:
    net = cast("Network", stage.world)
    with stage.on_duty():
        for nemesis in NEMESES:
            stage.play(0.5, 1.5)
            began = Moment.now()
            nemesis(net, stage)
            if nemesis is not _delayed:
                stage.flows(began, SESSION_S + TAKEN_OVER_S)
            net.doors[0].mend()
            stage.recovers(Moment.now(), FLOWS_AGAIN_S)
    stage.notes.append(f"endings {dict(stage.supervisor.endings)}")
