"""What the fold of the control log notices is told by one shard, once, whatever is restarted when."""

from typing import Any

import orjson
import pytest

from streams.control import Control
from streams.learning.settings import LearningSettings
from streams.log import Effects, LogRecord
from streams.records.alert import Alert
from streams.records.schema import check
from streams.risk import RiskSettings, RiskShard
from streams.state.parts import Ledger
from streams.topics import ALERTS, CONTROL
from tests.risk_cases import KEY, RATES, FixedModel, said


class Engine:
    """A fold and one shard, moved on by control records. `restart` is a snapshot of both, loaded."""

    def __init__(self, partition: int = 0, **settings: Any) -> None:
        self.partition, self.settings = partition, LearningSettings(**settings)
        self.effects = Effects()
        self.control = Control(FixedModel(), learning=self.settings)
        self.shard = self._shard()

    def say(self, **told: Any) -> None:
        record = LogRecord(0, self.control.offset, self.control.offset * 1_000, None, orjson.dumps(told))
        self.control.fold(record)

    def tick(self) -> None:
        self.say(kind="tick")
        self.shard.tick(self.control.now_ms, self.effects)

    def contradict(self, number: int) -> None:
        for y in (True, False):
            x = {"price_eur": 1.0}
            self.say(kind="example", decisionId=f"dec-{number}", x=x, y=y, office=f"O{number}", officer="p1f00d")

    def restart_shard(self) -> None:
        self.shard._ledger = Ledger()  # whatever was saved before, all of it
        saved = {name: part for name, part in self.shard.save().items() if part is not None}
        self.shard = self._shard()
        self.shard.load(saved)

    def _shard(self) -> RiskShard:
        return RiskShard(self.partition, self.control, RiskSettings(RATES, namespace="border"), KEY)

    @property
    def alerts(self) -> list[dict[str, Any]]:
        return said(self.effects.outputs, ALERTS)


def test_an_alert_names_the_office_and_the_place_in_the_control_log_and_obeys_its_schema() -> None:
    engine = Engine()
    engine.tick()
    engine.contradict(1)
    engine.tick()
    engine.say(kind="release", office="O1", learn=False)
    engine.tick()

    raised, cleared = engine.alerts

    for alert in (raised, cleared):
        check(Alert, alert)
        assert (alert["kind"], alert["severity"], alert["subject"]) == ("SYSTEM", "HIGH", {"providerId": "O1"})
    assert raised["source"] == {"topic": "border.control", "partition": 0, "offset": 2, "index": 0}
    assert (raised["state"], cleared["state"]) == ("RAISED", "CLEARED")
    assert (raised["alertId"], raised["raisedAt"]) == (cleared["alertId"], cleared["raisedAt"])
    assert raised["eventTime"] < cleared["eventTime"]
    assert engine.effects.counts["alerts", "SYSTEM", "HIGH"] == 1
    assert all(b"p1f00d" not in (output.value or b"") for output in engine.effects.outputs)


@pytest.mark.parametrize("restarts", [False, True])
def test_everything_is_told_exactly_once_over_restarts_and_ticks_left_out(restarts: bool) -> None:
    engine = Engine()
    for number in range(12):
        engine.contradict(number)
        if number % 3:  # a tick that would write nothing may be left out; so may one that would
            engine.tick()
        if restarts:
            engine.restart_shard()
    engine.tick()
    engine.tick()

    assert [alert["subject"]["providerId"] for alert in engine.alerts] == [f"O{number}" for number in range(12)]
    assert len({alert["alertId"] for alert in engine.alerts}) == 12


def test_a_shard_replayed_behind_a_fold_that_is_ahead_tells_the_rest_and_nothing_twice() -> None:
    """After a crash the fold may have read on, while the shard is replayed to where it had committed."""
    engine = Engine()
    engine.contradict(1)
    engine.tick()
    engine.tick()
    committed_ms = engine.control.now_ms
    engine.contradict(2)
    engine.tick()
    lost = engine.alerts[1:]  # never committed
    engine.say(kind="tick")

    engine.shard, engine.effects = engine._shard(), Effects()
    engine.shard.tick(committed_ms, Effects())  # as replay does
    engine.shard.tick(engine.control.now_ms, engine.effects)

    assert [alert["subject"]["providerId"] for alert in engine.alerts] == ["O2"]
    assert lost in ([], engine.alerts)


def test_other_partitions_tell_nothing() -> None:
    engine = Engine(partition=1)
    engine.contradict(1)
    engine.tick()
    engine.tick()

    assert engine.alerts == []


@pytest.mark.parametrize(("by_rule", "promotions"), [(True, 1), (False, 0)])
def test_only_a_stated_rule_promotes_without_a_human(by_rule: bool, promotions: int) -> None:
    engine = Engine(promote_by_rule=by_rule, challengers=("target-logistic",), guard=False)
    for number in range(300):  # the model in office says 0.01, and every second is guilty
        x = {"price_eur": 1.0, "hs": str(number % 2)}
        engine.say(kind="example", decisionId=f"dec-{number}", x=x, y=bool(number % 2), selectedBy="RANDOM")
    engine.tick()
    engine.tick()

    told = said(engine.effects.outputs, CONTROL)

    assert [record["model"] for record in told if record["kind"] == "promotion"] == ["target-logistic"] * promotions
    assert "Challenger target-logistic predicts better" in engine.alerts[0]["title"]
