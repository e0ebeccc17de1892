"""Snapshots on a real broker: a restart reads only the rest, and whatever becomes of them the state is right."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from confluent_kafka import Producer, TopicPartition

from tests.chaos.runtime.crew import PATIENT, STEP_S, Crew, Worker, eventually
from tests.chaos.runtime.folded import fresh, log, manifests, saved

pytestmark = [pytest.mark.kafka]

OFTEN, NEVER = {"every_s": 0.2, "every_records": 2}, {"every_s": 3600.0}
STILL = {**PATIENT, "tick_s": 3600.0}  # no ticks of its own: nothing may change but by restoring


@pytest.fixture
def crew(broker: str, namespace: str, topics: Callable[..., list[str]]) -> Iterator[Crew]:
    """Workers of a namespace with topics of two partitions."""
    topics(2)
    with Crew(broker, namespace) as crew:
        yield crew


def tallied(crew: Crew, numbers: range, **orders: Any) -> Worker:
    """A worker that has processed these and all before; its state stands in snapshots."""
    worker = crew.hire(agents="tally", snapshots=OFTEN, **orders).await_said("ready")
    crew.publish(numbers, topic="cases")
    crew.await_records(numbers.stop)
    # Markers reach each partition in their own time: decisions may be seen before the offsets they came with.
    assert eventually(lambda: crew.processed("cases") >= numbers.stop, 30.0, STEP_S), crew.report()
    await_saved(crew)
    return worker


def await_saved(crew: Crew) -> None:
    assert eventually(lambda: saved(crew) >= crew.processed("cases") > 0, 30.0, STEP_S), crew.report()
    assert eventually(lambda: (0, "control") in manifests(crew), 30.0, STEP_S), crew.report()


def restored(crew: Crew, path: Path, **snapshots: float) -> tuple[dict[str, Any], dict[str, Any], Worker]:
    """The state a new worker restores, what it read for that, and the worker, ended."""
    worker = crew.hire(agents="tally", snapshots=NEVER | snapshots, state=str(path), runtime=STILL).await_said("ready")
    assert worker.stop() == 0, worker.text
    (line,) = (line for line in worker.lines if line.startswith("read "))
    return json.loads(path.read_text()), json.loads(line.removeprefix("read ")), worker


def test_a_restart_reads_only_what_came_after_the_snapshot(crew: Crew, tmp_path: Path) -> None:
    assert tallied(crew, range(1000)).stop() == 0
    unsaved = crew.hire(agents="tally", snapshots=NEVER).await_said("ready")
    crew.publish(range(1000, 1200), topic="cases")
    crew.await_records(1200)
    assert unsaved.stop() == 0

    state, read, _ = restored(crew, tmp_path / "state")

    control, position = log(crew, "control"), manifests(crew)[0, "control"]["position"]
    assert state == fresh(crew)
    assert read["replayed"] == 200
    assert read["folded"] <= sum(record.offset >= position for record in control) < len(control)


@pytest.mark.parametrize("point", ["snapshot", pytest.param("commit", marks=pytest.mark.slow)])
def test_the_state_after_kills_amid_snapshots_is_that_of_a_fresh_fold(crew: Crew, tmp_path: Path, point: str) -> None:
    for part in range(2):
        crew.publish(range(part * 400, (part + 1) * 400), topic="cases")
        killed = crew.hire(agents="tally", snapshots=OFTEN, at=point, count=3 + 4 * part, action="kill")
        assert killed.ends(60) == -signal.SIGKILL
    last = tallied(crew, range(800, 1000))
    last.signal(signal.SIGKILL)
    last.ends()

    state, read, worker = restored(crew, tmp_path / "state")

    assert state == fresh(crew)
    assert read["replayed"] == 0, worker.text
    assert not worker.said("cannot be used")


def test_parts_that_were_replaced_or_are_gone_do_not_stay_in_the_log(crew: Crew) -> None:
    assert tallied(crew, range(300)).stop() == 0
    assert tallied(crew, range(300, 500)).stop() == 0  # another worker replaces what the first has written

    standing = dict[tuple[int, bytes], bytes]()
    for record in log(crew, "snapshots"):
        standing[record.partition, record.key] = record.value
    chunks = {where for where, value in standing.items() if value is not None and b"/" in where[1]}

    named = {
        (partition, f"{agent}/{name}/{sha256[:16]}/{number}".encode())
        for (partition, agent), manifest in manifests(crew).items()
        for name, (count, sha256) in manifest["parts"].items()
        for number in range(count)
    }
    assert chunks == named
    assert len(standing) > len(chunks) + len(manifests(crew)), "nothing was ever replaced: this proves nothing"


def test_a_snapshot_that_is_corrupt_missing_or_foreign_costs_a_longer_fold_and_an_alarm(
    crew: Crew, tmp_path: Path
) -> None:
    assert tallied(crew, range(300)).stop() == 0
    whole = manifests(crew)

    spoil_part(crew, whole, 0, "tally", b"not what was written")
    spoil_part(crew, whole, 1, "tally", None)
    spoil_part(crew, whole, 0, "control", b"[1,2,3]")
    state, read, worker = restored(crew, tmp_path / "first")
    assert state == fresh(crew)
    assert read["replayed"] == 300
    assert read["folded"] == len(log(crew, "control"))
    for reason in ("is not what its digest says", "a chunk of part", "agent=control", "agent=tally"):
        assert worker.said(reason), worker.text
    assert worker.said("cannot be used") == 3

    publish(crew, 0, b"tally", None)
    publish(crew, 1, b"tally", orjson.dumps(whole[1, "tally"] | {"position": 10**6}))
    publish(crew, 0, b"control", orjson.dumps(whole[0, "control"] | {"version": 99}))
    state, read, worker = restored(crew, tmp_path / "second", every_records=50)
    assert state == fresh(crew)
    assert read["replayed"] == 300
    for reason in ("it is of version 99", "it is of 1000000", "there is none"):
        assert worker.said(reason), worker.text


def test_a_log_that_no_longer_reaches_back_needs_its_snapshot(crew: Crew, tmp_path: Path) -> None:
    assert tallied(crew, range(300)).stop() == 0
    whole = manifests(crew)
    expected = fresh(crew)
    cut = {TopicPartition(f"{crew.namespace}.cases", p, whole[p, "tally"]["position"] - 1) for p in (0, 1)}
    for future in crew.admin.delete_records(list(cut)).values():
        future.result()

    state, read, _ = restored(crew, tmp_path / "state")
    assert state == expected
    assert read["replayed"] == 0

    publish(crew, 1, b"tally", b"{}")
    refused = crew.hire(agents="tally")
    assert refused.ends() == 65
    assert "OffsetsLostError" in refused.text
    assert "no snapshot can be used, and its log starts at" in refused.text


def spoil_part(
    crew: Crew, whole: dict[tuple[int, str], dict[str, Any]], partition: int, agent: str, value: bytes | None
) -> None:
    """Put something else in the place of a chunk the manifest names."""
    name, (_, sha256) = next(iter(whole[partition, agent]["parts"].items()))
    publish(crew, partition, f"{agent}/{name}/{sha256[:16]}/0".encode(), value)


def publish(crew: Crew, partition: int, key: bytes, value: bytes | None) -> None:
    producer = Producer({"bootstrap.servers": crew.broker})
    producer.produce(f"{crew.namespace}.snapshots", value, key, partition)
    assert producer.flush(10) == 0
