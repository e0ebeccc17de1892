"""What was said of one parcel before anybody decided."""

from collections.abc import Mapping
from typing import NamedTuple

from streams.decisions.lanes import Choice
from streams.models.explained import NONE, Evidence

NOTHING: Mapping[str, float] = {}


class Verdict(NamedTuple):
    """A score (0 to 1, six decimals), the lane it leads to, and what it came from (empty when folded again).

    `otherwise` is known when folded again: the lane had the lot not fallen on the parcel, "" where it did not matter.
    """

    score: float
    choice: Choice
    contributions: Mapping[str, float] = NOTHING
    encoded: Mapping[str, float] = NOTHING
    evidence: Evidence = NONE
    otherwise: str | None = None
