"""What happens to brokers: F5, F6, F10, F11."""

from typing import cast

from confluent_kafka import ConsumerGroupTopicPartitions
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from tests.chaos.matrix.row import row
from tests.chaos.matrix.stage import Stage
from tests.chaos.matrix.traffic import Moment
from tests.chaos.matrix.worlds import Cluster, Member, Single, SmallDisk, cluster, no_small_disk, small_disk

FLOWS_AGAIN_S = 20.0
SETTLES_S = 60.0


@row("F5", "the only broker restarts, then is away for 15 s", f"decisions within {FLOWS_AGAIN_S:.0f} s", shared=False)
def restarted(stage: Stage) -> None:
    node = cast("Single", stage.world).node
    with stage.on_duty():
        for away_s in (0.0, 15.0):
            stage.play(0.5, 1.5)
            node.stop()
            stage.play(away_s, away_s)
            node.start(tied=True)
            stage.recovers(Moment.now(), FLOWS_AGAIN_S)
    stage.notes.append(f"endings {dict(stage.supervisor.endings)}")


@row(
    "F6",
    "SIGKILL of the brokers that lead decisions.v1, coordinate our group, and our transactions",
    f"decisions within {FLOWS_AGAIN_S:.0f} s of each, with two brokers left",
    world=cluster,
)
def leader_killed(stage: Stage) -> None:
    nodes = {node.number: node for node in cast("Cluster", stage.world).nodes}
    with stage.on_duty():
        for leader in (_decisions_leader, _group_coordinator):
            stage.play(0.5, 1.5)
            node = nodes[leader(stage)]
            node.kill()
            stage.recovers(Moment.now(), FLOWS_AGAIN_S)
            node.start(tied=True)
            _await_in_sync(stage)
    stage.notes.append(f"endings {dict(stage.supervisor.endings)}")


def _decisions_leader(stage: Stage) -> int:
    (topic,) = stage.layout("decisions.v1").values()
    return int(topic.partitions[0].leader)


def _group_coordinator(stage: Stage) -> int:
    group = f"{stage.namespace}.engine"
    return int(stage.admin(lambda client: client.describe_consumer_groups([group])[group]).coordinator.id)


def _await_in_sync(stage: Stage) -> None:
    """Until every partition has all its replicas again: the next blow must not be the second at once."""

    def whole() -> bool:
        partitions = [p for topic in stage.layout().values() for p in topic.partitions.values()]
        return all(set(p.isrs) == set(p.replicas) for p in partitions)

    stage.until(whole, SETTLES_S, "all replicas are in sync")


@row(
    "F10",
    "alerts.v1 cannot be written: it wants three replicas, and one broker is away",
    f"no offset of cases moves meanwhile; decisions within {FLOWS_AGAIN_S:.0f} s of its return",
    world=cluster,
)
def unwritable(stage: Stage) -> None:
    nodes = {node.number: node for node in cast("Cluster", stage.world).nodes}
    _require_replicas(stage, "alerts.v1", 3)
    with stage.on_duty():
        _await_in_sync(stage)
        away = nodes[next(n for n in nodes if n not in {_group_coordinator(stage), _decisions_leader(stage)})]
        away.kill()
        stage.until(lambda: _unsynced(stage, away), SETTLES_S, "the broker is missed")
        stage.play(4.0, 4.0)  # cycles without an alert go on until there is one
        before = _stuck(stage)
        stage.play(4.0, 6.0)
        stage.require(_stuck(stage) == before, f"offsets of cases moved from {before} to {_stuck(stage)}")
        away.start(tied=True)
        _await_in_sync(stage)
        stage.recovers(Moment.now(), FLOWS_AGAIN_S)
    stage.notes.append(f"endings {dict(stage.supervisor.endings)}")


def _unsynced(stage: Stage, away: Member) -> bool:
    (topic,) = stage.layout("alerts.v1").values()
    return all(away.number not in partition.isrs for partition in topic.partitions.values())


def _require_replicas(stage: Stage, topic: str, count: int) -> None:
    entry = ConfigEntry("min.insync.replicas", str(count), incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, stage.topic(topic), incremental_configs=[entry])
    stage.admin(lambda client: client.incremental_alter_configs([resource])[resource])


def _stuck(stage: Stage) -> int:
    """How far our group is with cases, in all."""
    group = f"{stage.namespace}.engine"
    asked = ConsumerGroupTopicPartitions(group)
    found = stage.admin(lambda client: client.list_consumer_group_offsets([asked])[group])
    return sum(max(place.offset, 0) for place in found.topic_partitions if place.topic == stage.topic("cases"))


@row(
    "F11",
    "the disk of the only broker is full, and has room again after 5 s",
    f"decisions within {FLOWS_AGAIN_S:.0f} s of the broker's return",
    world=small_disk,
    shared=False,
    why_not=no_small_disk,
)
def disk_full(stage: Stage) -> None:
    world = cast("SmallDisk", stage.world)
    with stage.on_duty():
        stage.play(0.5, 1.5)
        world.fill()
        stage.until(lambda: world.node.pid is None, SETTLES_S, "the broker has given up")
        stage.play(5.0, 5.0)
        world.clear()
        world.node.start(tied=True)
        stage.recovers(Moment.now(), FLOWS_AGAIN_S)
    stage.notes.append(f"endings {dict(stage.supervisor.endings)}")
