"""The demo's own audit notices what is missing and what is there twice."""

from dataclasses import dataclass, field
from typing import Any

import orjson

from agents.demo.page import exactly_once, inspections, rows
from agents.demo.tally import Tally
from streams import topics


@dataclass
class Fake:
    content: Any
    at: int = 0
    head: dict[str, str] = field(default_factory=dict)

    def value(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else orjson.dumps(self.content)

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self.at

    def headers(self) -> list[tuple[str, bytes]]:
        return [(name, text.encode()) for name, text in self.head.items()]


def manifest(*items: str, at: int = 0, function: str = "9") -> Fake:
    return Fake({"messageFunction": function, "parcels": [{"itemId": item} for item in items]}, at)


def decision(item: str, version: int = 1, lane: str = "GREEN", basis: str = "NONE") -> Fake:
    record = {"itemId": item, "version": version, "lane": lane, "selectedBy": basis, "riskScore": 0.5}
    when = {"decidedAt": "2026-11-22T10:00:00.000Z", "reasons": [{"text": "a reason"}]}
    return Fake(record | when, head={"ce_time": "2026-11-22T10:00:00.040Z"})


def refusal(at: int, parcel: int | None = None) -> Fake:
    place = {"dlq_code": "FIELD_TYPE", "dlq_topic": "demo.manifests.v1", "dlq_partition": "0", "dlq_offset": str(at)}
    return Fake(b"", head=place | ({} if parcel is None else {"dlq_index": str(parcel)}))


def tally(*records: tuple[str, Fake]) -> Tally:
    folded = Tally()
    for topic, record in records:
        folded.fold(topic, record)
    return folded


def test_every_parcel_decided_or_refused_is_answered_whatever_came_first() -> None:
    found = tally(
        (topics.REJECTED, refusal(at=0, parcel=1)),
        (topics.DECISIONS, decision("A")),
        (topics.MANIFESTS, manifest("A", "bad", at=0)),
        (topics.MANIFESTS, Fake(b"no json", at=1)),
        (topics.REJECTED, refusal(at=1)),
        (topics.MANIFESTS, manifest("never filed", at=2, function="1")),
    )

    assert (found.unanswered, found.twice) == (0, 0)
    assert exactly_once(found).startswith("every parcel")


def test_a_parcel_without_answer_is_noticed() -> None:
    found = tally((topics.MANIFESTS, manifest("A", "B")), (topics.DECISIONS, decision("A")))

    assert found.unanswered == 1
    assert exactly_once(found) == "BROKEN: 1 parcels without answer, 0 versions decided twice"


def test_a_bad_record_that_was_swallowed_is_noticed() -> None:
    assert tally((topics.MANIFESTS, Fake(b"no json"))).unanswered == 1


def test_a_version_decided_twice_is_noticed_and_a_second_version_is_not() -> None:
    honest = tally((topics.DECISIONS, decision("A")), (topics.DECISIONS, decision("A", version=2)))
    double = tally((topics.DECISIONS, decision("A")), (topics.DECISIONS, decision("A")))

    assert (honest.twice, double.twice) == (0, 1)


def test_inspections_are_counted_by_how_the_item_was_selected() -> None:
    found = tally(
        (topics.DECISIONS, decision("A", lane="RED", basis="RISK")),
        (topics.DECISIONS, decision("B", lane="RED", basis="RISK")),
        (topics.DECISIONS, decision("C", lane="RED", basis="RANDOM")),
        (topics.OUTCOMES, Fake({"itemId": "A", "result": "NON_CONFORM"})),
        (topics.OUTCOMES, Fake({"itemId": "B", "result": "CONFORM"})),
        (topics.OUTCOMES, Fake({"itemId": "C", "result": "INCONCLUSIVE"})),
        (topics.OUTCOMES, Fake(b"no json")),
    )

    assert inspections(found) == "1 of 2 selected by risk had findings (50%)"


def test_the_page_is_short_and_tells_the_latency() -> None:
    found = tally(*((topics.DECISIONS, decision(item)) for item in "AB"))

    page = dict(rows(found))

    assert page["Manifest to decision"] == "p50 40 ms, p99 40 ms"
    assert page["Decisions"] == "2: GREEN 2"
