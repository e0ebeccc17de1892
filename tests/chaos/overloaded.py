"""A worker whose pure code takes its time: half a millisecond a record, until the gate opens.

Started as a program with one JSON argument: `broker`, `namespace`, `port` of its pages, `gate`.
"""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from agents import logs, runtime
from agents.endpoint import serving
from agents.health import Progress
from agents.metrics import Metrics
from agents.worker import UNWELL
from config.settings import load
from streams.control import Control
from streams.log import Effects, Record
from streams.models import build
from tests.chaos.runtime.subject import Pass

RECORD_S = 0.0005


class Slow(Pass):
    """Passes records on, at `1 / RECORD_S` a second while the gate is closed."""

    def __init__(self, gate: Path) -> None:
        super().__init__("decisions.v1")
        self.gate = gate

    def process(self, records: Sequence[Record], effects: Effects) -> None:
        if not self.gate.exists():
            time.sleep(RECORD_S * len(records))
        super().process(list(records), effects)


def main() -> int:
    logs.configure()
    told = json.loads(sys.argv[1])
    settings = load(broker=told["broker"], namespace=told["namespace"])
    gate, progress = Path(told["gate"]), Progress(settings.runtime.stall_limit_s * UNWELL)
    metrics = Metrics(progress)
    pages = serving(metrics.registry, progress, settings.metrics_host, told["port"])
    agent = runtime.Agent("slow", "manifests.v1", lambda _: Slow(gate))
    return runtime.run([agent], Control(build()), settings, slot=0, observer=metrics, beside=pages)


if __name__ == "__main__":
    sys.exit(main())
