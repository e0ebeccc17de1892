"""What the runtime asks the broker is asked again, of a new client, when the old one forgot the question."""

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from agents.runtime.asking import Admin
from agents.runtime.logs import stable_offsets
from agents.runtime.seats import BEGINNING, Committed

PLACE = ("ns.cases", 0)


class Client:
    """An admin client that gives each answer in turn, and none at all once they are used up."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), 0

    def list_consumer_group_offsets(self, requests: Any, **_: Any) -> dict[str, Future[Any]]:
        self.asked += 1
        future = Future[Any]()
        future.set_running_or_notify_cancel()  # as the library does: nobody can cancel it
        if self.answers:
            answer = self.answers.pop(0)
            (future.set_exception if isinstance(answer, Exception) else future.set_result)(answer)
        return {requests[0].group_id: future}


def offsets(position: int) -> Any:
    return SimpleNamespace(topic_partitions=[TopicPartition(*PLACE, position)])


async def asked(*clients: Client) -> Any:
    supply = iter(clients)
    admin = Admin(lambda: next(supply), silent_s=0.05)  # type: ignore[arg-type, return-value]
    return await stable_offsets(admin, "group", [PLACE], require_stable=True)


async def test_a_client_that_never_answers_is_replaced_and_the_new_one_asked() -> None:
    silent, fresh = Client(), Client(offsets(7))

    found = await asked(silent, fresh)

    assert found == {PLACE: Committed(7, BEGINNING)}
    assert (silent.asked, fresh.asked) == (1, 1)


async def test_a_client_that_knows_only_of_the_time_before_an_outage_is_replaced() -> None:
    outdated = Client(KafkaException(KafkaError(KafkaError.FENCED_LEADER_EPOCH)), offsets(6))

    assert await asked(outdated, Client(offsets(7))) == {PLACE: Committed(7, BEGINNING)}


async def test_a_broker_that_is_not_ready_is_asked_again_with_the_same_client() -> None:
    loading = KafkaException(KafkaError(KafkaError.COORDINATOR_LOAD_IN_PROGRESS))
    client = Client(loading, offsets(7))

    assert await asked(client) == {PLACE: Committed(7, BEGINNING)}
    assert client.asked == 2


async def test_a_refusal_is_not_asked_again() -> None:
    with pytest.raises(KafkaException):
        await asked(Client(KafkaException(KafkaError(KafkaError.GROUP_AUTHORIZATION_FAILED)), offsets(7)))
