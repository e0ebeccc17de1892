"""A publisher's bad release: one alert that names it, across a crash; and an engine that stops where it is told to."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.outside.engine import Engine
from tests.outside.kafka import Send, await_value, publish
from tests.outside.processes import Worker
from tests.outside.records import a_manifest, a_parcel, as_bytes

pytestmark = pytest.mark.kafka
STOPPED_S = 60.0


def filings(topic: str, count: int, provider: str, **flaw: object) -> list[Send]:
    told = {"provider": {"id": provider, "role": "CARRIER"}, **flaw}
    return [Send(topic, as_bytes(a_manifest(a_parcel(f"{provider}{n}"), **told))) for n in range(count)]


def test_a_bad_release_is_told_once_across_a_crash_and_stops_the_engine_where_it_should(
    environment: dict[str, str], start_worker: Callable[..., Worker], tmp_path: Path
) -> None:
    environment |= {"GREENLANE_INTAKE__REJECT_LEAST_RECORDS": "20", "GREENLANE_INTAKE__REJECT_SHARE_LIMIT": "0.5"}
    worker = start_worker()
    engine = Engine(environment["GREENLANE_BROKER"], environment["GREENLANE_NAMESPACE"], worker)
    topic = engine.topic("manifests.v1")

    publish(engine.broker, [*filings(topic, 100, "GOOD"), *filings(topic, 30, "ACME", submittedAt="yesterday")])
    raised = await_value(engine.broker, engine.topic("alerts.v1"), lambda alert: alert["kind"] == "SYSTEM", 30)
    worker.kill()

    environment["GREENLANE_INTAKE__ON_TOO_MANY_REJECTS"] = "stop"
    stopped = Worker(environment, tmp_path / "stopped.log").start()
    assert stopped.process
    assert stopped.process.wait(STOPPED_S) == 65, stopped.said()

    assert (raised["subject"], raised["state"]) == ({"providerId": "ACME"}, "RAISED")
    assert "TIME_FORMAT" in raised["title"]
    assert [alert for alert in engine.values("alerts.v1") if alert["kind"] == "SYSTEM"] == [raised]
    (line,) = [line for line in stopped.said().splitlines() if line.startswith("greenlane: ")]
    assert "Provider ACME: 100% of its last" in line
    assert "Nothing is lost" in line
