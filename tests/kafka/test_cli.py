"""The command line against a real broker, as a user types it."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import orjson
import pytest
from confluent_kafka import Producer

from agents.access import Access
from agents.broker import free_port
from agents.reading import committed
from agents.topics import full_name
from config.settings import Settings
from streams.topics import REJECTED, TOPICS

pytestmark = pytest.mark.kafka
Greenlane = Callable[..., CompletedProcess[bytes]]


def test_topics_are_created_once_and_shown(settings: Settings, greenlane: Greenlane) -> None:
    first, second = greenlane("topics", "create", "--partitions", "2"), greenlane("topics", "create")
    shown = greenlane("topics", "show")

    assert (first.returncode, second.returncode, shown.returncode) == (0, 0, 0)
    assert first.stdout.count(b"created ") == len(TOPICS)
    assert b"exist" in second.stdout
    assert f"{settings.namespace}.decisions.v1".encode() in shown.stdout


def test_programs_get_json_lines(settings: Settings, greenlane: Greenlane) -> None:
    def lines(*command: str, **options: Any) -> list[dict[str, Any]]:
        done = greenlane(*command, "--json", **options)
        assert done.returncode == 0
        return [orjson.loads(line) for line in done.stdout.splitlines()]

    topic = full_name(settings.namespace, "manifests.v1")
    assert {"topic": topic, "created": True} in lines("topics", "create", "--partitions", "2")
    assert lines("topics", "create") == []
    assert lines("publish", "manifests", "-", input=b"{}\n{}\n") == [{"topic": topic, "acknowledged": 2}]
    assert {"topic": topic, "partitions": 2, "offsets": 2} in lines("topics", "show")
    assert lines("broker", "status") == [{"broker": settings.broker, "nodes": 1}]


@pytest.mark.parametrize("option", ["--json", "--follow"])
def test_a_reader_that_has_had_enough_ends_the_command_well(
    topics: Callable[..., list[str]], settings: Settings, option: str
) -> None:
    topics()
    producer = Producer({"bootstrap.servers": settings.broker})
    for _ in range(3_000):
        producer.produce(full_name(settings.namespace, REJECTED), b"x" * 100, headers={"dlq_code": b"JSON_SYNTAX"})
    producer.flush()
    env = os.environ | {"GREENLANE_BROKER": settings.broker, "GREENLANE_NAMESPACE": settings.namespace}
    command = [sys.executable, "-m", "agents.cli", "read", "rejected", option]

    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline()
        process.stdout.close()
        told = process.stderr.read()

    assert (process.returncode, told) == (0, b"")


def test_another_partition_count_is_refused_with_the_reason(
    topics: Callable[..., list[str]], greenlane: Greenlane
) -> None:
    topics(partitions=2)

    done = greenlane("topics", "create", "--partitions", "3")

    assert done.returncode == 2
    assert b"keyed records would move away from their history" in done.stderr


def test_lines_arrive_byte_for_byte_with_their_keys(
    topics: Callable[..., list[str]], greenlane: Greenlane, read_committed: Callable[..., list[Any]]
) -> None:
    topics()
    lines = [b'{"itemId":"A"}', b"", b"\xff not json", b'{"itemId":"A","n":2}']

    done = greenlane("publish", "manifests", "-", input=b"\n".join(lines) + b"\n")

    assert (done.returncode, done.stdout) == (0, b"4 acknowledged\n")
    records = read_committed("manifests.v1")
    assert sorted(message.value() for message in records) == sorted(lines)
    keyed = [message for message in records if message.key() == b"A"]
    assert [message.value() for message in keyed] == [lines[0], lines[3]]


def test_a_ten_megabyte_line_that_compresses_well_is_accepted(
    topics: Callable[..., list[str]], greenlane: Greenlane, tmp_path: Path
) -> None:
    topics()
    file = tmp_path / "large"
    file.write_bytes(b"x" * 10_000_000 + b"\n")

    assert greenlane("publish", "manifests", str(file)).stdout == b"1 acknowledged\n"


def test_a_missing_topic_is_usage_not_a_wait(settings: Settings, greenlane: Greenlane) -> None:
    assert settings.namespace
    done = greenlane("publish", "sensors", "-", input=b"{}\n")

    assert done.returncode == 2
    assert b"greenlane topics create" in done.stderr


def test_reading_ends_and_shows_only_what_was_committed(
    settings: Settings, topics: Callable[..., list[str]], greenlane: Greenlane
) -> None:
    topics()
    topic = full_name(settings.namespace, REJECTED)
    producer = Producer({"bootstrap.servers": settings.broker, "transactional.id": settings.namespace})
    producer.init_transactions(30)
    for value, keep in ((b"kept", True), (b"\xff", True), (b"aborted", False)):
        producer.begin_transaction()
        producer.produce(topic, value, b"key", headers=[("dlq_code", b"JSON_INVALID")])
        producer.commit_transaction(30) if keep else producer.abort_transaction(30)

    done = greenlane("read", "rejected", "--json")

    assert done.returncode == 0
    found = [orjson.loads(line) for line in done.stdout.splitlines()]
    assert [(record["value"], record["encoding"]) for record in found] == [("kept", "utf-8"), ("/w==", "base64")]
    assert found[0]["headers"]["dlq_code"] == "JSON_INVALID"
    assert greenlane("read", "rejected").stdout.count(b"JSON_INVALID") == 2


def test_an_open_transaction_does_not_hold_a_reader_that_asked_for_the_end(
    settings: Settings, topics: Callable[..., list[str]]
) -> None:
    topics(partitions=1)
    topic = full_name(settings.namespace, REJECTED)
    producer = Producer({"bootstrap.servers": settings.broker, "transactional.id": settings.namespace})
    producer.init_transactions(30)
    producer.begin_transaction()
    producer.produce(topic, b"kept")
    producer.commit_transaction(30)
    producer.begin_transaction()
    producer.produce(topic, b"undecided")
    producer.flush(30)

    assert [message.value() for message in committed(Access.of(settings), topic)] == [b"kept"]
    producer.abort_transaction(30)


def test_following_shows_what_comes_later(settings: Settings, topics: Callable[..., list[str]]) -> None:
    topics(partitions=1)
    topic = full_name(settings.namespace, REJECTED)
    seen, arrived = [], threading.Event()

    def follow() -> None:
        for message in committed(Access.of(settings), topic, follow=True):
            seen.append(message.value())
            arrived.set()
            if len(seen) == 2:
                return

    producer = Producer({"bootstrap.servers": settings.broker})
    producer.produce(topic, b"early")
    producer.flush(30)
    reader = threading.Thread(target=follow, daemon=True)
    reader.start()
    assert arrived.wait(30)
    producer.produce(topic, b"late")
    producer.flush(30)
    reader.join(30)

    assert seen == [b"early", b"late"]


@pytest.mark.slow
def test_the_local_broker_starts_answers_and_stops(broker: str, greenlane: Greenlane) -> None:
    assert broker  # Java and Maven are there
    address = {"GREENLANE_BROKER": f"127.0.0.1:{free_port()}"}

    def run(*arguments: str) -> CompletedProcess[bytes]:
        return greenlane("broker", *arguments, environment=address)

    try:
        started, again, status = run("start"), run("start"), run("status")
    finally:
        stopped = run("stop")

    assert [done.returncode for done in (started, again, status, stopped)] == [0, 0, 0, 0]
    assert started.stdout == again.stdout
    assert run("status").returncode == 69
    assert run("stop").returncode == 0
