"""Deciding with less than there should be: noticed from the log alone, said in the decision, in a lane set for it.

Releasing as if nothing were amiss is not safe, and holding everything is no trade. So what would have passed takes
the lane that the configuration names; parcels are inspected by score and by lot as always.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from streams.decisions.lanes import Choice, forced
from streams.records.codes import Degraded
from streams.risk.settings import RiskSettings


class Taught(Protocol):
    """What is known of the control log (`streams.control.Control`)."""

    @property
    def examples(self) -> int: ...
    @property
    def ticked_ms(self) -> int: ...


def degraded(x: Mapping[str, Any], logged_ms: int, control: Taught, settings: RiskSettings) -> list[Degraded]:
    """What is missing for deciding the parcel with features `x`, whose case was logged at `logged_ms`; usually nothing.

    Both times are Kafka's, of records the engine itself wrote, so the same follows when the log is read again.
    """
    found = []
    if control.examples < settings.least_examples:
        found.append(Degraded.MODEL_UNTAUGHT)
    if not (x["hs"] and x["mass_kg"] and x["price_eur"] and (x["importer"] or x["seller"])):
        found.append(Degraded.FEATURE_MISSING)
    if 0 < control.ticked_ms < logged_ms - settings.control_stale_s * 1000:
        found.append(Degraded.CONTROL_STALE)
    return found


def in_safe_lane(choice: Choice, amiss: Sequence[Degraded], settings: RiskSettings) -> Choice:
    """`choice`, or the severest lane set for what is `amiss` where it would have been a milder one.

    >>> from streams.decisions.lanes import LaneRates
    >>> settings = RiskSettings(LaneRates(0, 0, 0, 0), safe_lanes={"CONTROL_STALE": "BLUE"})
    >>> in_safe_lane(Choice("GREEN", "NONE", 0.01), [Degraded.CONTROL_STALE], settings)
    Choice(lane='BLUE', selected_by='NONE', propensity=0.01)
    """
    for reason in amiss:
        if lane := settings.safe_lanes.get(reason):
            choice = forced(lane, choice)
    return choice
