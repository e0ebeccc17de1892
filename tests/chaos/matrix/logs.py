"""What happens to what Kafka keeps for us: F14, F16."""

from contextlib import suppress
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException
from confluent_kafka.admin import AdminClient, NewPartitions

from tests.chaos.matrix.row import row
from tests.chaos.matrix.stage import PARTITIONS, SETTLED_S, Stage
from tests.chaos.matrix.traffic import Moment
from tests.outside.processes import Worker, run

BACK_S = 20.0
REFUSED_S = 60.0


def _admin(stage: Stage) -> AdminClient:
    return AdminClient({"bootstrap.servers": stage.broker, "log_level": 0})


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
            _admin(stage).alter_consumer_group_offsets([saved])[saved.group_id].result(30)
            again = Moment.now()
        stage.recovers(again, BACK_S)
    stage.notes.append(f"{len(saved.topic_partitions)} offsets deleted and restored")


def _group(stage: Stage) -> str:
    return f"{stage.namespace}.engine"


def _offsets(stage: Stage) -> Any:
    asked = ConsumerGroupTopicPartitions(_group(stage))
    return _admin(stage).list_consumer_group_offsets([asked])[_group(stage)].result(30)


def _deleted(stage: Stage) -> bool:
    """Whether it is gone now; a group with members cannot go."""
    with suppress(KafkaException):
        _admin(stage).delete_consumer_groups([_group(stage)])[_group(stage)].result(30)
        return True
    return False


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
    _admin(stage).create_partitions([NewPartitions(stage.topic(topic), partitions)])[stage.topic(topic)].result(30)
    known = lambda: len(_admin(stage).list_topics(stage.topic(topic), timeout=30).topics[stage.topic(topic)].partitions)  # noqa: E731
    stage.until(lambda: known() == partitions, SETTLED_S, f"{topic} has grown")
