"""Whether decisions and saved states follow from the logs: asked of the real engine, killed on the way."""

from collections.abc import Callable
from typing import Any

import pytest

from agents.access import Access
from agents.reading import committed
from tests.chaos.load import decisions_due, load
from tests.chaos.verified import faults, verified
from tests.outside.kafka import Send, await_count, await_quiet, publish
from tests.outside.processes import Worker, run

pytestmark = pytest.mark.kafka

FILINGS, WITHIN_S = 900, 60.0
Env = dict[str, str]


@pytest.fixture
def decided(environment: Env, start_worker: Callable[..., Worker]) -> Env:
    """All is decided and saved, by a worker that was killed twice amid its work."""
    environment |= {
        "GREENLANE_SNAPSHOTS__EVERY_S": "0.3",
        "GREENLANE_SNAPSHOTS__EVERY_RECORDS": "5",
        "GREENLANE_LANES__LEAST_EXAMPLES": "10",
    }
    broker, namespace = environment["GREENLANE_BROKER"], environment["GREENLANE_NAMESPACE"]
    sends = list(load(namespace, FILINGS))
    for part in range(3):
        worker = start_worker()
        publish(broker, sends[part * len(sends) // 3 : (part + 1) * len(sends) // 3])
        if part < 2:
            await_count(broker, [f"{namespace}.decisions.v1"], (part + 1) * FILINGS // 4, WITHIN_S)
            worker.kill()
    await_count(broker, [f"{namespace}.decisions.v1"], decisions_due(FILINGS), WITHIN_S)
    await_quiet(broker, [f"{namespace}.decisions.v1"], quiet_s=2.0)
    assert worker.stop() == 0
    return environment


def last_decision(env: Env) -> Any:
    return list(committed(Access(env["GREENLANE_BROKER"]), f"{env['GREENLANE_NAMESPACE']}.decisions.v1"))[-1]


def test_decisions_and_saved_states_follow_from_the_logs_bit_for_bit_after_kills(decided: Env) -> None:
    shards = verified(decided)

    assert faults(shards) == []
    assert sum(shard["answers"] for shard in shards.values()) == decisions_due(FILINGS)
    assert {agent for agent, _ in shards} == {"risk", "sensors", "patterns", "quality", "control"}
    assert {shard["snapshot"] for shard in shards.values()} == {"equal"}
    assert shards["control", 0]["records"] > FILINGS // 30, "no lesson is in what was saved"
    assert run(decided, "verify").returncode == 0

    forged = last_decision(decided)
    again = Send(forged.topic(), forged.value(), forged.key(), tuple(forged.headers()), forged.partition())
    publish(decided["GREENLANE_BROKER"], [again])
    assert faults(verified(decided)) == [f"risk[{forged.partition()}]: 1 decisions do not follow from the log"]

    shards = verified(decided | {"GREENLANE_LANES__RED_RATE": "0.5"})
    assert sum(shard["differing"] for shard in shards.values()) > FILINGS // 10
    assert "differs" in shards["risk", 0]["snapshot"]
    assert run(decided, "verify").returncode == 1
