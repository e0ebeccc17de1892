"""What is usual elsewhere: once a week a model is made anew from all labels, and ranks the week as a whole.

That gives it what nobody has in a stream: it sees a whole week before it chooses from it, and labels come at once.
"""

import time
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Protocol

import lightgbm
import numpy as np
from numpy.typing import NDArray

from agents.backtest.selective import Plan
from streams.models import build
from streams.models.blocklist import Blocklist
from streams.models.encoder import TargetEncoder
from streams.models.tables import TABLES
from tests.quality.histories import Row, week_of
from tests.quality.measure import Result, measure, median_s

SETTINGS = {"objective": "binary", "verbosity": -1, "num_threads": 1, "seed": 0, "deterministic": True}
Floats = NDArray[np.float64]
RANDOM_SHARE = 0.1  # of a week's budget, as for ours
WORDS = (
    "hs", "office", "procedure", "import_type", "use", "payment", "mode", "courier", "departure", "origin", "tax_type",
    "origin_indicator", "declarant", "importer", "seller",
)  # fmt: skip
NUMBERS = ("mass_kg", "price_eur", "tax_rate")


class Ranker(Protocol):
    """Ranks a week, then is told the labels of what was inspected of it."""

    def rank(self, week: Sequence[Row]) -> Floats: ...
    def learn(self, week: Sequence[Row], inspected: Sequence[int]) -> None: ...


def run(history: Sequence[Row], make: Callable[[], Ranker], budget: float, seed: int) -> Result:
    """A closed loop, week by week: the highest ranks of the week and, by lot, a tenth of the budget from the rest."""
    ranker, lots, seen = make(), np.random.default_rng(seed), []
    revenue = [row.x["price_eur"] * row.x["tax_rate"] / 100 for row in history]
    started, spent = time.process_time(), 0
    for number, rows in groupby(history, key=lambda row: week_of(row, history[0])):
        week = list(rows)
        chosen = set(range(len(week)))
        if number >= Plan().warm_up_weeks:
            chosen = choose(ranker.rank(week), budget, lots)
            seen += [(place in chosen, row.found, revenue[spent + place]) for place, row in enumerate(week)]
        ranker.learn(week, sorted(chosen))
        spent += len(week)
    cpu_s = time.process_time() - started
    one = week[:1]
    return measure(seen, cpu_s, median_s(lambda: (ranker.learn(one, [0]), ranker.rank(one))))


def choose(ranks: Floats, budget: float, lots: np.random.Generator) -> set[int]:
    """Places of what is inspected. Equal ranks are parted by lot."""
    count = round(budget * len(ranks))
    drawn = round(RANDOM_SHARE * count)
    order = np.lexsort((lots.random(len(ranks)), -ranks)).tolist()
    top, rest = order[: count - drawn], order[count - drawn :]
    return {*top, *(int(place) for place in lots.choice(rest, drawn, replace=False))}


class Known:
    """The blocklist: goods found before, and nothing else."""

    def __init__(self) -> None:
        self._blocklist = Blocklist()

    def rank(self, week: Sequence[Row]) -> Floats:
        return np.array([self._blocklist.score_one(row.x) for row in week])

    def learn(self, week: Sequence[Row], inspected: Sequence[int]) -> None:
        for place in inspected:
            self._blocklist.learn_one(week[place].x, week[place].found)


class Boosted:
    """LightGBM on columns that `_table` makes, trained anew each week on all that was ever inspected."""

    def __init__(self) -> None:
        self._x: list[Floats] = []
        self._y: list[bool] = []
        self._model: lightgbm.Booster | None = None

    def rank(self, week: Sequence[Row]) -> Floats:
        if self._model is None:
            self._train()
        return np.asarray(self._model.predict(self._table(week)))

    def learn(self, week: Sequence[Row], inspected: Sequence[int]) -> None:
        rows = [week[place] for place in inspected]
        self._x.append(self._table(rows))
        self._y += [row.found for row in rows]
        self._model = None

    def _train(self) -> None:
        data = lightgbm.Dataset(np.vstack(self._x), np.array(self._y), **self._columns())
        self._model = lightgbm.train(SETTINGS, data)

    def _columns(self) -> dict[str, list[int]]:
        return {}

    def _table(self, rows: Sequence[Row]) -> Floats:
        raise NotImplementedError


class BoostedRaw(Boosted):
    """On the columns as they were declared: words as categories, numbers as they are."""

    def __init__(self) -> None:
        super().__init__()
        self._codes: list[dict[str, int]] = [{} for _ in WORDS]

    def _columns(self) -> dict[str, list[int]]:
        return {"categorical_feature": list(range(len(WORDS)))}

    def _table(self, rows: Sequence[Row]) -> Floats:
        return np.array(
            [
                [codes.setdefault(row.x[word], len(codes)) for word, codes in zip(WORDS, self._codes, strict=True)]
                + [row.x[number] for number in NUMBERS]
                for row in rows
            ],
            dtype=np.float64,
        ).reshape(len(rows), len(WORDS) + len(NUMBERS))


class BoostedEncoded(Boosted):
    """On the inputs of our own model: what inspections had found under each key, and how unusual the goods are."""

    def __init__(self) -> None:
        super().__init__()
        self._encoder = TargetEncoder()
        self._places: dict[str, int] = {}

    def learn(self, week: Sequence[Row], inspected: Sequence[int]) -> None:
        for place in inspected:
            super().learn(week, [place])
            self._encoder.learn_one(week[place].x, week[place].found)

    def _table(self, rows: Sequence[Row]) -> Floats:
        table = np.zeros((len(rows), WIDTH))
        for line, row in zip(table, rows, strict=True):
            for name, value in self._encoder.transform_one(row.x).items():
                line[self._places.setdefault(name, len(self._places))] = value
        return table


WIDTH = 2 * len(TABLES) + 16  # two inputs a table, and the numbers beside them


class OurModel:
    """The model that greenlane decides with, without its budget: what ranking whole weeks would give."""

    def __init__(self) -> None:
        self._model = build()

    def rank(self, week: Sequence[Row]) -> Floats:
        return np.array([self._model.score_one(row.x) for row in week])

    def learn(self, week: Sequence[Row], inspected: Sequence[int]) -> None:
        for place in inspected:
            self._model.learn_one(week[place].x, week[place].found)
