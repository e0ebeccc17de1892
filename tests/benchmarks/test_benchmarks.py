"""The benchmarks run at all, on a handful of records; speed itself is never asserted in tests."""

import json

import pytest

from agents.access import Access
from agents.reading import committed
from tests.benchmarks import full_path, loads, passthrough, stages
from tests.benchmarks.report import TARGETS, Results, page


@pytest.mark.kafka
def test_our_runtime_passes_everything_through_and_is_timed(broker: str) -> None:
    (result,) = passthrough.compare(broker, 2_000, rounds=1, contenders=(passthrough.OURS,))

    assert result.records_per_s > 0
    assert result.cpu_us_per_record > 0
    assert "greenlane runtime" in page(Results("4.1", passthrough=[result]), 0.0)


@pytest.mark.kafka
def test_kafka_streams_does_the_same_work_as_our_runtime(broker: str) -> None:
    if not passthrough.available(passthrough.KAFKA_STREAMS):
        pytest.skip("Kafka Streams is not here and cannot be fetched")

    ours, theirs = (
        passthrough.run(broker, contender, 500) for contender in (passthrough.OURS, passthrough.KAFKA_STREAMS)
    )

    assert theirs.records_per_s > 0
    assert theirs.cpu_us_per_record > 0
    assert written(broker, theirs.target) == written(broker, ours.target)


def written(broker: str, topic: str) -> dict[bytes, object]:
    """What a topic holds, decoded, by key."""
    return {message.key(): json.loads(message.value()) for message in committed(Access(broker), topic)}


def test_every_other_runtime_has_a_target_and_the_page_says_where_we_miss_it() -> None:
    theirs = passthrough.KAFKA_STREAMS._replace(environment=passthrough.OURS.environment)
    results = [
        passthrough.Result(contender, [passthrough.Run(records_per_s, 3_000.0, 10.0, 100, "out")])
        for contender, records_per_s in ((passthrough.OURS, 1_000.0), (theirs, 2_000.0))
    ]

    assert {contender.title for contender in passthrough.CONTENDERS} == {passthrough.OURS.title, *TARGETS}
    assert "| 3,000 | 10.0 | 0.50 times | **missed** (≥ 1.0) |" in page(Results("4.1", passthrough=results), 0.0)


@pytest.mark.kafka
def test_the_whole_engine_decides_every_manifest_of_the_load(broker: str) -> None:
    load = loads.manifests(12_000)  # enough that the first look comes before the last decision
    throughput = full_path.manifests_per_s(broker, load)
    latency = full_path.latency(broker, load[:200], rate_per_s=200, warm_s=0.2)

    assert throughput.per_s > 0
    assert 0 < latency.p50_ms <= latency.p99_ms <= latency.max_ms
    assert "manifests" in page(Results("4.1", manifests=[throughput], latencies=[latency]), 0.0)


def test_every_stage_of_a_manifest_costs_something_and_none_more_than_its_shard() -> None:
    costs = stages.measure(loads.manifests(100), rounds=2)

    assert [stage for stage, cost_us in costs.items() if "all else" not in stage and cost_us <= 0] == []
    assert all(cost_us <= 2 * costs[stage.split(":")[0]] for stage, cost_us in costs.items())


def test_every_manifest_of_the_load_files_another_item() -> None:
    load = loads.manifests(300)

    assert len({record.key for record in load}) == 300


def test_sensor_events_carry_ten_readings_in_the_order_of_each_device() -> None:
    load = loads.sensor_events(2 * loads.DEVICES)

    assert load[0].key == load[loads.DEVICES].key
    assert load[0].value.count(b'"type"') == loads.READINGS
