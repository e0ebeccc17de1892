"""Bad input in the middle of good: refused once with its code, neighbours decided, nothing stalls."""

import json

import pytest

from tests.chaos.auditor import audit, read
from tests.outside.kafka import Send, await_count, publish
from tests.outside.processes import Worker, free_ports, run
from tests.outside.records import BAD_MANIFESTS, a_manifest, a_parcel, a_sensor_event, an_outcome, as_bytes

pytestmark = pytest.mark.kafka

DECIDED_S = 60.0


def good(topic: str, item_id: str) -> Send:
    return Send(topic, as_bytes(a_manifest(a_parcel(item_id))), item_id.encode(), (("expect", b"decide"),), 0)


def test_each_bad_record_is_rejected_once_and_its_neighbours_are_decided(broker: str, namespace: str, worker: Worker):
    """One partition, a good record after each bad one: a record that stalled would hold up its neighbours."""
    topic, records = f"{namespace}.manifests.v1", []
    for number, (code, make) in enumerate(BAD_MANIFESTS.values()):
        records.append(Send(topic, make(), b"bad", (("expect", f"reject:{code}".encode()),), 0))
        records.append(good(topic, f"GOOD{number}"))
    publish(broker, records)
    await_count(broker, [f"{namespace}.decisions.v1"], len(BAD_MANIFESTS), DECIDED_S)
    assert worker.stop() == 0

    report = audit(read(broker, namespace))
    assert report.faults == [], report
    assert report.counts["decisions.v1"] == report.counts["rejected.v1"] == len(BAD_MANIFESTS), report


def test_one_bad_parcel_of_five_is_rejected_alone(broker: str, namespace: str, worker: Worker, read_committed):
    parcels = [a_parcel(f"FIVE{number}") for number in range(5)]
    parcels[3]["exportCountry"] = "CHN"
    expect = b"decide,decide,decide,reject:FIELD_FORMAT,decide"
    publish(broker, [Send(f"{namespace}.manifests.v1", as_bytes(a_manifest(*parcels)), None, (("expect", expect),))])
    await_count(broker, [f"{namespace}.decisions.v1"], 4, DECIDED_S)
    assert worker.stop() == 0

    report = audit(read(broker, namespace))
    assert report.faults == [], report
    (reject,) = read_committed("rejected.v1")
    headers = dict(reject.headers())
    assert (headers["dlq_index"], headers["dlq_field"]) == (b"3", b"/parcels/3/exportCountry")
    assert json.loads(reject.value()) == parcels[3]


def test_a_refused_filing_is_no_clearance(broker: str, namespace: str, worker: Worker, read_committed):
    """Where the itemId of a refused parcel can be read, an alert says that it was refused."""
    spoiled = a_parcel("REFUSED1", grossMass={"value": "-1", "unitCode": "KGM"})
    publish(broker, [Send(f"{namespace}.manifests.v1", as_bytes(a_manifest(spoiled, a_parcel("FINE1"))))])
    assert await_count(broker, [f"{namespace}.alerts.v1"], 1, DECIDED_S) == 1
    assert worker.stop() == 0
    alerts = [json.loads(message.value()) for message in read_committed("alerts.v1")]
    refusals = [alert for alert in alerts if alert["subject"].get("itemId") == "REFUSED1"]
    assert [(alert["kind"], alert["state"]) for alert in refusals] == [("PARCEL", "RAISED")]


BAD_SENSOR_EVENTS = {
    "SUBJECT_MISSING": {"equipmentReference": None},
    "CONTAINER_ID_CHECK_DIGIT": {"equipmentReference": "CSQU3054384"},
    "SENSOR_REPORT_EMPTY": {"sensorReport": []},
    "UNIT_NOT_FOR_TYPE": {"sensorReport": [{"type": "Temperature", "value": 4.0, "uom": "P1"}]},
    "READING_NOT_NUMBER": {"sensorReport": [{"type": "Temperature", "value": "4", "uom": "CEL"}]},
    "POSITION_OUT_OF_RANGE": {"geoLocation": {"latitude": 99.0, "longitude": 0.5}},
    "IOT_EVENT_CODE_MISSING": {"eventTypeCode": "DETC"},
    "TIME_NO_ZONE": {"eventTime": "2026-11-20T08:14:31"},
}
BAD_OUTCOMES = {
    "FINDINGS_MISSING": {"result": "NON_CONFORM"},
    "TIMES_REVERSED": {"completedAt": "2026-11-20T08:00:00Z"},
    "DISPOSITION_CONTRADICTS_RESULT": {"disposition": "CONTROLLED_DELIVERY"},
    "CODE_NOT_IN_LIST": {"selectionBasis": "HUNCH"},
    "FIELD_MISSING": {"customsOffice": None},
}


def test_bad_sensor_events_and_outcomes_are_rejected_once_with_their_codes(broker: str, namespace: str, worker: Worker):
    sensors = [
        (code, a_sensor_event("dev-1", n, **changes)) for n, (code, changes) in enumerate(BAD_SENSOR_EVENTS.items())
    ]
    outcomes = [(code, an_outcome("X1", **changes)) for code, changes in BAD_OUTCOMES.items()]
    records = [
        Send(f"{namespace}.{topic}", as_bytes(without_nones(record)), b"k", (("expect", f"reject:{code}".encode()),))
        for topic, made in (("sensors.v1", sensors), ("outcomes.v1", outcomes))
        for code, record in made
    ]
    publish(broker, records)
    assert await_count(broker, [f"{namespace}.rejected.v1"], len(records), DECIDED_S) == len(records)
    assert worker.stop() == 0
    report = audit(read(broker, namespace))
    assert report.faults == [], report
    assert report.counts["rejected.v1"] == len(records)


def without_nones(record: dict) -> dict:
    return {name: value for name, value in record.items() if value is not None}


def test_publishers_may_use_any_compression(broker: str, namespace: str, worker: Worker, read_committed):
    topic = f"{namespace}.manifests.v1"
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        publish(broker, [good(topic, f"{codec}-{number}") for number in range(50)], codec, **{"linger.ms": 100})
    await_count(broker, [f"{namespace}.decisions.v1"], 250, DECIDED_S)
    assert worker.stop() == 0
    decided = sorted(json.loads(message.value())["itemId"] for message in read_committed("decisions.v1"))
    assert decided == sorted(f"{c}-{n}" for c in ("none", "gzip", "snappy", "lz4", "zstd") for n in range(50))


@pytest.mark.parametrize(
    "arguments",
    [
        ["broker", "status"],
        ["topics", "create"],
        ["topics", "show"],
        ["publish", "manifests", "-"],
        ["read", "decisions"],
        ["simulate", "--seconds", "1"],
        ["worker"],
    ],
    ids=" ".join,
)
def test_without_a_broker_a_command_says_so_in_one_line_and_exits_69(arguments: list[str], secret_file):
    env = {"GREENLANE_BROKER": f"127.0.0.1:{free_ports(1)}", "GREENLANE_SECRET_FILE": str(secret_file)}
    env["GREENLANE_METRICS_PORT"] = str(free_ports(1))
    done = run(env, *arguments, stdin=b"{}\n", timeout_s=60)
    said = done.stderr.decode()
    assert done.returncode == 69, said
    assert env["GREENLANE_BROKER"] in said
    assert len(said.strip().splitlines()) == 1, said
    assert "Traceback" not in said
