"""A made-up history of declarations in which there is something to learn, and what a back-test publishes of it."""

import random
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from agents.backtest.engine import Engine, Passed
from agents.backtest.selective import ClosedLoop, Decided, Plan, taken_in, with_budget
from agents.convert.declarations import Example
from agents.convert.kcs import declarations
from agents.secret import Secret
from config.settings import Settings, load
from streams.log import Output
from streams.records.wire import encode
from streams.topics import MANIFESTS, OUTCOMES

COLUMNS = (
    "Declaration ID,Date,Office ID,Process Type,Import Type,Import Use,Payment Type,Mode of Transport,Declarant ID,"
    "Importer ID,Seller ID,Courier ID,HS6 Code,Country of Departure,Country of Origin,Tax Rate,Tax Type,"
    "Country of Origin Indicator,Net Mass,Item Price,Fraud,Critical Fraud"
)
MONDAYS = ("2020-01-06", "2020-01-13", "2020-01-20", "2020-01-27", "2020-02-03", "2020-02-10", "2020-02-17")


def rows(weeks: int = 6, a_week: int = 60, seed: int = 1) -> Iterator[dict[str, str]]:
    """`a_week` declarations each Monday; half of what two of twenty sellers send is fraudulent, a 20th of the rest."""
    draw = random.Random(seed)
    for number in range(weeks * a_week):
        seller, office, origin = draw.randrange(20), draw.choice((10, 20)), draw.choice(("CN", "VN"))
        goods, mass, price = draw.choice((851830, 640299, 901110)), draw.randrange(1, 40), draw.randrange(1_000, 90_000)
        fraud = int(draw.random() < (0.5 if seller < 2 else 0.05))
        cells = (
            f"{10_000_000 + number},{MONDAYS[number // a_week]},{office},B,11,21,11,40,D{draw.randrange(5)},"
            f"I{draw.randrange(30)},S{seller},C1,{goods},CN,{origin},8.0,A,G,{mass}.5,{price}.0,{fraud},{fraud}"
        )
        yield dict(zip(COLUMNS.split(","), cells.split(","), strict=True))


def examples(**how: int) -> list[Example]:
    """The same as records."""
    reading = declarations()
    return [Example(reading.manifest(row), reading.outcome(row)) for row in rows(**how)]


class Sent(NamedTuple):
    """What a public topic is given, and when; a tick where `topic` is empty."""

    topic: str
    value: bytes
    at_ms: int


class Noted(Engine):
    """Notes what it is given and what it writes, in order."""

    def __init__(self, settings: Settings, secret: Secret, manifests: Iterable[Any], partitions: int = 1) -> None:
        super().__init__(settings, secret, partitions=partitions)
        self.sent: list[Sent] = []
        self.written: list[Output] = []
        self._manifests = iter(manifests)

    def publish(self, topic: str, value: bytes, at_ms: int) -> list[Output]:
        self.sent.append(Sent(topic, value, at_ms))
        passed = self.take_in(topic, value, at_ms)
        return self._note([*passed.others, *super().settle(passed)])

    def settle(self, passed: Passed) -> list[Output]:
        self.sent.append(Sent(MANIFESTS, encode(next(self._manifests)), passed.at_ms))
        return self._note(super().settle(passed))

    def tick(self, at_ms: int) -> list[Output]:
        self.sent.append(Sent("", b"", at_ms))
        return self._note(super().tick(at_ms))

    def _note(self, outputs: list[Output]) -> list[Output]:
        self.written += outputs
        return outputs


def lived(
    history: list[Example], secret: Secret, settings: Settings | None = None, **how: Any
) -> tuple[Noted, list[Decided]]:
    """A closed loop over `history`, its first two weeks a warm-up, at a budget of a fifth unless told otherwise."""
    chosen = settings or with_budget(load(), 0.2)
    engine = Noted(chosen, secret, [manifest for manifest, _ in history], **how)
    decided = list(ClosedLoop(engine, Plan(warm_up_weeks=2)).run(taken_in(history, engine, chosen.euro_rates)))
    assert {sent.topic for sent in engine.sent} == {"", MANIFESTS, OUTCOMES}
    return engine, decided
