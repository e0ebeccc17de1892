"""What a model says when asked why."""

from typing import NamedTuple


class Explained(NamedTuple):
    """A score and where it comes from.

    `contributions` are parts of the log odds, positive towards a finding: their sum is log(score / (1 - score)).
    `features` are the numbers they came from. What is zero may be absent.
    """

    score: float
    contributions: dict[str, float]
    features: dict[str, float]
