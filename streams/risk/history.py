"""What each kind of case does to its item, given all that happened to it before.

Every kind answers whether the case could be dealt with; if not, it is about an item not filed yet, and waits.
"""

from collections.abc import Callable, Mapping, Sequence

from streams.decisions import alerts
from streams.records.codes import Flag, Reject
from streams.risk.aboard import Aboard
from streams.risk.deciding import Desk
from streams.risk.items import ALERTS_KEPT, Item, Raised, Version
from streams.risk.store import Items
from streams.risk.touching import touch
from streams.risk.turn import Case, Turn, contents, identity_of

LABELS = {"NON_CONFORM": True, "CONFORM": False}  # nothing else teaches
UNKNOWN = {
    "filing": Reject.AMEND_UNKNOWN_ITEM,
    "cancel": Reject.CANCEL_UNKNOWN_ITEM,
    "outcome": Reject.OUTCOME_NO_DECISION,
}


class History:
    """The items of one shard."""

    def __init__(self, items: Items, desk: Desk, aboard: Aboard) -> None:
        self.items = items
        self.desk = desk
        self.aboard = aboard
        self._of_kind: Mapping[str, Callable[[Case, Turn], bool]] = {
            "filing": self._filing,
            "cancel": self._cancel,
            "outcome": self._outcome,
            "refusal": self._refusal,
        }

    def apply(self, case: Case, turn: Turn) -> bool:
        """Take `case` into its item's history. False: the item it is about is unknown, so it has to wait."""
        return self._of_kind[case["kind"]](case, turn)

    def give_up(self, case: Case, turn: Turn) -> None:
        """Refuse a case that waited in vain."""
        field = f"/parcels/{case['source']['index']}/itemId" if case["kind"] != "outcome" else "/itemId"
        self._reject(case, UNKNOWN[case["kind"]], field, turn)

    def _filing(self, case: Case, turn: Turn) -> bool:
        """First filing, change, repetition, or somebody else's.

        A cancelled item is unknown to amendments: the cancellation overtook them, or they precede a new filing. Filed
        again with other content it is decided again; unchanged it stays closed, for that may be a late copy of what
        was cancelled.
        """
        item = self.items.get(identity_of(case))
        original = case["function"] == "9"
        if item is None or item.current is None:
            return original and self._decide(case, case["flags"], turn)
        changed = item.current.content not in contents(case)
        if original and not changed:
            self._repeated(case, item, turn)
        elif case["provider"] != item.provider:
            self._reject(case, Reject.PROVIDER_MISMATCH, "/provider/id", turn)
        elif original:
            turn.flagged(case, Flag.ITEM_ID_REUSED)
            self._decide(case, [*case["flags"], Flag.ITEM_ID_REUSED], turn)
        elif item.cancelled:
            return False
        elif changed:
            self._decide(case, case["flags"], turn)
        else:
            self._repeated(case, item, turn)
        return True

    def _repeated(self, case: Case, item: Item, turn: Turn) -> None:
        """What was decided already, filed again: where its filer says so, what was refused meanwhile is settled."""
        turn.duplicate(case)
        newest = contents(case)[0]
        if item.current is not None and item.current.content != newest:
            item = self._touched(case)
            item.recognise(newest)
            self.aboard.add(identity_of(case), case, newest, self.items.log_ms)
        if item.refused and case["provider"] == item.provider and not item.cancelled:
            self._settle_refused(case, self._touched(case), "the filing decided before is confirmed", turn)

    def _cancel(self, case: Case, turn: Turn) -> bool:
        item = self.items.get(identity_of(case))
        if item is None or item.current is None:
            return False
        if case["provider"] != item.provider:
            self._reject(case, Reject.PROVIDER_MISMATCH, "/provider/id", turn)
        elif item.cancelled:
            turn.duplicate(case)
        elif item.held:
            self._keep_open(case, self._touched(case), item.current, turn)
        else:
            self._touched(case).cancelled = True
        return True

    def _outcome(self, case: Case, turn: Turn) -> bool:
        """What an officer found.

        Under CONTROLLED_DELIVERY the goods travel on as if nothing had been found: alerts stay, the item stays held.
        """
        item, outcome = self.items.get(identity_of(case)), case["outcome"]
        version = item.version_of(outcome) if item else None
        if item is None or version is None:
            return False
        if item.knows(outcome["outcomeId"]):
            turn.duplicate(case)
            return True
        decided_ms = item.seen_ms if version is item.current and not item.touched_since else None
        item = self._touched(case)
        self._label(case, item, version, decided_ms, turn)
        if outcome.get("disposition") != "CONTROLLED_DELIVERY":
            turn.cleared(case, (*item.raised, *item.refused), "an outcome was reported")
            item.reported_ms, item.raised, item.refused = max(case["at"], item.reported_ms, 1), (), ()
        return True

    def _refusal(self, case: Case, turn: Turn) -> bool:
        """A filing that intake refused. One that nobody stands behind casts no doubt on what is decided."""
        item = self.items.get(identity_of(case))
        decided = item is not None and item.current is not None and not item.cancelled
        if not (decided and case["code"] == Reject.PROVIDER_UNVERIFIED):
            self._refused(case, case["code"], turn)
        return True

    def _decide(self, case: Case, flags: Sequence[str], turn: Turn) -> bool:
        """Decide the parcel filed in `case` as the next version of its item."""
        identity = identity_of(case)
        item = self.items.touch(identity)
        amended = item.held
        version, said = self.desk.decide(case, identity, item, flags, turn)
        item.decide(version, case["provider"])
        self.aboard.add(identity, case, version.content, self.items.log_ms)
        turn.decided(said, version.otherwise)
        if turn.touches is not None:
            touch(turn.touches, case, identity, version, self.desk.settings.euro_rates)
        self._settle_refused(case, item, "a valid filing was decided", turn)
        if version.inspected:
            item.raised = raise_alert(alerts.selected(said, amended=amended), item.raised, case, turn)
        return True

    def _touched(self, case: Case) -> Item:
        """The item of `case`, to be changed: what `get` gives may be a copy."""
        return self.items.touch(identity_of(case))

    def _keep_open(self, case: Case, item: Item, version: Version, turn: Turn) -> None:
        """A cancellation does not get an item out of control; the first attempt on each version is told."""
        alarm = alerts.cancelled(case["itemId"], version.decision_id, version.lane)
        if any(raised.alert_id == alarm.alert_id for raised in item.raised):
            turn.duplicate(case)
        else:
            item.raised = raise_alert(alarm, item.raised, case, turn)

    def _label(self, case: Case, item: Item, version: Version, decided_ms: int | None, turn: Turn) -> None:
        """The newest word on a version is its label: repeated it teaches nothing, corrected it is told again."""
        outcome = case["outcome"]
        corrected = outcome.get("supersedesOutcomeId")
        y = LABELS.get(outcome["result"])
        if y is None and not corrected:
            y = version.label  # inconclusive: what was known before still is
        if y is not version.label:
            turn.example(case, version, y, decided_ms)
            item.label(version.number, y)
        turn.effects.counts["labels", outcome["result"]] += 1
        for known in filter(None, (corrected, outcome["outcomeId"])):
            item.remember(known, version.number)

    def _reject(self, case: Case, code: Reject, field: str, turn: Turn) -> None:
        """Refuse after intake. A refused filing is no clearance, so operators hear of it too."""
        turn.rejected(case, code, field)
        if case["kind"] == "filing":
            self._refused(case, code, turn)

    def _settle_refused(self, case: Case, item: Item, title: str, turn: Turn) -> None:
        turn.cleared(case, item.refused, title)
        item.refused = ()

    def _refused(self, case: Case, code: str, turn: Turn) -> None:
        item = self._touched(case)
        item.refused = raise_alert(alerts.refused(case["itemId"], code, case["source"]), item.refused, case, turn)


def raise_alert(alarm: alerts.Alarm, raised: tuple[Raised, ...], case: Case, turn: Turn) -> tuple[Raised, ...]:
    """Tell of one more alert, unless an item has too many open already."""
    return raised if len(raised) >= ALERTS_KEPT else (*raised, turn.raised(case, alarm))
