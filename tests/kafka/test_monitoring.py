"""A real Prometheus scrapes; every panel of the dashboard and every alert rule then finds what it asks for."""

import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.endpoint import serving
from agents.health import Progress
from agents.metrics import Metrics
from streams.topics import CASES, MANIFESTS
from tests.kafka.prometheus import Prometheus, eventually, prometheus

DASHBOARD = Path(__file__).parents[2] / "config/grafana/dashboards/greenlane.json"
PANELS = [panel for panel in json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"] if panel["targets"]]
QUERIES = [(panel["title"], target["expr"]) for panel in PANELS for target in panel["targets"]]
A_COMMIT = {
    ("records", MANIFESTS, "accepted"): 90,
    ("records", MANIFESTS, "partial"): 1,
    ("rejects", MANIFESTS, "HS_CODE_FORMAT"): 1,
    ("decisions", "GREEN", "NONE"): 88,
    ("decisions", "RED", "RISK"): 3,
    ("alerts", "PARCEL", "HIGH"): 3,
    ("labels", "positive"): 1,
}


@pytest.fixture(scope="module")
def program() -> str:
    path = shutil.which("prometheus")
    if not path:
        end = pytest.fail if os.environ.get("CI") else pytest.skip
        end("no prometheus: apt-get install prometheus")
    return str(path)


def commit_until(stop: threading.Event, metrics: Metrics) -> None:
    """What a busy worker reports, ten times a second."""
    offset = 0
    while not stop.wait(0.1):
        offset += 91
        now_ms = int(time.time() * 1000)
        metrics.committed(A_COMMIT, [now_ms - 40] * 91, records=91, now_ms=now_ms)
        metrics.report({(MANIFESTS, 0): (offset, 12), (CASES, 0): (offset, 0)})
        metrics.control(offset // 91)


@pytest.fixture(scope="module")
def busy(program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prometheus]:
    """Prometheus beside an endpoint that reports synthetic commits."""
    metrics, stop = Metrics(Progress(limit_s=60)), threading.Event()
    feeder = threading.Thread(target=commit_until, args=(stop, metrics))
    feeder.start()
    try:
        with (
            serving(metrics.registry, metrics.progress, "127.0.0.1", 0) as port,
            prometheus(program, f"127.0.0.1:{port}", tmp_path_factory.mktemp("prometheus")) as server,
        ):
            yield server
    finally:
        stop.set()
        feeder.join()


def answer(server: Prometheus, expression: str) -> list[dict[str, Any]]:
    return server.query(expression.replace("$__rate_interval", "15s"))


def numbers(result: list[dict[str, Any]]) -> list[float]:
    return [float(series["value"][1]) for series in result]


@pytest.mark.parametrize(("title", "expression"), QUERIES, ids=[f"{title}-{i}" for i, (title, _) in enumerate(QUERIES)])
def test_a_panel_shows_data(busy: Prometheus, title: str, expression: str) -> None:
    result = eventually(lambda: [value for value in numbers(answer(busy, expression)) if value == value])  # noqa: PLR0124

    assert result, f"{title}: {expression} returns nothing"


def test_prometheus_reads_every_rule_without_complaint(busy: Prometheus) -> None:
    rules = eventually(lambda: [rule for rule in busy.rules() if rule["health"] != "unknown"])

    assert {rule["name"]: rule.get("lastError") for rule in rules if rule["health"] != "ok"} == {}
    assert [rule["name"] for rule in rules if rule["state"] == "firing"] == []
