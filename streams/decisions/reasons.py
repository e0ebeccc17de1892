"""Why a parcel did not simply pass, in sentences an officer can check: the figure, and what would be normal."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from streams.decisions.lanes import SEVERITY, Choice
from streams.decisions.verdict import Verdict
from streams.features.moments import Z_SCORES
from streams.features.scale import LIGHTEST_KG
from streams.models import TABLES, words
from streams.models.explained import Evidence
from streams.records.codes import Degraded, Flag

Reason = dict[str, Any]
Features = Mapping[str, Any]

TOLD = 3  # of the model's reasons; more would be read by nobody
LOOKED_AT = 12  # inputs that might become one of them
LEAST = 0.05  # log-odds below which an input is no reason
UNUSUAL = 1.0  # standard deviations from which a z-score is told; within two is normal

DRAWN: Reason = {
    "code": "RANDOM_SELECTION",
    "source": "RANDOM",
    "text": "Drawn by lot: a fixed share of parcels is inspected whatever their risk.",
}
HELD: Reason = {
    "code": "HELD_UNDER_CONTROL",
    "source": "RULE",
    "text": "The parcel was amended while under control; no amendment lowers its lane before an outcome is reported.",
}
FLAGGED: Mapping[str, Reason] = {
    str(flag): {"code": str(flag), "source": "DATA_QUALITY", "text": flag.sentence} for flag in Flag
}
LACKING: Mapping[str, Reason] = {
    str(code): {"code": str(code), "source": "RULE", "text": code.sentence} for code in Degraded
}

# Fields whose value is neither personal nor clumsy are shown with it.
SHOWN: Mapping[str, Callable[[Features], str]] = {
    "hs2": lambda x: x["hs"][:2],
    "hs4": lambda x: x["hs"][:4],
    "hs6": lambda x: x["hs"],
    "office": lambda x: x["office"],
    "origin": lambda x: x["origin"],
    "departure": lambda x: x["departure"],
    **dict.fromkeys(("mass_kg", "mass_0", "mass_1"), lambda x: f"{x['mass_kg']:.4g} kg"),
    **dict.fromkeys(("price_eur", "price_0", "price_1"), lambda x: f"{x['price_eur']:.4g} EUR"),
    **dict.fromkeys(
        ("unit_price_0", "unit_price_1"), lambda x: f"{x['price_eur'] / max(x['mass_kg'], LIGHTEST_KG):.3g} EUR"
    ),
}
# How the keys of each table are put in words, and what is shown with them.
PHRASES = {table.name: [(words(field), SHOWN.get(field)) for field in table.fields] for table in TABLES}
MEASURES = dict(zip(Z_SCORES, ("mass", "price", "price per kilogram"), strict=True))


def reasons(  # noqa: PLR0913, PLR0917 - one argument per thing a lane can come from
    x: Features,
    choice: Choice,
    verdict: Verdict,
    flags: Sequence[str],
    usual: float,
    lacking: Sequence[Degraded] = (),
    incidents: Sequence[Reason] = (),
) -> list[Reason]:
    """The reasons of a decision; at least one unless the lane is GREEN. What the engine was `lacking` is always told.

    `choice` is what was decided, `verdict` what the model said, `usual` the share of all inspections so far that found
    something. A parcel drawn by lot was not chosen for what it is, so no reason of the model's is given. `incidents`
    come before all else.
    """
    lacked = [LACKING[code] for code in lacking]
    if choice.lane == "GREEN":
        return lacked
    found = [*(FLAGGED[flag] for flag in flags if flag in FLAGGED), *lacked]
    if incidents:
        return [*incidents, *islice(_told(x, verdict, usual), TOLD), *found]
    if choice.selected_by == "RANDOM":
        return [DRAWN, *found]
    if SEVERITY[verdict.choice.lane] < SEVERITY[choice.lane] < SEVERITY["YELLOW"]:
        return found  # not the score raised the lane, but what the engine lacks
    told = list(islice(_told(x, verdict, usual), TOLD))
    return [*(told or [_overall(verdict.score, usual)]), *found]


def _told(x: Features, verdict: Verdict, usual: float) -> Iterator[Reason]:
    """What raised the score most and can be put in words; what repeats the same inspections is told once."""
    contributions, encoded, figures = verdict.contributions, verdict.encoded, set()
    raising = [name for name, share in contributions.items() if share >= LEAST]
    for name in sorted(raising, key=contributions.__getitem__, reverse=True)[:LOOKED_AT]:
        reason = _of_outcomes(name, x, verdict.evidence, usual) if name in PHRASES else _of_measure(name, x, encoded)
        if reason and reason["text"].partition(":")[2] not in figures:
            figures.add(reason["text"].partition(":")[2])
            yield {**reason, "contribution": round(contributions[name], 4)}


def _of_outcomes(name: str, x: Features, evidence: Evidence, usual: float) -> Reason | None:
    """What inspections found under the same key."""
    inspected, found = evidence.get(name, (0, 0))
    if not inspected or found / inspected <= usual:
        return None  # the model has learnt that a clean record under this key is no good sign: true, but no sentence
    rate = found / inspected
    return {
        "code": "RATE_" + name.upper(),
        "source": "MODEL",
        "text": f"Same {_key(name, x)}: {found} of {inspected} inspections ({rate:.0%}) found something;"
        f" of all inspections: {usual:.0%}.",
        "value": round(rate, 4),
        "normal": round(usual, 4),
    }


def _of_measure(name: str, x: Features, encoded: Mapping[str, float]) -> Reason | None:
    """How far the declared mass or price lies from the same goods'."""
    if name not in MEASURES or abs(encoded[name]) < UNUSUAL:
        return None
    z = encoded[name]
    return {
        "code": name.upper(),
        "source": "MODEL",
        "text": f"The declared {MEASURES[name]} is {'above' if z > 0 else 'below'} what is usual for goods code"
        f" {x['hs']}: {abs(z):.1f} standard deviations away, within 2 is normal.",
        "value": round(z, 2),
        "normal": 0.0,
    }


def _overall(score: float, usual: float) -> Reason:
    return {
        "code": "RISK_SCORE",
        "source": "MODEL",
        "text": f"The risk is estimated at {score:.1%}, among the highest at this office;"
        f" {usual:.1%} of all inspections found something.",
        "value": score,
        "normal": round(usual, 4),
    }


def _key(name: str, x: Features) -> str:
    *others, last = (f"{word} {shown(x)}".rstrip() if shown else word for word, shown in PHRASES[name])
    return f"{', '.join(others)} and {last}" if others else last
