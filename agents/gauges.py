"""Gauges of what the fold of the control log says of itself (`streams.control.Control.figures`)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from streams.learning.contest import NEW
from streams.learning.drift import WATCHED
from streams.learning.lessons import CONTRADICTION, SUSPECT
from streams.learning.missed import BOUNDS, WINDOWS
from streams.learning.targets import SENSES
from streams.learning.weeks import ALL, PASSING
from streams.models import CATALOGUE
from streams.patterns.standing import BANDS


class Described(NamedTuple):
    """A metric: its labels, each with the only words it may hold, and what it means."""

    labels: Mapping[str, Sequence[str]]
    meaning: str


WINDOW = {"window": tuple(WINDOWS)}
LANE = {"lane": (*PASSING, ALL)}
BOUND = {"bound": BOUNDS}
TARGET = {"target": tuple(SENSES)}
MODEL = {"model": (*CATALOGUE, *(f"{name}{NEW}" for name in CATALOGUE))}

GAUGES: Mapping[str, Described] = {
    "leakage_parcels": Described(
        {**WINDOW, **LANE, **BOUND},
        "Parcels that passed although an inspection would have found something, estimated from those drawn at random, "
        "with the bounds of 95 %. A week says little: look at 13w. Rising: look at drift, and what the drawn were.",
    ),
    "leakage_ratio": Described(
        {**WINDOW, **LANE, **BOUND},
        "The same as a share of all parcels that passed. Bounds far apart: too few are drawn (lanes.random_share).",
    ),
    "leakage_value_euros": Described(
        {**WINDOW, **BOUND},
        "Declared value of what passed like that. Few dear parcels make most of it: mind the bounds.",
    ),
    "leakage_duty_euros": Described(
        {**WINDOW, **BOUND},
        "Duty on the declared value of what passed like that: even less sure. Absent where no rates are declared.",
    ),
    "recall_ratio": Described(
        {**WINDOW, **BOUND},
        "Found by inspections, of all that inspections would have found. Falling: what is smuggled has changed.",
    ),
    "hit_ratio": Described(
        {**WINDOW, "selected_by": ("RISK", "RANDOM", ALL), **BOUND},
        "Inspections that found something: of those chosen, of those drawn at random, of all (precision). "
        "RISK no better than RANDOM: the model is of no use; look at drift and at labels.",
    ),
    "target_ratio": Described(TARGET, "What [targets] of the configuration sets. None is set: nothing is shown."),
    "target_missed": Described(
        TARGET, "1 while a target is missed beyond doubt over 13 weeks. 1: read the SYSTEM alert and docs/leakage.md."
    ),
    "drift": Described(
        {"of": tuple(WATCHED)},
        "1 while what is named has lately moved, else 0. 1: read the SYSTEM alert; exploration is raised meanwhile.",
    ),
    "held_examples": Described(
        {"why": (CONTRADICTION, SUSPECT)},
        "Labels held back from learning, by why. Any: ask the office named in the SYSTEM alert.",
    ),
    "suspect_sources": Described({}, "Offices and officers whose labels are not believed. Any: read the SYSTEM alert."),
    "open_incidents": Described(
        {"lane": ("YELLOW", "RED")},
        "Incidents that are not over, by the lane they ask for: parcels filed into what they concern are inspected. "
        "Rising for days: somebody should clear them (`greenlane incident show`).",
    ),
    "challenger_evidence": Described(
        MODEL, "Evidence that a model in shadow is better than the one that decides: high enough, a notice names it."
    ),
    "doubted_caretakers": Described(
        {"trust": tuple(band for band, _ in BANDS)},
        "Caretakers whose devices are believed little (low, below 0.5) or less than usual (middling, below 0.8). Low: "
        "read the SENSOR alerts CARETAKER_DISTRUSTED; what their devices tell weighs little in decisions.",
    ),
    "model_deciding": Described(MODEL, "1 for the model that decides, 0 for those in shadow; workers should agree."),
}
