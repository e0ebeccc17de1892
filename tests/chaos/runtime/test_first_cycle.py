"""A worker that dies in the first transaction of a shard comes back: what was aborted is no output."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.runtime.crew import LEISURE, Crew, Orders

RECORDS = 100


@pytest.mark.kafka
def test_a_worker_killed_in_the_first_transaction_of_a_shard_starts_again(
    broker: str, namespace: str, topics: Callable[..., list[str]], tmp_path: Path
) -> None:
    topics(1)
    runtime = {**LEISURE, "tick_s": 60.0}
    with Crew(broker, namespace) as crew:
        crew.publish(range(RECORDS), "cases")
        orders = Orders(broker, namespace, agents="tally", runtime=runtime, gate=str(tmp_path / "gate"))
        killed = crew.hire(orders, at="commit", action="kill")
        killed.ends()
        assert killed.said("point commit")

        crew.hire(orders).await_said("ready")
        crew.await_written(RECORDS)
