"""The simulator on a real broker with a real worker: officers read, inspect and report until Ctrl-C."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.chaos.auditor import audit
from tests.chaos.evidence import read
from tests.outside.engine import running
from tests.outside.kafka import await_count, await_quiet
from tests.outside.processes import GREENLANE

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

INPUTS = ("manifests.v1", "sensors.v1", "outcomes.v1")


def test_officers_report_and_ctrl_c_ends_the_day_with_a_summary(broker: str, tmp_path: Path):
    truth_file = tmp_path / "truth.jsonl"
    with running(broker, tmp_path) as engine:
        command = [GREENLANE, "simulate", "--rate", "80", "--seed", "4", "--truth", str(truth_file), "--json"]
        with subprocess.Popen(command, env={**os.environ, **engine.worker.env}, stdout=subprocess.PIPE) as simulator:
            reported = await_count(broker, [engine.topic("outcomes.v1")], 5, 60)
            simulator.send_signal(signal.SIGINT)
            said, _ = simulator.communicate(timeout=30)
        assert reported == 5
        assert simulator.returncode == 0
        await_quiet(broker, [engine.topic(name) for name in ("decisions.v1", "rejected.v1", "alerts.v1")])

    log, summary = read(broker, engine.namespace), json.loads(said)
    assert summary["published"] == {topic: len(log[topic]) for topic in INPUTS}
    assert summary["inspections"] >= 5
    assert summary["failed"] == 0
    report = audit(log)
    assert report.faults == [], report
    assert [e.headers["dlq_topic"] for e in log["rejected.v1"] if e.headers["dlq_topic"].endswith(b"outcomes.v1")] == []
    truths = [json.loads(line) for line in truth_file.read_text(encoding="utf-8").splitlines()]
    decided = {json.loads(entry.value or b"")["itemId"] for entry in log["decisions.v1"]}
    assert decided <= {truth["itemId"] for truth in truths}
    assert {truth["illicit"] for truth in truths} == {True, False}
    schemes = [truth["scheme"].encode() for truth in truths if truth["scheme"]]
    assert not any(
        scheme in (entry.value or b"") for topic in INPUTS for entry in log[topic] for scheme in set(schemes)
    )
