"""A minute of the simulated border in memory, seeded: what the officers report makes the engine choose better."""

from collections.abc import Iterable, Iterator

import orjson
import pytest

from agents.simulator import Happening, World
from agents.simulator.agenda import Agenda
from agents.simulator.officers import Officers
from streams.control import Control
from streams.intake import IntakeShard, Limits
from streams.log import Effects, LogRecord, Output
from streams.models import build
from streams.risk import RiskSettings, RiskShard
from streams.topics import CASES, CONTROL, DECISIONS, MANIFESTS, OUTCOMES
from tests.risk_cases import EUROS, KEY, RATES

SECONDS = 60.0
BORDERS = 2  # worlds: one alone may be lucky


class Border:
    """Intake, risk and the control fold with one partition each, and officers who answer."""

    def __init__(self, seed: int) -> None:
        self.world = World(seed)
        self.officers = Officers(seed, self.world.start)
        self.agenda = Agenda(h for h in self.world if h.topic == MANIFESTS)
        self.control = Control(build())
        limits = Limits(euro_rates=EUROS)
        self.intake = {topic: IntakeShard(topic, 0, limits, KEY) for topic in (MANIFESTS, OUTCOMES)}
        self.risk = RiskShard(0, self.control, RiskSettings(RATES, euro_rates=EUROS), KEY)
        self.truths = {}
        self.published = self.cases = 0

    def live(self, seconds: float) -> None:
        for tenth in range(int(seconds * 10)):
            for happening in self.agenda.due(tenth / 10):
                for outcome in self.take(happening):
                    self.agenda.add(outcome)

    def take(self, happening: Happening) -> Iterator[Happening]:
        """One record all the way, and what officers will report of the decisions it led to."""
        self.truths |= {truth.item_id: truth for truth in happening.truths}
        at_ms = int(self.world.start.timestamp() * 1000 + happening.at_s * 1000)
        taken, decided = Effects(), Effects()
        record = LogRecord(0, self.published, at_ms, happening.key, happening.value)
        self.intake[happening.topic].process([record], taken)
        self.published += 1
        self.risk.process(list(self.in_cases(taken.outputs, at_ms)), decided)
        for output in decided.outputs:
            if output.topic == CONTROL:
                self.control.fold(LogRecord(0, self.control.offset, at_ms, None, output.value))
            elif output.topic == DECISIONS:
                decision = orjson.loads(output.value or b"")
                yield from self.officers.inspect(decision, self.truths[decision["itemId"]], happening.at_s)

    def in_cases(self, outputs: Iterable[Output], at_ms: int) -> Iterator[LogRecord]:
        for output in outputs:
            if output.topic == CASES:
                yield LogRecord(0, self.cases, at_ms, output.key, output.value)
                self.cases += 1


@pytest.fixture(scope="module")
def borders() -> list[Border]:
    made = [Border(seed) for seed in range(BORDERS)]
    for border in made:
        border.live(SECONDS)
    return made


def hit_rate(borders: list[Border], selected_by: str) -> float:
    tallies = [border.officers.tally[selected_by] for border in borders]
    return sum(hits for _, hits in tallies) / sum(made for made, _ in tallies)


def test_what_the_engine_chooses_hits_far_more_often_than_what_is_drawn_by_lot(borders: list[Border]):
    chosen, drawn = hit_rate(borders, "RISK"), hit_rate(borders, "RANDOM")
    assert chosen > 0.4, chosen
    assert drawn < 0.2, drawn
    assert chosen > 3 * drawn, (chosen, drawn)


def test_every_border_has_officers_at_work(borders: list[Border]):
    for border in borders:
        assert {"RISK", "RANDOM"} <= border.officers.tally.keys()
        assert sum(made for made, _ in border.officers.tally.values()) > 50
        assert border.control.found > 20
