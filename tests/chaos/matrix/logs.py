"""What happens to what Kafka keeps for us: F14, F15, F16."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException
from confluent_kafka.admin import NewPartitions

from tests.chaos.evidence import Entry, read
from tests.chaos.matrix.row import row
from tests.chaos.matrix.stage import PARTITIONS, SETTLED_S, Stage
from tests.chaos.matrix.traffic import Moment
from tests.outside.kafka import Send, publish
from tests.outside.processes import Worker, run

BACK_S = 20.0
REFUSED_S = 60.0


def _refused(stage: Stage, *reasons: str) -> Worker:
    """A worker is started, ends by itself with a reason, and nothing is decided."""
    before, worker = len(stage.decisions()), stage.worker(0).start()
    stage.until(lambda: worker.code is not None, REFUSED_S, "a worker refuses to start")
    said = worker.said()
    worker.kill()
    stage.require(worker.code not in {0, -9}, f"it ended with {worker.code}")
    for reason in reasons:
        stage.require(reason in said, f"it did not say: {reason}")
    stage.require(len(stage.decisions()) == before, "something was decided all the same")
    return worker


@row(
    "F14",
    "the offsets of the group are deleted, later restored from a backup",
    "workers refuse to start and say what to do; then decisions go on",
)
def offsets_lost(stage: Stage) -> None:
    with stage.on_duty():
        stage.play(1.0, 2.0)
        with stage.all_stopped():
            saved = _offsets(stage)
            stage.until(lambda: _deleted(stage), 30, "the group is deleted")
            _refused(stage, "restore the offsets", "--reset-offsets")
            stage.admin(lambda client: client.alter_consumer_group_offsets([saved])[saved.group_id])
            again = Moment.now()
        stage.recovers(again, BACK_S)
    stage.notes.append(f"{len(saved.topic_partitions)} offsets deleted and restored")


def _offsets(stage: Stage) -> Any:
    group = f"{stage.namespace}.engine"
    asked = ConsumerGroupTopicPartitions(group)
    return stage.admin(lambda client: client.list_consumer_group_offsets([asked])[group])


def _deleted(stage: Stage) -> bool:
    """Whether it is gone now; a group with members cannot go."""
    group = f"{stage.namespace}.engine"
    with suppress(KafkaException):
        stage.admin(lambda client: client.delete_consumer_groups([group])[group])
        return True
    return False


def _spoiled(entry: Entry) -> bytes | None:
    """Every content with a bit turned over."""
    return bytes([entry.value[0] ^ 1]) + entry.value[1:] if entry.value and b"/" in (entry.key or b"") else entry.value


def _missing(entry: Entry) -> bytes | None:
    """No content at all."""
    return None if b"/" in (entry.key or b"") else entry.value


def _foreign(entry: Entry) -> bytes | None:
    """Manifests of a version that does not exist."""
    if entry.value is None or b"/" in (entry.key or b""):
        return entry.value
    return json.dumps(json.loads(entry.value) | {"version": -1}).encode()


@row(
    "F15",
    "snapshots are spoiled, then gone, then of a foreign version, each time with all workers stopped",
    "an alarm and a longer fold, the same state; no crash loop",
    env={"GREENLANE_SNAPSHOTS__EVERY_S": "1", "GREENLANE_SNAPSHOTS__EVERY_RECORDS": "200"},
)
def unreadable(stage: Stage) -> None:
    with stage.on_duty():
        for damage in (_spoiled, _missing, _foreign):
            stage.until(lambda: _held(stage), SETTLED_S, "there are snapshots")
            stage.play(2.0, 3.0)
            with stage.all_stopped():
                _damage_snapshots(stage, damage)
                again = Moment.now()
            stage.recovers(again, BACK_S)
            failures = sum(_snapshot_failures(worker) for worker in stage.workers)
            stage.require(failures > 0, f"{damage.__name__}: no failure was counted")
            stage.notes.append(f"{damage.__name__[1:]}: {failures:.0f} snapshots refused")
    stage.require(set(stage.supervisor.endings) == {0}, f"endings were {dict(stage.supervisor.endings)}")


def _held(stage: Stage) -> dict[tuple[int, bytes | None], Entry]:
    """The newest record of each key."""
    entries = read(stage.broker, stage.namespace, ["snapshots"])["snapshots"]
    return {(entry.partition, entry.key): entry for entry in entries}


def _damage_snapshots(stage: Stage, damage: Callable[[Entry], bytes | None]) -> None:
    damaged = [(entry, damage(entry)) for entry in _held(stage).values()]
    records = [
        Send(stage.topic("snapshots"), value, entry.key, partition=entry.partition)
        for entry, value in damaged
        if value != entry.value
    ]
    publish(stage.broker, records)


def _snapshot_failures(worker: Worker) -> float:
    counted = re.findall(r"^greenlane_snapshot_failures_total\{.*\} (\S+)$", worker.fetch("/metrics"), re.MULTILINE)
    return sum(map(float, counted))


@row(
    "F16",
    "an input topic gets more partitions, then an internal one",
    "the first is read after a restart; the second is refused",
)
def grown(stage: Stage) -> None:
    with stage.on_duty():
        _grow(stage, "manifests.v1", PARTITIONS + 2)
        stage.play(2.0, 3.0)
        with stage.all_stopped():
            again = Moment.now()
        stage.recovers(again, BACK_S)
    due, seen = stage.due(stage.load.count), len(stage.decisions())
    stage.require(seen == due, f"{seen} decisions of {due}")
    more = run(stage.base | {"GREENLANE_BROKER": stage.broker}, "topics", "create", "--partitions", str(PARTITIONS + 2))
    stage.require(more.returncode == 2, f"topics create ended with {more.returncode} where 2 is due")
    _grow(stage, "cases", PARTITIONS + 2)
    refusing = _refused(stage, "needs as many partitions as")
    stage.notes.append(f"refused with exit code {refusing.code}")


def _grow(stage: Stage, topic: str, partitions: int) -> None:
    name = stage.topic(topic)
    stage.admin(lambda client: client.create_partitions([NewPartitions(name, partitions)])[name])
    stage.until(lambda: len(stage.layout(topic)[name].partitions) == partitions, SETTLED_S, f"{topic} has grown")
