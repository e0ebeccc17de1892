"""A real Prometheus scrapes a real worker at work: every panel and every alert rule finds what it asks for."""

import json
import math
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.access import Access
from agents.simulator.live import Simulator
from agents.simulator.world import World
from tests.kafka.prometheus import Prometheus, eventually, prometheus
from tests.outside.processes import Worker

DASHBOARD = Path(__file__).parents[2] / "config/grafana/dashboards/greenlane.json"
PANELS = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
QUERIES = [(panel["title"], target["expr"]) for panel in PANELS for target in panel["targets"]]
RATE_PER_S = 80.0


@pytest.fixture
def program() -> str:
    path = shutil.which("prometheus")
    if not path:
        end = pytest.fail if os.environ.get("CI") else pytest.skip
        end("no prometheus: apt-get install prometheus")
    return str(path)


@contextmanager
def border_day(environment: dict[str, str]) -> Iterator[None]:
    """Simulated traffic, with officers who report, while the block runs."""
    stop = threading.Event()
    simulator = Simulator(
        World(7, RATE_PER_S, datetime.now(UTC)),
        Access(environment["GREENLANE_BROKER"]),
        environment["GREENLANE_NAMESPACE"],
    )
    thread = threading.Thread(target=simulator.run, args=(None, stop.is_set))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def answer(server: Prometheus, expression: str) -> list[float]:
    """The numbers a panel would draw."""
    result = server.query(expression.replace("$__rate_interval", "30s"))
    return [number for series in result if not math.isnan(number := float(series["value"][1]))]


@pytest.mark.kafka
@pytest.mark.slow
def test_every_panel_shows_data_and_no_rule_fails_beside_a_worker_at_work(
    program: str, environment: dict[str, str], start_worker: Callable[..., Worker], tmp_path: Path
) -> None:
    # What is told every ten minutes, and watched where it is configured, has to be seen within a minute.
    environment |= {"GREENLANE_LEAKAGE__PASSAGE_S": "1", "GREENLANE_TARGETS__RECALL": "0.5"}
    target = f"127.0.0.1:{environment['GREENLANE_METRICS_PORT']}"
    start_worker()
    with prometheus(program, target, tmp_path) as server, border_day(environment):
        empty = [
            f"{title}: {expression}"
            for title, expression in QUERIES
            if not eventually(lambda: answer(server, expression), timeout_s=60)  # noqa: B023 - asked at once
        ]
        rules = eventually(lambda: [rule for rule in server.rules() if rule["health"] != "unknown"])

    assert empty == []
    assert {rule["name"]: rule.get("lastError") for rule in rules if rule["health"] != "ok"} == {}
    assert "GreenlaneNoProgress" not in {rule["name"] for rule in rules if rule["state"] == "firing"}
