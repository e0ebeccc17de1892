"""The way of an inspection outcome: checked, without the officer's words, to the history of its item."""

from typing import Any

from streams import topics
from streams.intake.decode import Judged, decode_outcome, readable_item
from streams.intake.limits import Limits
from streams.intake.privacy import Pseudonyms, pick
from streams.intake.replies import Replies, Tally, item
from streams.intake.senders import Sender
from streams.intake.times import epoch_ms
from streams.log import Record
from streams.records.codes import Flag

ONE, NONE = Tally(1, 0), Tally(0, 1)
OUTCOME_IN_CLEAR = (
    "outcomeId", "supersedesOutcomeId", "decisionId", "customsOffice", "selectionBasis", "controlTypes", "startedAt",
    "completedAt", "result", "disposition",
)  # fmt: skip
FINDING_IN_CLEAR = (
    "category", "severity", "goodsSequenceNumber", "actualHsCode", "actualValue", "quantity", "unitCode",
)  # fmt: skip


class OutcomeIntake:
    """Turns records of `outcomes.v1` into cases, rejects and feedback to the office."""

    def __init__(self, limits: Limits, pseudonyms: Pseudonyms) -> None:
        self._limits = limits
        self._pseudonyms = pseudonyms

    def __call__(self, replies: Replies) -> None:
        """Take one record."""
        judged = decode_outcome(replies.record.value)
        if judged.record is None:
            self._refuse(judged, replies)
        else:
            self._take(judged.record, replies)

    def _take(self, outcome: dict[str, Any], replies: Replies) -> None:
        office, item_id = self._pseudonyms.text(outcome["customsOffice"]), outcome["itemId"]
        flags = self._flags(outcome, replies.record)
        case = {
            "kind": "outcome",
            "source": replies.source(),
            "at": replies.record.timestamp,
            "provider": office,
            "messageId": outcome["outcomeId"],
            "itemIdType": outcome["itemIdType"],
            "itemId": item_id,
            "flags": flags,
            "outcome": self._outcome(outcome),
        }
        replies.pass_on(topics.CASES, item_id, case)
        replies.tally(ONE, office)
        replies.give_feedback(Sender(office), outcome["outcomeId"], ONE, [item(0, item_id, flags)] if flags else ())

    def _flags(self, outcome: dict[str, Any], record: Record) -> list[Flag]:
        ahead = self._limits.ahead(epoch_ms(outcome["completedAt"]), record.timestamp)
        return [Flag.TIME_IN_FUTURE] if ahead else []

    def _outcome(self, outcome: dict[str, Any]) -> dict[str, Any]:
        hidden = pick(OUTCOME_IN_CLEAR, outcome) | {"customsOffice": self._pseudonyms.text(outcome["customsOffice"])}
        if "findings" in outcome:
            hidden["findings"] = [pick(FINDING_IN_CLEAR, finding) for finding in outcome["findings"]]
        if "officerRef" in outcome:
            hidden["officerRef"] = self._pseudonyms.identifier(outcome["officerRef"])
        return hidden

    def _refuse(self, judged: Judged, replies: Replies) -> None:
        replies.refuse(judged.faults[0])
        declared = judged.declared if isinstance(judged.declared, dict) else {}
        office, named = declared.get("customsOffice"), readable_item(declared, self._pseudonyms)
        sender = Sender(self._pseudonyms.text(office) if isinstance(office, str) and 1 <= len(office) <= 17 else "")
        replies.tally(NONE, sender.provider)
        if sender.provider:
            said = [item(0, named[1], (), judged.faults)] if named else []
            replies.give_feedback(sender, declared.get("outcomeId"), NONE, said, judged.faults)
