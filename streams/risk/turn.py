"""What one case leads to, written as outputs: the only place in risk where topics are named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from streams import alerting, topics
from streams.decisions.alerts import EVENT as ALERT
from streams.decisions.alerts import Alarm, container_of, parcel_alert, subject
from streams.decisions.decision import EVENT as DECISION
from streams.decisions.reasons import LACKING
from streams.log import Effects, Headers, Output
from streams.patterns.touches import Touches
from streams.records.codes import Flag, Reject
from streams.records.events import EventKind, event_id
from streams.records.feedback import Fix
from streams.records.rejection import dlq_headers, fix
from streams.records.wire import encode
from streams.risk.items import Raised, Version, named
from streams.risk.judges import OTHERWISE, Judge

Case = Mapping[str, Any]

REJECTED = EventKind("risk", "rejected")
FEEDBACK = EventKind("risk", "feedback")
PAPERS = frozenset({"DOCUMENTARY"})  # an inspection of these alone has not seen the goods
NO_CASE = -1  # the cause of what happens at a tick
NEVER_TOLD = frozenset({"disposition", "findings", "officerRef"})


def identity_of(case: Case) -> str:
    """
    >>> identity_of({"itemIdType": "S10", "itemId": "LZ551209644CN"})
    'S10/LZ551209644CN'
    """
    return f"{case['itemIdType']}/{case['itemId']}"


def contents(case: Case) -> tuple[bytes, ...]:
    """The digests by which what is filed in `case` may be known, eight bytes each, that of the newest key first.

    >>> contents({"content": "0b", "formerContent": "0a"})
    (b'\\x0b', b'\\n')
    """
    newest = bytes.fromhex(case["content"][:16])
    return (newest, bytes.fromhex(case["formerContent"][:16])) if "formerContent" in case else (newest,)


@dataclass(slots=True)
class Turn:
    """One record of `cases[partition]` being applied (or a tick), and all that follows from it.

    `cause` is the record's offset, `at_ms` the time of what follows: the Kafka timestamp of the input that made it
    happen. A case that waited is applied in the turn of the filing it waited for. `logged_ms` is when the record itself
    was written, by Kafka's time. `touches` collects what others should hear of, where anybody will.
    """

    effects: Effects
    partition: int
    cause: int
    at_ms: int
    judge: Judge
    logged_ms: int = 0
    touches: Touches | None = None

    def decided(self, said: Mapping[str, Any], otherwise: str = "") -> None:
        """A decision; its `cause` header is how a restart finds it again, `otherwise` what it cannot work out again.

        What no case caused is worked out again.
        """
        cause = (("cause", str(self.cause).encode()),) if self.cause != NO_CASE else ()
        known = ((OTHERWISE, otherwise.encode()),) if otherwise else ()
        headers = DECISION.headers(said["decisionId"], *cause, *known)
        self._write(topics.DECISIONS, said["itemId"], said, headers, self.partition)
        self.effects.counts["decisions", said["lane"], said["selectedBy"]] += 1
        for reason in said["reasons"]:
            if reason["code"] in LACKING:
                self.effects.counts["degraded_decisions", reason["code"]] += 1
        self.effects.caused_ms.append(self.at_ms)

    def raised(self, case: Case, alarm: Alarm) -> Raised:
        """An alert that stays until cleared."""
        raised = Raised(alarm.alert_id, alarm.severity, case["provider"], container_of(case))
        self._alert(case, alarm, "RAISED", raised)
        return raised

    def cleared(self, case: Case, raised: Sequence[Raised], title: str) -> None:
        """The end of alerts, each told once."""
        for alert in raised:
            alarm = Alarm(alert.alert_id, alert.severity, f"Parcel {case['itemId']}: {title}")
            self._alert(case, alarm, "CLEARED", alert)

    def rejected(self, case: Case, code: Reject, field: str) -> None:
        """A refusal found only now: the pseudonymised content with the place of the original, and word to the filer."""
        source = case["source"]
        rejection_id = event_id("rejected", code, *source.values())
        located = dlq_headers(source, case["at"], code, field)
        parcel = (("dlq_index", str(source["index"]).encode()),) if case.get("parcels", 1) > 1 else ()
        headers = REJECTED.headers(rejection_id, *located, *parcel, ("dlq_truncated", b"false"))
        self._write(topics.REJECTED, case["itemId"], _content(case), headers)
        self._feedback(case, "REJECTED", code, fixes=[fix(code, field)])
        self.effects.counts["rejects", topics.without_namespace(source["topic"]), code] += 1

    def flagged(self, case: Case, flag: Flag) -> None:
        """A flag found only now, told to the filer: intake's word on the message was said before."""
        self._feedback(case, "ACCEPTED", flag, flags=[flag])

    def example(self, case: Case, version: Version, y: bool | None, decided_ms: int | None) -> None:  # noqa: FBT001
        """What an inspection taught, for all: never what became of the goods.

        `decided_ms` is the log time of the decision, None where that is not remembered any more.
        """
        outcome = case["outcome"]
        told = {
            "kind": "example",
            "itemIdType": case["itemIdType"],
            "itemId": case["itemId"],
            "decisionId": version.decision_id,
            "outcomeId": outcome["outcomeId"],
            "selectionBasis": outcome["selectionBasis"],
            "office": outcome["customsOffice"],
            "lane": version.lane,
            "selectedBy": version.selected_by,
            "propensity": version.propensity,
            "week": version.week,
            "x": named(version.x),
            "y": y,
        }
        if version.otherwise:
            told["otherwise"] = version.otherwise
        if "officerRef" in outcome:
            told["officer"] = outcome["officerRef"]  # a pseudonym since intake
        if outcome["result"] == "CONFORM" and PAPERS.issuperset(outcome.get("controlTypes") or ("PHYSICAL",)):
            told["partial"] = True
        if decided_ms is not None:
            told["decidedAtMs"] = decided_ms
        if version.label is not None:
            told |= {"was": version.label, "supersedes": outcome.get("supersedesOutcomeId")}
        self._write(topics.CONTROL, case["itemId"], told, ())

    def duplicate(self, case: Case) -> None:
        self.effects.counts["records", topics.without_namespace(case["source"]["topic"]), "duplicate"] += 1

    def _alert(self, case: Case, alarm: Alarm, state: str, raised: Raised) -> None:
        about = subject(case["itemId"], raised.provider, raised.container)
        said = parcel_alert(case, alarm, state, about, self.at_ms)
        alerting.write(said, case["itemId"].encode(), ALERT, self.effects)

    def _feedback(
        self, case: Case, result: str, code: str, *, flags: Sequence[str] = (), fixes: Sequence[Fix] = ()
    ) -> None:
        source = case["source"]
        feedback_id = event_id("feedback", code, *source.values())
        item = {"index": source["index"], "itemId": case["itemId"], "result": result, "flags": flags, "fixes": fixes}
        said = {
            "schemaVersion": "1.0",
            "feedbackId": feedback_id,
            "providerId": case["provider"],
            "messageId": case["messageId"],
            "source": source,
            "result": result,
            "accepted": int(result == "ACCEPTED"),
            "rejected": int(result == "REJECTED"),
            "fixes": [],
            "items": [item],
        }
        topic = topics.feedback(case["provider"], verified=case.get("verified", False))
        self._write(topic, case["provider"], said, FEEDBACK.headers(feedback_id))

    def _write(self, topic: str, key: str, value: Any, headers: Headers, partition: int | None = None) -> None:
        self.effects.outputs.append(Output(topic, key.encode(), encode(value), headers, partition))


def _content(case: Case) -> dict[str, Any]:
    """What was filed, without personal data (intake saw to that) and without what officers did with the goods."""
    content = case.get("parcel") or case.get("outcome") or {}
    told = {name: value for name, value in content.items() if name not in NEVER_TOLD}
    return {"itemIdType": case["itemIdType"], "itemId": case["itemId"], **told}
