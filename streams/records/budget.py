"""A change of a budget: the record of the control log that `greenlane budget set` writes."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict

from streams.records.registration import TOLERANT

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


@with_config(TOLERANT)
class BudgetRates(TypedDict):
    """All rates of a budget (`streams.decisions.lanes.LaneRates`): what holds now must not hang on what held before."""

    red: Share
    yellow: Share
    blue: Share
    randomShare: Share
    mostRandomShare: Share
    cap: Annotated[float, Field(ge=1, allow_inf_nan=False)]


@with_config(TOLERANT)
class BudgetChange(TypedDict):
    """The newest one for an office counts, without `office` for all that have none of their own.

    `rates` null goes back to the configuration. `by` is a role or a staff pseudonym, never a name.
    """

    kind: Literal["budget"]
    office: NotRequired[Annotated[str, Field(min_length=1, max_length=17)]]
    rates: BudgetRates | None
    by: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    why: Annotated[str, Field(min_length=1, max_length=500)]
