"""Every metric of a worker: what it counts, in what unit, and what to do when it moves.

Numbers change once per commit, not once per record, so Prometheus sees what Kafka's readers see: an aborted
transaction counts nothing but itself. Labels hold words of fixed vocabularies; anything else becomes `OTHER`, so
no identifier of an item, a device or a person can end up in a label, whatever a bug upstream hands over.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from itertools import product
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from agents.gauges import GAUGES, Described
from agents.health import Owned, Progress
from streams.records.codes import Degraded, Reject
from streams.records.outcome import Result
from streams.topics import TOPICS

Name = Literal["records", "rejects", "decisions", "degraded_decisions", "alerts", "labels"]
"""First word of a key of `Effects.counts`; the other words are its labels, in the order of `COUNTERS`."""
Outcome = Literal["committed", "aborted"]

LATENCY_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.35, 0.5, 0.75, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
BATCH_RECORDS = tuple(4.0**power for power in range(9))
OTHER = "OTHER"

TOPIC = tuple(topic.name for topic in TOPICS)
CODE = tuple(str(code) for code in Reject)
RESULT = ("accepted", "rejected", "duplicate", "partial", "ignored")
LANE = ("GREEN", "BLUE", "YELLOW", "RED")
SELECTED_BY = ("RISK", "RULE", "INCIDENT", "RANDOM", "NONE")
KIND = ("PARCEL", "SENSOR", "PATTERN", "SYSTEM")
SEVERITY = ("INFO", "WARNING", "HIGH", "CRITICAL")
LABEL = get_args(Result)
STATE = ("risk", "sensors", "patterns", "quality", "control")

COUNTERS: Mapping[Name, Described] = {
    "records": Described(
        {"topic": TOPIC, "result": RESULT},
        "Input records by what became of them (partial: some parcels of a manifest refused; "
        "ignored: touches of a kind that this version does not know). "
        "More than 5 % rejected: call the provider named in the feedback topic.",
    ),
    "rejects": Described(
        {"topic": TOPIC, "code": CODE},
        "Refusals by code; parcels of a manifest count one by one. "
        "A code that jumps is a publisher's new release or an attack: read samples with `greenlane read rejected`.",
    ),
    "decisions": Described(
        {"lane": LANE, "selected_by": SELECTED_BY},
        "Decisions by lane and by what selected the parcel. RED and YELLOW off the rates of [lanes]: scores moved, "
        "look at labels and flags. RANDOM at zero: nobody sees what is missed.",
    ),
    "degraded_decisions": Described(
        {"reason": tuple(Degraded)},
        "Decisions made with less than there should be, by what was missing. CONTROL_STALE: a worker cannot read the "
        "control log, or nobody writes ticks. FEATURE_MISSING: a provider leaves out what risk is judged by.",
    ),
    "alerts": Described(
        {"kind": KIND, "severity": SEVERITY},
        "Alerts raised. More than operators on duty can read: thresholds are too low.",
    ),
    "labels": Described(
        {"result": LABEL},
        "Inspection outcomes by what the model made of them. "
        "None for a day although parcels are selected: offices do not report, and the model grows old.",
    ),
}


class BulkHistogram(Collector):
    """A histogram that takes thousands of values at once: one pass in numpy where `Histogram.observe` is a call each.

    >>> waits = BulkHistogram("wait_seconds", "How long.", (0.1, 1.0))
    >>> waits.observe_all([0.05, 0.1, 0.7, 8.0])
    >>> [(sample.labels.get("le"), sample.value) for family in waits.collect() for sample in family.samples]
    [('0.1', 2), ('1.0', 3), ('+Inf', 4), (None, 4), (None, 8.85)]
    """

    def __init__(self, name: str, meaning: str, bounds: Sequence[float]) -> None:
        self._name = name
        self._meaning = meaning
        self._bounds = np.asarray(bounds)
        self._names = [*(str(float(bound)) for bound in bounds), "+Inf"]
        self._lock = threading.Lock()
        self._counts = np.zeros(len(self._names), dtype=np.int64)
        self._sum = 0.0

    def observe_all(self, values: ArrayLike) -> None:
        """Add all `values`; one equal to a bound belongs below it, as Prometheus wants."""
        array = np.asarray(values, dtype=float)
        counts = np.bincount(np.searchsorted(self._bounds, array), minlength=len(self._names))
        with self._lock:
            self._counts += counts
            self._sum += float(array.sum())

    def collect(self) -> Iterator[HistogramMetricFamily]:
        with self._lock:
            below, total = self._counts.cumsum().tolist(), self._sum
        buckets = list(zip(self._names, below, strict=True))
        yield HistogramMetricFamily(self._name, self._meaning, buckets=buckets, sum_value=total)


class Lags(Collector):
    """Lag of the partitions this worker owns now: one given away leaves no frozen number behind."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(
            "greenlane_consumer_lag_records",
            "Committed records not yet processed, by owned partition. Growing: start another slot, or look for a "
            "publisher that floods. One partition alone: its keys are skewed.",
            labels=("topic", "partition"),
        )
        for (topic, partition), lag_records in self._progress.lags().items():
            family.add_metric((topic, str(partition)), lag_records)
        yield family


class Figures(Collector):
    """What the fold of the control log said last: a figure it says no more is gone."""

    told: Mapping[tuple[str, ...], float] = {}

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for name, gauge in GAUGES.items():
            family = GaugeMetricFamily(f"greenlane_{name}", gauge.meaning, labels=tuple(gauge.labels))
            for (told, *words), figure in self.told.items():
                if told == name:
                    family.add_metric(_known(gauge, words), figure)
            yield family


def _counter(name: Name, registry: CollectorRegistry) -> Counter:
    """A counter with all its series at zero, so that the first increment is an increase and not a birth."""
    labels, meaning = COUNTERS[name]
    counter = Counter(f"greenlane_{name}", meaning, tuple(labels), registry=registry)
    if name != "rejects":  # topics times codes would be hundreds of series that stay zero
        for words in product(*labels.values()):
            counter.labels(*words)
    return counter


def _known(counted: Described, words: Sequence[str]) -> list[str]:
    allowed = counted.labels.values()
    return [word if word in known else OTHER for word, known in zip(words, allowed, strict=True)]


def _stateful(agent: str) -> str:
    return agent if agent in STATE else OTHER


class Metrics:
    """All metrics of one worker, in a registry of their own; listens to the runtime as its `Observer`.

    >>> metrics = Metrics(Progress(limit_s=60))
    >>> metrics.committed({("decisions", "GREEN", "NONE"): 2}, [1000, 1500], records=2, now_ms=2000)
    >>> metrics.registry.get_sample_value("greenlane_decisions_total", {"lane": "GREEN", "selected_by": "NONE"})
    2.0
    """

    def __init__(self, progress: Progress) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call] # births beside every series say little
        self.progress = progress
        self.registry = registry = CollectorRegistry()
        self._counters: dict[str, tuple[Name, Counter]] = {name: (name, _counter(name, registry)) for name in COUNTERS}
        self._latency_s = BulkHistogram(
            "greenlane_decision_latency_seconds",
            "From the timestamp of an input record to the commit that made its decision visible. p99 over 0.5: look "
            "at lag, then transactions, then CPU. A publisher whose clock is slow shows here too.",
            LATENCY_S,
        )
        registry.register(self._latency_s)
        self._batch_records = Histogram(
            "greenlane_batch_records",
            "Records of one transaction. Always at runtime.cycle_max_records: the worker is saturated.",
            buckets=BATCH_RECORDS,
            registry=registry,
        )
        self._transactions = Counter(
            "greenlane_transactions",
            "Transactions by how they ended. Aborts come with rebalances; aborts that go on mean two workers in one "
            "slot, or a slow broker.",
            ("result",),
            registry=registry,
        )
        for result in get_args(Outcome):
            self._transactions.labels(result)
        self._control_offset = Gauge(
            "greenlane_control_offset",
            "Position in the control log: model, rules and engine time in force. Standing still: no ticks. "
            "Workers that differ decide with different models.",
            registry=registry,
        )
        self._figures = Figures()
        registry.register(self._figures)
        self._lane_target = Gauge(
            "greenlane_lane_target_ratio",
            "Share of parcels that each lane is set to; offices may have other budgets. What is decided differs for "
            "long: look at degraded decisions and at scores.",
            ("lane",),
            registry=registry,
        )
        self._entries = Gauge(
            "greenlane_state_entries",
            "What the shards of this worker remember, by store: all of it is bounded. At its bound, the entries least "
            "recently used are forgotten: more workers hold more.",
            ("agent", "store"),
            registry=registry,
        )
        self._snapshot_failures = Counter(
            "greenlane_snapshot_failures",
            "Snapshots that could not be used or written, by agent (control: the fold all share). The state is right "
            "all the same: more was folded. Read the log for the reason; more than one a restart: keep the topic.",
            ("agent",),
            registry=registry,
        )
        self._restore_s = Gauge(
            "greenlane_restore_seconds",
            "How long the last restore of one shard of the agent took. Growing: lower snapshots.every_records.",
            ("agent",),
            registry=registry,
        )
        for agent in STATE:
            self._snapshot_failures.labels(agent)
        Gauge(
            "greenlane_seconds_since_progress",
            "Longest time that records have waited without their partition moving, or that a join, a restore or a "
            "commit has not got on; 0 when nothing waits. "
            "The worker ends itself at runtime.stall_limit_s.",
            registry=registry,
        ).set_function(progress.stalled_s)
        Info("greenlane_build", "Version in use; workers should agree.", registry=registry).info(
            {"version": version("greenlane")}
        )
        registry.register(Lags(progress))
        ProcessCollector(registry=registry)

    def aim(self, rates: Mapping[str, float]) -> None:
        """Say which share of parcels each lane is set to."""
        for lane, rate in rates.items():
            self._lane_target.labels(lane).set(rate)

    def committed(
        self, counts: Mapping[tuple[str, ...], int], caused_ms: Sequence[int], *, records: int, now_ms: int
    ) -> None:
        """Take over what a committed transaction counted; `now_ms` is the wall clock after the commit."""
        for (name, *words), number in counts.items():
            known_name, counter = self._counters[name]
            counter.labels(*_known(COUNTERS[known_name], words)).inc(number)
        if caused_ms:
            self._latency_s.observe_all((now_ms - np.asarray(caused_ms)).clip(0) / 1000)
        self._batch_records.observe(records)
        self.transaction("committed")

    def transaction(self, result: Outcome) -> None:
        """Count one end of a transaction."""
        self._transactions.labels(result).inc()

    def report(self, standings: Mapping[Owned, tuple[int, int]], *, held_s: float) -> None:
        """Take over (position, lag in records) of every partition at work, and for how long all has been held up."""
        self.progress.report(standings, held_s)

    def entries(self, held: Mapping[tuple[str, str], int]) -> None:
        """Take over how many entries each (agent, store) holds; a store given away is gone."""
        self._entries.clear()
        for (agent, store), entries in held.items():
            self._entries.labels(_stateful(agent), store).set(entries)

    def figures(self, told: Mapping[tuple[str, ...], float]) -> None:
        """Take over what the fold of the control log says of itself; what it no longer says is gone."""
        self._figures.told = told

    def readiness(self, ready: bool) -> None:  # noqa: FBT001 - the word of the runtime
        """Take over whether the worker has joined and restored all it owns."""
        self.progress.ready = ready

    def control(self, offset: int) -> None:
        """Say how far the control log is folded."""
        self._control_offset.set(offset)

    def restored(self, agent: str, *, took_s: float) -> None:
        """Say how long a shard of `agent` took to get its state back."""
        self._restore_s.labels(_stateful(agent)).set(took_s)

    def snapshot_failed(self, agent: str) -> None:
        """Count a snapshot of `agent` that could not be used or written."""
        self._snapshot_failures.labels(_stateful(agent)).inc()
