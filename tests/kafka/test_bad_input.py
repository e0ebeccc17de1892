"""Bad input in the middle of good: refused once with its code, neighbours decided, nothing stalls."""

import json
from collections.abc import Iterator

import pytest

from tests.chaos.auditor import audit
from tests.chaos.evidence import Entry, read
from tests.outside.engine import Engine, running
from tests.outside.kafka import Send, await_value
from tests.outside.processes import free_ports, run
from tests.outside.records import BAD_MANIFESTS, MiB, a_manifest, a_parcel, a_sensor_event, an_outcome, as_bytes

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def engine(broker: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with running(broker, tmp_path_factory.mktemp("engine")) as engine:
        yield engine


def expected(*words: str) -> tuple[tuple[str, bytes], ...]:
    """The header in which the auditor finds what is due to a record."""
    return (("expect", ",".join(words).encode()),)


def good(engine: Engine, item_id: str) -> Send:
    manifest = as_bytes(a_manifest(a_parcel(item_id)))
    return Send(engine.topic("manifests.v1"), manifest, item_id.encode(), expected("decide"), 0)


def assert_all_is_accounted_for(engine: Engine) -> None:
    report = audit(read(engine.broker, engine.namespace))
    assert report.faults == [], report


def rejects_of(engine: Engine, key: bytes) -> list[Entry]:
    return [entry for entry in engine.read("rejected.v1") if entry.key == key]


def test_each_bad_record_is_rejected_once_and_its_neighbours_are_decided(engine: Engine):
    """One partition, a good record after each bad one: a record that stalled would hold up its neighbours."""
    topic, records = engine.topic("manifests.v1"), []
    for number, (code, make) in enumerate(BAD_MANIFESTS.values()):
        records.append(Send(topic, make(), b"bad", expected(f"reject:{code}"), 0))
        records.append(good(engine, f"GOOD{number}"))
    engine.publish(records, answers=len(records))

    assert_all_is_accounted_for(engine)
    codes = [entry.headers["dlq_code"].decode() for entry in rejects_of(engine, b"bad")]
    assert codes == [code for code, _ in BAD_MANIFESTS.values()]


def test_one_bad_parcel_of_five_is_rejected_alone(engine: Engine):
    parcels = [a_parcel(f"FIVE{number}") for number in range(5)]
    parcels[3]["exportCountry"] = "CHN"
    words = expected("decide", "decide", "decide", "reject:FIELD_FORMAT", "decide")
    engine.publish([Send(engine.topic("manifests.v1"), as_bytes(a_manifest(*parcels)), b"five", words)], answers=5)

    assert_all_is_accounted_for(engine)
    (reject,) = rejects_of(engine, b"five")
    assert (reject.headers["dlq_index"], reject.headers["dlq_field"]) == (b"3", b"/parcels/3/exportCountry")
    assert json.loads(reject.value or b"") == parcels[3]


def test_a_refused_filing_is_no_clearance(engine: Engine):
    """Where the itemId of a refused parcel can be read, an alert says that it was refused."""
    spoiled = a_parcel("REFUSED1", grossMass={"value": "-1", "unitCode": "KGM"})
    manifest = as_bytes(a_manifest(spoiled, a_parcel("FINE1")))
    engine.publish([Send(engine.topic("manifests.v1"), manifest)], answers=2)
    alert = await_value(
        engine.broker, engine.topic("alerts.v1"), lambda alert: alert["subject"].get("itemId") == "REFUSED1", 30
    )
    assert (alert["kind"], alert["state"]) == ("PARCEL", "RAISED")


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


def test_bad_sensor_events_and_outcomes_are_rejected_once_with_their_codes(engine: Engine):
    made = [("sensors.v1", code, a_sensor_event("dev-1", 1, **changes)) for code, changes in BAD_SENSOR_EVENTS.items()]
    made += [("outcomes.v1", code, an_outcome("X1", **changes)) for code, changes in BAD_OUTCOMES.items()]
    records = [
        Send(engine.topic(topic), as_bytes(without_nones(record)), b"k", expected(f"reject:{code}"))
        for topic, code, record in made
    ]
    engine.publish(records, answers=len(records))
    assert_all_is_accounted_for(engine)


def without_nones(record: dict) -> dict:
    return {name: value for name, value in record.items() if value is not None}


def test_the_largest_legal_manifest_is_decided_parcel_by_parcel(engine: Engine):
    parcels = [a_parcel(f"MANY{number}") for number in range(1_270)]
    manifest = as_bytes(a_manifest(*parcels))
    assert 0.95 * MiB < len(manifest) <= MiB
    engine.publish([Send(engine.topic("manifests.v1"), manifest)], answers=len(parcels))
    assert_all_is_accounted_for(engine)


def test_large_keys_and_headers_around_rubbish_stall_nothing(engine: Engine):
    """What is put aside is larger than what came: refused all the same, and the neighbour is decided."""
    around = (("note", b"h" * 600_000), ("note", b"h" * 600_000))
    rubbish = Send(engine.topic("manifests.v1"), b"x" * MiB, b"k" * 600_000, around, 0)
    engine.publish([rubbish, good(engine, "AFTER-RUBBISH")], answers=2)
    found = [e.headers["dlq_code"] for e in engine.read("rejected.v1") if (e.key or b"").startswith(b"kkk")]
    assert found == [b"JSON_INVALID"]  # the limit is on the value, which just meets it
    assert_all_is_accounted_for(engine)


def test_publishers_may_use_any_compression(engine: Engine):
    codecs = ("none", "gzip", "snappy", "lz4", "zstd")
    for codec in codecs:
        engine.publish([good(engine, f"{codec}-{number}") for number in range(50)], codec, answers=50)
    decided = [
        decision["itemId"] for decision in engine.values("decisions.v1") if decision["itemId"].startswith(codecs)
    ]
    assert sorted(decided) == sorted(f"{codec}-{number}" for codec in codecs for number in range(50))


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
