"""A registered provider on a real broker: only what it signed counts, and it alone hears of it."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from confluent_kafka import KafkaException, Producer
from structlog.testing import capture_logs

from agents import providers
from agents.access import Access
from agents.clients import require_topic
from agents.errors import UsageError
from agents.runtime.batches import NOBODY
from agents.runtime.control import ControlLog
from agents.runtime.station import Station
from agents.runtime.transactions import Transactions
from agents.signing import new_key
from config.settings import Settings
from streams.control import Control
from streams.log import Output
from tests import commands
from tests.outside.kafka import Send, await_count, await_value, publish
from tests.outside.processes import Worker
from tests.outside.records import a_manifest, a_parcel, as_bytes
from tests.risk_cases import FixedModel

pytestmark = pytest.mark.kafka


def test_only_what_is_signed_counts_from_the_first_record_a_worker_judges(
    topics: Callable[..., list[str]],
    settings: Settings,
    variables: dict[str, str],
    read_committed: Callable[..., list[Any]],
    tmp_path: Path,
) -> None:
    """Both manifests are there before the worker is, so it must know the registration before it begins."""
    topics(partitions=1)
    mine = {"provider": {"id": "CN:POST", "role": "POST"}}
    new_key(tmp_path / "key")
    forged, filed = (as_bytes(a_manifest(a_parcel(item_id), **mine)) for item_id in ("FORGED", "FILED"))
    greenlane = partial(commands.run, env=variables)

    greenlane("provider", "register", "CN:POST", "--role", "POST", "--key", str(tmp_path / "key.pub"))
    publish(settings.broker, [Send(f"{settings.namespace}.manifests.v1", forged)])
    greenlane("publish", "manifests", "-", "--sign-key", str(tmp_path / "key"), input=filed)
    worker = Worker(variables, tmp_path / "log").start()
    try:
        await_value(settings.broker, f"{settings.namespace}.decisions.v1", lambda said: said["itemId"] == "FILED", 60)
    finally:
        worker.stop()

    (rejected,) = read_committed("rejected.v1")
    (feedback,) = read_committed("feedback.v1.CN_3aPOST")
    heard = greenlane("read", "feedback", "--provider", "CN:POST", "--json")
    assert (rejected.value(), dict(rejected.headers())["dlq_code"]) == (forged, b"PROVIDER_UNVERIFIED")
    assert orjson.loads(feedback.value()) == orjson.loads(heard)
    assert (orjson.loads(heard)["providerId"], orjson.loads(heard)["result"]) == ("CN:POST", "ACCEPTED")
    assert {"ce_id", "ce_time", "ce_type"} <= dict(feedback.headers()).keys()
    assert read_committed("feedback.v1") == []
    assert [said["itemId"] for said in map(orjson.loads, values(read_committed("decisions.v1")))] == ["FILED"]


def values(messages: list[Any]) -> list[bytes]:
    return [message.value() for message in messages]


def test_the_newest_registration_of_a_provider_is_the_one_in_force(
    topics: Callable[..., list[str]], settings: Settings, tmp_path: Path
) -> None:
    topics(partitions=1)
    public, _ = new_key(tmp_path / "key")
    said = providers.registration("CNPOST", "POST", [str(public)])

    first, again = providers.register(settings, said), providers.register(settings, said)
    providers.suspend(settings, "CNPOST")

    assert first == again == f"{settings.namespace}.feedback.v1.CNPOST"
    assert [provider.said for provider in providers.registry(settings)] == [said | {"status": "SUSPENDED"}]
    with pytest.raises(UsageError, match="DHL is not registered"):
        providers.suspend(settings, "DHL")
    with pytest.raises(UsageError, match="greenlane provider register"):
        require_topic(Access.of(settings), f"{settings.namespace}.feedback.v1.DHL")


@pytest.mark.parametrize("last", ["nothing", "record", "transaction"])
async def test_nobody_is_judged_before_the_control_log_was_read_to_the_end_it_had(
    topics: Callable[..., list[str]], settings: Settings, last: str
) -> None:
    """The last offsets may be a transaction's markers, which no reader is ever shown."""
    topics(partitions=1)
    count = 0 if last == "nothing" else 1_000
    producer = Producer({"bootstrap.servers": settings.broker, "transactional.id": settings.namespace})
    producer.init_transactions(30)
    producer.begin_transaction()
    for _ in range(count):
        producer.produce(f"{settings.namespace}.control", b'{"kind":"tick"}')
    producer.commit_transaction(30)
    await_count(settings.broker, [f"{settings.namespace}.control"], count, 30.0)  # its markers come in their own time
    if last == "record":
        publish(settings.broker, [Send(f"{settings.namespace}.control", b"{}")])
    arrived, control = asyncio.Event(), ControlLog(Control(FixedModel()), Station(settings))

    following, known = asyncio.create_task(control.follow(arrived.set)), asyncio.create_task(control.reached(0))
    while not known.done():
        arriving = asyncio.create_task(arrived.wait())
        await asyncio.wait([arriving, known, following], return_when=asyncio.FIRST_COMPLETED)
        arriving.cancel()
        arrived.clear()
        await control.advance()
    following.cancel()
    await asyncio.wait([following])

    assert control.position == {"nothing": 0, "transaction": count, "record": count + 2}[last]


def test_a_worker_that_cannot_write_feedback_names_the_topic_that_is_missing(
    topics: Callable[..., list[str]], settings: Settings
) -> None:
    """Kafka says only that a record was not delivered. Its patience is that of a transaction."""
    topics(partitions=1)
    impatient = settings.runtime.model_copy(update={"transaction_timeout_s": 1.0})
    transactions = Transactions(Station(settings.model_copy(update={"runtime": impatient})))
    transactions.open()

    with capture_logs() as logged, pytest.raises(KafkaException):
        transactions.commit([Output("feedback.v1.GONE", b"GONE", b"{}")], {}, NOBODY)

    assert [entry["topics"] for entry in logged] == [[f"{settings.namespace}.feedback.v1.GONE"]]
