"""Builds of the real worker that are broken on purpose: the auditor must see the harm, and none in the sound build.

The guards of the runtime are switched off one by one in `runtime/test_guards.py`; here is what has no switch.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import pytest

from tests.chaos.builds import Orders
from tests.chaos.evidence import Audit
from tests.chaos.load import filing, kind
from tests.chaos.matrix.stage import Stage
from tests.outside.kafka import Send, await_count, await_quiet, publish
from tests.outside.processes import Worker

FILINGS = 300
WITHIN_S = 60.0
ITEMS = [number for number in range(FILINGS) if kind(number) == "plain"]


class Address(NamedTuple):
    """A world of one node that somebody else keeps."""

    address: str

    def entrance(self, slot: int) -> str:
        del slot
        return self.address


def killed_before_outputs_are_committed(stage: Stage, broken: str) -> Audit:
    """The worker dies when its offsets are sent and its outputs are not yet committed; then it comes back."""
    gate, at = str(stage.folder / "gate"), "apart" if broken else "commit"
    worker = stage.worker(0, *Orders(broken=broken, at=at, action="kill", gate=gate).command)
    publish(stage.broker, filings(stage, "decide"))
    worker.start().process.wait(WITHIN_S)  # type: ignore[union-attr]
    return audited_after_all(stage, worker.start())


def filed_again_after_a_restart(stage: Stage, broken: str) -> Audit:
    """What was decided before a kill is filed again after it."""
    worker = stage.worker(0, *Orders(broken=broken).command).start().await_ready()
    publish(stage.broker, filings(stage, "decide"))
    await_count(stage.broker, [stage.topic("decisions.v1")], len(ITEMS), WITHIN_S)
    worker.kill()
    worker.start().await_ready()
    publish(stage.broker, filings(stage, "repeat"))
    return audited_after_all(stage, worker)


def filings(stage: Stage, due: str) -> Iterator[Send]:
    return (filing(stage.namespace, number)._replace(headers=(("expect", due.encode()),)) for number in ITEMS)


def audited_after_all(stage: Stage, worker: Worker) -> Audit:
    """Once it has been ready, and then nothing more has come."""
    try:
        worker.await_ready()
        await_quiet(stage.broker, [stage.topic("cases"), stage.topic("decisions.v1")])
    finally:
        worker.kill()
    return stage.audit()


ATTACKS: dict[str, Callable[[Stage, str], Audit]] = {
    "offsets outside the transaction": killed_before_outputs_are_committed,
    "duplicates not recognised after restart": filed_again_after_a_restart,
}
Audits = dict[tuple[str, bool], Future[Audit]]


@pytest.fixture(scope="module")
def audits(broker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Audits]:
    """What the auditor finds after each attack, by build and whether it is broken."""

    def attacked(build: str, broken: bool) -> Audit:
        stage = Stage(Address(broker), tmp_path_factory.mktemp("stage"), seed=0)
        return ATTACKS[build](stage, build if broken else "")

    with ThreadPoolExecutor(4) as pool:
        yield {(build, broken): pool.submit(attacked, build, broken) for build in ATTACKS for broken in (True, False)}


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("build", ATTACKS)
def test_the_auditor_notices_a_broken_build(
    build: str, audits: Audits, record_property: Callable[[str, object], None]
) -> None:
    report = audits[build, True].result()

    harm = f"{report.kinds['missing']} missing, {report.kinds['duplicated']} duplicated"
    record_property("proof", f"{build}, {ATTACKS[build].__name__.replace('_', ' ')}: {harm}")
    assert report.faults


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("build", ATTACKS)
def test_the_same_attack_does_no_harm_to_the_sound_build(build: str, audits: Audits) -> None:
    report = audits[build, False].result()

    assert report.faults == [], report
