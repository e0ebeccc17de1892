"""The auditor itself: content with a faultless log, and awake to each fault that it exists for."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.chaos.auditor import audit
from tests.chaos.evidence import Entry

Log = dict[str, list[Entry]]


def entry(topic: str, offset: int, value: Any, **headers: str) -> Entry:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    key = value["itemId"].encode() if topic == "decisions.v1" else b"k"
    return Entry(topic, 0, offset, 1000 + offset, key, body, {k: v.encode() for k, v in headers.items()})


def manifest(offset: int, *items: str, function: str = "9", expect: str = "", **parcel: Any) -> Entry:
    parcels = [{"itemIdType": "HAWB", "itemId": item, **parcel} for item in items]
    headers = {"expect": expect} if expect else {}
    return entry("manifests.v1", offset, {"messageFunction": function, "parcels": parcels}, **headers)


def decision(offset: int, item: str, at: int, *, version: int = 1, lane: str = "GREEN") -> Entry:
    body = {
        "decisionId": f"d-{item}-{version}",
        "itemIdType": "HAWB",
        "itemId": item,
        "lane": lane,
        "version": version,
        "source": {"topic": "ns.manifests.v1", "partition": 0, "offset": at, "index": 0},
    }
    if version > 1:
        body["supersedesDecisionId"] = f"d-{item}-{version - 1}"
    return entry("decisions.v1", offset, body, ce_id=f"{item}-{version}")


def reject(offset: int, of: Entry, code: str = "JSON_INVALID", index: int | None = None, value: Any = None) -> Entry:
    where = {"dlq_topic": "ns." + of.topic, "dlq_partition": "0", "dlq_offset": str(of.offset)}
    if index is not None:
        where["dlq_index"] = str(index)
    body = of.value if value is None else value
    stamp = str(of.timestamp)
    return entry("rejected.v1", offset, body, dlq_code=code, dlq_timestamp=stamp, ce_id=f"r{offset}", **where)


def alert(offset: int, state: str, number: str = "a1", for_decision: str = "d-B-1") -> Entry:
    subject = {"itemId": for_decision.split("-")[1]}
    body = {"alertId": number, "state": state, "decisionId": for_decision, "lane": "RED", "subject": subject}
    return entry("alerts.v1", offset, body, ce_id=f"{number}-{state}-{offset}")


BROKEN = Entry("manifests.v1", 0, 2, 1002, b"k", b"{oops", {"expect": b"reject:JSON_INVALID"})
MIXED = manifest(4, "C", "D", expect="decide,reject:FIELD_UNKNOWN")


def a_good_log() -> Log:
    """A filing, a selected one, rubbish, an amendment, a repeat, a half-refused manifest and a cancellation."""
    amended = manifest(3, "A", function="4", quantity=2)
    closed = manifest(6, "A", function="1", expect="cancel")
    return {
        "manifests.v1": [manifest(0, "A"), manifest(1, "B"), BROKEN, amended, MIXED, manifest(5, "B"), closed],
        "sensors.v1": [],
        "outcomes.v1": [entry("outcomes.v1", 0, {"itemId": "B", "result": "CONFORM", "disposition": "RELEASED"})],
        "decisions.v1": [
            decision(0, "A", at=0),
            decision(1, "B", at=1, lane="RED"),
            decision(2, "A", at=3, version=2),
            decision(3, "C", at=4),
        ],
        "alerts.v1": [alert(0, "RAISED"), alert(1, "CLEARED")],
        "rejected.v1": [
            reject(0, BROKEN),
            reject(1, MIXED, "FIELD_UNKNOWN", index=1, value={"itemIdType": "HAWB", "itemId": "D"}),
        ],
        "feedback.v1": [],
    }


def test_a_faultless_log_has_no_faults():
    report = audit(a_good_log())
    assert report.faults == []
    assert report.counts["decisions with their parcel"] == 4


def lose_a_decision(log: Log) -> None:
    del log["decisions.v1"][3]


def decide_twice(log: Log) -> None:
    log["decisions.v1"].append(log["decisions.v1"][3]._replace(offset=9))


def decide_twice_under_another_name(log: Log) -> None:
    body = json.loads(log["decisions.v1"][3].value) | {
        "decisionId": "other",
        "version": 2,
        "supersedesDecisionId": "d-C-1",
    }
    log["decisions.v1"].append(entry("decisions.v1", 9, body, ce_id="other"))


def skip_a_version(log: Log) -> None:
    del log["decisions.v1"][0]


def break_the_chain(log: Log) -> None:
    body = json.loads(log["decisions.v1"][2].value) | {"supersedesDecisionId": "d-A-7"}
    log["decisions.v1"][2] = entry("decisions.v1", 2, body, ce_id="A-2")


def decide_in_another_partition(log: Log) -> None:
    log["decisions.v1"][2] = log["decisions.v1"][2]._replace(partition=1)


def decide_on_nothing(log: Log) -> None:
    log["decisions.v1"].append(decision(9, "Z", at=77))


def decide_on_rubbish(log: Log) -> None:
    log["decisions.v1"].append(decision(9, "Z", at=2))


def lose_a_reject(log: Log) -> None:
    del log["rejected.v1"][0]


def lose_a_parcel_reject(log: Log) -> None:
    del log["rejected.v1"][1]


def reject_twice(log: Log) -> None:
    log["rejected.v1"].append(reject(9, BROKEN))


def reject_with_other_bytes(log: Log) -> None:
    log["rejected.v1"][0] = reject(0, BROKEN, value=b"{ooops")


def reject_with_another_code(log: Log) -> None:
    log["rejected.v1"][0] = reject(0, BROKEN, "FIELD_TYPE")


def reject_another_parcel(log: Log) -> None:
    log["rejected.v1"][1] = reject(1, MIXED, "FIELD_UNKNOWN", index=1, value={"itemIdType": "HAWB", "itemId": "X"})


def reject_what_was_decided(log: Log) -> None:
    log["rejected.v1"].append(reject(9, manifest(0, "A")))


def reject_without_input(log: Log) -> None:
    log["rejected.v1"].append(reject(9, BROKEN._replace(offset=88)))


def raise_twice(log: Log) -> None:
    log["alerts.v1"].append(alert(9, "RAISED"))


def clear_before_raising(log: Log) -> None:
    log["alerts.v1"].reverse()
    log["alerts.v1"] = [e._replace(offset=offset) for offset, e in enumerate(log["alerts.v1"])]


def let_an_alert_stand(log: Log) -> None:
    del log["alerts.v1"][1]


def select_without_alert(log: Log) -> None:
    log["alerts.v1"].clear()


def decide_the_later_filing_first(log: Log) -> None:
    log["decisions.v1"][0], log["decisions.v1"][2] = decision(0, "A", at=3), decision(2, "A", at=0, version=2)


def use_a_ce_id_twice(log: Log) -> None:
    log["alerts.v1"][1] = log["alerts.v1"][1]._replace(headers=log["alerts.v1"][0].headers)


FAULTS = (
    lose_a_decision, decide_twice, decide_twice_under_another_name, skip_a_version, break_the_chain,
    decide_in_another_partition, decide_on_nothing, decide_on_rubbish, lose_a_reject, lose_a_parcel_reject,
    reject_twice, reject_with_other_bytes, reject_with_another_code, reject_another_parcel, reject_what_was_decided,
    reject_without_input, raise_twice, clear_before_raising, let_an_alert_stand, select_without_alert,
    use_a_ce_id_twice, decide_the_later_filing_first,
)  # fmt: skip


@pytest.mark.parametrize("spoil", FAULTS, ids=lambda spoil: spoil.__name__)
def test_the_auditor_notices_to(spoil: Callable[[Log], None]):
    log = a_good_log()
    spoil(log)
    assert audit(log).faults
