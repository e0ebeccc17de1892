"""Several workers on one machine, each in its slot: whichever ends unasked is started again, and all end together."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from agents.errors import BadDataError, GreenlaneError, UnreachableError, UsageError
from agents.processes import die_with_parent

log = structlog.get_logger(__name__)
WORKER = (sys.executable, "-m", "agents.cli", "worker", "--spare")
HOPELESS = {UsageError.exit_code, BadDataError.exit_code}  # the next start would end just so
DRAINED = {0, -signal.SIGTERM}  # the second was asked before it was awake
DRAIN_S = 28.0  # a worker ends itself earlier; with what it takes to kill one, less than the 30 s that are promised
SPARE_S = 5.0  # between two looks whether there is a spare: at a start and after a loss others need the processor more
SPREAD = 0.618  # neighbouring slots lie far apart


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long a slot rests before its next start.

    Not at all the first time, for a worker that ended in doubt is to be back at once; then twice as long after every
    early end, up to `longest_s`, and up to half as long again by slot, so that not all come at the same moment.
    A run of `good_run_s` makes up for all early ends before.

    >>> [Backoff().pause_s(early_ends, slot=0) for early_ends in (1, 2, 3, 4, 5, 6, 7, 1000)]
    [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    >>> Backoff().pause_s(2, slot=1)
    1.309
    """

    first_s: float = 1.0
    longest_s: float = 30.0
    good_run_s: float = 60.0

    def early_ends(self, before: int, ran_s: float) -> int:
        """How many there are in a row, after another run of `ran_s`."""
        return 1 if ran_s >= self.good_run_s else before + 1

    def pause_s(self, early_ends: int, slot: int) -> float:
        doublings = min(early_ends - 2, 30)
        return 0.0 if doublings < 0 else min(self.first_s * 2**doublings, self.longest_s) * (1 + slot * SPREAD % 1 / 2)


def run(slots: range, command: Sequence[str] = WORKER) -> int:
    """Keep one worker in each of `slots` until SIGTERM or SIGINT; see `Supervisor.run`."""
    return asyncio.run(Supervisor(slots, command).run())


class Supervisor:
    """Keeps workers going. They die with it, even by SIGKILL (Linux).

    `command` starts a process that gets ready and reads the number of its slot from its standard input. One of them is
    kept waiting: loading the program takes longer than all else of a restart.
    """

    def __init__(
        self,
        slots: range,
        command: Sequence[str],
        backoff: Backoff = Backoff(),
        drain_s: float = DRAIN_S,
        spare_s: float = SPARE_S,
    ) -> None:
        self._slots, self._command, self._backoff = slots, command, backoff
        self._drain_s, self._spare_s = drain_s, spare_s
        self._workers: dict[int, Process] = {}
        self._spare: Process | None = None

    async def run(self) -> int:
        """Until asked to end: then 0 once all workers have drained, 70 where one had to be killed.

        Until a worker ends with what no restart can mend, too: wrong use, bad data, no broker at the first start. Then
        the others are drained, and its exit code is ours.
        """
        lives = [asyncio.create_task(life) for life in (self._asked(), self._spares(), *map(self._keep, self._slots))]
        try:
            ended, _ = await asyncio.wait(lives, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for life in lives:
                life.cancel()
            drained = await self._drain()
        return max(life.result() for life in ended) or drained

    async def _asked(self) -> int:
        asked = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, asked.set)
        await asked.wait()
        return 0

    async def _keep(self, slot: int) -> int:
        """Run the worker of `slot` again and again; returns an exit code that stands for good."""
        early_ends, hopeless = 0, HOPELESS | {UnreachableError.exit_code}
        while True:
            began = time.monotonic()
            code = await self._life(slot)
            ran_s = time.monotonic() - began
            if code in hopeless:
                log.error("worker cannot start", slot=slot, code=code)
                return code
            early_ends, hopeless = self._backoff.early_ends(early_ends, ran_s), HOPELESS
            pause_s = self._backoff.pause_s(2 if code == UnreachableError.exit_code else early_ends, slot)
            log.warning("worker ended", slot=slot, code=code, after_s=round(ran_s, 1), again_in_s=round(pause_s, 1))
            await asyncio.sleep(pause_s)

    async def _life(self, slot: int) -> int:
        """One worker from the moment it gets its slot to its end."""
        spare, self._spare = self._spare, None
        process = spare if spare and spare.returncode is None else await self._start()
        self._workers[slot] = process
        log.info("worker started", slot=slot, pid=process.pid, spare=process is spare)
        await process.communicate(b"%d\n" % slot)
        return await process.wait()

    async def _start(self) -> Process:
        """A process that waits for its slot. In a session of its own: Ctrl-C is ours to hand on."""
        return await create_subprocess_exec(
            *self._command, stdin=PIPE, start_new_session=True, preexec_fn=die_with_parent
        )

    async def _spares(self) -> int:
        """See to it that there is a spare, for ever."""
        while True:
            await asyncio.sleep(self._spare_s)
            if self._spare is None or self._spare.returncode is not None:
                self._spare = await self._start()
                log.info("spare started", pid=self._spare.pid)

    async def _drain(self) -> int:
        """Ask all workers to end, kill those that do not in time, and the spare, which holds nothing."""
        if (spare := self._spare) and spare.returncode is None:
            await self._end({-1: spare}, signal.SIGKILL, None)
        living = {slot: process for slot, process in self._workers.items() if process.returncode is None}
        if living:
            log.info("draining", slots=sorted(living))
        await self._end(living, signal.SIGTERM, self._drain_s)
        await self._end(late := {s: p for s, p in living.items() if p.returncode is None}, signal.SIGKILL, None)
        for slot, process in living.items():
            log.info("worker ended", slot=slot, code=process.returncode, killed=slot in late)
        return 0 if all(process.returncode in DRAINED for process in living.values()) else GreenlaneError.exit_code

    async def _end(self, workers: Mapping[int, Process], how: signal.Signals, within_s: float | None) -> None:
        for process in workers.values():
            with suppress(ProcessLookupError):
                os.kill(process.pid, how)  # `Process.terminate` may reap what others wait for
        if workers:
            await asyncio.wait([asyncio.create_task(process.wait()) for process in workers.values()], timeout=within_s)
