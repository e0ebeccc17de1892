"""Public data through the whole engine: every declaration decided once, failing machines noticed."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.auditor import audit
from tests.chaos.evidence import read
from tests.outside.kafka import await_count, await_quiet
from tests.outside.processes import Worker, run

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

DECLARATIONS = 8_134


@pytest.mark.timeout(300)
def test_every_public_declaration_is_decided_once(
    broker: str, namespace: str, environment: dict[str, str], worker: Worker, data_dir: Path
):
    converted = run(environment, "convert", "kcs", str(data_dir / "customs/declarations_valid.csv"))
    assert converted.returncode == 0, converted.stderr
    assert converted.stdout.count(b"\n") == DECLARATIONS
    for _ in range(2):  # the second time nothing is new
        published = run(environment, "publish", "manifests", "-", stdin=converted.stdout)
        assert published.returncode == 0, published.stderr
        await_count(broker, [f"{namespace}.decisions.v1"], DECLARATIONS, 90)
    await_quiet(broker, [f"{namespace}.{topic}" for topic in ("cases", "decisions.v1", "rejected.v1")])
    assert worker.stop() == 0

    log = read(broker, namespace)
    decisions = [json.loads(entry.value or b"") for entry in log["decisions.v1"]]
    assert len(log["manifests.v1"]) == 2 * DECLARATIONS
    assert len({decision["itemId"] for decision in decisions}) == len(decisions) == DECLARATIONS
    assert {decision["version"] for decision in decisions} == {1}
    assert log["rejected.v1"] == []
    flags = Counter(flag for decision in decisions for flag in decision["dataQualityFlags"])
    assert (flags["MASS_MISSING"], flags["COUNTRY_UNKNOWN"]) == (55, 12)
    assert audit(log).faults == []


def windows(data_dir: Path, file: str) -> list[tuple[datetime, datetime]]:
    known = json.loads((data_dir / "nab/windows.json").read_text(encoding="utf-8"))[file]
    return [tuple(datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in window) for window in known]


@pytest.mark.timeout(300)
def test_failing_machines_raise_alerts_when_they_fail_and_seldom_otherwise(
    broker: str, namespace: str, environment: dict[str, str], worker: Worker, data_dir: Path
):
    machines = ("machine_temperature_system_failure", "ambient_temperature_system_failure")
    for name in machines:
        converted = run(
            environment, "convert", "nab", str(data_dir / f"nab/realKnownCause/{name}.csv"), "--device", name
        )
        published = run(environment, "publish", "sensors", "-", stdin=converted.stdout)
        assert (converted.returncode, published.returncode) == (0, 0), converted.stderr + published.stderr
    await_quiet(broker, [f"{namespace}.{topic}" for topic in ("readings", "alerts.v1")], quiet_s=5)
    assert worker.stop() == 0

    log = read(broker, namespace)
    assert log["rejected.v1"] == []
    assert audit(log).faults == []
    alerts = [json.loads(entry.value or b"") for entry in log["alerts.v1"]]
    for name in machines:
        assert_noticed(alerts, name, windows(data_dir, f"realKnownCause/{name}.csv"))


def assert_noticed(alerts: list[dict[str, Any]], device: str, known: list[tuple[datetime, datetime]]) -> None:
    """At least half of the windows met, at most three episodes outside them."""
    raised = [alert for alert in alerts if (alert["kind"], alert["state"]) == ("SENSOR", "RAISED")]
    mine = [alert["eventTime"] for alert in raised if alert["subject"].get("deviceID") == device]
    times = [datetime.fromisoformat(moment) for moment in mine]
    met = [any(start <= time <= end for time in times) for start, end in known]
    outside = [time for time in times if not any(start <= time <= end for start, end in known)]
    assert sum(met) >= len(known) / 2, f"{device}: {sum(met)} of {len(known)} windows met by {mine}"
    assert len(outside) <= 3, f"{device}: episodes outside windows: {outside}"
