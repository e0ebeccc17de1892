"""Models that turn the raw features of a parcel into the probability that an inspection finds something.

Two verbs and a dict: `score_one(x)` never learns, `learn_one(x, y)` learns from one labelled example and returns
nothing; neither touches `x`. Labels come in the order of the control log, so a model is a fold over it.
"""

from streams.models.catalogue import CATALOGUE, RiskModel, build
from streams.models.explained import Explained
from streams.models.tables import TABLES, Table, words

__all__ = ["CATALOGUE", "TABLES", "Explained", "RiskModel", "Table", "build", "words"]
