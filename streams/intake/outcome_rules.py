"""What an inspection outcome of the right shape must still get right; all rules are in `RULES`."""

from collections.abc import Callable, Mapping
from typing import Any

from streams.intake.faults import Fault
from streams.intake.parcel_rules import item_id
from streams.intake.times import epoch_ms
from streams.records.codes import Reject

Outcome = Mapping[str, Any]
Rule = Callable[[Outcome], Fault | None]


def times_in_order(outcome: Outcome) -> Fault | None:
    """Nothing is completed before it was started."""
    if "startedAt" in outcome and epoch_ms(outcome["completedAt"]) < epoch_ms(outcome["startedAt"]):
        return Fault(Reject.TIMES_REVERSED, "/completedAt")
    return None


def findings_fit_the_result(outcome: Outcome) -> Fault | None:
    """Of a formal declaration often nothing but the result is known."""
    result, findings = outcome["result"], outcome.get("findings")
    if result == "NON_CONFORM" and not findings and outcome["itemIdType"] != "DECLARATION":
        return Fault(Reject.FINDINGS_MISSING, "/findings")
    if result == "CONFORM" and findings:
        return Fault(Reject.FINDINGS_CONTRADICT_RESULT, "/findings")
    return None


def disposition_fits_the_result(outcome: Outcome) -> Fault | None:
    """Controlled delivery follows from something found."""
    if outcome.get("disposition") == "CONTROLLED_DELIVERY" and outcome["result"] != "NON_CONFORM":
        return Fault(Reject.DISPOSITION_CONTRADICTS_RESULT, "/disposition")
    return None


RULES: tuple[Rule, ...] = (item_id, times_in_order, findings_fit_the_result, disposition_fits_the_result)


def faults(outcome: Outcome) -> list[Fault]:
    """All faults of `outcome`, in the order of the rules."""
    return [fault for rule in RULES if (fault := rule(outcome))]
