"""What a model says when asked why."""

from collections.abc import Mapping
from typing import NamedTuple

Evidence = Mapping[str, tuple[int, int]]
NONE: Evidence = {}


class Explained(NamedTuple):
    """A score and where it comes from.

    `contributions` are parts of the log odds, positive towards a finding: their sum is log(score / (1 - score)).
    `features` are the numbers they came from. What is zero may be absent.
    `evidence` is what was seen under the parcel's keys: by feature, how many inspections, and how many found something.
    """

    score: float
    contributions: dict[str, float]
    features: dict[str, float]
    evidence: Evidence = NONE
