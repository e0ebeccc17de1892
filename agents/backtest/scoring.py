"""Every label known: what the engine would have scored, one pass over history in time order."""

import gc
import heapq
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path
from typing import Any, NamedTuple

from agents.backtest.history import Advance, in_order, submitted, unheard
from agents.convert.declarations import Declarations, Example, is_found
from agents.convert.kcs import declarations as kcs
from streams.features import HsMoments, risk_features
from streams.learning import calibration_error, evaluate
from streams.models import build
from streams.models.blocklist import Blocklist, fingerprint


class Scored(NamedTuple):
    """One declaration, as the engine saw it before it learnt the label."""

    score: float
    blocklisted: float
    first: bool  # no earlier declaration had the same goods code, mass and price
    found: bool
    revenue: float  # duty at stake, EUR
    tested: bool


def backtest(
    train: Sequence[Path],
    test: Sequence[Path],
    euro_rates: Mapping[str, float],
    declarations: Declarations | None = None,
    advance: Advance = unheard,
) -> dict[str, Any]:
    """Figures of the `test` files: `auc`, and by percent inspected `precision`, `recall`, `revenue`.

    Beside them stand two controls with the same figures: `dedup`, goods never seen before (what is not memory), and
    `blocklist`, goods found before (memory alone). `declarations_per_s` covers all that was read, scored and learnt.
    `declarations` reads the files, as those of the public data set unless told otherwise.
    Raises `BadDataError` where a file is not what it should be or not in time order.
    """
    started = time.perf_counter()
    with no_search_for_cycles():
        history = list(replay(train, test, euro_rates, declarations or kcs(), advance))
    elapsed_s = time.perf_counter() - started
    tested = [declaration for declaration in history if declaration.tested]
    error = calibration_error([d.score for d in tested], [d.found for d in tested])
    return {
        **quality(tested),
        "calibration_error": round(error, 4),
        "dedup": quality([declaration for declaration in tested if declaration.first]),
        "blocklist": quality([declaration._replace(score=declaration.blocklisted) for declaration in tested]),
        "history": len(history),
        "declarations_per_s": round(len(history) / elapsed_s),
    }


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """A replay keeps much and makes no cycles; looking for them takes an eighth of its time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def quality(declarations: Sequence[Scored]) -> dict[str, Any]:
    found, revenue = [d.found for d in declarations], [d.revenue for d in declarations]
    return evaluate([d.score for d in declarations], found, revenue).as_json()


def replay(
    train: Sequence[Path],
    test: Sequence[Path],
    euro_rates: Mapping[str, float],
    declarations: Declarations,
    advance: Advance,
) -> Iterator[Scored]:
    """Score every declaration with what was known before it, then learn its label, if it has one.

    Features, moments and model are the worker's. Intake is left out: of a declaration it would change the names of
    parties only, into pseudonyms that are equal where the names are.
    """
    moments, model, blocklist, seen = HsMoments(), build(), Blocklist(), set()
    for (manifest, outcome), tested in in_time_order(train, test, declarations, advance):
        x = risk_features(filing(manifest), euro_rates)
        x |= moments.prequential_one(x)
        goods, revenue = fingerprint(x), x["price_eur"] * x["tax_rate"] / 100
        if outcome is not None:
            found = is_found(outcome)
            score, blocklisted = model.prequential_one(x, found), blocklist.prequential_one(x, found)
            yield Scored(score, blocklisted, goods not in seen, found, revenue, tested)
        seen.add(goods)


def in_time_order(
    train: Sequence[Path], test: Sequence[Path], declarations: Declarations, advance: Advance
) -> Iterator[tuple[Example, bool]]:
    """All files merged by date, those of `train` first within a day; each example with whether it is of `test`."""
    of = [*((path, False) for path in train), *((path, True) for path in test)]
    sources = [zip(in_order(path, declarations, advance), repeat(tested)) for path, tested in of]
    return heapq.merge(*sources, key=lambda marked: submitted(marked[0]))


def filing(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """A manifest of one declaration as the case that intake makes of it, as far as features look."""
    parcel = dict(manifest["parcels"][0])
    declaration = parcel["declaration"]
    parcel["transport"] = manifest.get("transport", {})
    parcel["totalValue"] = as_numbers(parcel["totalValue"], "amount")
    parcel["goodsItems"] = [
        {**goods, "netMass": as_numbers(goods.get("netMass", {}), "value")} for goods in parcel["goodsItems"]
    ]
    parcel["declaration"] = as_numbers(declaration, "taxRate")
    if "seller" in parcel:
        parcel["seller"] = {"pseudonym": parcel["seller"]["identifier"]}
    return {"provider": manifest["provider"]["id"], "office": declaration.get("officeId", ""), "parcel": parcel}


def as_numbers(record: dict[str, Any], field: str) -> dict[str, Any]:
    """A record whose `field`, where there is one, is a number instead of text."""
    return {**record, field: float(record[field])} if field in record else record
