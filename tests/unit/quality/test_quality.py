"""When too much is refused: whom the alert names, when it comes, when it ends, and that each is told once."""

import json
from typing import Any

import orjson
import pytest

from streams.intake import IntakeShard, Limits
from streams.log import Effects, LogRecord
from streams.quality import QualitySettings, QualityShard
from streams.records.alert import Alert
from streams.records.schema import check
from streams.records.tally import OTHERS, UNNAMED
from streams.state.parts import Ledger
from streams.topics import ALERTS, MANIFESTS, OUTCOMES, SENSORS, TALLIES
from tests.intake_examples import AT_MS, MANIFEST, OUTCOME, SECRET, SENSOR_EVENT, changed

SETTINGS = QualitySettings(share_limit=0.1, window_s=100.0, window_records=1_000, least_records=50, max_providers=5)


class Quality:
    """A quality shard with a log of tallies before it."""

    def __init__(self, settings: QualitySettings = SETTINGS) -> None:
        self.shard = QualityShard(0, settings)
        self.effects = Effects()
        self.records: list[LogRecord] = []

    def take(
        self, accepted: dict[str, int] | None = None, refused: dict[str, int] | None = None, topic: str = MANIFESTS
    ) -> list[dict[str, Any]]:
        """One slice; the alerts that follow. `refused` counts FIELD_FORMAT by provider."""
        offset = len(self.records)
        told = [[provider, "FIELD_FORMAT", number, 7 * offset] for provider, number in (refused or {}).items()]
        tally = {"topic": f"customs.{topic}", "partition": 1, "at": AT_MS, "accepted": accepted or {}, "refused": told}
        self.records.append(LogRecord(0, offset, AT_MS, topic.encode(), orjson.dumps(tally)))
        return self._alerts(lambda: self.shard.process(self.records[-1:], self.effects))

    def tick(self, now_s: float) -> list[dict[str, Any]]:
        return self._alerts(lambda: self.shard.tick(round(now_s * 1000), self.effects))

    def all(self) -> list[dict[str, Any]]:
        return [orjson.loads(output.value or b"") for output in self.effects.outputs]

    def _alerts(self, turn: Any) -> list[dict[str, Any]]:
        before = len(self.effects.outputs)
        turn()
        outputs = self.effects.outputs[before:]
        assert {output.topic for output in outputs} <= {ALERTS}
        alerts = [orjson.loads(output.value or b"") for output in outputs]
        for alert in alerts:
            check(Alert, alert)
        return alerts


def saved(quality: Quality) -> dict[str, bytes]:
    quality.shard._ledger = Ledger()  # whatever was saved before, all of it
    return dict(quality.shard.save())


def told(alerts: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(alert["state"], alert["subject"]["providerId"]) for alert in alerts]


def test_a_publishers_bad_release_is_named_with_its_code_and_its_figures() -> None:
    quality = Quality()
    quality.take({"CNPOST": 500, "ACME": 30})

    (alert,) = quality.take({"CNPOST": 20}, {"ACME": 50})

    assert (alert["kind"], alert["state"], alert["severity"]) == ("SYSTEM", "RAISED", "HIGH")
    assert alert["subject"] == {"providerId": "ACME"}
    assert alert["title"] == (
        "Provider ACME: 62% of its last 80 parcels on manifests.v1 were refused, most often with FIELD_FORMAT (50)"
    )
    (reason,) = alert["reasons"]
    assert (reason["code"], reason["value"], reason["normal"]) == ("FIELD_FORMAT", 0.625, 0.1)
    assert alert["source"] == {"topic": "customs.manifests.v1", "partition": 1, "offset": 7, "index": 0}


def test_it_is_raised_once_and_cleared_once_under_one_id_and_comes_again_under_another() -> None:
    quality = Quality()

    raised = quality.take({"ACME": 50}, {"ACME": 50})
    assert quality.take({"ACME": 1}, {"ACME": 50}) == []
    cleared = quality.take({"ACME": 3_000})
    assert quality.take({"ACME": 10}) == quality.tick(10.0) == []
    again = quality.take({}, {"ACME": 1_200})

    assert told([*raised, *cleared, *again]) == [("RAISED", "ACME"), ("CLEARED", "ACME"), ("RAISED", "ACME")]
    assert raised[0]["alertId"] == cleared[0]["alertId"] != again[0]["alertId"]
    assert cleared[0]["raisedAt"] == raised[0]["raisedAt"]
    assert quality.effects.counts["alerts", "SYSTEM", "HIGH"] == 2  # what ends is counted no second time


@pytest.mark.parametrize(("refused", "alerts"), [(9, 0), (10, 0), (11, 1)])
def test_the_share_must_be_above_the_limit(refused: int, alerts: int) -> None:
    assert len(Quality().take({"ACME": 100 - refused}, {"ACME": refused})) == alerts


def test_a_handful_of_records_says_nothing() -> None:
    quality = Quality()

    assert quality.take({}, {"ACME": 49}) == []
    assert told(quality.take({}, {"ACME": 1})) == [("RAISED", "ACME")]


def test_records_that_name_nobody_count_against_the_whole_topic() -> None:
    quality = Quality()
    quality.take({"CNPOST": 400}, {UNNAMED: 40})

    (alert,) = quality.take({}, {UNNAMED: 10})

    assert alert["subject"] == {"providerId": UNNAMED}
    assert alert["title"] == (
        "Topic manifests.v1: 11% of the last 450 parcels were refused, "
        "most from records that name no provider, with FIELD_FORMAT (50)"
    )
    assert alert["severity"] == "WARNING"


def test_one_alert_tells_of_many_small_providers_and_names_who_has_most() -> None:
    quality = Quality()
    quality.take({"CNPOST": 100})

    raised = quality.take({}, {"A": 9, "B": 11, "C": 10})

    assert told(raised) == [("RAISED", "B")]
    assert raised[0]["title"].startswith("Topic manifests.v1: 23% of the last 130 parcels were refused, most from B")
    assert quality.take({}, {"A": 5}) == []
    assert told(quality.take({"CNPOST": 900})) == [("CLEARED", "B")]


def test_what_one_provider_does_is_not_held_against_the_others() -> None:
    quality = Quality()
    raised = quality.take({"CNPOST": 100}, {"ACME": 60})

    assert told(raised) == [("RAISED", "ACME")]


def test_who_falls_silent_after_a_bad_release_is_cleared_when_the_window_has_passed() -> None:
    quality = Quality()
    quality.take({}, {"ACME": 60})

    assert quality.tick(99.0) == []
    (cleared,) = quality.tick(100.0)

    assert told([cleared]) == [("CLEARED", "ACME")]
    assert cleared["title"] == "Provider ACME: back to 0% refused on manifests.v1"
    assert cleared["eventTime"] > cleared["raisedAt"]
    assert quality.tick(300.0) == []


def test_the_window_moves_on_with_engine_time() -> None:
    quality = Quality()
    quality.take({}, {"ACME": 40})
    quality.tick(100.0)

    assert quality.take({}, {"ACME": 40}) == []


def test_the_newest_records_count_however_quickly_they_come() -> None:
    quality = Quality()
    quality.take({"ACME": 990})
    quality.tick(10.0)

    assert quality.take({}, {"ACME": 60}) == []
    assert told(quality.take({}, {"ACME": 940})) == [("RAISED", "ACME")]


def test_topics_are_watched_apart() -> None:
    quality = Quality()
    quality.take({"ACME": 900})

    raised = quality.take({}, {"ACME": 60}, topic=SENSORS)

    assert raised[0]["title"].startswith("Provider ACME: 100% of its last 60 events on sensors.v1")


def test_names_beyond_the_bound_are_counted_together() -> None:
    quality = Quality()
    for number in range(20):
        quality.take({f"P{number}": 1}, {f"P{number}": 1})

    (watch,) = quality.shard.topics.values()
    assert len(watch.windows) == SETTINGS.max_providers + 1
    assert watch.windows[OTHERS].total == 30
    quality.tick(100.0)
    assert watch.windows == {}


def test_it_goes_on_unless_told_to_stop_and_then_says_what_to_do() -> None:
    on, stop = Quality(), Quality(QualitySettings(least_records=50, stop=True))
    for quality in (on, stop):
        quality.take({"ACME": 60})
        assert quality.effects.halt == ""
        quality.take({}, {"ACME": 60})

    assert on.effects.halt == ""
    assert stop.effects.halt.startswith("Provider ACME: 50% of its last 120 parcels on manifests.v1 were refused")
    assert "on_too_many_rejects" in stop.effects.halt


def test_who_takes_over_an_open_alert_stops_too_until_it_is_over() -> None:
    settings = QualitySettings(least_records=50, stop=True)
    stopped, heir, late_heir = Quality(settings), Quality(settings), Quality(settings)
    stopped.take({}, {"ACME": 60})
    for quality, now_s in ((heir, 1.0), (late_heir, 700.0)):
        quality.shard.load(saved(stopped))
        quality.tick(now_s)

    assert heir.effects.halt
    assert (late_heir.effects.halt, told(late_heir.all())) == ("", [("CLEARED", "ACME")])


BAD_OUTCOME = OUTCOME | {"result": "HUNCH"}
SLICES = {
    "a parcel of two": (MANIFESTS, changed(MANIFEST, {"/parcels/0/grossMass/value": "-1"}), "CNPOST", "NUMBER_RANGE"),
    "a whole message": (MANIFESTS, changed(MANIFEST, {"/submittedAt": "yesterday"}), "CNPOST", "TIME_FORMAT"),
    "rubbish": (MANIFESTS, b"no JSON", UNNAMED, "JSON_INVALID"),
    "too large": (MANIFESTS, b" " * (Limits().max_message_bytes + 1), UNNAMED, "MESSAGE_TOO_LARGE"),
    "an event": (SENSORS, SENSOR_EVENT | {"eventTime": "2026-11-20T08:14:31"}, "p1", "TIME_NO_ZONE"),
    "an outcome": (OUTCOMES, BAD_OUTCOME, "DE004851", "CODE_NOT_IN_LIST"),
}


@pytest.mark.parametrize(("topic", "bad", "provider", "code"), SLICES.values(), ids=SLICES)
def test_intake_tells_who_sent_what_was_refused(topic: str, bad: Any, provider: str, code: str) -> None:
    raw = bad if isinstance(bad, bytes) else json.dumps(bad).encode()

    effects = Effects()
    IntakeShard(topic, 3, Limits(), SECRET).process([LogRecord(3, 17, AT_MS, None, raw)], effects)

    (tally,) = [orjson.loads(output.value or b"") for output in effects.outputs if output.topic == TALLIES]
    ((name, why, number, offset),) = tally["refused"]
    assert (name if provider != "p1" else name[:2], why, number, offset) == (provider, code, 1, 17)


def test_intake_tells_of_a_slice_once_and_counts_parcels() -> None:
    parcels = MANIFEST["parcels"]
    good = json.dumps(MANIFEST | {"parcels": [parcels[0]] * 3}).encode()
    bad = json.dumps(MANIFEST | {"submittedAt": "", "parcels": [parcels[0]] * 4}).encode()
    records = [LogRecord(3, 17 + n, AT_MS + n, None, raw) for n, raw in enumerate([good, bad, good])]

    effects = Effects()
    IntakeShard(MANIFESTS, 3, Limits(), SECRET, "customs.manifests.v1").process(records, effects)

    *_, last = effects.outputs
    assert (last.topic, last.key) == (TALLIES, b"manifests.v1")
    assert orjson.loads(last.value or b"") == {
        "topic": "customs.manifests.v1",
        "partition": 3,
        "at": AT_MS + 2,
        "accepted": {"CNPOST": 6},
        "refused": [["CNPOST", "FIELD_EMPTY", 4, 18]],
    }
    assert [output.topic for output in effects.outputs].count(TALLIES) == 1
