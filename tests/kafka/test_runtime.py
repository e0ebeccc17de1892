"""The runtime on a real broker: records through shards and agents, state after a crash, and every way to end."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from agents.broker import local
from agents.runtime import group_name
from agents.topics import create
from config.settings import load
from tests.chaos.runtime.crew import LEISURE, PATIENT, Crew, committed, eventually
from tests.chaos.runtime.folded import fresh
from tests.outside import processes

pytestmark = [pytest.mark.kafka]


@pytest.fixture
def crew(broker: str, namespace: str, topics: Callable[..., list[str]]) -> Iterator[Crew]:
    """Workers of a namespace with topics of two partitions."""
    topics(2)
    with Crew(broker, namespace) as crew:
        yield crew


def test_every_record_crosses_two_agents_once(crew: Crew) -> None:
    crew.publish(range(5000))
    worker = crew.hire(agents="hops").await_said("ready")

    crew.await_written(5000)

    assert crew.audit().clean
    assert worker.stop() == 0


def test_a_record_without_key_value_or_with_headers_arrives_as_it_was(crew: Crew) -> None:
    producer = Producer({"bootstrap.servers": crew.broker})
    headers = [("a", b"1"), ("a", None), ("b", b"\xff")]
    producer.produce(f"{crew.namespace}.manifests.v1", None, None, headers=headers)
    producer.produce(f"{crew.namespace}.manifests.v1", b"", b"")
    producer.flush(10)
    crew.hire().await_said("ready")

    crew.await_records(2)

    records = committed(crew.broker, f"{crew.namespace}.decisions.v1")
    found = {(r.key(), r.value(), tuple((r.headers() or [])[:-1])) for r in records}
    assert found == {(None, None, tuple(headers)), (b"", b"", ())}
    assert {(r.headers() or [])[-1][0] for r in records} == {"ce_time"}


def test_a_record_of_ten_megabytes_that_compresses_well_does_not_stall_its_partition(crew: Crew) -> None:
    producer = Producer({"bootstrap.servers": crew.broker, "compression.type": "gzip", "message.max.bytes": 20_000_000})
    for number in range(20):
        producer.produce(f"{crew.namespace}.sensors.v1", b"x" * 10_000_000, partition=0)
        producer.produce(f"{crew.namespace}.sensors.v1", str(number), partition=0)
    producer.flush(60)
    crew.published = {str(number).encode() for number in range(20)}
    crew.hire(agents="small").await_said("ready")

    crew.await_written(20)

    assert crew.audit().clean


def test_publishers_may_use_any_codec(crew: Crew) -> None:
    codecs = ("none", "gzip", "snappy", "lz4", "zstd")
    for part, codec in enumerate(codecs):
        crew.publish(range(part * 100, (part + 1) * 100), compression=codec)
    crew.hire().await_said("ready")

    crew.await_written(100 * len(codecs))


def test_a_term_signal_drains_leaves_the_group_and_ends_with_0(crew: Crew) -> None:
    crew.publish(range(2000))
    worker = crew.hire(runtime=LEISURE).await_said("ready")

    assert worker.stop() == 0

    # Nobody has to wait for a session of 60 s to end: the next worker has the partitions at once.
    successor = crew.hire(slot=1, runtime=LEISURE).await_said("ready", within_s=45)
    crew.await_written(2000)
    assert crew.audit().clean
    assert successor.stop() == 0


def test_a_worker_without_partitions_is_ready_too(crew: Crew) -> None:
    for slot in range(3):
        crew.hire(slot=slot)

    for worker in crew.workers:
        worker.await_said("ready")


def test_a_slot_in_use_is_refused_with_a_reason(crew: Crew) -> None:
    first = crew.hire().await_said("ready")

    second = crew.hire()

    assert second.ends() == 2
    assert f"slot 0 of {crew.namespace} is in use by process {first.process.pid}" in second.text
    assert first.code is None


def test_a_broker_that_does_not_answer_is_named(namespace: str) -> None:
    with Crew("127.0.0.1:1", namespace) as crew:
        worker = crew.hire()

        assert worker.ends() == 69
        assert "no Kafka broker answers at 127.0.0.1:1" in worker.text


def test_missing_topics_are_named_and_no_supervisor_need_try_again(broker: str, namespace: str) -> None:
    with Crew(broker, namespace) as crew:
        worker = crew.hire()

        assert worker.ends() == 2
        assert "topics are missing: control, manifests.v1 (run: greenlane topics create)" in worker.text


def test_a_shard_that_never_comes_back_ends_the_process(crew: Crew) -> None:
    worker = crew.hire(agents="stuck", runtime={**PATIENT, "stall_limit_s": 2.0}).await_said("ready")

    crew.publish(range(10))

    assert worker.ends() == 70
    reasons = ("the main loop has not come round for 2 s", "records wait and nothing has moved")  # either comes first
    assert any(reason in worker.text for reason in reasons), worker.text


def test_a_consumer_thread_that_dies_ends_the_process(crew: Crew) -> None:
    worker = crew.hire(agents="deaf")

    assert worker.ends() == 70


def test_an_idle_worker_is_not_taken_for_a_stalled_one(crew: Crew) -> None:
    crew.publish(range(10))
    worker = crew.hire(runtime={**PATIENT, "stall_limit_s": 1.0}).await_said("ready")
    crew.await_written(10)

    assert worker.ends(within_s=3.0) is None


def test_lost_offsets_are_refused_with_a_way_out(crew: Crew) -> None:
    """The answers name their source: starting over would decide everything again."""
    crew.publish(range(10), topic="cases")
    worker = crew.hire(agents="tally").await_said("ready")
    crew.await_records(10)
    assert worker.stop() == 0
    admin = AdminClient({"bootstrap.servers": crew.broker})
    for future in admin.delete_consumer_groups([group_name(crew.namespace)]).values():
        future.result()

    worker = crew.hire(agents="tally")

    assert worker.ends() == 65  # a supervisor need not try again
    assert "OffsetsLostError" in worker.text
    assert f"kafka-consumer-groups.sh --group {group_name(crew.namespace)}" in worker.text


def test_a_worker_that_slept_takes_up_where_others_left(crew: Crew) -> None:
    """Its shards were clean when it fell asleep, and are history when it wakes up."""
    sleeper = crew.hire().await_said("ready")
    crew.publish(range(1000))
    crew.await_written(1000)
    sleeper.signal(signal.SIGSTOP)
    crew.hire(slot=1).await_said("ready")
    crew.publish(range(1000, 2000))
    crew.await_written(2000)

    sleeper.signal(signal.SIGCONT)
    sleeper.await_said("ready", times=2)
    crew.publish(range(2000, 3000))
    crew.await_written(3000)

    assert crew.audit().clean
    assert sleeper.code is None


@pytest.mark.parametrize("point", ["offsets", "commit"])
def test_a_kill_inside_a_transaction_leaves_no_trace(crew: Crew, point: str) -> None:
    crew.publish(range(3000))
    crew.hire(at=point, action="kill")

    assert crew.settle(60.0).clean
    assert crew.workers[0].code == -signal.SIGKILL


def test_a_kill_during_restore_only_costs_time(crew: Crew) -> None:
    crew.publish(range(3000), topic="cases")
    crew.hire(agents="tally", action="kill", at="commit", count=4).ends()
    crew.hire(agents="tally", action="kill", at="restore").ends()
    crew.hire(agents="tally").await_said("ready")

    crew.await_records(3000)

    assert [worker.code for worker in crew.workers] == [-signal.SIGKILL, -signal.SIGKILL, None]
    assert len(draws(crew)) == 3000


@pytest.mark.slow
def test_restored_state_equals_a_fresh_fold_of_the_committed_logs(crew: Crew, tmp_path: Path) -> None:
    """Killed amid work and time-outs, joined by a guest who goes again, ended: three ways to know give the same."""
    for part in range(4):
        crew.publish(range(part * 400, (part + 1) * 400), topic="cases")
        crew.hire(agents="tally", at="commit", count=6, action="kill").ends(60)
    last = crew.hire(agents="tally", state=str(tmp_path / "last")).await_said("ready")
    guest = crew.hire(agents="tally", slot=1).await_said("ready")
    crew.publish(range(1600, 2000), topic="cases")
    crew.await_records(2000)
    assert guest.stop() == 0
    last.await_said("ready", times=3)  # alone, with the guest, alone again
    crew.publish(range(2000, 2400), topic="cases")
    crew.await_records(2400)
    crew.await_records(1600, "alerts.v1")
    assert last.stop() == 0

    # No ticks of its own: nothing may change but by restoring.
    successor = crew.hire(agents="tally", state=str(tmp_path / "next"), runtime={**PATIENT, "tick_s": 3600.0})
    assert successor.await_said("ready").stop() == 0

    ended, restored = (json.loads((tmp_path / name).read_text()) for name in ("last", "next"))
    assert restored == fresh(crew) == ended


def test_restore_waits_for_what_is_still_open_in_its_answers(crew: Crew) -> None:
    """Markers reach each partition in their own time: an answer may be committed and not yet be readable."""
    crew.publish(range(100), topic="cases")
    worker = crew.hire(agents="tally").await_said("ready")
    crew.await_records(100)
    assert worker.stop() == 0
    straggler = Producer({"bootstrap.servers": crew.broker, "transactional.id": f"{crew.namespace}-straggler"})
    straggler.init_transactions(10)
    straggler.begin_transaction()
    for partition in range(2):
        straggler.produce(f"{crew.namespace}.decisions.v1", b"late", partition=partition)
    straggler.flush(10)

    worker = crew.hire(agents="tally").await_said("assigned")
    waited = not eventually(lambda: bool(worker.said("ready")), within_s=2.0)
    straggler.abort_transaction(10)

    worker.await_said("ready")
    assert waited


def test_a_second_worker_with_the_same_environment_hears_of_its_slot_not_of_the_port(
    environment: dict[str, str], worker: processes.Worker
) -> None:
    second = processes.run(environment, "worker")

    assert second.returncode == 2
    assert f"is in use by process {worker.process and worker.process.pid}".encode() in second.stderr


def test_a_taken_metrics_port_is_a_wrong_use(environment: dict[str, str], worker: processes.Worker) -> None:
    port = int(environment["GREENLANE_METRICS_PORT"]) - 1

    second = processes.run(environment | {"GREENLANE_METRICS_PORT": str(port)}, "worker", "--slot", "1")

    assert second.returncode == 2
    assert b"GREENLANE_METRICS_PORT" in second.stderr
    assert worker.code is None


@pytest.mark.slow
def test_a_worker_outlives_an_absence_of_its_broker(namespace: str) -> None:
    """Its ticks are caught in a transaction; librdkafka's brokers of before must not keep them waiting."""
    with local() as node, Crew(node.address, namespace) as crew:
        create(load(broker=node.address, namespace=namespace), 2)
        crew.publish(range(100), topic="cases")
        worker = crew.hire(agents="tally").await_said("ready")
        crew.await_records(100)
        node.stop()
        worker.await_said("Unable to update metadata")
        node.start(tied=True)
        crew.publish(range(100, 200), topic="cases")
        crew.await_records(200)

        assert worker.code is None
        assert len(draws(crew)) == 200


def draws(crew: Crew) -> dict[bytes, int]:
    records = committed(crew.broker, f"{crew.namespace}.decisions.v1")
    answers = [orjson.loads(record.value() or b"") for record in records]
    assert len({answer["value"] for answer in answers}) == len(answers)
    return {answer["value"]: answer["draw"] for answer in answers}
