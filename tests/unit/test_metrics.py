"""What a worker tells Prometheus, and how it answers when asked whether it is well."""

import doctest
import inspect
import re
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from agents import health, metrics
from agents.endpoint import health as page_of
from agents.endpoint import serving
from agents.errors import UsageError
from agents.gauges import GAUGES
from agents.health import Progress
from agents.metrics import Metrics
from agents.runtime.agent import Observer


class Clock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def progress(clock: Clock) -> Progress:
    return Progress(limit_s=30, clock=clock)


@pytest.fixture
def worker(progress: Progress) -> Metrics:
    return Metrics(progress)


@pytest.fixture
def address(worker: Metrics, progress: Progress) -> Iterator[str]:
    with serving(worker.registry, progress, "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}"


def value(worker: Metrics, name: str, **labels: str) -> float | None:
    return worker.registry.get_sample_value(name, labels)


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize("module", [metrics, health])
def test_examples_in_docstrings_are_true(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]

    assert result.attempted > 0
    assert result.failed == 0


def test_every_metric_of_the_contract_is_there_with_exactly_its_labels(worker: Metrics, progress: Progress) -> None:
    progress.report({("cases", 3): (10, 5)})
    worker.restored("risk", took_s=0.5)
    worker.aim({"RED": 0.03})
    worker.entries({("risk", "items"): 3})
    worker.committed({("rejects", "manifests.v1", "JSON_INVALID"): 1}, [0], records=1, now_ms=1)

    families = {
        family.name: family for family in text_string_to_metric_families(generate_latest(worker.registry).decode())
    }
    found = {
        (name, family.type): {label for sample in family.samples for label in sample.labels} - {"le"}
        for name, family in families.items()
        if name.startswith("greenlane_") and name.removeprefix("greenlane_") not in GAUGES
    }

    assert found == {
        ("greenlane_records", "counter"): {"topic", "result"},
        ("greenlane_rejects", "counter"): {"topic", "code"},
        ("greenlane_decisions", "counter"): {"lane", "selected_by"},
        ("greenlane_degraded_decisions", "counter"): {"reason"},
        ("greenlane_alerts", "counter"): {"kind", "severity"},
        ("greenlane_labels", "counter"): {"result"},
        ("greenlane_transactions", "counter"): {"result"},
        ("greenlane_state_entries", "gauge"): {"agent", "store"},
        ("greenlane_decision_latency_seconds", "histogram"): set(),
        ("greenlane_batch_records", "histogram"): set(),
        ("greenlane_consumer_lag_records", "gauge"): {"topic", "partition"},
        ("greenlane_seconds_since_progress", "gauge"): set(),
        ("greenlane_control_offset", "gauge"): set(),
        ("greenlane_snapshot_failures", "counter"): {"agent"},
        ("greenlane_restore_seconds", "gauge"): {"agent"},
        ("greenlane_lane_target_ratio", "gauge"): {"lane"},
        ("greenlane_build_info", "gauge"): {"version"},
    }


def test_every_figure_of_the_fold_is_served_with_exactly_its_labels_until_it_is_said_no_more(worker: Metrics) -> None:
    worker.figures({(name, *(words[-1] for words in gauge.labels.values())): 0.5 for name, gauge in GAUGES.items()})
    told = text_string_to_metric_families(generate_latest(worker.registry).decode())
    found = {f.name: [set(sample.labels) for sample in f.samples] for f in told if f.name[10:] in GAUGES}
    worker.figures({})
    gone = text_string_to_metric_families(generate_latest(worker.registry).decode())

    assert found == {f"greenlane_{name}": [set(gauge.labels)] for name, gauge in GAUGES.items()}
    assert [sample for family in gone if family.name[10:] in GAUGES for sample in family.samples] == []


def test_every_help_text_says_what_it_is_and_what_to_do(worker: Metrics) -> None:
    texts = re.findall(r"# HELP (greenlane_\w+) (.*)", generate_latest(worker.registry).decode())

    assert len({name for name, _ in texts}) >= 12
    assert [name for name, text in texts if len(re.findall(r"[.;:] \S", text)) < 1] == []


def test_a_commit_counts_what_it_made_visible(worker: Metrics) -> None:
    counts = {
        ("records", "manifests.v1", "accepted"): 3,
        ("decisions", "RED", "RISK"): 2,
        ("alerts", "PARCEL", "HIGH"): 2,
    }

    worker.committed(counts, [1_000, 1_400], records=3, now_ms=1_500)
    worker.committed(counts, [], records=3, now_ms=1_500)

    assert value(worker, "greenlane_records_total", topic="manifests.v1", result="accepted") == 6
    assert value(worker, "greenlane_decisions_total", lane="RED", selected_by="RISK") == 4
    assert value(worker, "greenlane_alerts_total", kind="PARCEL", severity="HIGH") == 4
    assert value(worker, "greenlane_transactions_total", result="committed") == 2
    assert value(worker, "greenlane_batch_records_sum") == 6
    assert value(worker, "greenlane_decision_latency_seconds_bucket", le="0.1") == 1
    assert value(worker, "greenlane_decision_latency_seconds_bucket", le="0.5") == 2
    assert value(worker, "greenlane_decision_latency_seconds_count") == 2
    assert value(worker, "greenlane_decision_latency_seconds_sum") == pytest.approx(0.6)


def test_an_aborted_transaction_counts_nothing_but_itself(worker: Metrics) -> None:
    before = value(worker, "greenlane_transactions_total", result="aborted")

    worker.transaction("aborted")

    assert (before, value(worker, "greenlane_transactions_total", result="aborted")) == (0, 1)
    assert value(worker, "greenlane_batch_records_count") == 0


def test_a_publisher_whose_clock_is_ahead_never_makes_a_negative_latency(worker: Metrics) -> None:
    worker.committed({}, [9_000], records=1, now_ms=1_000)

    assert value(worker, "greenlane_decision_latency_seconds_sum") == 0


@pytest.mark.parametrize("place", [("decisions", 1), ("decisions", 2), ("rejects", 2), ("records", 1), ("labels", 1)])
def test_a_word_outside_the_vocabulary_never_becomes_a_label(worker: Metrics, place: tuple[str, int]) -> None:
    keys = {
        "decisions": ["decisions", "GREEN", "NONE"],
        "rejects": ["rejects", "manifests.v1", "JSON_INVALID"],
        "records": ["records", "manifests.v1", "accepted"],
        "labels": ["labels", "CONFORM"],
    }
    name, position = place
    keys[name][position] = "LZ551209644CN"

    worker.committed({tuple(keys[name]): 1}, [], records=1, now_ms=0)
    page = generate_latest(worker.registry).decode()

    assert "LZ551209644CN" not in page
    assert f"greenlane_{name}_total{{" in page
    assert '"OTHER"' in page


def test_a_counter_nobody_declared_is_a_bug(worker: Metrics) -> None:
    with pytest.raises(KeyError):
        worker.committed({("greens", "x"): 1}, [], records=1, now_ms=0)


def test_lag_of_a_partition_given_away_leaves_no_frozen_number(worker: Metrics, progress: Progress) -> None:
    progress.report({("cases", 0): (10, 5), ("cases", 1): (10, 0)})
    held = [value(worker, "greenlane_consumer_lag_records", topic="cases", partition=p) for p in "01"]
    progress.report({("cases", 1): (10, 0)})
    kept = [value(worker, "greenlane_consumer_lag_records", topic="cases", partition=p) for p in "01"]

    assert (held, kept) == ([5, 0], [None, 0])


def test_waiting_counts_from_the_moment_a_partition_has_work_and_stands_still(
    worker: Metrics, progress: Progress, clock: Clock
) -> None:
    progress.report({("cases", 0): (10, 0)})
    clock.now_s += 100
    progress.report({("cases", 0): (10, 4)})
    clock.now_s += 7
    progress.report({("cases", 0): (10, 9)})

    assert value(worker, "greenlane_seconds_since_progress") == 7


def test_one_stalled_partition_is_not_hidden_by_its_busy_neighbours(progress: Progress, clock: Clock) -> None:
    for second in range(40):
        progress.report({("cases", 0): (10, 4), ("cases", 1): (second, 900)})
        clock.now_s += 1

    assert progress.stalled_s() == 40
    assert not progress.healthy


@pytest.mark.parametrize(
    ("standings", "silence_s", "code"),
    [
        ({}, 0, 200),
        ({("cases", 0): (10, 0)}, 0, 200),
        ({("cases", 0): (10, 4)}, 29, 200),
        ({("cases", 0): (10, 4)}, 31, 503),
        ({("cases", 0): (10, 0)}, 31, 503),  # nothing waits, but the runtime has not said so for too long
    ],
)
def test_healthz_is_200_only_while_work_moves_or_there_is_none(
    standings: dict[tuple[str, int], tuple[int, int]], silence_s: float, code: int
) -> None:
    clock = Clock()
    progress = Progress(limit_s=30, clock=clock)
    progress.report(standings)
    clock.now_s += silence_s

    with serving(Metrics(progress).registry, progress, "127.0.0.1", 0) as port:
        assert status(f"http://127.0.0.1:{port}/healthz") == code


def test_readyz_is_200_only_while_joined_and_restored(address: str, worker: Metrics) -> None:
    seen = [status(f"{address}/readyz")]
    for ready in (True, False):
        worker.readiness(ready)
        seen.append(status(f"{address}/readyz"))

    assert seen == [503, 200, 503]


def test_readyz_is_503_once_the_runtime_is_silent_for_nobody_knows_then() -> None:
    clock = Clock()
    progress = Progress(limit_s=30, clock=clock)
    progress.ready = True
    clock.now_s += 31
    silent = progress.ready
    progress.report({})

    assert (silent, progress.ready) == (False, True)


@pytest.mark.parametrize(
    ("standing", "silence_s", "page"),
    [
        ((10, 0), 0, b"ok"),
        ((10, 70_000), 29, b"busy: 70000 records wait"),
        ((10, 4), 31, b"work waits and nothing has moved for 31 s"),
        ((10, 0), 31, b"the runtime has not been heard of for 31 s"),
    ],
)
def test_healthz_says_in_words_what_is_the_matter(standing: tuple[int, int], silence_s: float, page: bytes) -> None:
    clock = Clock()
    progress = Progress(limit_s=30, clock=clock)
    progress.report({("cases", 0): standing})
    clock.now_s += silence_s
    good, text = page_of(progress)

    assert text.encode() == page
    assert good is progress.healthy


def test_the_runtime_finds_every_method_it_calls_with_the_parameters_it_gives() -> None:
    wanted = {name: inspect.signature(method) for name, method in vars(Observer).items() if not name.startswith("_")}

    assert wanted
    assert [
        name
        for name, signature in wanted.items()
        if list(signature.parameters) != list(inspect.signature(getattr(Metrics, name)).parameters)
    ] == []


def test_metrics_are_served_and_other_paths_are_not(address: str) -> None:
    with urllib.request.urlopen(f"{address}/metrics", timeout=5) as answer:  # noqa: S310 - our own server
        assert b"greenlane_build_info" in answer.read()

    assert status(f"{address}/config") == 404


def test_a_taken_port_is_said_in_one_sentence(worker: Metrics, progress: Progress, address: str) -> None:
    port = int(address.rsplit(":", 1)[1])

    with (
        pytest.raises(UsageError, match="GREENLANE_METRICS_PORT"),
        serving(worker.registry, progress, "127.0.0.1", port),
    ):
        pass


def test_what_shards_remember_is_told_by_store_and_forgotten_with_the_shard() -> None:
    metrics = Metrics(Progress(limit_s=60))
    labels = {"agent": "risk", "store": "items"}

    metrics.entries({("risk", "items"): 7})
    told = metrics.registry.get_sample_value("greenlane_state_entries", labels)
    metrics.entries({})

    assert told == 7
    assert metrics.registry.get_sample_value("greenlane_state_entries", labels) is None
