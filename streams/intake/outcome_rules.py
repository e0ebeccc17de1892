"""What an inspection outcome of the right shape must still get right; all rules are in `RULES`."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from streams.intake.faults import Fault
from streams.intake.parcel_rules import item_id
from streams.intake.times import epoch_ms
from streams.records.codes import Reject

Outcome = Mapping[str, Any]
Rule = Callable[[Outcome], Iterator[Fault]]


def times_in_order(outcome: Outcome) -> Iterator[Fault]:
    if "startedAt" in outcome and epoch_ms(outcome["completedAt"]) < epoch_ms(outcome["startedAt"]):
        yield Fault(Reject.TIMES_REVERSED, "/completedAt")


def findings_fit_the_result(outcome: Outcome) -> Iterator[Fault]:
    """Of a formal declaration often nothing but the result is known."""
    result, findings = outcome["result"], outcome.get("findings")
    if result == "NON_CONFORM" and not findings and outcome["itemIdType"] != "DECLARATION":
        yield Fault(Reject.FINDINGS_MISSING, "/findings")
    if result == "CONFORM" and findings:
        yield Fault(Reject.FINDINGS_CONTRADICT_RESULT, "/findings")


def disposition_fits_the_result(outcome: Outcome) -> Iterator[Fault]:
    if outcome.get("disposition") == "CONTROLLED_DELIVERY" and outcome["result"] != "NON_CONFORM":
        yield Fault(Reject.DISPOSITION_CONTRADICTS_RESULT, "/disposition")


RULES: tuple[Rule, ...] = (item_id, times_in_order, findings_fit_the_result, disposition_fits_the_result)


def faults(outcome: Outcome) -> tuple[Fault, ...]:
    """All faults of `outcome`, in the order of the rules."""
    return tuple(fault for rule in RULES for fault in rule(outcome))
