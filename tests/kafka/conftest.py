"""A real worker beside the real broker."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.outside.processes import Worker, free_ports, run


@pytest.fixture
def variables(broker: str, namespace: str, secret_file: Path) -> dict[str, str]:
    """What `greenlane` is told in this test."""
    return {
        "GREENLANE_BROKER": broker,
        "GREENLANE_NAMESPACE": namespace,
        "GREENLANE_SECRET_FILE": str(secret_file),
        "GREENLANE_METRICS_PORT": str(free_ports(4)),
    }


@pytest.fixture
def environment(variables: dict[str, str]) -> dict[str, str]:
    """The same, and topics exist with two partitions."""
    made = run(variables, "topics", "create", "--partitions", "2")
    assert made.returncode == 0, made.stderr
    return variables


@pytest.fixture
def start_worker(environment: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """Start `greenlane worker` and wait until it is ready; ended with the test."""
    started: list[Worker] = []

    def start(slot: int = 0) -> Worker:
        started.append(Worker(environment, tmp_path / f"worker-{slot}.log", slot).start())
        return started[-1].await_ready()

    yield start
    for worker in started:
        worker.kill()


@pytest.fixture
def worker(start_worker: Callable[..., Worker]) -> Worker:
    return start_worker()
